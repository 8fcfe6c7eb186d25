using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HeroOnboarding.Store.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class BigLists : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_outbox_due_at_sid",
                table: "outbox",
                columns: new[] { "due_at", "sid" });

            migrationBuilder.CreateIndex(
                name: "ix_outbox_waiting",
                table: "outbox",
                column: "sid",
                filter: "done_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_audit_act_sid",
                table: "audit",
                columns: new[] { "act", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_accounts_balance_sid",
                table: "accounts",
                columns: new[] { "balance", "sid" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_outbox_due_at_sid",
                table: "outbox");

            migrationBuilder.DropIndex(
                name: "ix_outbox_waiting",
                table: "outbox");

            migrationBuilder.DropIndex(
                name: "IX_audit_act_sid",
                table: "audit");

            migrationBuilder.DropIndex(
                name: "IX_accounts_balance_sid",
                table: "accounts");
        }
    }
}
