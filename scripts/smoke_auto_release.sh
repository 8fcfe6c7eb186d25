#!/usr/bin/env bash
# Black-box checks of auto-release: POST /admin/auto-release-now, its command, and the effect on expired machines.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'HELP'
Usage: scripts/smoke_auto_release.sh [--help]

Checks from outside, with curl and jq, that machines go back when their time is over and not before. Builds what it needs and
starts a portal and a simulated Forge on free ports with data in a temporary folder; everything is gone afterwards. The last
line is "N passed, N failed"; the exit code tells.

Time itself is moved in the stopped portal's SQLite file, with sqlite3 or python3; where neither is installed, the checks that
need it are left out and the script says so.
HELP
}

case ${1-} in
  '') ;;
  -h | --help) usage; exit 0 ;;
  *) echo "'$1' is not an option; see --help" >&2; exit 2 ;;
esac
for tool in curl jq; do
  command -v "$tool" >/dev/null || { echo "$tool is missing; install it with: apt-get install $tool" >&2; exit 1; }
done

work=$(mktemp -d -t hero-smoke-XXXXXX)
portal='' empty=''
trap 'stop_process "$portal"; stop_process "$empty"; stop_process "$simulators"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
pool='[{"id":"vm-1"},{"id":"vm-2"},{"id":"vm-3"}]'

start_own() {
  build_all || give_up 'The build failed.'
  ADMIN_SECRET=$(random_hex 32)
  (umask 077 && printf 'X-Hero-Onboarding-Admin-Secret: %s\n' "$ADMIN_SECRET" >"$work/secret-header")
  main_port=$(free_port)
  base=http://127.0.0.1:$main_port
  boot_simulators
  start_main
}

start_main() {
  boot_portal "$main_port" main "VM_POOL_JSON=$pool"
  portal=$started
}

# tick [BODY]: runs auto-release as the operator.
tick() { admin POST /admin/auto-release-now "${json[@]}" --data-binary "${1:-{\}}"; }

# counts EXAMINED EXPIRED RELEASED ALREADY ERRORS: true for exactly these five numbers and no other member.
counts() {
  says 200 "keys == [\"errors\", \"rows_already_released\", \"rows_examined\", \"rows_expired\", \"rows_released\"]
    and [.rows_examined, .rows_expired, .rows_released, .rows_already_released, .errors] == [$1, $2, $3, $4, $5]"
}

# command_line ARGUMENTS…: runs the executable; sets $status to its exit code and $body to its output.
command_line() {
  body=$(env "PUBLIC_BASE_URL=$base" "HERO_ONBOARDING_ADMIN_SECRET=${secret:-$ADMIN_SECRET}" dotnet "$portal_dll" "$@" 2>&1 </dev/null)
  status=$?
}

exits() { [ "$status" = "$1" ] && [[ $body == *"$2"* ]]; }

# sql STATEMENT: runs it in the file of the stopped portal.
sql() {
  if command -v sqlite3 >/dev/null; then
    sqlite3 "$work/main/hero-onboarding.sqlite" "$1"
  else
    python3 -c 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()' "$work/main/hero-onboarding.sqlite" "$1"
  fi
}

# days_pass DAYS: moves all times of plans and leases into the past by this number of days.
days_pass() {
  local by=$(($1 * 86400000000))
  stop_process "$portal"
  sql "UPDATE purchases SET started_at = started_at - $by, period_end = period_end - $by, expires_at = expires_at - $by,
      noticed7_at = noticed7_at - $by, noticed3_at = noticed3_at - $by, noticed1_at = noticed1_at - $by;
    UPDATE vm_allocations SET created_at = created_at - $by, expires_at = expires_at - $by;"
  start_main
}

operator_posts() { admin POST "$1" "${json[@]}" --data-binary "$2" && answers 200; }

# A customer who may take machines: signed in, verified, with credit and a plan.
prepare_customer() {
  sign_in asha
  admin GET '/admin/list-users?q=asha'
  sid=$(jq -r '.rows[0].sid // empty' <<<"$body")
  operator_posts /admin/kyc-verify "{\"user_sid\":\"$sid\",\"reason\":\"smoke check\"}"
  operator_posts /admin/credit-adjust "{\"user_sid\":\"$sid\",\"amount_cents\":3000,\"reason\":\"smoke check\"}"
  customer /plan/buy '{"plan_id":"vms-5"}'
  check 'a verified customer buys a plan' answers 201
}

# takes: takes a machine; sets $lease.
takes() {
  customer /vm/allocate '{}'
  lease=$(jq -r '.sid // empty' <<<"$body")
  answers 201
}

# leases FILTER: true when the operator's list of leases satisfies the jq filter.
leases() { admin GET /admin/list-allocations && says 200 "$1"; }

