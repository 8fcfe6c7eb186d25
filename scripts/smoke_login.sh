#!/usr/bin/env bash
# Black-box checks of signing in: with a Mycelium address, with the Forge, with both on one account; operators by name,
# programs by token; and every attempt that must be refused.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'HELP'
Usage: scripts/smoke_login.sh [--help]

Checks sign-in from outside, with curl and jq. Builds what it needs and starts a portal beside simulated vendors, a Forge and a
Mycelium overlay among them, on free ports with data in a temporary folder; everything is gone afterwards. The last line is
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
topic=$(printf %s 'hero/login/v1' | base64 -w0 | sed 's/=/%3D/g')
secrets=$work/secrets
: >"$secrets"

# address_of PERSON, node_of PERSON: the address of their node in the overlay, and of its daemon's API.
address_of() { sed -n "s/^ *$1  *\([0-9a-f:]*\), API .*/\1/p" "$work/simulators.log"; }
node_of() { sed -n "s/^ *$1  *[0-9a-f:]*, API //p" "$work/simulators.log"; }

# as NAME: uses the browser (cookies) of this name from here on.
as() { jar=$work/cookies-$1; touch "$jar"; }

# posts PATH JSON: posts like the browser's own page; keeps received cookies.
posts() { send POST "$1" -b "$jar" -c "$jar" -H "Origin: $base" "${json[@]}" --data-binary "$2"; }

# read_code PERSON: reads the code like the command on the page, on that person's node.
read_code() {
  message=$(curl -s --max-time "$hang" "$(node_of "$1")api/v1/messages?timeout=1&topic=$topic" | jq -r '.payload // empty' | base64 -d)
  code=$(grep -xE '[0-9a-f]{32}' <<<"$message")
  printf '%s\n' "$code" >>"$secrets"
}

# asks ADDRESS: requests a code; sets $token.
asks() {
  posts /login/challenge "{\"address\":\"$1\"}"
  token=$(jq -r '.challenge_token // empty' <<<"$body" 2>/dev/null)
}

# enters TOKEN CODE: enters a code.
enters() { posts /login/verify "{\"challenge_token\":\"$1\",\"nonce\":\"$2\"}"; }

signed_in() { page /account && [ "$status" = 200 ] && [[ $body == *"$1"* ]]; }

signed_out() { page /account && [ "$status" = 303 ]; }

# by_forge USER: signs in by OpenID Connect in the current browser.
by_forge() {
  local to
  to=$(curl -sS -o /dev/null -w '%{redirect_url}' -c "$jar" -b "$jar" "$base/login/forge/start?return_url=/account")
  to=$(curl -sS -o /dev/null -w '%{redirect_url}' -c "$jar" -b "$jar" "$to&sign_in_as=$1")
  to=$(curl -sS -o /dev/null -w '%{redirect_url}' -c "$jar" -b "$jar" "$to")
  status=303 body=$to
}

# offer_in URL: the sealed offer that the confirmation page would send.
offer_in() { jq -rn --arg u "$1" '$u | capture("offer=(?<o>[^&]*)").o' 2>/dev/null; }

# links_forge USER: proves a Forge identity up to the confirmation page; sets $offer.
links_forge() {
  local to
  to=$(curl -sS -o /dev/null -w '%{redirect_url}' -c "$jar" -b "$jar" -H "Origin: $base" "${json[@]}" -X POST --data-binary '{}' "$base/account/link-forge")
  to=$(curl -sS -o /dev/null -w '%{redirect_url}' -c "$jar" -b "$jar" "$to&sign_in_as=$1")
  to=$(curl -sS -o /dev/null -w '%{redirect_url}' -c "$jar" -b "$jar" "$to")
  offer=$(offer_in "$to")
  status=303 body=$to
}

