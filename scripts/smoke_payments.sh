#!/usr/bin/env bash
# Black-box checks of paying: from the start of a top-up to the credit, with everything that must be refused.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'HELP'
Usage: scripts/smoke_payments.sh [--help]

Checks top-ups from outside, with curl and jq. Builds what it needs and starts a portal, a simulated Forge and a simulated Stripe
on free ports with data in a temporary folder; everything is gone afterwards. The last line is "N passed, N failed"; the exit
code tells.
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

# start_portal [SETTING=VALUE…]: starts the portal, with Stripe unless the settings differ.
start_portal() {
  env "PUBLIC_BASE_URL=$base" "LISTEN=$base" "DATA_DIR=$work/data" LOG_FORMAT=text "HERO_ONBOARDING_ADMIN_SECRET=$ADMIN_SECRET" 'VM_POOL_JSON=[]' \
    "FORGE_URL=$forge" FORGE_CLIENT_ID=hero-onboarding FORGE_CLIENT_SECRET=simulated-client-secret TOPUP_MIN_CENTS=500 TOPUP_MAX_CENTS=50000 \
    "STRIPE_API_URL=$stripe" "STRIPE_SECRET_KEY=sk_test_smoke" "STRIPE_WEBHOOK_SIGNING_KEY=$signing_secret" "$@" \
    dotnet "$portal_dll" serve >>"$work/portal.log" 2>&1 </dev/null &
  portal=$!
  await_ready "$port" "$portal" || give_up 'The portal did not start.'
}

# customer PATH JSON [curl arguments…]: posts like the signed-in customer's own page.
customer() { local path=$1 data=$2; shift 2; send POST "$path" -b "$jar" -H "Origin: $base" "${json[@]}" "$@" --data-binary "$data"; }

shows() { [ "$status" = "$1" ] && [[ $body == *"$2"* ]]; }

operator_posts() { admin POST "$1" "${json[@]}" --data-binary "$2" && answers 200; }

sid_of() { admin GET "/admin/list-users?q=$1"; jq -r --arg login "$1" '[.rows[] | select(.login == $login) | .sid][0] // empty' <<<"$body" 2>/dev/null; }

