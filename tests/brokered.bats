# SPDX-License-Identifier: MIT
# takes: 40 s
# wx-run -B, with the real wx-api-broker: an API is used inside with a secret that is not there. The API is
# tests/fake/messages-api on loopback; each secret is made up, and holds the word MADEUP.
load lib/helper
load lib/run

setup_file() {
	export SCRIPT_JSON=$BATS_FILE_TMPDIR/script.json
	echo '[{"text": "Hello."}]' >"$SCRIPT_JSON"
}

local_setup() {
	run_setup
	LOG=$BATS_TEST_TMPDIR/api.log
	coproc api { exec "$WX_TREE/tests/fake/messages-api" --log "$LOG" "$SCRIPT_JSON" 3>&-; }
	read -r port <&"${api[0]}"
	ROUTES=$HOME/.config/wrapix/routes
	mkdir -p "$ROUTES"
	route api TOK
	secret=MADEUP-$(tr -dc a-z0-9 </dev/urandom | head -c 24)
	cat >"$BATS_TEST_TMPDIR/ask" <<-'S'
	# ask URL WORD [PATH]: the status of a request.
	curl -s -o "${OUT:-/dev/null}" -w '%{http_code}\n' -H "Authorization: Bearer $2" -H 'anthropic-version: 1' -H 'content-type: application/json' \
	    -d '{"model": "m", "messages": []}' "$1${3-/v1/messages}"
	S
	ASK="-m $BATS_TEST_TMPDIR/ask:/opt/ask"
}

teardown() {
	local leaked=
	kill "$api_PID" 2>/dev/null || :
	! grep -rlF MADEUP "$HOME" "$BATS_TEST_TMPDIR/project" || leaked=1
	[ -z "$leaked" ] || fail 'a secret was written down, as said above'
}

# route NAME SECRET [JQ]: one to our API.
route() {
	jq -n --arg u "http://127.0.0.1:$port" --arg s "$2" '{version: 1, upstream: $u, secret: $s, shape: "anthropic",
	    auth: {default: {header: "Authorization", format: "Bearer {}"}},
	    allow: [{methods: ["POST"], path: "/v1/messages"}], guest: {API_URL: "{url}", API_WORD: "{word}"}} | '"${3-.}" >"$ROUTES/$1.json"
}

# brokered ARG...: wx-run with the secret TOK for wx-api-broker.
brokered() {
	# shellcheck disable=SC2086 # two words
	wx-run $ASK -B 9 "$@" 9< <(printf 'TOK=%s\n' "$secret")
}

# upstream: what the API saw of the secret, for each request.
upstream() {
	jq -r .authorization "$LOG" | sed "s/$(printf %s "$secret" | sha256sum | cut -d' ' -f1)/the secret/"
}

no_broker() {
	# One that was our reaper's for a moment is no more than a number.
	[ -z "$(pgrep -u "$(id -u)" -r S,R,D -x wx-api-broker)" ]
}

