using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HeroOnboarding.Store.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class Machines : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "replaces_sid",
                table: "vm_allocations",
                type: "text",
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
                name: "ix_pool_vms_proven",
                table: "pool_vms",
                columns: new[] { "free_since", "id" },
                filter: "listed AND status = 'available' AND condition = 'clean' AND allocation_sid IS NULL AND proven");

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
                name: "ix_pool_vms_proven",
                table: "pool_vms");

            migrationBuilder.DropColumn(
                name: "replaces_sid",
                table: "vm_allocations");

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