# intent CENTS [curl arguments…]: starts a top-up; sets $payment and $checkout.
intent() {
  local cents=$1
  shift
  customer /payment/intent "{\"amount_cents\":$cents}" "$@"
  payment=$(jq -r '.sid // empty' <<<"$body" 2>/dev/null)
  checkout=$(jq -r '.url // empty' <<<"$body" 2>/dev/null)
  checkout=${checkout##*/}
}

# on_page PATH CHOICE: makes a payer's choice on the provider's page.
on_page() { curl -sS -o /dev/null --max-time "$hang" --data-urlencode "choice=$2" "$stripe$1"; }

# becomes PAYMENT STATE: waits for the state, which the provider's webhook sets.
becomes() { eventually payment_is "$@"; }

payment_is() {
  admin GET "/admin/list-payments?q=$1"
  says 200 ".rows[0].state == \"$2\""
}

has_credit() { admin GET "/admin/list-users?q=$user"; says 200 "[.rows[] | select(.login == \"$user\")][0].credit_balance_cents == $1"; }

# signed JSON: posts to the webhook with Stripe's signature (its documentation): HMAC-SHA256 over "time.body"; the whole
# secret is the key.
signed() {
  local time mac
  time=$(date +%s)
  mac=$(printf '%s.%s' "$time" "$1" | openssl dgst -sha256 -hmac "$signing_secret" -r | cut -d' ' -f1)
  send POST /webhooks/stripe "${json[@]}" -H "Stripe-Signature: t=$time,v1=$mac" --data-binary "$1"
}

# event ID CHECKOUT CENTS REFERENCE: Stripe's event of a paid checkout.
event() {
  printf '{"id":"%s","object":"event","type":"checkout.session.completed","livemode":false,"data":{"object":{"id":"%s","object":"checkout.session","livemode":false,"payment_status":"paid","amount_total":%s,"currency":"usd","client_reference_id":"%s"}}}' "$@"
}

gate_checks() {
  intent 1000
  check 'gate: before the identity is verified' refuses 403 kyc.required
  check 'operator: verifies the customer' operator_posts /admin/kyc-verify "{\"user_sid\":\"$sid\",\"reason\":\"smoke check\"}"
  check 'operator: suspends the customer' operator_posts /admin/user-suspend "{\"user_sid\":\"$sid\",\"reason\":\"smoke check\"}"
  intent 1000
  check 'gate: while suspended' refuses 403 account.suspended
  check 'operator: lifts the suspension' operator_posts /admin/user-unsuspend "{\"user_sid\":\"$sid\",\"reason\":\"smoke check\"}"
  send POST /payment/intent -H "Origin: $base" "${json[@]}" --data-binary '{"amount_cents":1000}'
  check 'gate: without a session' refuses 401 session.required
  intent 499
  check 'limit: below the least' refuses 422 topup.amount
  intent 50001
  check 'limit: above the most; the answer names both' says 422 '.code == "topup.amount" and (.detail | test("5.00.*500.00"))'
  customer /payment/intent '{"amount_cents":"10"}'
  check 'a wrong type is named' refuses 422 body.invalid
}

paying_checks() {
  intent 1234 -H 'Idempotency-Key: smoke-1'
  check 'intent: 201 with the address of the checkout' says 201 ".state == \"open\" and .amount_cents == 1234 and (.url | startswith(\"$stripe/pay/\"))"
  local first=$payment
  intent 1234 -H 'Idempotency-Key: smoke-1'
  check 'intent: the same key is the same checkout' test "$payment" = "$first"
  intent 1300 -H 'Idempotency-Key: smoke-1'
  check 'intent: the same key for another amount is refused' refuses 422 idempotency.key_reused
  intent 1234 -H 'Idempotency-Key: smoke-1'
  page "/payment/return?session_id=$checkout"
  check 'return page: back from the provider, nothing is credited yet' shows 200 'Received'
  on_page "/pay/$checkout" pay
  check 'paid by card: credited by the webhook' becomes "$payment" credited
  check 'and the credit is exactly that' has_credit 1234
  page "/payment/return?session_id=$checkout"
  check 'return page: Credited' shows 200 'Credited'
  send GET "/payment/return?session_id=$checkout" -H 'Accept: text/html'
  check 'return page: signed out it says nothing' shows 200 'Sign in to see your payment'
  signed "$(event evt_smoke_again "$checkout" 1234 "$payment")"
  check 'the same fact by another event is not credited again' says 200 '.outcome == "repeated"'
  check 'and the credit is the same' has_credit 1234
}

later_checks() {
  intent 2000
  on_page "/pay/$checkout" later
  check 'paid later: checking' becomes "$payment" checking
  on_page "/money/$checkout" arrives
  check 'the money arrives: credited' becomes "$payment" credited
  intent 2100
  on_page "/pay/$checkout" later
  check 'paid later again: checking' becomes "$payment" checking
  on_page "/money/$checkout" fails
  check 'the money does not arrive: not paid' becomes "$payment" not_paid
  intent 2200
  customer /payment/cancel "{\"payment_sid\":\"$payment\"}"
  check 'cancel: closed' says 200 '.state == "not_paid"'
  customer /payment/cancel "{\"payment_sid\":\"$payment\"}"
  check 'cancel: only once' refuses 409 payment.not_open
  customer /payment/cancel '{"payment_sid":"01ARZ3NDEKTSV4RRFFQ69G5FAV"}'
  check 'cancel: what is not yours does not exist' refuses 404 not_found
  check 'the credit is what arrived' has_credit 3234
}

webhook_checks() {
  local spoken
  intent 5000
  spoken=$(event evt_smoke_forged "$checkout" 5000 "$payment")
  send POST /webhooks/stripe "${json[@]}" --data-binary "$spoken"
  check 'webhook: without a signature' refuses 400 webhook.signature
  send POST /webhooks/stripe "${json[@]}" -H "Stripe-Signature: t=$(date +%s),v1=$(random_hex 32)" --data-binary "$spoken"
  check 'webhook: with a wrong signature' refuses 400 webhook.signature
  signed '{"id":'
  check 'webhook: signed nonsense' refuses 400 body.malformed
  signed '{"id":"evt_smoke_other","type":"customer.created"}'
  check 'webhook: other events are taken and ignored' says 200 '.outcome == "ignored"'
  signed "$(event evt_smoke_less "$checkout" 4000 "$payment")"
  check 'webhook: another amount is put aside' says 200 '.outcome == "suspense"'
  check 'and credits nobody' has_credit 3234
  admin GET '/admin/list-suspense?state=open'
  check 'operator: sees it in the queue' says 200 '.rows | length == 1 and .[0].booked_cents == 4000'
  local item
  item=$(jq -r '.rows[0].sid' <<<"$body")
  check 'operator: assigns it' operator_posts /admin/suspense-resolve "{\"suspense_sid\":\"$item\",\"action\":\"assign\",\"user_sid\":\"$sid\",\"reason\":\"smoke check\"}"
  admin POST /admin/suspense-resolve "${json[@]}" --data-binary "{\"suspense_sid\":\"$item\",\"action\":\"refunded\",\"reason\":\"smoke check\"}"
  check 'operator: decides once' refuses 409 suspense.resolved
  check 'now the customer has it' has_credit 7234
}

off_checks() {
  stop_process "$portal"
  start_portal STRIPE_SECRET_KEY= STRIPE_WEBHOOK_SIGNING_KEY=
  intent 1000
  check 'without keys: paying is off' refuses 503 payments.off
  send POST /webhooks/stripe "${json[@]}" --data-binary '{}'
  check 'without keys: the webhook is off' refuses 503 payments.off
  page /credit
  check 'without keys: the form is hidden' shows 200 'The operator of this site adds credit'
}

build_all || give_up 'The build failed.'
ADMIN_SECRET=$(random_hex 32) signing_secret=whsec_$(random_hex 16) user=juma
port=$(free_port)
base=http://127.0.0.1:$port
(umask 077 && printf 'X-Hero-Onboarding-Admin-Secret: %s\n' "$ADMIN_SECRET" >"$work/secret-header")
boot_simulators --stripe-webhook-secret "$signing_secret"
start_portal
sign_in "$user" || give_up 'The customer cannot sign in.'
sid=$(sid_of "$user")
[ -n "$sid" ] || give_up 'The customer is not in the list.'

gate_checks
paying_checks
later_checks
webhook_checks
off_checks
finish_smoke
