using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HeroOnboarding.Store.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class Journey : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "kyc_resets",
                table: "accounts",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "kyc_sessions",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    account_sid = table.Column<string>(type: "text", nullable: false),
                    provider = table.Column<string>(type: "text", nullable: false),
                    client_id = table.Column<string>(type: "text", nullable: false),
                    scan_ref = table.Column<string>(type: "text", nullable: true),
                    url = table.Column<string>(type: "text", nullable: true),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    needs_review = table.Column<bool>(type: "boolean", nullable: false),
                    verdict = table.Column<string>(type: "text", nullable: true),
                    reasons = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: true),
                    verdict_at = table.Column<long>(type: "bigint", nullable: true),
                    decided_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_kyc_sessions", x => x.sid);
                    table.CheckConstraint("ck_kyc_sessions_state", "state IN ('pending', 'in_progress', 'completed', 'failed', 'expired')");
                    table.ForeignKey(
                        name: "FK_kyc_sessions_accounts_account_sid",
                        column: x => x.account_sid,
                        principalTable: "accounts",
                        principalColumn: "sid",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "payment_events",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    provider = table.Column<string>(type: "text", nullable: false),
                    external_id = table.Column<string>(type: "text", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false),
                    checkout_id = table.Column<string>(type: "text", nullable: true),
                    intent_sid = table.Column<string>(type: "text", nullable: true),
                    outcome = table.Column<string>(type: "text", nullable: false),
                    received_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_payment_events", x => x.sid);
                });

            migrationBuilder.CreateTable(
                name: "payment_intents",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    account_sid = table.Column<string>(type: "text", nullable: false),
                    provider = table.Column<string>(type: "text", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    currency = table.Column<string>(type: "text", nullable: false),
                    live = table.Column<bool>(type: "boolean", nullable: false),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    checkout_id = table.Column<string>(type: "text", nullable: true),
                    url = table.Column<string>(type: "text", nullable: true),
                    payment_id = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: true),
                    returned_at = table.Column<long>(type: "bigint", nullable: true),
                    settled_at = table.Column<long>(type: "bigint", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_payment_intents", x => x.sid);
                    table.CheckConstraint("ck_payment_intents_amount", "amount > 0");
                    table.CheckConstraint("ck_payment_intents_state", "state IN ('open', 'checking', 'credited', 'not_paid')");
                    table.ForeignKey(
                        name: "FK_payment_intents_accounts_account_sid",
                        column: x => x.account_sid,
                        principalTable: "accounts",
                        principalColumn: "sid",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "purchase_intents",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    account_sid = table.Column<string>(type: "text", nullable: false),
                    plan_id = table.Column<string>(type: "text", nullable: false),
                    price = table.Column<long>(type: "bigint", nullable: false),
                    ssh_public_key = table.Column<string>(type: "text", nullable: true),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    refused_code = table.Column<string>(type: "text", nullable: true),
                    purchase_sid = table.Column<string>(type: "text", nullable: true),
                    terms_version = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: false),
                    decided_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_purchase_intents", x => x.sid);
                    table.CheckConstraint("ck_purchase_intents_state", "state IN ('waiting', 'done', 'refused', 'withdrawn')");
                    table.ForeignKey(
                        name: "FK_purchase_intents_accounts_account_sid",
                        column: x => x.account_sid,
                        principalTable: "accounts",
                        principalColumn: "sid",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "receipt_counters",
                columns: table => new
                {
                    year = table.Column<int>(type: "integer", nullable: false),
                    last = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_receipt_counters", x => x.year);
                });

            migrationBuilder.CreateTable(
                name: "receipts",
                columns: table => new
                {
                    number = table.Column<string>(type: "text", nullable: false),
                    year = table.Column<int>(type: "integer", nullable: false),
                    seq = table.Column<long>(type: "bigint", nullable: false),
                    transfer_sid = table.Column<string>(type: "text", nullable: false),
                    account_sid = table.Column<string>(type: "text", nullable: false),
                    account_name = table.Column<string>(type: "text", nullable: false),
                    seller_name = table.Column<string>(type: "text", nullable: true),
                    seller_address = table.Column<string>(type: "text", nullable: true),
                    issued_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_receipts", x => x.number);
                    table.CheckConstraint("ck_receipts_seq", "seq > 0");
                    table.ForeignKey(
                        name: "FK_receipts_accounts_account_sid",
                        column: x => x.account_sid,
                        principalTable: "accounts",
                        principalColumn: "sid",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_receipts_transfers_transfer_sid",
                        column: x => x.transfer_sid,
                        principalTable: "transfers",
                        principalColumn: "sid",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "suspense_items",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    provider = table.Column<string>(type: "text", nullable: false),
                    event_id = table.Column<string>(type: "text", nullable: false),
                    checkout_id = table.Column<string>(type: "text", nullable: false),
                    payment_id = table.Column<string>(type: "text", nullable: true),
                    intent_sid = table.Column<string>(type: "text", nullable: true),
                    amount_minor = table.Column<long>(type: "bigint", nullable: false),
                    currency = table.Column<string>(type: "text", nullable: false),
                    live = table.Column<bool>(type: "boolean", nullable: false),
                    booked = table.Column<long>(type: "bigint", nullable: false),
                    why = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    resolved_at = table.Column<long>(type: "bigint", nullable: true),
                    resolved_by = table.Column<string>(type: "text", nullable: true),
                    resolved_note = table.Column<string>(type: "text", nullable: true),
                    account_sid = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_suspense_items", x => x.sid);
                    table.CheckConstraint("ck_suspense_items_state", "state IN ('open', 'assigned', 'refunded')");
                });

            migrationBuilder.CreateIndex(
                name: "IX_kyc_sessions_account_sid_sid",
                table: "kyc_sessions",
                columns: new[] { "account_sid", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_kyc_sessions_state_sid",
                table: "kyc_sessions",
                columns: new[] { "state", "sid" });

            migrationBuilder.CreateIndex(
                name: "ix_kyc_sessions_review",
                table: "kyc_sessions",
                column: "sid",
                filter: "needs_review");

            migrationBuilder.CreateIndex(
                name: "ux_kyc_sessions_live",
                table: "kyc_sessions",
                column: "account_sid",
                unique: true,
                filter: "state IN ('pending', 'in_progress')");

            migrationBuilder.CreateIndex(
                name: "ux_kyc_sessions_scan",
                table: "kyc_sessions",
                columns: new[] { "provider", "scan_ref" },
                unique: true,
                filter: "scan_ref IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_payment_events_intent_sid_sid",
                table: "payment_events",
                columns: new[] { "intent_sid", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_payment_events_provider_external_id",
                table: "payment_events",
                columns: new[] { "provider", "external_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_payment_intents_account_sid_sid",
                table: "payment_intents",
                columns: new[] { "account_sid", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_payment_intents_state_sid",
                table: "payment_intents",
                columns: new[] { "state", "sid" });

            migrationBuilder.CreateIndex(
                name: "ux_payment_intents_checkout",
                table: "payment_intents",
                columns: new[] { "provider", "checkout_id" },
                unique: true,
                filter: "checkout_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_purchase_intents_account_sid_sid",
                table: "purchase_intents",
                columns: new[] { "account_sid", "sid" });

            migrationBuilder.CreateIndex(
                name: "ux_purchase_intents_waiting",
                table: "purchase_intents",
                column: "account_sid",
                unique: true,
                filter: "state = 'waiting'");

            migrationBuilder.CreateIndex(
                name: "IX_receipts_account_sid_number",
                table: "receipts",
                columns: new[] { "account_sid", "number" });

            migrationBuilder.CreateIndex(
                name: "IX_receipts_transfer_sid",
                table: "receipts",
                column: "transfer_sid",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_receipts_year_seq",
                table: "receipts",
                columns: new[] { "year", "seq" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_suspense_items_provider_checkout_id",
                table: "suspense_items",
                columns: new[] { "provider", "checkout_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_suspense_items_state_sid",
                table: "suspense_items",
                columns: new[] { "state", "sid" });

            // What was receipted is never changed.
            migrationBuilder.Sql("CREATE FUNCTION receipts_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'receipts are immutable'; END $$");
            migrationBuilder.Sql("CREATE TRIGGER receipts_immutable BEFORE UPDATE OR DELETE ON receipts FOR EACH ROW EXECUTE FUNCTION receipts_immutable()");
            migrationBuilder.Sql("CREATE TRIGGER receipts_no_truncate BEFORE TRUNCATE ON receipts FOR EACH STATEMENT EXECUTE FUNCTION receipts_immutable()");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "kyc_sessions");

            migrationBuilder.DropTable(
                name: "payment_events");

            migrationBuilder.DropTable(
                name: "payment_intents");

            migrationBuilder.DropTable(
                name: "purchase_intents");

            migrationBuilder.DropTable(
                name: "receipt_counters");

            migrationBuilder.DropTable(
                name: "receipts");

            migrationBuilder.DropTable(
                name: "suspense_items");

            migrationBuilder.DropColumn(
                name: "kyc_resets",
                table: "accounts");
            migrationBuilder.Sql("DROP FUNCTION receipts_immutable");
        }
    }
}
