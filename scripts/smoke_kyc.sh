#!/usr/bin/env bash
# Black-box checks of identity verification: the redirects to the provider and back, signed
# callbacks, operators' decisions.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'HELP'
Usage: scripts/smoke_kyc.sh [--help]

Checks identity verification from outside, with curl, jq and openssl. Builds what it needs and starts portals and simulators of a
Forge and of iDenfy on free ports with data in a temporary folder; everything is gone afterwards. The last line is
"N passed, N failed"; the exit code tells.

It always starts its own: it signs callbacks, restarts the portal with other settings and switches iDenfy's made-up results on.
HELP
}

case ${1-} in
  '') ;;
  -h | --help) usage; exit 0 ;;
  *) echo "'$1' is not an option; see --help" >&2; exit 2 ;;
esac
for tool in curl jq openssl; do
  command -v "$tool" >/dev/null || { echo "$tool is missing; install it with: apt-get install $tool" >&2; exit 1; }
done

work=$(mktemp -d -t hero-smoke-XXXXXX)
portal=''
trap 'stop_process "$portal"; stop_process "$simulators"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# start_portal [SETTING=VALUE…]: starts the portal, on the same store each time.
start_portal() {
  env "PUBLIC_BASE_URL=$base" "LISTEN=$base" "DATA_DIR=$work/data" LOG_FORMAT=text "HERO_ONBOARDING_ADMIN_SECRET=$ADMIN_SECRET" VM_POOL_JSON='[]' \
    "FORGE_URL=$forge" FORGE_CLIENT_ID=hero-onboarding FORGE_CLIENT_SECRET=simulated-client-secret "$@" \
    dotnet "$portal_dll" serve >>"$work/portal.log" 2>&1 </dev/null &
  portal=$!
  await_ready "${base##*:}" "$portal" || give_up 'The portal did not start.'
}

# with_idenfy [SETTING=VALUE…]: restarts the portal with the simulated iDenfy.
with_idenfy() {
  stop_process "$portal"
  start_portal "IDENFY_API_URL=$idenfy" IDENFY_API_KEY=simulated-idenfy-key IDENFY_API_SECRET=simulated-idenfy-secret \
    "IDENFY_WEBHOOK_SECRET=$signing_key" IDENFY_ENVIRONMENT=dev "$@"
}

# sign_in USER: signs in by OpenID Connect; this user is the customer from then on.
sign_in() {
  local to
  jar=$work/cookies-$1
  to=$(curl -sS -o /dev/null -w '%{redirect_url}' -c "$jar" -b "$jar" "$base/login/forge/start?return_url=/account")
  to=$(curl -sS -o /dev/null -w '%{redirect_url}' -c "$jar" -b "$jar" "$to&sign_in_as=$1")
  curl -sS -o /dev/null -c "$jar" -b "$jar" "$to"
  admin GET "/admin/list-users?q=$1"
  sid=$(jq -r --arg login "$1" '[.rows[] | select(.login == $login) | .sid][0] // empty' <<<"$body" 2>/dev/null)
  grep -q '__Host-hero' "$jar" && [ -n "$sid" ]
}

# customer PATH JSON: posts like the signed-in customer's own page.
customer() { send POST "$1" -b "$jar" -H "Origin: $base" "${json[@]}" --data-binary "$2"; }

# page PATH: gets a page like the customer's browser.
page() { send GET "$1" -b "$jar" -H 'Accept: text/html'; }

shows() { [ "$status" = 200 ] && grep -qF "$1" <<<"$body"; }

# start_check: starts a check; sets $link to the target of its redirect.
start_check() {
  link=$(curl -sS -o /dev/null -w '%{redirect_url}' -b "$jar" -H "Origin: $base" "${json[@]}" -X POST --data-binary '{}' "$base/kyc/start")
  status=303 body=$link
}

