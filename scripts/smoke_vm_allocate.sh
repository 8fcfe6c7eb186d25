#!/usr/bin/env bash
# Black-box checks of a customer's whole way: from the first page to an open cockpit and the release.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'HELP'
Usage: scripts/smoke_vm_allocate.sh [--help]

Goes the customer's whole way from outside, with curl and jq: sign in, choose a plan, verify, pay exactly what is missing, find
the first machine started, open its cockpit, take more machines until the pool is empty, give one back. Builds what it needs and
starts a portal and simulators on free ports with data in a temporary folder; everything is gone afterwards. The last line is
"N passed, N failed"; the exit code tells.
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
portal=''
trap 'stop_process "$portal"; stop_process "$simulators"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
pool='[{"id":"vm-1","address":"10.0.0.1","cockpit_url":"http://127.0.0.1:1/cockpit-1"},{"id":"vm-2","address":"10.0.0.2"},{"id":"vm-3","cockpit_url":"http://127.0.0.1:1/cockpit-3"}]'

start_own() {
  build_all || give_up 'The build failed.'
  ADMIN_SECRET=$(random_hex 32)
  local port
  port=$(free_port)
  base=http://127.0.0.1:$port
  boot_simulators
  providers
  boot_portal "$port" main "VM_POOL_JSON=$pool" "${providers[@]}"
  portal=$started
  (umask 077 && printf 'X-Hero-Onboarding-Admin-Secret: %s\n' "$ADMIN_SECRET" >"$work/secret-header")
}

# listed FILTER PATH…: true when the operator's list satisfies the jq filter.
listed() { admin GET "$2" && says 200 "$1"; }

# of_asha FILTER: true when the customer's row in the operator's list satisfies the jq filter.
of_asha() { admin GET '/admin/list-users?q=asha' && says 200 ".rows[0] | $1"; }

stranger_checks() {
  send GET /health
  check 'the portal is healthy' answers 200
  send GET /plans -H 'Accept: text/html'
  check 'plans and free machines are shown to everybody' shows '3 machines free now'
  send POST /vm/allocate -H "Origin: $base" "${json[@]}" --data-binary '{}'
  check 'a stranger gets no machine' refuses 401 session.required
  send GET '/start?plan=vms-5' -H 'Accept: text/html' -o /dev/null -D -
  check 'a stranger who chose a plan signs in and comes back to it' contains '/login?return_url=%2Fstart%3Fplan%3Dvms-5'
}

contains() { [[ $body == *"$1"* ]]; }

gate_checks() {
  check 'asha signs in with Forge' sign_in asha
  page /dashboard
  check 'a newcomer finds the plans on the dashboard' shows 'Choose a plan'
  customer /payment/intent '{"amount_cents":1000}'
  check 'no payment before verification' refuses 403 kyc.required
  customer /plan/buy '{"plan_id":"vms-5"}'
  check 'no plan before verification' refuses 403 kyc.required
  customer /vm/allocate '{}'
  check 'no machine before verification' refuses 403 kyc.required
  customer /plan/choose '{"plan_id":"vms-7"}'
  check 'an unknown plan cannot be chosen' refuses 404 plan.unknown
  customer /plan/choose '{"plan_id":"vms-5"}'
  check 'a plan is chosen first; verification is next' says 201 '.next == "verify" and .missing_cents == 1000 and .price_cents == 1000'
  page /start
  check 'the journey leads to verification' shows 'Verify identity'
}

verify_checks() {
  send POST /kyc/start -b "$jar" -H "Origin: $base" "${json[@]}" --data-binary '{}' -o /dev/null -D -
  local there token
  there=$(sed -n 's/^[Ll]ocation: *\([^[:space:]]*\).*/\1/p' <<<"$body")
  check 'verification goes on at the provider' contains "$idenfy"
  token=$(sed -n 's/.*authToken=\([A-Za-z0-9_-]*\).*/\1/p' <<<"$there")
  page /start
  check 'while it is open the journey says how to go on' shows 'Continue the check'
  curl -sS -o /dev/null "${idenfy%/}/ui" --data-urlencode "authToken=$token" --data-urlencode choice=approve
  check 'the approval arrives by itself' eventually of_asha '.kyc_status == "completed"'
  page /start
  check 'the journey asks for exactly what is missing' shows "Pay \$10.00"
}

