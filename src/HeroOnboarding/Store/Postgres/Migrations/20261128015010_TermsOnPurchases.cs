using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HeroOnboarding.Store.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class TermsOnPurchases : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "terms_accepted_at",
                table: "purchases",
                type: "bigint",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "terms_accepted_at",
                table: "purchases");
        }
    }
}
