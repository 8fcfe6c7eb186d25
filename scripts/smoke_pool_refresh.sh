#!/usr/bin/env bash
# Black-box checks of the pool: POST /admin/pool-refresh and its effect for customers.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'HELP'
Usage: scripts/smoke_pool_refresh.sh [--help]

Checks the pool feed from outside, with curl and jq. Builds what it needs and starts a portal and a simulated Forge on free
ports with data in a temporary folder; everything is gone afterwards. The last line is "N passed, N failed"; the exit code tells.

Against a running portal instead:
  BASE_URL      its address, for example http://127.0.0.1:9920 (./run); checks that need restarts are left out
  ADMIN_SECRET  its operator secret, for example "$(cat data/admin-secret)"
  SMOKE_USER    a user of the simulated Forge (juma) who may be credited and may buy a plan
Careful: this REPLACES THE POOL of that portal.
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
portal='' empty='' simulators=''
trap 'stop_process "$portal"; stop_process "$empty"; stop_process "$simulators"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# refresh JSON: refreshes the pool as the operator.
refresh() { admin POST /admin/pool-refresh "${json[@]}" --data-binary "$1"; }

# sizes BEFORE NOW: true for exactly these two members.
sizes() { says 200 "keys == [\"pool_size\", \"prev_pool_size\"] and .prev_pool_size == $1 and .pool_size == $2"; }

start_own() {
  build_all || give_up 'The build failed.'
  ADMIN_SECRET=$(random_hex 32)
  main_port=$(free_port)
  base=http://127.0.0.1:$main_port
  boot_simulators
  boot_portal "$main_port" main "VM_POOL_JSON=$first_pool"
  portal=$started
}

restart_main() {
  stop_process "$portal"
  boot_portal "$main_port" main "VM_POOL_JSON=$1"
  portal=$started
}

gate_checks() {
  send POST /admin/pool-refresh "${json[@]}" --data-binary '[]'
  check 'gate: without the secret 401' refuses 401 admin.secret_required
  send POST /admin/pool-refresh -H 'X-Hero-Onboarding-Admin-Secret: wrong' "${json[@]}" --data-binary '[]'
  check 'gate: with a wrong secret 403' refuses 403 admin.secret_wrong
  send POST /admin/pool-refresh "${json[@]}" -H 'Content-Type: text/plain' --data-binary '{broken'
  check 'order: the secret is asked for before anything is said about the body' refuses 401 admin.secret_required
}

shape_checks() {
  refresh '[{"id":"s-1"},{"id":"s-2"}]'
  check 'a bare array is a pool' says 200 '.pool_size == 2'
  refresh '{"pool":[{"id":"s-1"},{"id":"s-2"},{"id":"s-3"}]}'
  check 'an object with "pool" is a pool; the answer has exactly two members' sizes 2 3
  refresh '[{"id":"s-1","status":"maintenance"},{"id":"s-2","status":"Available"}]'
  check 'status in any case; the size before counts what was listed' sizes 3 2
  refresh '[{"id":"s-1"}]'
  check 'machines in maintenance count, machines no longer listed never do' sizes 2 1
  refresh '[{"id":"s-1","cockpit_url":null},{"id":"s-2","cockpit_url":""},{"id":"s-3","cockpit_url":"https://s-3.example.org/"}]'
  check 'a null or empty cockpit is no cockpit' sizes 1 3
  refresh '[{"id":"s-1","colour":"red","cockpit":{"deep":[1,2,3]}},{"id":"s-2","labels":{"rack":"7"}}]'
  check 'unknown members are ignored' sizes 3 2
  refresh '[]'
  check 'an empty pool is a pool' sizes 2 0
  jq -nc '[range(5000) | {id: "many-\(.)", address: "10.1.\(. / 250 | floor).\(. % 250)"}]' >"$work/many.json"
  refresh "@$work/many.json"
  check '5,000 machines at once' sizes 0 5000
  refresh '[{"id":"s-1"},{"id":"s-2"}]'
  check 'and two again' sizes 5000 2
}

