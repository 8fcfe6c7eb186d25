using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace HeroOnboarding.Store.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class First : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "accounts",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    forge_issuer = table.Column<string>(type: "text", nullable: true),
                    forge_id = table.Column<string>(type: "text", nullable: true),
                    forge_login = table.Column<string>(type: "text", nullable: true),
                    mycelium_address = table.Column<string>(type: "text", nullable: true),
                    email = table.Column<string>(type: "text", nullable: true),
                    phone = table.Column<string>(type: "text", nullable: true),
                    kyc_status = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    kyc_verified_at = table.Column<long>(type: "bigint", nullable: true),
                    suspended_at = table.Column<long>(type: "bigint", nullable: true),
                    suspended_reason = table.Column<string>(type: "text", nullable: true),
                    terms_version = table.Column<string>(type: "text", nullable: true),
                    terms_accepted_at = table.Column<long>(type: "bigint", nullable: true),
                    balance = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    last_sign_in_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_accounts", x => x.sid);
                    table.CheckConstraint("ck_accounts_forge_pair", "(forge_id IS NULL) = (forge_issuer IS NULL)");
                    table.CheckConstraint("ck_accounts_identity", "forge_id IS NOT NULL OR mycelium_address IS NOT NULL");
                });

            migrationBuilder.CreateTable(
                name: "audit",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<long>(type: "bigint", nullable: false),
                    act = table.Column<string>(type: "text", nullable: false),
                    actor_kind = table.Column<string>(type: "text", nullable: false),
                    actor_id = table.Column<string>(type: "text", nullable: false),
                    subject = table.Column<string>(type: "text", nullable: true),
                    detail = table.Column<string>(type: "text", nullable: true),
                    trace_id = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_audit", x => x.sid);
                });

            migrationBuilder.CreateTable(
                name: "data_protection_keys",
                columns: table => new
                {
                    name = table.Column<string>(type: "text", nullable: false),
                    xml = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_data_protection_keys", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "idempotency",
                columns: table => new
                {
                    caller = table.Column<string>(type: "text", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false),
                    fingerprint = table.Column<string>(type: "text", nullable: false),
                    answer = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_idempotency", x => new { x.caller, x.key });
                });

            migrationBuilder.CreateTable(
                name: "job_runs",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    started_at = table.Column<long>(type: "bigint", nullable: false),
                    finished_at = table.Column<long>(type: "bigint", nullable: false),
                    ok = table.Column<bool>(type: "boolean", nullable: false),
                    report = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_job_runs", x => x.sid);
                });

            migrationBuilder.CreateTable(
                name: "jobs",
                columns: table => new
                {
                    name = table.Column<string>(type: "text", nullable: false),
                    last_started_at = table.Column<long>(type: "bigint", nullable: true),
                    last_finished_at = table.Column<long>(type: "bigint", nullable: true),
                    next_due_at = table.Column<long>(type: "bigint", nullable: false),
                    lease_until = table.Column<long>(type: "bigint", nullable: true),
                    last_ok = table.Column<bool>(type: "boolean", nullable: false),
                    last_report = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_jobs", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "meta",
                columns: table => new
                {
                    key = table.Column<string>(type: "text", nullable: false),
                    value = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_meta", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "outbox",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false),
                    body = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    due_at = table.Column<long>(type: "bigint", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    lease_until = table.Column<long>(type: "bigint", nullable: true),
                    done_at = table.Column<long>(type: "bigint", nullable: true),
                    stuck = table.Column<bool>(type: "boolean", nullable: false),
                    last_error = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_outbox", x => x.sid);
                });

            migrationBuilder.CreateTable(
                name: "pool_refreshes",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<long>(type: "bigint", nullable: false),
                    actor = table.Column<string>(type: "text", nullable: false),
                    source = table.Column<string>(type: "text", nullable: false),
                    prev_size = table.Column<int>(type: "integer", nullable: false),
                    size = table.Column<int>(type: "integer", nullable: false),
                    added = table.Column<int>(type: "integer", nullable: false),
                    removed = table.Column<int>(type: "integer", nullable: false),
                    changed = table.Column<int>(type: "integer", nullable: false),
                    kept = table.Column<int>(type: "integer", nullable: false),
                    wiped = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pool_refreshes", x => x.sid);
                });

            migrationBuilder.CreateTable(
                name: "pool_staging",
                columns: table => new
                {
                    refresh_sid = table.Column<string>(type: "text", nullable: false),
                    id = table.Column<string>(type: "text", nullable: false),
                    status = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    address = table.Column<string>(type: "text", nullable: true),
                    mycelium_ip = table.Column<string>(type: "text", nullable: true),
                    ssh_user = table.Column<string>(type: "text", nullable: true),
                    ssh_port = table.Column<int>(type: "integer", nullable: true),
                    cockpit_url = table.Column<string>(type: "text", nullable: true),
                    node = table.Column<string>(type: "text", nullable: true),
                    labels = table.Column<string>(type: "text", nullable: true),
                    wiped_lease = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pool_staging", x => new { x.refresh_sid, x.id });
                });

            migrationBuilder.CreateTable(
                name: "pool_vms",
                columns: table => new
                {
                    id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    listed = table.Column<bool>(type: "boolean", nullable: false),
                    status = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    condition = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    allocation_sid = table.Column<string>(type: "text", nullable: true),
                    lease_number = table.Column<long>(type: "bigint", nullable: false),
                    free_since = table.Column<long>(type: "bigint", nullable: false),
                    address = table.Column<string>(type: "text", nullable: true),
                    mycelium_ip = table.Column<string>(type: "text", nullable: true),
                    ssh_user = table.Column<string>(type: "text", nullable: true),
                    ssh_port = table.Column<int>(type: "integer", nullable: true),
                    cockpit_url = table.Column<string>(type: "text", nullable: true),
                    node = table.Column<string>(type: "text", nullable: true),
                    labels = table.Column<string>(type: "text", nullable: true),
                    condition_reason = table.Column<string>(type: "text", nullable: true),
                    wiped_by = table.Column<string>(type: "text", nullable: true),
                    wiped_at = table.Column<long>(type: "bigint", nullable: true),
                    wiped_lease = table.Column<long>(type: "bigint", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_pool_vms", x => x.id);
                    table.CheckConstraint("ck_pool_vms_condition", "condition IN ('clean', 'recycling', 'quarantined')");
                    table.CheckConstraint("ck_pool_vms_lease", "lease_number >= 0");
                    table.CheckConstraint("ck_pool_vms_status", "status IN ('available', 'maintenance')");
                });

            migrationBuilder.CreateTable(
                name: "rates",
                columns: table => new
                {
                    key = table.Column<string>(type: "text", nullable: false),
                    window_start = table.Column<long>(type: "bigint", nullable: false),
                    count = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_rates", x => new { x.key, x.window_start });
                });

            migrationBuilder.CreateTable(
                name: "transfers",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    debit = table.Column<string>(type: "text", nullable: false),
                    credit = table.Column<string>(type: "text", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    kind = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    reference = table.Column<string>(type: "text", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: true),
                    actor = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_transfers", x => x.sid);
                    table.CheckConstraint("ck_transfers_amount", "amount > 0");
                    table.CheckConstraint("ck_transfers_sides", "debit <> credit");
                });

            migrationBuilder.CreateTable(
                name: "purchases",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    account_sid = table.Column<string>(type: "text", nullable: false),
                    plan_id = table.Column<string>(type: "text", nullable: false),
                    price = table.Column<long>(type: "bigint", nullable: false),
                    vm_count = table.Column<int>(type: "integer", nullable: false),
                    used = table.Column<int>(type: "integer", nullable: false),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    started_at = table.Column<long>(type: "bigint", nullable: false),
                    period_end = table.Column<long>(type: "bigint", nullable: false),
                    ended_at = table.Column<long>(type: "bigint", nullable: true),
                    terms_version = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_purchases", x => x.sid);
                    table.CheckConstraint("ck_purchases_price", "price >= 0");
                    table.CheckConstraint("ck_purchases_quota", "used >= 0 AND used <= vm_count");
                    table.ForeignKey(
                        name: "FK_purchases_accounts_account_sid",
                        column: x => x.account_sid,
                        principalTable: "accounts",
                        principalColumn: "sid",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "sessions",
                columns: table => new
                {
                    id_hash = table.Column<string>(type: "text", nullable: false),
                    kind = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    account_sid = table.Column<string>(type: "text", nullable: true),
                    claimed_name = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    last_seen_at = table.Column<long>(type: "bigint", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: false),
                    device = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sessions", x => x.id_hash);
                    table.ForeignKey(
                        name: "FK_sessions_accounts_account_sid",
                        column: x => x.account_sid,
                        principalTable: "accounts",
                        principalColumn: "sid",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "vm_allocations",
                columns: table => new
                {
                    sid = table.Column<string>(type: "text", nullable: false),
                    user_sid = table.Column<string>(type: "text", nullable: false),
                    purchase_sid = table.Column<string>(type: "text", nullable: false),
                    plan_id = table.Column<string>(type: "text", nullable: false),
                    provisioner = table.Column<string>(type: "text", nullable: false),
                    pool_vm_id = table.Column<string>(type: "character varying(64)", nullable: true),
                    lease_number = table.Column<long>(type: "bigint", nullable: false),
                    status = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    address = table.Column<string>(type: "text", nullable: true),
                    mycelium_ip = table.Column<string>(type: "text", nullable: true),
                    ssh_user = table.Column<string>(type: "text", nullable: true),
                    ssh_port = table.Column<int>(type: "integer", nullable: true),
                    cockpit_url = table.Column<string>(type: "text", nullable: true),
                    forge_id = table.Column<string>(type: "text", nullable: true),
                    ssh_public_key = table.Column<string>(type: "text", nullable: true),
                    cost = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    expires_at = table.Column<long>(type: "bigint", nullable: false),
                    released_at = table.Column<long>(type: "bigint", nullable: true),
                    release_reason = table.Column<string>(type: "text", nullable: true),
                    assigned_at = table.Column<long>(type: "bigint", nullable: true),
                    erased_at = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_vm_allocations", x => x.sid);
                    table.CheckConstraint("ck_vm_allocations_status", "status IN ('Pending', 'Active', 'Released', 'Failed')");
                    table.ForeignKey(
                        name: "FK_vm_allocations_accounts_user_sid",
                        column: x => x.user_sid,
                        principalTable: "accounts",
                        principalColumn: "sid",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_vm_allocations_pool_vms_pool_vm_id",
                        column: x => x.pool_vm_id,
                        principalTable: "pool_vms",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_vm_allocations_purchases_purchase_sid",
                        column: x => x.purchase_sid,
                        principalTable: "purchases",
                        principalColumn: "sid",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "IX_accounts_forge_issuer_forge_id",
                table: "accounts",
                columns: new[] { "forge_issuer", "forge_id" },
                unique: true,
                filter: "forge_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_accounts_forge_login_sid",
                table: "accounts",
                columns: new[] { "forge_login", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_accounts_last_sign_in_at_sid",
                table: "accounts",
                columns: new[] { "last_sign_in_at", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_accounts_mycelium_address",
                table: "accounts",
                column: "mycelium_address",
                unique: true,
                filter: "mycelium_address IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_audit_actor_id_sid",
                table: "audit",
                columns: new[] { "actor_id", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_audit_subject_sid",
                table: "audit",
                columns: new[] { "subject", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_idempotency_created_at",
                table: "idempotency",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "IX_job_runs_name_sid",
                table: "job_runs",
                columns: new[] { "name", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_outbox_due_at",
                table: "outbox",
                column: "due_at",
                filter: "done_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_outbox_kind_key",
                table: "outbox",
                columns: new[] { "kind", "key" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_pool_vms_claimable",
                table: "pool_vms",
                columns: new[] { "free_since", "id" },
                filter: "listed AND status = 'available' AND condition = 'clean' AND allocation_sid IS NULL");

            migrationBuilder.CreateIndex(
                name: "ux_pool_vms_allocation",
                table: "pool_vms",
                column: "allocation_sid",
                unique: true,
                filter: "allocation_sid IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_purchases_account_sid_sid",
                table: "purchases",
                columns: new[] { "account_sid", "sid" });

            migrationBuilder.CreateIndex(
                name: "ux_purchases_active",
                table: "purchases",
                column: "account_sid",
                unique: true,
                filter: "state = 'active'");

            migrationBuilder.CreateIndex(
                name: "IX_rates_window_start",
                table: "rates",
                column: "window_start");

            migrationBuilder.CreateIndex(
                name: "IX_sessions_account_sid",
                table: "sessions",
                column: "account_sid");

            migrationBuilder.CreateIndex(
                name: "IX_sessions_expires_at",
                table: "sessions",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "IX_transfers_credit_sid",
                table: "transfers",
                columns: new[] { "credit", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_transfers_debit_sid",
                table: "transfers",
                columns: new[] { "debit", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_transfers_kind_reference",
                table: "transfers",
                columns: new[] { "kind", "reference" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_vm_allocations_expires_at_sid",
                table: "vm_allocations",
                columns: new[] { "expires_at", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_vm_allocations_pool_vm_id_lease_number",
                table: "vm_allocations",
                columns: new[] { "pool_vm_id", "lease_number" });

            migrationBuilder.CreateIndex(
                name: "IX_vm_allocations_purchase_sid_created_at",
                table: "vm_allocations",
                columns: new[] { "purchase_sid", "created_at" });

            migrationBuilder.CreateIndex(
                name: "IX_vm_allocations_status_sid",
                table: "vm_allocations",
                columns: new[] { "status", "sid" });

            migrationBuilder.CreateIndex(
                name: "IX_vm_allocations_user_sid_sid",
                table: "vm_allocations",
                columns: new[] { "user_sid", "sid" });

            migrationBuilder.CreateIndex(
                name: "ux_vm_allocations_live",
                table: "vm_allocations",
                column: "pool_vm_id",
                unique: true,
                filter: "status IN ('Pending', 'Active')");

            // The ledger is its transfers; what is booked is never changed.
            migrationBuilder.Sql("CREATE FUNCTION transfers_immutable() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'transfers are immutable'; END $$");
            migrationBuilder.Sql("CREATE TRIGGER transfers_immutable BEFORE UPDATE OR DELETE ON transfers FOR EACH ROW EXECUTE FUNCTION transfers_immutable()");
            migrationBuilder.Sql("CREATE TRIGGER transfers_no_truncate BEFORE TRUNCATE ON transfers FOR EACH STATEMENT EXECUTE FUNCTION transfers_immutable()");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "audit");

            migrationBuilder.DropTable(
                name: "data_protection_keys");

            migrationBuilder.DropTable(
                name: "idempotency");

            migrationBuilder.DropTable(
                name: "job_runs");

            migrationBuilder.DropTable(
                name: "jobs");

            migrationBuilder.DropTable(
                name: "meta");

            migrationBuilder.DropTable(
                name: "outbox");

            migrationBuilder.DropTable(
                name: "pool_refreshes");

            migrationBuilder.DropTable(
                name: "pool_staging");

            migrationBuilder.DropTable(
                name: "rates");

            migrationBuilder.DropTable(
                name: "sessions");

            migrationBuilder.DropTable(
                name: "transfers");

            migrationBuilder.DropTable(
                name: "vm_allocations");

            migrationBuilder.DropTable(
                name: "pool_vms");

            migrationBuilder.DropTable(
                name: "purchases");

            migrationBuilder.DropTable(
                name: "accounts");
        }
    }
}
