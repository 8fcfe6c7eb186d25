using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HeroOnboarding.Store.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class MachinesAndPlans : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "replaces_sid",
                table: "vm_allocations",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "auto_renew",
                table: "purchases",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "end_reason",
                table: "purchases",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "expires_at",
                table: "purchases",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "noticed1_at",
                table: "purchases",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "noticed3_at",
                table: "purchases",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "noticed7_at",
                table: "purchases",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "paid",
                table: "purchases",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "renew_refused_at",
                table: "purchases",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "renew_refused_code",
                table: "purchases",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "renewals",
                table: "purchases",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "shown_at",
                table: "purchases",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "shown_days",
                table: "purchases",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "probe_good_at",
                table: "pool_vms",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "probe_goods",
                table: "pool_vms",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "probe_misses",
                table: "pool_vms",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "probed_at",
                table: "pool_vms",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "proven",
                table: "pool_vms",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<long>(
                name: "quarantined_at",
                table: "pool_vms",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "wipe_failures",
                table: "pool_vms",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "changes",
                table: "pool_refreshes",
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "alarms",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    raised_at = table.Column<long>(type: "bigint", nullable: false),
                    cleared_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_alarms", x => x.sid);
                });

            migrationBuilder.CreateTable(
                name: "pool_samples",
                columns: table => new
                {
                    at = table.Column<long>(type: "bigint", nullable: false),
                    free = table.Column<int>(type: "integer", nullable: false),
                    held = table.Column<int>(type: "integer", nullable: false),
                    recycling = table.Column<int>(type: "integer", nullable: false),
                    maintenance = table.Column<int>(type: "integer", nullable: false),
                    quarantined = table.Column<int>(type: "integer", nullable: false),
                    unproven = table.Column<int>(type: "integer", nullable: false),
                    unlisted = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pool_samples", x => x.at);
                });

            migrationBuilder.CreateIndex(
                name: "ix_vm_allocations_expiring",
                table: "vm_allocations",
                columns: new[] { "expires_at", "sid" },
                filter: "status IN ('Pending', 'Active')");

            migrationBuilder.CreateIndex(
                name: "IX_purchases_period_end",
                table: "purchases",
                column: "period_end");

            migrationBuilder.CreateIndex(
                name: "ix_pool_vms_proven",
                table: "pool_vms",
                columns: new[] { "free_since", "id" },
                filter: "listed AND status = 'available' AND condition = 'clean' AND allocation_sid IS NULL AND proven");

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

            migrationBuilder.CreateIndex(
                name: "ux_alarms_open",
                table: "alarms",
                column: "key",
                unique: true,
                filter: "cleared_at IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "alarms");

            migrationBuilder.DropTable(
                name: "pool_samples");

            migrationBuilder.DropIndex(
                name: "ix_vm_allocations_expiring",
                table: "vm_allocations");

            migrationBuilder.DropIndex(
                name: "IX_purchases_period_end",
                table: "purchases");

            migrationBuilder.DropIndex(
                name: "ix_pool_vms_proven",
                table: "pool_vms");

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

            migrationBuilder.DropColumn(
                name: "replaces_sid",
                table: "vm_allocations");

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

            migrationBuilder.DropColumn(
                name: "probe_good_at",
                table: "pool_vms");

            migrationBuilder.DropColumn(
                name: "probe_goods",
                table: "pool_vms");

            migrationBuilder.DropColumn(
                name: "probe_misses",
                table: "pool_vms");

            migrationBuilder.DropColumn(
                name: "probed_at",
                table: "pool_vms");

            migrationBuilder.DropColumn(
                name: "proven",
                table: "pool_vms");

            migrationBuilder.DropColumn(
                name: "quarantined_at",
                table: "pool_vms");

            migrationBuilder.DropColumn(
                name: "wipe_failures",
                table: "pool_vms");

            migrationBuilder.DropColumn(
                name: "changes",
                table: "pool_refreshes");
        }
    }
}
