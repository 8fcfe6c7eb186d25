using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HeroOnboarding.Store.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class PlanLife : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "auto_renew",
                table: "purchases",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "end_reason",
                table: "purchases",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "expires_at",
                table: "purchases",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "noticed1_at",
                table: "purchases",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "noticed3_at",
                table: "purchases",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "noticed7_at",
                table: "purchases",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "paid",
                table: "purchases",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "renew_refused_at",
                table: "purchases",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "renew_refused_code",
                table: "purchases",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "renewals",
                table: "purchases",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "shown_at",
                table: "purchases",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "shown_days",
                table: "purchases",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_vm_allocations_expiring",
                table: "vm_allocations",
                columns: new[] { "expires_at", "sid" },
                filter: "status IN ('Pending', 'Active')");

            migrationBuilder.CreateIndex(
                name: "IX_purchases_period_end",
                table: "purchases",
                column: "period_end");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_vm_allocations_expiring",
                table: "vm_allocations");

            migrationBuilder.DropIndex(
                name: "IX_purchases_period_end",
                table: "purchases");

            migrationBuilder.DropColumn(
                name: "auto_renew",
                table: "purchases");

            migrationBuilder.DropColumn(
                name: "end_reason",
                table: "purchases");

            migrationBuilder.DropColumn(
                name: "expires_at",
                table: "purchases");

            migrationBuilder.DropColumn(
                name: "noticed1_at",
                table: "purchases");

            migrationBuilder.DropColumn(
                name: "noticed3_at",
                table: "purchases");

            migrationBuilder.DropColumn(
                name: "noticed7_at",
                table: "purchases");

            migrationBuilder.DropColumn(
                name: "paid",
                table: "purchases");

            migrationBuilder.DropColumn(
                name: "renew_refused_at",
                table: "purchases");

            migrationBuilder.DropColumn(
                name: "renew_refused_code",
                table: "purchases");

            migrationBuilder.DropColumn(
                name: "renewals",
                table: "purchases");

            migrationBuilder.DropColumn(
                name: "shown_at",
                table: "purchases");

            migrationBuilder.DropColumn(
                name: "shown_days",
                table: "purchases");
        }
    }
}
