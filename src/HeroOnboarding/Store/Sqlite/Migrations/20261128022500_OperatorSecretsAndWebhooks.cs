using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HeroOnboarding.Store.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class OperatorSecretsAndWebhooks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "secret_mark",
                table: "sessions",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "webhook_calls",
                columns: table => new
                {
                    provider = table.Column<string>(type: "TEXT", nullable: false),
                    last_received_at = table.Column<long>(type: "INTEGER", nullable: true),
                    received = table.Column<long>(type: "INTEGER", nullable: false),
                    last_refused_at = table.Column<long>(type: "INTEGER", nullable: true),
                    refused = table.Column<long>(type: "INTEGER", nullable: false),
                    why_refused = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_webhook_calls", x => x.provider);
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "webhook_calls");

            migrationBuilder.DropColumn(
                name: "secret_mark",
                table: "sessions");
        }
    }
}
