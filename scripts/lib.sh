# shellcheck shell=bash
# Functions that ./run, ./check and the smoke scripts share. Sourcing it starts nothing.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# No compiler server stays running, no telemetry is sent, and the tools print no banners.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
export DOTNET_CLI_HOME=${DOTNET_CLI_HOME:-${HOME:-/tmp}}

portal_dll=$repo/src/HeroOnboarding/bin/Release/net10.0/hero-onboarding.dll
simulators_dll=$repo/sim/HeroOnboarding.Simulators/bin/Release/net10.0/hero-simulators.dll

# build_all: builds portal and simulators, Release. Prints only errors. A caller who has built sets HERO_BUILT=yes.
build_all() {
  local log
  [ "${HERO_BUILT-}" != yes ] || return 0
  command -v dotnet >/dev/null || { echo "The .NET 10 SDK is missing: there is no 'dotnet' in PATH." >&2; return 1; }
  log=$(mktemp -t hero-build-XXXXXX)
  if ! { dotnet build "$repo/src/HeroOnboarding" -c Release -v quiet && dotnet build "$repo/sim/HeroOnboarding.Simulators" -c Release -v quiet; } >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# port_taken PORT: true when a process listens there on loopback.
port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port: a port on which no process listens, below the range from which the system takes ports for connections.
free_port() {
  local port
  while :; do
    port=$((12000 + RANDOM % 20000))
    port_taken "$port" || { echo "$port"; return; }
  done
}

# random_hex BYTES, random_base64 BYTES: from the system's generator, without further packages.
random_hex() { head -c "$1" /dev/urandom | od -An -tx1 | tr -d ' \n'; }
random_base64() { head -c "$1" /dev/urandom | base64 -w0; }

# is_ready PORT: true when the portal there is ready (without curl, which a fresh system may lack).
is_ready() {
  local answer
  answer=$( (exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$1" >&3 && timeout "$hang" cat <&3) 2>/dev/null) || return 1
  [[ $answer == "HTTP/1.1 200"*Healthy* ]]
}

# The most seconds to wait for an asynchronous result. The limit only ends a hang, so a busy computer must not reach it.
hang=300

# eventually COMMAND…: waits until the command succeeds.
eventually() {
  local end=$((SECONDS + hang))
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.2
  done
}

# await_ready PORT PID: waits until the portal is ready; fails immediately when the process has ended.
await_ready() {
  eventually ready_or_ended "$1" "$2" && is_ready "$1"
}

ready_or_ended() { is_ready "$1" || has_ended "$2"; }

has_ended() { ! kill -0 "$1" 2>/dev/null; }

# stop_process PID: sends TERM, waits for longer than the portal's own limit of 40 seconds, then sends KILL.
stop_process() {
  local hang=60
  [ -n "$1" ] && kill -TERM "$1" 2>/dev/null || return 0
  eventually has_ended "$1"
  kill -KILL "$1" 2>/dev/null
  wait "$1" 2>/dev/null
  return 0
}

# ---- for the smoke scripts ----

# The script sets base (the server) and work (its temporary folder).
smoke_passed=0 smoke_failed=0 status='' body='' base='' work='' jar='' forge='' stripe='' idenfy='' mycelium='' started='' simulators=''
json=(-H 'Content-Type: application/json')

give_up() { echo "$1" >&2; tail -20 "$work"/*.log >&2 2>/dev/null; echo '0 passed, 1 failed'; exit 1; }

# boot_simulators [OPTION…]: starts all simulators on free ports; sets $simulators, $forge, $stripe, $idenfy
# and $mycelium. They call the portal at $base. Their addresses are read after their last line, when all of
# them have started.
boot_simulators() {
  : >"$work/simulators.log"
  dotnet "$simulators_dll" --forge-port 0 --cockpit-port 0 --deployer-port 0 --stripe-port 0 --idenfy-port 0 --mycelium-port 0 --portal "$base" "$@" >"$work/simulators.log" 2>&1 </dev/null &
  simulators=$!
  eventually simulators_speak && grep -q '^Ctrl-C' "$work/simulators.log" || give_up 'The simulators did not start.'
  forge=$(sed -n 's/^Forge  *//p' "$work/simulators.log")
  stripe=$(sed -n 's/^Stripe  *//p' "$work/simulators.log")
  idenfy=$(sed -n 's/^Identity  *//p' "$work/simulators.log")
  mycelium=$(sed -n 's/^Mycelium  *//p' "$work/simulators.log")
  stripe=${stripe%/} idenfy=${idenfy%/} mycelium=${mycelium%/}
}

# True when their last line was printed, or they have ended.
simulators_speak() { grep -q '^Ctrl-C' "$work/simulators.log" || has_ended "$simulators"; }

# boot_portal PORT NAME [SETTING=VALUE…]: starts a portal with the running simulators; sets $started to the process.
boot_portal() {
  local port=$1 name=$2
  shift 2
  env "PUBLIC_BASE_URL=http://127.0.0.1:$port" "LISTEN=http://127.0.0.1:$port" "DATA_DIR=$work/$name" LOG_FORMAT=text "HERO_ONBOARDING_ADMIN_SECRET=$ADMIN_SECRET" \
    "FORGE_URL=${forge:-}" "FORGE_CLIENT_ID=${forge:+hero-onboarding}" "FORGE_CLIENT_SECRET=${forge:+simulated-client-secret}" "$@" \
    dotnet "$portal_dll" serve >>"$work/$name.log" 2>&1 </dev/null &
  started=$!
  await_ready "$port" "$started" || give_up "The portal '$name' did not start."
}

# providers: sets $providers to the settings that point a portal at the simulated Stripe and iDenfy.
providers() {
  providers=("STRIPE_API_URL=$stripe" STRIPE_SECRET_KEY=sk_test_simulated STRIPE_WEBHOOK_SIGNING_KEY=whsec_simulated_stripe
    "IDENFY_API_URL=$idenfy" IDENFY_API_KEY=simulated-idenfy-key IDENFY_API_SECRET=simulated-idenfy-secret
    IDENFY_WEBHOOK_SECRET=simulated-idenfy-signing-key IDENFY_ENVIRONMENT=dev)
}

# sign_in USER: signs in by OpenID Connect; the simulated Forge asks no password.
sign_in() {
  local to
  jar=$work/cookies-$1
  to=$(curl -sS -o /dev/null -w '%{redirect_url}' -c "$jar" -b "$jar" "$base/login/forge/start?return_url=/account")
  to=$(curl -sS -o /dev/null -w '%{redirect_url}' -c "$jar" -b "$jar" "$to&sign_in_as=$1")
  curl -sS -o /dev/null -c "$jar" -b "$jar" "$to"
  grep -q '__Host-hero' "$jar"
}

# customer PATH JSON: posts like the signed-in customer's own page.
customer() { send POST "$1" -b "$jar" -H "Origin: $base" "${json[@]}" --data-binary "$2"; }

# page PATH: gets a page as the signed-in customer; sets $status and $body.
page() { send GET "$1" -b "$jar" -H 'Accept: text/html'; }

# shows TEXT: true when the page contains it.
shows() { [ "$status" = 200 ] && [[ $body == *"$1"* ]]; }

# check WHAT COMMAND…: one check. Prints the actual answer when it fails.
check() {
  local what=$1
  shift
  if "$@"; then
    smoke_passed=$((smoke_passed + 1))
    echo "ok    $what"
  else
    smoke_failed=$((smoke_failed + 1))
    echo "FAIL  $what"
    echo "      expected: $*"
    echo "      got: $status ${body:0:600}"
  fi
}

# send METHOD PATH [curl arguments…]: sends to the server at $base; sets $status and $body.
send() {
  local method=$1 path=$2 answer
  shift 2
  answer=$(curl -sS --max-time "$hang" -X "$method" -H 'Accept: application/json' -w '\n%{http_code}' "$@" "$base$path" 2>&1)
  status=${answer##*$'\n'} body=${answer%$'\n'*}
}

# admin METHOD PATH [curl arguments…]: the same with the operator secret, which curl reads from a file so that no
# process list shows it.
admin() {
  local method=$1 path=$2
  shift 2
  send "$method" "$path" -H "@$work/secret-header" "$@"
}

answers() { [ "$status" = "$1" ]; }

# refuses STATUS CODE: true for a refusal with this status and code.
refuses() { [ "$status" = "$1" ] && [ "$(jq -r '.code?' <<<"$body" 2>/dev/null)" = "$2" ]; }

# says STATUS FILTER: true when the status matches and the answer satisfies the jq filter.
says() { [ "$status" = "$1" ] && jq -e "$2" >/dev/null 2>&1 <<<"$body"; }

# finish_smoke: prints the last line and returns the exit code.
finish_smoke() {
  echo "$smoke_passed passed, $smoke_failed failed"
  [ "$smoke_failed" -eq 0 ]
}