mycelium_checks() {
  as asha
  page /login
  check 'both ways are offered' shows 'Or with a Mycelium address'
  asks '2001:db8::1'
  check 'an address outside the overlay is refused' refuses 422 mycelium.address
  asks '548:1:2:3::1'
  check 'a node that nobody knows is refused' refuses 404 mycelium.unknown
  asks "$(address_of zawadi)"
  check 'the address of a pool machine is refused' refuses 422 mycelium.pool_machine
  asks "$(address_of asha)"
  check 'a code is sent; the answer names the derived address' says 201 ".address == \"$(address_of asha)\" and (.command | test(\"timeout=1\"))"
  page "/login/mycelium?challenge=$token"
  check 'the page says that it arrived, how to read it, and how long it lives' shows 'Arrived at your node'
  read_code asha
  check 'the message names the portal and says never to pass it on' grep -q "Sign-in code for $base" <<<"$message"
  check 'and the code is 128 bits' test ${#code} = 32
  page "/login/mycelium/state?challenge=$token"
  check 'the page sees that it was read' shows 'Read on your node'
  enters "$token" 00000000000000000000000000000000
  check 'a wrong code' refuses 401 challenge.failed
  as thief
  posts /login/challenge "{\"address\":\"$(address_of juma)\"}"
  enters "$token" "$code"
  check 'the right code in another browser: the same answer' refuses 401 challenge.failed
  check 'which is not signed in' signed_out
  as asha
  enters "$token" "$code"
  check 'the right code signs in' says 200 '.location == "/dashboard" and .is_new'
  check 'under the address' signed_in "$(address_of asha)"
  enters "$token" "$code"
  check 'a used code: the same answer' refuses 401 challenge.failed
  send POST /login/verify -b "$jar" -H 'Origin: https://evil.example' "${json[@]}" --data-binary '{}'
  check 'not from another site' refuses 403 origin.foreign
  as again
  asks "$(address_of asha | tr a-f A-F)"
  read_code asha
  enters "$token" "$(printf %s "$message" | base64 -w0)"
  check 'in capitals and with the whole message in base64: the same account' says 200 '.is_new == false'
}

linking_checks() {
  as asha
  posts /account/unlink-mycelium '{}'
  check 'the only identity stays' refuses 409 identity.last
  links_forge juma
  page "/account/link?offer=$offer"
  check 'linking: a page names both' shows 'juma at the Forge'
  as thief
  by_forge operator
  posts /account/link "{\"offer\":\"$offer\"}"
  check 'linking: nobody else can say yes to it' refuses 400 signin.failed
  as asha
  posts /account/link "{\"offer\":\"$offer\"}"
  check 'linking: both open the account' says 200 ".forge_id == \"4201\" and .mycelium_address == \"$(address_of asha)\""
  posts /account/link "{\"offer\":\"$offer\"}"
  check 'linking: once' refuses 400 signin.failed
  as by-forge
  by_forge juma
  check 'the Forge opens the same account' signed_in "$(address_of asha)"
  posts /account/unlink-mycelium '{}'
  check 'the new identity cannot remove the older one for 72 hours' refuses 409 identity.too_new
  as other
  # The code that the thief requested is in the inbox too.
  read_code juma
  asks "$(address_of juma)"
  read_code juma
  enters "$token" "$code"
  links_forge juma
  posts /account/link "{\"offer\":\"$offer\"}"
  check 'an identity that opens another account is refused' refuses 409 identity.taken
  as asha
  posts /account/unlink-forge '{}'
  check 'the older one can remove the new one at once' says 200 '.forge_id == null'
  as by-forge
  check 'and its browsers are signed out' signed_out
}

session_checks() {
  as asha
  page /account
  local other
  other=$(grep -o 'name="session" value="[0-9A-F]*"' <<<"$body" | head -1 | grep -oE '[0-9A-F]{64}')
  posts /account/end-session "{\"session\":\"$other\"}"
  check 'one other browser is signed out' answers 200
  as again
  check 'which it sees at once' signed_out
  as other
  posts /account/end-session "{\"session\":\"$other\"}"
  check 'sessions of others are not found' refuses 404 not_found
  as asha
  page /account/history
  check 'the history names ways and changes' shows 'Identity unlinked'
  local stolen=$work/cookies-stolen
  cp "$jar" "$stolen"
  grep -oE '__Host-hero\s+\S+$' "$jar" | awk '{print $2}' >>"$secrets"
  send POST /logout/everywhere -b "$jar" -c "$jar" -H "Origin: $base" "${json[@]}" --data-binary '{}'
  check 'signed out everywhere' answers 303
  jar=$stolen
  check 'a cookie that was stolen before is worth nothing' signed_out
}

# operator_in USER: signs in to the operators' pages by the Forge.
operator_in() {
  local to
  to=$(curl -sS -o /dev/null -w '%{redirect_url}' -c "$jar" -b "$jar" "$base/admin/login/forge")
  to=$(curl -sS -o /dev/null -w '%{redirect_url}' -c "$jar" -b "$jar" "$to&sign_in_as=$1")
  send GET "${to#"$base"}" -b "$jar" -c "$jar" -H 'Accept: text/html'
}

# with_token METHOD PATH [curl arguments…]: sends like a program with the created token.
with_token() {
  local method=$1 path=$2
  shift 2
  send "$method" "$path" -H "@$work/token-header" "$@"
}

operator_checks() {
  as boss
  posts /admin/login "{\"secret\":\"$ADMIN_SECRET\",\"name\":\"Somebody\"}"
  check 'operators: with an owner set the secret opens no pages' refuses 403 admin.use_forge
  operator_in owner
  page /admin/operators
  check 'operators: an owner comes in by name' shows 4203
  as stranger
  operator_in asha
  check 'operators: somebody without rights is told so, and what to do' test "$status" = 403 -a "${body#*4200}" != "$body"
  as viewer
  operator_in viewer
  page /admin/users
  check 'operators: a viewer looks' shows Users
  posts /admin/run-job '{"name":"credit.reconcile"}'
  check 'operators: and changes nothing' refuses 403 role.required
  send GET /admin/list-payments -b "$jar"
  check 'operators: nor sees payments' refuses 403 role.required
  as boss
  posts /admin/token-create '{"name":"feeder","scopes":"pool read","days":7}'
  check 'tokens: an owner makes one, shown once' says 201 '.token | startswith("hmt_")'
  local token sid
  token=$(jq -r .token <<<"$body") sid=$(jq -r .sid <<<"$body")
  printf '%s\n' "$token" >>"$secrets"
  (umask 077 && printf 'X-Hero-Onboarding-Admin-Secret: %s\n' "$token" >"$work/token-header")
  with_token GET /admin/list-pool
  check 'tokens: it reads' answers 200
  with_token POST /admin/auto-release-now
  check 'tokens: its scopes end there' refuses 403 token.scope
  posts /admin/token-revoke "{\"token_sid\":\"$sid\"}"
  with_token GET /admin/list-pool
  check 'tokens: taken back, at once' refuses 403 token.over
  admin GET '/admin/list-audit?act=token.create'
  check 'the audit has the owner by name' says 200 '.rows[0].actor | test("owner \\(4203\\)")'
}

trouble_checks() {
  as asha
  stop_process "$portal"
  boot_portal "$port" portal MYCELIUM_API_URL=http://127.0.0.1:9 'VM_POOL_JSON=[]'
  portal=$started
  asks "$(address_of asha)"
  check 'the daemon is gone: 503' refuses 503 mycelium.unreachable
  as asha-forge
  by_forge asha
  check 'the Forge is not affected' signed_in 'user id 4200'
  stop_process "$portal"
  boot_portal "$port" portal 'VM_POOL_JSON=[]'
  portal=$started
  as asha
  asks "$(address_of asha)"
  check 'without a daemon: off' refuses 503 mycelium.off
  page /login
  check 'and not offered' test "${body#*Mycelium}" = "$body"
  check 'no code, cookie or secret is in the log' nothing_leaked
}

nothing_leaked() { [ -s "$secrets" ] && ! grep -qFf "$secrets" "$work/portal.log"; }

build_all || give_up 'The build failed.'
ADMIN_SECRET=$(random_hex 32)
printf '%s\n' "$ADMIN_SECRET" simulated-client-secret >>"$secrets"
(umask 077 && printf 'X-Hero-Onboarding-Admin-Secret: %s\n' "$ADMIN_SECRET" >"$work/secret-header")
port=$(free_port)
base=http://127.0.0.1:$port

boot_simulators
boot_portal "$port" portal "MYCELIUM_API_URL=$mycelium" RATE_SIGNINS_PER_MINUTE=200 ADMIN_FORGE_USERS=4203:owner,4204:viewer "VM_POOL_JSON=[{\"id\":\"vm-1\",\"mycelium_ip\":\"$(address_of zawadi)\"}]"
portal=$started

mycelium_checks
linking_checks
session_checks
operator_checks
trouble_checks
finish_smoke