@test "the API is used with the secret, which only wx-api-broker adds; with no network, with hosts by name" {
	local net
	for net in none listed; do
		[ "$net" = none ] || [ -n "${WX_NETNS-}" ] || continue
		run -0 --separate-stderr brokered -n "$net" --broker api -- sh -c 'echo "$API_URL"; sh /opt/ask "$API_URL" "$API_WORD"; sh /opt/ask "$API_URL" wrong
		    sh /opt/ask "$API_URL" "$API_WORD" /v1/files; curl -s -m 9 -o /dev/null http://127.0.0.1:'"$port"'; echo $?; cat /run/wrapix/policy' "$MARK"
		[ "${lines[*]::5}" = "http://127.0.0.1:3133 200 401 403 7" ] || fail "$output $stderr"
		[[ $output == *"  http://127.0.0.1:3133 is the API http://127.0.0.1:$port, with a login that is not in here"* ]] || fail "$output"
		[ "$(upstream)" = "Bearer sha256:the secret" ] || fail "$(cat "$LOG")"
		[ "$(jq -sc 'map(select(.route) | [.route, .status, .refused])' "$HOME"/.local/state/wrapix/*.run/uses.ndjson)" = \
		    '[["api",200,null],["api",401,"word"],["api",403,"path"]]' ] || fail "$(cat "$HOME"/.local/state/wrapix/*.run/uses.ndjson)"
		rm "$LOG" "$HOME"/.local/state/wrapix/*.run/uses.ndjson
		none_left
		until_true no_broker
		kill "$api_PID"; wait "$api_PID" 2>/dev/null || :
		local_setup
	done
}

@test "T11: no environment, argument, file or memory that can be reached inside has the secret, and no log" {
	cat >"$BATS_TEST_TMPDIR/search.py" <<-'S'
	import os, re, sys
	# In two parts, so that it is not found in this program.
	needle = b"MADE" + b"UP-"
	found = []
	def look(name, data):
	    if re.search(needle + b"[a-z0-9]{9}", data):
	        found.append(name)
	for pid in filter(str.isdigit, os.listdir("/proc")):
	    for part in "environ", "cmdline":
	        try: look(f"/proc/{pid}/{part}", open(f"/proc/{pid}/{part}", "rb").read())
	        except OSError: pass
	    try:
	        maps, mem = open(f"/proc/{pid}/maps").read(), open(f"/proc/{pid}/mem", "rb", 0)
	    except OSError: continue
	    for m in re.finditer(r"^([0-9a-f]+)-([0-9a-f]+) r", maps, re.M):
	        low, high = int(m[1], 16), int(m[2], 16)
	        try:
	            mem.seek(low); look(f"memory of {pid}", mem.read(high - low))
	        except (OSError, OverflowError, ValueError): pass
	for top in "/run", "/tmp", "/etc", "/home", "/opt", "/dev/shm", os.getcwd(), os.environ["HOME"], "/proc/self/fd", "/proc/1/fd":
	    for root, dirs, files in os.walk(top):
	        for f in files:
	            p = os.path.join(root, f)
	            try:
	                if os.path.isfile(p): look(p, open(p, "rb").read())
	            except OSError: pass
	print("searched", *found)
	S
	run -0 --separate-stderr brokered -m "$BATS_TEST_TMPDIR/search.py:/opt/search.py" -n none --broker api -- \
	    sh -c 'sh /opt/ask "$API_URL" "$API_WORD"; OUT=answer sh /opt/ask "$API_URL" "$API_WORD"; python3 /opt/search.py; python3 /opt/search.py "$(printf MADE)UP-123456789"' "$MARK"
	[ "${lines[*]::3}" = "200 200 searched" ] || fail "$output $stderr"
	# It would have been found.
	[[ ${lines[3]} == *" /proc/"*/cmdline* && ${lines[3]} == *" memory of "* ]] || fail "$output"
	[ "$(upstream | sort -u)" = "Bearer sha256:the secret" ]
	run ! grep -F "$secret" <<<"$output $stderr"
}

