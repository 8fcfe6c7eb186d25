using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HeroOnboarding.Store.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class Identity : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "link_key",
                table: "sessions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "link_until",
                table: "sessions",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "operator_id",
                table: "sessions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "proven_at",
                table: "sessions",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "way",
                table: "sessions",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "forge_linked_at",
                table: "accounts",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "mycelium_linked_at",
                table: "accounts",
                type: "bigint",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "login_challenges",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    address = table.Column<string>(type: "text", nullable: false),
                    code_hash = table.Column<string>(type: "text", nullable: false),
                    browser_hash = table.Column<string>(type: "text", nullable: false),
                    purpose = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    session_hash = table.Column<string>(type: "text", nullable: true),
                    back = table.Column<string>(type: "text", nullable: true),
                    message_id = table.Column<string>(type: "text", nullable: true),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: false),
                    used_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_login_challenges", x => x.sid);
                    table.CheckConstraint("ck_login_challenges_attempts", "attempts >= 0 AND attempts <= 5");
                });

            migrationBuilder.CreateTable(
                name: "machine_tokens",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    token_hash = table.Column<string>(type: "text", nullable: false),
                    scopes = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    created_by = table.Column<string>(type: "text", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: false),
                    last_used_at = table.Column<long>(type: "bigint", nullable: true),
                    revoked_at = table.Column<long>(type: "bigint", nullable: true),
                    revoked_by = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_machine_tokens", x => x.sid);
                });

            migrationBuilder.CreateTable(
                name: "operators",
                columns: table => new
                {
                    forge_id = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    login = table.Column<string>(type: "text", nullable: true),
                    role = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    added_at = table.Column<long>(type: "bigint", nullable: false),
                    added_by = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_operators", x => x.forge_id);
                    table.CheckConstraint("ck_operators_role", "role IN ('viewer', 'operator', 'owner')");
                });

            migrationBuilder.CreateIndex(
                name: "IX_login_challenges_address_created_at",
                table: "login_challenges",
                columns: new[] { "address", "created_at" });

            migrationBuilder.CreateIndex(
                name: "IX_login_challenges_expires_at",
                table: "login_challenges",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "IX_machine_tokens_expires_at_sid",
                table: "machine_tokens",
                columns: new[] { "expires_at", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_machine_tokens_name",
                table: "machine_tokens",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_machine_tokens_token_hash",
                table: "machine_tokens",
                column: "token_hash",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "login_challenges");

            migrationBuilder.DropTable(
                name: "machine_tokens");

            migrationBuilder.DropTable(
                name: "operators");

            migrationBuilder.DropColumn(
                name: "link_key",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "link_until",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "operator_id",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "proven_at",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "way",
                table: "sessions");

            migrationBuilder.DropColumn(
                name: "forge_linked_at",
                table: "accounts");

            migrationBuilder.DropColumn(
                name: "mycelium_linked_at",
                table: "accounts");
        }
    }
}