pay_checks() {
  customer /payment/intent '{"amount_cents":1}'
  check 'an amount below the least is refused' refuses 422 topup.amount
  customer /payment/intent '{"amount_cents":1000}'
  check 'a checkout is made' says 201 '.amount_cents == 1000 and (.url | length > 0)'
  local checkout
  checkout=$(jq -r .url <<<"$body")
  customer /vm/allocate '{}'
  check 'an open checkout buys nothing' refuses 409 plan.required
  page /start
  check 'the journey leads back to the open checkout' shows "Continue paying \$10.00"
  check 'credit is still zero' of_asha '.credit_balance_cents == 0'
  curl -sS -o /dev/null "$checkout" --data-urlencode choice=pay
  check 'the paid plan and its first machine start by themselves' eventually listed '.rows | length == 1' /admin/list-allocations
  check 'the machine is active under the plan' listed '.rows[0] | .status == "Active" and .plan_id == "vms-5" and .pool_vm_id == "vm-1"' /admin/list-allocations
  check 'its cockpit_url is in the operators list' says 200 '.rows[0].cockpit_url == "http://127.0.0.1:1/cockpit-1"'
  check 'exactly the price was charged' of_asha '.credit_balance_cents == 0'
  page /start
  check 'the journey ends at the cockpit' shows 'href="http://127.0.0.1:1/cockpit-1"'
  page /credit
  check 'the statement has payment and plan' shows 'Plan bought: 5 machines, 30 days'
  check 'both have numbered receipts' contains "Receipt $(date -u +%Y)-000002"
}

machine_checks() {
  page /dashboard
  check 'dashboard: the cockpit_url of the machine' shows 'href="http://127.0.0.1:1/cockpit-1"'
  check 'dashboard: one of five in use' contains '1 of 5 in use'
  customer /vm/allocate '{}'
  check 'a second machine, without a cockpit' says 201 '.pool_vm_id == "vm-2" and .cockpit_url == null and .status == "Active"'
  page /dashboard
  check 'dashboard: a dash where there is no cockpit' contains '—'
  send POST /vm/allocate -b "$jar" -H "Origin: $base" -H 'Idempotency-Key: once' "${json[@]}" --data-binary '{}'
  check 'a third machine under a key' says 201 '.pool_vm_id == "vm-3"'
  local lease=$body
  send POST /vm/allocate -b "$jar" -H "Origin: $base" -H 'Idempotency-Key: once' "${json[@]}" --data-binary '{}'
  check 'the same key gives the same machine' says 201 ".sid == $(jq .sid <<<"$lease")"
  customer /vm/allocate '{}'
  check 'an empty pool says so and takes no slot' refuses 503 pool.empty
  page /dashboard
  check 'three of five are in use' contains '3 of 5 in use'
  admin GET /admin/allocations -H 'Accept: text/html'
  check 'admin table: thirteen columns, the last is the cockpit' contains '<th scope="col">cockpit</th>'
  check 'admin table: the cockpit_url' contains 'http://127.0.0.1:1/cockpit-3'
  release_checks "$(jq -r .sid <<<"$lease")"
}

release_checks() {
  local first
  customer /vm/release "{\"allocation_sid\":\"$1\"}"
  check 'the machine is given back' says 200 '.status == "Released"'
  first=$body
  customer /vm/release "{\"allocation_sid\":\"$1\"}"
  check 'again: the same answer' same_as "$first"
  customer /vm/allocate '{}'
  check 'nobody gets it before somebody said that it was wiped' refuses 503 pool.empty
  admin POST /admin/pool-vm-ready "${json[@]}" --data-binary '{"pool_vm_id":"vm-3","lease_number":1}'
  check 'it is reported as wiped' says 200 '.condition == "clean"'
  customer /vm/allocate '{}'
  check 'then it is handed out again under a new lease number' says 201 '.pool_vm_id == "vm-3" and .lease_number == 2'
  sign_in juma
  customer /vm/release "{\"allocation_sid\":\"$1\"}"
  check 'somebody else cannot give it back' refuses 404 not_found
}

same_as() { [ "$body" = "$1" ]; }

start_own
stranger_checks
gate_checks
verify_checks
pay_checks
machine_checks
finish_smoke
