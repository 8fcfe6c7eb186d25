using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HeroOnboarding.Store.Postgres.Migrations
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
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "webhook_calls",
                columns: table => new
                {
                    provider = table.Column<string>(type: "text", nullable: false),
                    last_received_at = table.Column<long>(type: "bigint", nullable: true),
                    received = table.Column<long>(type: "bigint", nullable: false),
                    last_refused_at = table.Column<long>(type: "bigint", nullable: true),
                    refused = table.Column<long>(type: "bigint", nullable: false),
                    why_refused = table.Column<string>(type: "text", nullable: true)
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