@test "a later line is a newer secret; by standard input, which the command then does not have" {
	local first=$secret
	secret=MADEUP-newer-000000
	mkfifo in
	# However long that takes to come.
	wx-run $ASK -n none -B 0 --broker api -- sh -c 'cat; sh /opt/ask "$API_URL" "$API_WORD"; touch asked; until [ -e again ]; do sleep 0.05; done
	    sh /opt/ask "$API_URL" "$API_WORD"' "$MARK" <in >out 2>err 3>&- 8>&- &
	run=$!
	exec 8>in
	printf 'TOK=%s\n' "$first" >&8
	until_true test -e asked
	printf 'TOK=%s\n' "$secret" >&8
	until_true grep -q '"generation":2}' "$HOME"/.local/state/wrapix/*.run/uses.ndjson
	touch again
	wait "$run"
	exec 8>&-
	[ "$(paste -sd' ' out)" = "200 200" ] || fail "$(cat out err)"
	[ "$(upstream | tail -n 1)" = "Bearer sha256:the secret" ] || fail "$(cat "$LOG")"
	secret=$first
	[ "$(upstream | head -n 1)" = "Bearer sha256:the secret" ] || fail "$(cat "$LOG")"
}

@test "a profile: the agent's route, its variables in place of the route's, its API in the command; without -B the API itself" {
	jq -n '{network: "none", agent: {command: ["sh", "-c", "echo {api} $MY_URL $API_URL; sh /opt/ask $MY_URL $MY_WORD"], broker: "api",
	    guest: {MY_URL: "{url}", MY_WORD: "{word}"}, token: "TOK"}}' >"$HOME/prof"
	run -0 --separate-stderr brokered -p "$HOME/prof"
	[ "${lines[*]}" = "http://127.0.0.1:3133 http://127.0.0.1:3133 200" ] || fail "$output $stderr"
	run -0 --separate-stderr wx-run -n none -p "$HOME/prof" -L
	jq -e --arg u "http://127.0.0.1:$port" '.brokers == [] and .command[2] == "echo \($u) $MY_URL $API_URL; sh /opt/ask $MY_URL $MY_WORD"
	    and (.environment | has("MY_URL") | not)' <<<"$output" >/dev/null || fail "$output"
	run -0 --separate-stderr brokered -p "$HOME/prof" -L
	jq -e --arg f "$ROUTES/api.json" --arg u "http://127.0.0.1:$port" '.brokers == [{name: "api", file: $f, url: "http://127.0.0.1:3133", upstream: $u}]' \
	    <<<"$output" >/dev/null || fail "$output"
	run ! grep -rE '[0-9a-f]{32}' <<<"$output"
	[ "$(wx-run -p "$HOME/prof" --print-summary | grep ^broker)" = $'broker\tapi' ]
	# Not for a command of Apple's, for a Pod, and checked.
	run -0 wx-run -p "$HOME/prof" -K
	grep -qx "ok broker: api" <<<"$output" || fail "$output"
}

@test "a seed with {api} is set each run, also where another run set it; what is the user's beside it stays" {
	jq -n '{network: "none", agent: {command: ["cat", "{project}/../home/.ag/set.json"], broker: "api", token: "TOK", state: "~/.ag",
	    seed: {"~/.ag/set.json": {a: {url: "{api}/v1", mine: 1}, at: "{project}"}}}}' >"$HOME/prof"
	cat=(sh -c 'cat ~/.ag/set.json')
	run -0 --separate-stderr brokered -p "$HOME/prof" -- "${cat[@]}"
	[ "$(jq -c . <<<"$output")" = '{"a":{"url":"http://127.0.0.1:3133/v1","mine":1},"at":"'"$PWD"'"}' ] || fail "$output $stderr"
	run -0 --separate-stderr wx-run -p "$HOME/prof" -- sh -c 'sed -i "s/:[[:space:]]*1/: 2/" ~/.ag/set.json; cat ~/.ag/set.json'
	[ "$(jq -c .a <<<"$output")" = '{"mine":2,"url":"http://127.0.0.1:'"$port"'/v1"}' ] || fail "$output $stderr"
	run -0 --separate-stderr brokered -p "$HOME/prof" -- "${cat[@]}"
	[ "$(jq -c .a <<<"$output")" = '{"mine":2,"url":"http://127.0.0.1:3133/v1"}' ] || fail "$output $stderr"
}

@test "agent.network_names count where the agent has its login itself, and is what is run" {
	jq -n '{network: "listed", network_names: ["a.example"], agent: {command: ["true", "x"], broker: "api", token: "TOK", network_names: ["b.example"]}}' >"$HOME/prof"
	names() { jq -c .network.names; }
	[ "$(wx-run -p "$HOME/prof" -L | names)" = '["a.example","b.example"]' ]
	[ "$(wx-run -p "$HOME/prof" -L -- true | names)" = '["a.example","b.example"]' ]
	[ "$(wx-run -p "$HOME/prof" -L -- sh | names)" = '["a.example"]' ]
	[ "$(brokered -p "$HOME/prof" -L | names)" = '["a.example"]' ]
}

@test "two routes: each its secret, its port; of two that want one port the second is refused" {
	route other OTHER '.guest = {OTHER_URL: "{url}"} | .auth.default.header = "x-api-key" | .auth.default.format = "{}"'
	run -0 --separate-stderr wx-run $ASK -n none -B 9 --broker api --broker other -- sh -c 'echo $API_URL $OTHER_URL; sh /opt/ask $API_URL $API_WORD; sh /opt/ask $OTHER_URL $API_WORD' \
	    9< <(printf 'OTHER=MADEUP-other-1\nTOK=%s\n' "$secret")
	[ "${lines[*]}" = "http://127.0.0.1:3133 http://127.0.0.1:3134 200 200" ] || fail "$output $stderr"
	[ "$(jq -sc 'map([.authorization != null, .x_api_key != null])' "$LOG")" = '[[true,false],[false,true]]' ] || fail "$(cat "$LOG")"
	route api TOK '.port = 4000'
	route other OTHER '.port = 4000'
	run -125 brokered -n none --broker api --broker other -- true
	[ "$output" = "wx-run: the routes 'api' and 'other' both want port 4000" ] || fail "$output"
}

@test "it ends with the run, however that ends; when it dies first the run says so" {
	exec 9< <(printf "TOK=%s\n" "$secret")
	wx-run -B 9 -n none --broker api -- sh -c "touch up; sleep 60" "$MARK" >out 2>err 3>&- &
	run=$!
	until_true test -e up
	kill -KILL "$run"
	wait "$run" || :
	until_true gone
	until_true no_broker
	rm up
	brokered -n none --broker api -- sh -c 'touch up; until [ -e go ]; do sleep 0.05; done; sh /opt/ask $API_URL $API_WORD' "$MARK" >out 2>err 3>&- &
	run=$!
	until_true test -e up
	kill -KILL "$(pgrep -u "$(id -u)" -xo wx-api-broker)"
	until_true no_broker
	touch go
	wait "$run" || :
	[ "$(cat out)" = 000 ] || fail "$(cat out err)"
	grep -qx "wx-run: the API was lost before the end: wx-api-broker died" err || fail "$(cat err)"
}

@test "what cannot be: one line, 125, and nothing is run" {
	refused() {
		local want=$1
		shift
		run -125 wx-run "$@" -- touch ran 9< <(printf 'TOK=%s\n' "$secret")
		[[ $output == "wx-run: $want"* ]] && [ "${#lines[@]}" -eq 1 ] || fail "$* said: $output"
		[ ! -e ran ]
	}
	refused "secrets for wx-api-broker (-B), and no route: --broker ROUTE" -n none -B 9
	refused "a route (--broker 'api') and no secret for it: -B FD" -n none --broker api
	refused "network 'host' has no place for wx-api-broker (-B)" -n host -B 9 --broker api
	refused "-B cannot read the same descriptor as -E or -F" -n none -B 9 -E 9 --broker api
	refused "descriptor 77 of -B is not open" -n none -B 77 --broker api
	refused "no route 'nosuch', neither yours nor one that is installed" -n none -B 9 --broker nosuch
	cp "$ROUTES/api.json" here.json
	refused "route 'here': './here.json' leads into the project" -n none -B 9 --broker ./here.json
	mv "$ROUTES/api.json" "$HOME/api.json"
	ln -s "$PWD/here.json" "$ROUTES/api.json"
	refused "route 'api': '$ROUTES/api.json' leads into the project" -n none -B 9 --broker api
	mv "$HOME/api.json" "$ROUTES/api.json"
	chmod 664 "$ROUTES/api.json"
	refused "cannot read route 'api': it is no file, or others can write it, or own it" -n none -B 9 --broker api
	chmod 644 "$ROUTES/api.json"
	route bad TOK '.guest = {LD_PRELOAD: "x"}'
	refused "route 'bad': cannot set 'LD_PRELOAD'" -n none -B 9 --broker bad
	route bad TOK '.upstream = "http://example.org"'
	refused "route 'bad': upstream without TLS is not 127.0.0.1 or [::1]" -n none -B 9 --broker bad
	route bad TOK '.port = 3128'
	refused "route 'bad': port 3128 inside is wx-egress' own" -n none -B 9 --broker bad
	run -125 wx-run -n none -B 0 --broker api -- touch ran </dev/null
	[ "$output" = "wx-run: no secret on descriptor 0: the left side of the pipe said nothing" ] || fail "$output"
	run -125 wx-run -n none -B 9 --broker api -- touch ran 9< <(echo TOK=short)
	[[ ${lines[0]} == "wx-api-broker: standard input: the value of 'TOK' (5 bytes) is not one word of 8 to"* &&
	    ${lines[1]} == "wx-run: cannot bring up the API with wx-api-broker; nothing was reached" ]] || fail "$output"
	printf 'TOK=%s\n' "$secret" >open
	chmod 644 open
	run -125 wx-run -n none -B 9 --broker api -- touch ran 9<open
	[[ $output == "wx-run: refusing secrets of descriptor 9: others have access to the file (mode 0644)"* ]] || fail "$output"
	rm open
	for bad in '{"command": ["a"], "broker": "../x"}' '{"command": ["a"], "broker": 1}' '{"command": ["a"], "guest": {}}' \
	    '{"command": ["a"], "broker": "x", "guest": {"LD_X": "1"}}' '{"command": ["a"], "broker": "x", "guest": {"A": 1}}'; do
		echo "{\"agent\": $bad}" >"$HOME/prof"
		run -125 wx-run -n none -p "$HOME/prof" -- touch ran
		[[ $output == "wx-run: profile '$HOME/prof': key 'agent."* ]] || fail "$bad: $output"
	done
}