bad_body_checks() {
  refresh '[{"id":"s-1"'
  check 'malformed JSON 400' refuses 400 body.malformed
  refresh ''
  check 'an empty body 400' refuses 400 body.malformed
  refresh '"s-1"'
  check 'neither array nor object with "pool" 400' refuses 400 body.malformed
  refresh '[{"id":"s-1","id":"s-2"}]'
  check 'a member twice 400' refuses 400 body.malformed
  refresh "[{\"id\":\"s-1\",\"labels\":$(printf '[%.0s' {1..20})$(printf ']%.0s' {1..20})}]"
  check 'nested too deeply 400' refuses 400 body.malformed
  refresh '[{"id":"ok"},{"id":7},{"status":"available"},"x",{"id":"a b"},{"id":"p","ssh_port":0},{"id":"q","status":"sold"}]'
  check 'wrong types 422, every bad entry named and no good one' says 422 \
    '.code == "pool.invalid" and ([.errors[] | capture("^Entry (?<n>[0-9]+)").n] | unique == ["2","3","4","5","6","7"])'
  refresh '[{"id":"twin"},{"id":"s-9"},{"id":"twin"}]'
  check 'an id twice 422, the second one named' says 422 '.errors | length == 1 and (.[0] | test("Entry 3.*twin"))'
  local url
  for url in 'javascript:alert(1)' 'https://user:word@x.example.org/' '/relative' 'data:text/html,x'; do
    refresh "[{\"id\":\"s-1\",\"cockpit_url\":\"$url\"}]"
    check "cockpit_url $url 422" refuses 422 pool.invalid
  done
  refresh '[{"id":"s-1"},{"id":"s-2"}]'
  check 'none of the refused bodies changed anything' sizes 2 2
}

# Each of these bodies is also wrong in all later respects, so that the order of the checks shows.
order_checks() {
  head -c $((33 * 1024 * 1024)) /dev/zero | tr '\0' '[' >"$work/huge"
  admin POST /admin/pool-refresh -H 'Content-Type: text/plain' --data-binary "@$work/huge"
  check 'order: media type 415 before size' refuses 415 body.media_type
  admin POST /admin/pool-refresh "${json[@]}" --data-binary "@$work/huge"
  check 'order: more than 32 MB 413 before well-formed' refuses 413 body.too_large
  admin POST /admin/pool-refresh "${json[@]}" -H 'Transfer-Encoding: chunked' --data-binary "@$work/huge"
  check 'size: 413 also when the length is not told before' refuses 413 body.too_large
  refresh '[{"id":7},'
  check 'order: malformed 400 before invalid 422' refuses 400 body.malformed
}

# one ID [FIELDS]: refreshes to a pool of one machine.
one() { refresh "[{\"id\":\"$1\"${2:+,$2}}]"; }

# takes ID LEASE: true when the customer gets this machine with this lease number; sets $lease to the allocation.
takes() {
  customer /vm/allocate '{}'
  lease=$(jq -r '.sid // empty' <<<"$body")
  says 201 ".pool_vm_id == \"$1\" and .lease_number == $2"
}

takes_nothing() {
  customer /vm/allocate '{}'
  refuses 503 pool.empty
}

release() { customer /vm/release "{\"allocation_sid\":\"$1\"}"; }

ready() { admin POST /admin/pool-vm-ready "${json[@]}" --data-binary "{\"pool_vm_id\":\"$1\",\"lease_number\":$2}"; }

operator_posts() { admin POST "$1" "${json[@]}" --data-binary "$2" && answers 200; }

# A customer who may take machines: signed in, verified, with credit and a plan.
prepare_customer() {
  local sid
  check "customer: $user signs in through the Forge" sign_in "$user"
  admin GET "/admin/list-users?q=$user"
  sid=$(jq -r --arg login "$user" '[.rows[] | select(.login == $login) | .sid][0] // empty' <<<"$body" 2>/dev/null)
  check 'operator: finds the customer' test -n "$sid"
  check 'operator: marks the customer as verified' operator_posts /admin/kyc-verify "{\"user_sid\":\"$sid\",\"reason\":\"smoke check\"}"
  check 'operator: credits 10 dollars' operator_posts /admin/credit-adjust "{\"user_sid\":\"$sid\",\"amount_cents\":1000,\"reason\":\"smoke check\"}"
  customer /plan/buy '{"plan_id":"vms-5"}'
  if [ "$own" = yes ]; then check 'customer: buys a plan' answers 201; fi
}

