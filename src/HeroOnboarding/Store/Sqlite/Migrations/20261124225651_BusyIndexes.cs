using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HeroOnboarding.Store.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class BusyIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_audit_actor_id_sid",
                table: "audit");

            migrationBuilder.CreateIndex(
                name: "ix_vm_allocations_held",
                table: "vm_allocations",
                columns: new[] { "user_sid", "sid" },
                filter: "status IN ('Pending', 'Active')");

            migrationBuilder.CreateIndex(
                name: "ix_audit_actor_on_others",
                table: "audit",
                columns: new[] { "actor_id", "sid" },
                filter: "subject <> actor_id OR subject IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_vm_allocations_held",
                table: "vm_allocations");

            migrationBuilder.DropIndex(
                name: "ix_audit_actor_on_others",
                table: "audit");

            migrationBuilder.CreateIndex(
                name: "IX_audit_actor_id_sid",
                table: "audit",
                columns: new[] { "actor_id", "sid" });
        }
    }
}