gate_checks() {
  send POST /admin/auto-release-now "${json[@]}" --data-binary '{}'
  check 'without the secret 401' refuses 401 admin.secret_required
  send POST /admin/auto-release-now -H 'X-Hero-Onboarding-Admin-Secret: wrong' "${json[@]}" --data-binary '{}'
  check 'with a wrong secret 403' refuses 403 admin.secret_wrong
  admin GET /admin/auto-release-now
  check 'it is a POST' answers 405
  tick
  check 'an empty store: five zeros' counts 0 0 0 0 0
  admin POST /admin/auto-release-now
  check 'a body is not needed' counts 0 0 0 0 0
  tick '{"force":true}'
  check 'force on an empty store releases nothing' counts 0 0 0 0 0
  tick '{"force":"yes"}'
  check 'force must be true or false' refuses 422 body.invalid
  tick '{'
  check 'a broken body is refused' refuses 400 body.malformed
}

command_checks() {
  command_line auto-release --once
  check 'command: --once prints the numbers and exits with 0' exits 0 '"rows_examined":'
  command_line auto-release
  check 'command: without --once it does nothing and says so' exits 1 'Say --once'
  secret=$(random_hex 32) command_line auto-release --once
  check 'command: a wrong secret exits with 1' exits 1 admin.secret_wrong
  command_line auto-release --once --url "http://127.0.0.1:$(free_port)"
  check 'command: nobody there exits with 1' exits 1 'does not answer'
}

live_checks() {
  check 'the customer takes a machine' takes
  local first=$lease
  check 'and another' takes
  tick
  check 'live leases that are not over are examined and untouched' counts 2 0 0 0 0
  check 'both are still active' leases '[.rows[].status] == ["Active", "Active"]'
  check 'their expires_at is the end of the plan and 72 hours of grace' leases "(.rows[0].expires_at | .[0:10]) == \"$(date -u -d '+33 days' +%F)\""
  operator_posts /admin/vm-release "{\"allocation_sid\":\"$first\",\"reason\":\"smoke check\"}"
  tick
  check 'a lease that an operator ended is not examined any more' counts 1 0 0 0 0
  tick
  check 'repeating it changes nothing' counts 1 0 0 0 0
  admin GET /admin/list-jobs
  check 'the job runs by itself every hour' says 200 '.rows[] | select(.name == "vms.auto_release") | .every_seconds == 3600'
}

time_checks() {
  days_pass 32
  tick
  check 'in the grace after the end of the plan the machine lives' counts 1 0 0 0 0
  customer /vm/allocate '{}'
  check 'but no new one is started' refuses 409 plan.required
  days_pass 2
  tick
  check 'over, but its owner was not told before: kept' says 200 '[.rows_examined, .rows_expired, .rows_released, .rows_unnoticed] == [1, 1, 0, 1]'
  tick '{"force":true}'
  check 'not even with force' says 200 '.rows_released == 0 and .rows_unnoticed == 1'
  days_pass 1
  command_line auto-release --once
  check 'a day after the notices it is released' exits 0 '"rows_released":1'
  check 'both leases have ended' leases '[.rows[].status] == ["Released", "Released"]'
  tick
  check 'and once only' counts 0 0 0 0 0
  admin GET '/admin/list-pool?state=recycling'
  check 'the machine waits to be erased' says 200 '[.rows[].id] | index("vm-2") != null'
  admin GET /admin/list-outbox
  check 'whoever wipes machines is told' says 200 '[.rows[] | select(.kind == "deployer.release")] | length == 2'
  admin GET '/admin/list-audit?act=vm.expire'
  check 'the audit has it' says 200 '.rows | length == 1'
}

renew_checks() {
  customer /plan/buy '{"plan_id":"vms-5"}'
  check 'the customer buys again' answers 201
  check 'and takes the last machine' takes
  days_pass 31
  customer /plan/renew '{}'
  check 'in the grace the plan is renewed from its old end' says 200 '.renewals == 1 and .vms_kept == 1'
  days_pass 3
  tick '{"without_notice":true}'
  check 'what was renewed is not over' counts 1 0 0 0 0
}

no_pool_checks() {
  local port
  port=$(free_port)
  forge='' boot_portal "$port" empty
  empty=$started
  base=http://127.0.0.1:$port
  tick
  check 'without a provisioner 503' refuses 503 provisioner.unavailable
  send POST /admin/auto-release-now "${json[@]}" --data-binary '{}'
  check 'but the secret is asked for first' refuses 401 admin.secret_required
}

start_own
gate_checks
prepare_customer
command_checks
live_checks
if command -v sqlite3 >/dev/null || command -v python3 >/dev/null; then
  time_checks
  renew_checks
else
  echo 'left out: neither sqlite3 nor python3 can move time in the stopped portal'
fi
no_pool_checks
finish_smoke