swap_checks() {
  one "$id-a" '"cockpit_url":"https://a.example.org/"'
  check 'customer: takes the machine that was listed' takes "$id-a" 1
  local first=$lease
  check 'customer: gets its cockpit' says 201 '.cockpit_url == "https://a.example.org/"'
  one "$id-b" '"status":"maintenance"'
  check 'swap: a pool that no longer lists the held machine' sizes 1 1
  check 'a machine in maintenance is not handed out' takes_nothing
  one "$id-b"
  check 'swap: the new machine is handed out, never the held one' takes "$id-b" 1
  check 'the second machine is given back' release_ok "$lease"
  one "$id-a" '"cockpit_url":"https://changed.example.org/"'
  check 'a machine that is held is not handed out again when it is listed again' takes_nothing
  release "$first"
  check 'swap: the lease kept its own cockpit' says 200 '.status == "Released" and .cockpit_url == "https://a.example.org/"'
  local before=$body
  release "$first"
  check 'giving back twice answers the same' test "$body" = "$before"
}

release_ok() { release "$1" && says 200 '.status == "Released"'; }

wiped_checks() {
  one "$id-a"
  check 'a released machine is not handed out after a plain refresh' takes_nothing
  ready "$id-a" 0
  check 'a message about an older lease is refused' refuses 409 pool_vm.stale_lease
  one "$id-a" '"wiped_lease":0'
  check 'nor after a refresh that speaks of an older lease' takes_nothing
  if [ "$own" = yes ]; then
    restart_main "$first_pool"
    check 'nor after a restart; the session lives on' takes_nothing
    one "$id-a"
    check 'the refresh survived the restart: unchanged VM_POOL_JSON is not applied again' sizes 1 1
  fi
  one "$id-a" '"wiped_lease":1'
  check 'it is handed out after a refresh with its wiped_lease, under a new lease number' takes "$id-a" 2
  ready "$id-a" 1
  check 'a late word about the lease before changes nothing' refuses 409 pool_vm.stale_lease
  ready "$id-a" 2
  check 'a machine that is held cannot be called ready' refuses 409 pool_vm.held
  check 'it is given back' release_ok "$lease"
  ready "$id-a" 2
  check 'ready with the current lease number' says 200 '.condition == "clean"'
  check 'and it is handed out again' takes "$id-a" 3
  check 'and given back' release_ok "$lease"
  ready "$id-nobody" 1
  check 'an unknown machine cannot be ready' refuses 404 pool_vm.unknown
}

restart_checks() {
  restart_main '[{"id":"other-1"},{"id":"other-2"},{"id":"other-3"}]'
  refresh '[]'
  check 'a changed VM_POOL_JSON is applied at the next start' sizes 3 0
}

no_pool_checks() {
  local port
  port=$(free_port)
  forge='' boot_portal "$port" empty
  empty=$started
  base=http://127.0.0.1:$port
  send POST /admin/pool-refresh -H 'Content-Type: text/plain' --data-binary '{broken'
  check 'without a pool: the secret is still asked for first' refuses 401 admin.secret_required
  admin POST /admin/pool-refresh -H 'Content-Type: text/plain' --data-binary '{broken'
  check 'without a pool: 503 before anything is said about the body' refuses 503 provisioner.unavailable
  refresh '[{"id":"s-1"}]'
  check 'without a pool: a good body is 503 too' refuses 503 provisioner.unavailable
}

own=yes user=${SMOKE_USER:-juma} id=smoke-$(random_hex 4) first_pool='[{"id":"first-1"}]'
base=${BASE_URL:-} base=${base%/}
if [ -n "$base" ]; then
  own=no
  [ -n "${ADMIN_SECRET:-}" ] || { echo 'BASE_URL needs ADMIN_SECRET; see --help' >&2; exit 2; }
else
  start_own
fi
(umask 077 && printf 'X-Hero-Onboarding-Admin-Secret: %s\n' "$ADMIN_SECRET" >"$work/secret-header")

gate_checks
shape_checks
bad_body_checks
order_checks
prepare_customer
swap_checks
wiped_checks
if [ "$own" = yes ]; then
  restart_checks
  no_pool_checks
fi
finish_smoke
