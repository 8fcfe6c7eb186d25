using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HeroOnboarding.Store.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class KnownBrowsers : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "client_hash",
                table: "login_challenges",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "known_hash",
                table: "login_challenges",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "verdict_untimed",
                table: "kyc_sessions",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "email_verified",
                table: "accounts",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            // Unlinking the Forge left its address behind until now.
            migrationBuilder.Sql("UPDATE accounts SET email = NULL WHERE forge_id IS NULL AND email IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "client_hash",
                table: "login_challenges");

            migrationBuilder.DropColumn(
                name: "known_hash",
                table: "login_challenges");

            migrationBuilder.DropColumn(
                name: "verdict_untimed",
                table: "kyc_sessions");

            migrationBuilder.DropColumn(
                name: "email_verified",
                table: "accounts");
        }
    }
}