# choose CHOICE [FIELD=VALUE]: makes a choice on iDenfy's page; sets $link to the target of its redirect.
choose() {
  local fields=(--data-urlencode "authToken=${link##*authToken=}" --data-urlencode "choice=$1")
  [ $# -gt 1 ] && fields+=(--data-urlencode "$2")
  link=$(curl -sS -o /dev/null -w '%{redirect_url}' "${fields[@]}" "$idenfy/ui")
  status=303 body=$link
}

# stands STATUS: true when operators see this verification status of the customer; waits for pending callbacks.
stands() { eventually identity_is "$1"; }

identity_is() {
  admin GET "/admin/list-users?q=$sid"
  says 200 ".rows[0].kyc_status == \"$1\""
}

newest_session() { admin GET "/admin/list-kyc-sessions?q=$sid"; jq -c '.rows[0]' <<<"$body"; }

# callback OVERALL FINAL FINISHED [KEY]: sends a signed callback about the newest session.
callback() {
  local session message signature
  session=$(newest_session)
  message=$(jq -nc --argjson s "$session" --arg overall "$1" --argjson final "$2" --argjson at "$3" \
    '{final: $final, status: {overall: $overall}, scanRef: $s.scan_ref, clientId: $s.client_id, finishTime: $at}')
  signature=$(printf %s "$message" | openssl dgst -sha256 -hmac "${4-$signing_key}" -r | cut -d' ' -f1)
  send POST /webhooks/idenfy "${json[@]}" -H "Idenfy-Signature: $signature" --data-binary "$message"
}

# The first check of the original: no money before the verification. Without a payment provider, the next gate
# is the plan.
gate_checks() {
  local route=/payment/intent what='{"amount_cents":1000}'
  send GET /.well-known/heroservice.json
  if ! jq -e '.routes | index("POST /payment/intent")' >/dev/null <<<"$body" || ! jq -e '.features[] | select(.name == "payments").on' >/dev/null <<<"$body"; then
    route=/plan/buy what='{"plan_id":"vms-5"}'
  fi
  customer "$route" "$what"
  check "gate: before verification POST $route is refused" refuses 403 kyc.required
  customer /vm/allocate '{}'
  check 'gate: and so is a machine' refuses 403 kyc.required
}

off_checks() {
  customer /kyc/start '{}'
  check 'off: without a provider a check cannot be started' refuses 503 kyc.off
  send POST /webhooks/idenfy "${json[@]}" --data-binary '{}'
  check 'off: nor are callbacks taken' refuses 503 kyc.off
  page /kyc
  check 'off: the page names the account for the operator' shows "$sid"
}

approve_checks() {
  page /kyc
  check 'the page says what is kept' shows 'Never documents'
  start_check
  check 'start: leads to the page of iDenfy' test "${link%%\?*}" = "$idenfy/api/v2/redirect"
  local first=$link
  start_check
  check 'start: again, leads to the same link' test "$link" = "$first"
  check 'start: is in progress' stands in_progress
  callback APPROVED true "$(date +%s)" wrong-key-of-somebody
  check 'callback: signed by somebody else 400' refuses 400 webhook.signature
  check 'callback: which changes nothing' stands in_progress
  choose approve
  check 'iDenfy sends people back to the portal' test "$link" = "$base/kyc/return"
  check 'approved: is verified' stands completed
  page /kyc/return
  check 'the way back shows it' shows Verified
  send GET '/kyc/return?status=APPROVED' -H 'Accept: text/html'
  check 'the way back works on a phone that is not signed in' shows 'You may close this page.'
  customer /kyc/start '{}'
  check 'verified: nothing to start' refuses 409 kyc.done
}

order_checks() {
  callback DENIED true "$(($(date +%s) - 3600))"
  check 'an older verdict is taken with 200' answers 200
  check 'and changes nothing' stands completed
  callback EXPIRED null null
  check 'nor does running out afterwards' stands completed
}

denied_checks() {
  check 'customer: another one signs in' sign_in asha
  customer /kyc/reset '{}'
  check 'reset: not before a check ended badly' refuses 409 kyc.nothing_to_reset
  start_check
  choose deny reason=DOC_TOO_BLURRY
  check 'denied: is failed' stands failed
  page /kyc
  check 'denied: the page says why in plain words' shows 'too blurry'
  customer /kyc/reset '{}'
  check 'reset: the next check is of a new client' says 200 ".client_id == \"$sid-1\""
  start_check
  choose cancel
  check 'turned away: is expired and may start again' stands expired
}

review_checks() {
  start_check
  choose suspect tag=DUPLICATE_FACE
  check 'suspected: stays in progress' stands in_progress
  customer /kyc/start '{}'
  check 'suspected: nothing to start' refuses 409 kyc.under_review
  admin GET '/admin/list-kyc-sessions?review=waiting'
  check 'suspected: is listed for operators with its tag' says 200 '.rows | length == 1 and .[0].reasons == "DUPLICATE_FACE"'
  local session
  session=$(jq -r '.rows[0].sid' <<<"$body")
  admin POST /admin/kyc-decide "${json[@]}" --data-binary "{\"session_sid\":\"$session\",\"approve\":true}"
  check 'an operator needs a reason' refuses 422 reason.required
  admin POST /admin/kyc-decide "${json[@]}" --data-binary "{\"session_sid\":\"$session\",\"approve\":true,\"reason\":\"smoke check\"}"
  check 'an operator approves' says 200 '.kyc_status == "completed"'
  admin POST /admin/kyc-decide "${json[@]}" --data-binary "{\"session_sid\":\"$session\",\"approve\":false,\"reason\":\"smoke check\"}"
  check 'once' refuses 409 kyc.decided
}

# made_up MODE USER STATUS: with a dev key the result arrives automatically.
made_up() {
  with_idenfy IDENFY_ENVIRONMENT=dev "IDENFY_DEV_MODE=$1"
  sign_in "$2" || return 1
  start_check
  [ "$link" = "$base/kyc" ] && stands "$3"
}

dev_mode_checks() {
  check 'dev mode: denied fails by itself' made_up denied operator failed
  check 'dev mode: true verifies by itself' made_up true operator completed
}

leak_checks() {
  check 'nothing of documents is in the log' not_in "$work/portal.log" SIMULATSDOTTIR
  check 'nor in the store' not_in "$work/data/hero-onboarding.sqlite" SIMULATSDOTTIR
  check 'nor in the newest commits' not_in "$work/data/hero-onboarding.sqlite-wal" SIMULATSDOTTIR
}

not_in() { [ ! -e "$1" ] || ! grep -qaF "$2" "$1"; }

build_all || give_up 'The build failed.'
ADMIN_SECRET=$(random_hex 32) signing_key=$(random_hex 24)
(umask 077 && printf 'X-Hero-Onboarding-Admin-Secret: %s\n' "$ADMIN_SECRET" >"$work/secret-header")
base=http://127.0.0.1:$(free_port)
boot_simulators --idenfy-webhook-secret "$signing_key"
start_portal
sign_in juma || give_up 'Nobody could sign in.'
gate_checks
off_checks
with_idenfy
approve_checks
order_checks
denied_checks
review_checks
dev_mode_checks
leak_checks
finish_smoke
