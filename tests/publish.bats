# SPDX-License-Identifier: MIT
# sanitizers: no, of sockets and time
# engines: bwrap podman
# takes: 30 s
# wx-run --publish: a server inside, reached from outside on the host's loopback, and no way out by it.
load lib/helper
load lib/run

local_setup() {
	run_setup
	cp "$WX_TREE/tests/lib/publish-server" "$WX_TREE/tests/lib/net-ask" .
	PORT=$(free_port)
}

teardown() {
	[ -z "${RUN_PID-}" ] || kill -KILL "$RUN_PID" 2>/dev/null || :
}

# free_port: one of the host's loopback that nobody has now.
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

client() {
	timeout 120 "$WX_TREE/tests/lib/publish-client" "$PORT" "$@"
}

# begin [OPTION...] -- COMMAND...: a run in the background, in RUN_PID, with words in "said". It has come up with the file "up".
begin() {
	rm -f up
	wx-run "$@" >said 2>&1 3>&- 4>&- &
	RUN_PID=$!
	until_true test -e up || fail "$(cat said)"
}

# server [OPTION...] [-- ADDRESS...]: a run with a server at port 5173 inside, published at PORT.
server() {
	local o=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		o+=("$1")
		shift
	done
	begin "${o[@]}" --publish "$PORT:5173" -- python3 -X "$MARK" publish-server 5173 "${@:2}"
}

finish() {
	kill -TERM "$RUN_PID" 2>/dev/null || :
	wait "$RUN_PID" || :
	RUN_PID=
}

# relay: the pid of the run's, or nothing.
relay() {
	pgrep -P "$RUN_PID" -f -- '^wx-run --relay-published'
}

# refused WORDS OPTION...: with 125 and one line, and nothing run.
refused() {
	local want=$1
	shift
	run -125 wx-run "$@" -- touch ran
	[[ $output == *"$want"* ]] || fail "$* says: $output"
	[ "${#lines[@]}" = 1 ] && [ ! -e ran ] || fail "$* says: $output"
}

# refuses_all: nobody listens at PORT.
refuses_all() {
	run -7 curl -sS --noproxy '*' "http://127.0.0.1:$PORT/"
	run -7 curl -sS --noproxy '*' "http://[::1]:$PORT/"
}

# --- it is reached

@test "a server inside is reached at 127.0.0.1 and ::1 of the host, with each network" {
	for n in none open "listed -a host.invalid"; do
		[ "$n" != open ] || [ -n "${WX_NETNS-}" ] || continue
		# shellcheck disable=SC2086 # words
		server -n $n
		for a in "127.0.0.1" "[::1]" localhost; do
			run -0 curl -sS --noproxy '*' -m 20 "http://$a:$PORT/hello"
			[ "$output" = hello ] || fail "$n: $a: $output $(cat said)"
		done
		finish
		[ ! -s said ] || fail "$n: $(cat said)"
		refuses_all
		none_left
	done
}

@test "it listens on loopback only" {
	server -n none
	got=$(ss -Hltn "sport = :$PORT" | awk '{ print $4 }' | sort | xargs)
	[ "$got" = "127.0.0.1:$PORT [::1]:$PORT" ] || fail "$got"
	finish
}

@test "a server that listens at ::1 alone, or at all addresses, is reached as well" {
	server -n none -- ::1
	[ "$(client ask 'say one')" = one ]
	[ "$(client ask 'say two')" = two ]
	finish
	server -n none -- 0.0.0.0
	[ "$(client ask 'say three')" = three ]
	finish
}

@test "several ports, each to its own; the same number outside and inside" {
	other=$(free_port)
	begin -n none --publish "$PORT" --publish "$other:5174" -- sh -c 'python3 publish-server "$1" & until [ -e up ]; do sleep 0.02; done
	    rm up; exec python3 publish-server 5174' "$MARK" "$PORT"
	until_true test -e up
	[ "$(client ask where)" = "$PORT" ]
	[ "$(PORT=$other client ask where)" = 5174 ]
	finish
}

@test "no server yet: the connection ends; when it is up the next one is served" {
	wx-run -n none --publish "$PORT:5173" -- sh -c 'until [ -e go ]; do sleep 0.02; done
	    exec python3 publish-server 5173' "$MARK" 3>&- 4>&- &
	RUN_PID=$!
	until_true relay >/dev/null
	# 7: the reset came before curl saw itself connected.
	for i in 1 2 3 4 5 6 7 8; do
		run curl -sS --noproxy '*' -m 20 "http://127.0.0.1:$PORT/"
		[ "$status" = 56 ] || [ "$status" = 7 ] || fail "$status: $output"
	done
	touch go
	until_true test -e up
	[ "$(client ask 'say now')" = now ]
	finish
}

@test "no server at a port that the kernel may give to the other end: no connection to itself" {
	# So many that each even port had its turn (the kernel goes through them, inet_hash_connect).
	read -r low high </proc/sys/net/ipv4/ip_local_port_range
	begin -n none --publish "$PORT:$(((low + high) / 4 * 2))" -- sh -c 'touch up; exec sleep 100' "$MARK"
	[ "$(client none $(((high - low) * 6 / 10)))" = 0 ]
	finish
}

# --- bytes

@test "much both ways at once, one way after the other end has closed, and to one who does not read: all of it" {
	server -n none
	[ "$(client both 30000000)" = same ]
	[ "$(client sum 30000000)" = same ]
	[ "$(client give 30000000)" = same ]
	[ "$(client give 30000000 2)" = same ]
	finish
}

@test "more connections than it takes at a time: all of them, and each what is for it" {
	server -n none
	[ "$(client many 400 16)" = 400 ]
	[ "$(client many 200 200)" = 200 ]
	[ "$(client hold 150)" = 150 ]
	[ "$(client ask 'say still')" = still ]
	finish
}

@test "a reset is a reset on the other side" {
	server -n none
	run -56 curl -sS --noproxy '*' -m 20 "telnet://127.0.0.1:$PORT" <<<reset
	client reset stay
	until_true test -s stayed
	[ "$(cat stayed)" = "Connection reset by peer" ] || fail "$(cat stayed)"
	[ "$(client ask 'say still')" = still ]
	finish
}

@test "what a server sends as the last thing it does arrives" {
	for i in 1 2 3; do
		server -n none
		[ "$(client last 6000000)" = same ] || fail "$i: $(cat said)"
		wait "$RUN_PID"
	done
	RUN_PID=
}

@test "an idle relay sleeps, with connections of every kind that wait" {
	server -n none
	mkfifo life
	client idle <life 3>&- &
	exec 9>life
	until_true test -e staying
	sleep 1
	r=$(relay)
	before=$(awk '{ print $14 + $15 }' "/proc/$r/stat")
	sleep 2
	after=$(awk '{ print $14 + $15 }' "/proc/$r/stat")
	[ $((after - before)) -le 5 ] || fail "$((after - before)) ticks"
	[ "$(client ask 'say still')" = still ]
	exec 9>&-
	finish
	wait
}

# --- what is refused

@test "a port that is taken, by another run too, is an error before anything is run" {
	server -n none
	refused "cannot publish a port (--publish): '127.0.0.1:$PORT' of this machine is taken; name another, as in --publish HOSTPORT:PORT" \
	    -n none --publish "$PORT:5173"
	[ "$(client ask 'say mine')" = mine ]
	finish
	python3 -c 'import socket, sys; s = socket.socket(socket.AF_INET6); s.bind(("::1", int(sys.argv[1]))); s.listen()
open("six", "w").close(); sys.stdin.read()' "$PORT" < <(until [ -e done ]; do sleep 0.1; done) 3>&- &
	until_true test -e six
	refused "'[::1]:$PORT' of this machine is taken" -n none --publish "$PORT"
	touch done
	wait
	run -0 wx-run -n none --publish "$PORT" -- true
}

@test "what is no port, a port twice, too many, those of wx-egress, the host's network: errors" {
	for p in '' 0 x 65536 -1 1:2:3 :5 5: 127.0.0.1:5:5 ' 5'; do
		refused "'$p' is no port for --publish: [HOSTPORT:]PORT, each from 1 to 65535" -n none --publish "$p"
	done
	refused "cannot publish two ports (--publish) at the host's port 5000: 5000 and 6000" -n none --publish 5000 --publish 5000:6000
	# shellcheck disable=SC2046 # words
	refused "cannot publish more than 8 ports (--publish)" -n none $(seq -f '--publish %.0f' 5001 5009)
	for p in 53 443 3128 7777; do
		refused "cannot publish port $p (--publish): inside wx-egress listens there; let the server listen at another" -a host.invalid:7777 --publish "6000:$p"
	done
	port=$(jq .port "$WX_TREE/nix/routes/anthropic.json")
	refused "cannot publish port $port (--publish): inside wx-api-broker listens there" -n none -B 9 --broker anthropic \
	    --publish "6000:$port" 9< <(echo CLAUDE_CODE_OAUTH_TOKEN=made-up)
	refused "cannot publish a port (--publish) with network 'host'" -n host --publish 5000
	[ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -le 80 ] ||
	    refused "cannot publish a port (--publish) at '127.0.0.1:80': Permission denied" -n none --publish 80:5000
	run -1 bash -c "wx-run -i x -L --publish 5000 -- true | wx-kube"
	[[ $output == *"cannot publish a port (--publish) of a Pod: kubectl port-forward does that"* ]] || fail "$output"
}

@test "a profile publishes, and one that it extends; a project does not, and nor is it read as a setting of it" {
	printf '{"publish": [5001, "5002:6002"]}' >"$BATS_TEST_TMPDIR/below"
	mkdir -p ~/.config/wrapix/profiles
	cp "$BATS_TEST_TMPDIR/below" ~/.config/wrapix/profiles/below.json
	printf '{"extends": "below", "publish": ["5003"]}' >"$BATS_TEST_TMPDIR/prof"
	got=$(wx-run -n none -p "$BATS_TEST_TMPDIR/prof" --publish 5004 --publish 5001 --print-plan -- true | jq -c .publish)
	[ "$got" = '[{"host":5001,"port":5001},{"host":5002,"port":6002},{"host":5003,"port":5003},{"host":5004,"port":5004}]' ] || fail "$got"
	for v in '5001' '"5001"' '{}' '[0]' '[1.5]' '[70000]' '["x"]' '[true]' '[1,2,3,4,5,6,7,8,9]'; do
		printf '{"publish": %s}' "$v" >"$BATS_TEST_TMPDIR/prof"
		refused "key 'publish" -n none -p "$BATS_TEST_TMPDIR/prof"
	done
	echo '{"publish": [5001]}' >.wrapix.json
	refused "'.wrapix.json' of the project: key 'publish': is not for the project to say" -n none
}

# --- what is said

@test "plan, summary and policy say it; without it they say nothing" {
	run -0 wx-run -n none --publish 8000:5173 --print-summary -- true
	[[ $output == *"published	8000:5173"* ]] || fail "$output"
	run -0 wx-run -n none --publish "$PORT:5173" -- cat /run/wrapix/policy
	[[ $output == *"  published: a server at 127.0.0.1:5173 here is reached on the host at 127.0.0.1:$PORT"* ]] || fail "$output"
	run -0 wx-run -n none -- cat /run/wrapix/policy
	[[ $output != *published* ]] || fail "$output"
	[ "$(wx-run -n none --print-plan -- true | jq .publish)" = null ]
}

# --- no way out

@test "nothing inside reaches the host by a published port, nor any process of it" {
	# Somebody's server of the host, at the port that the sandbox could take for its own.
	other=$(free_port)
	python3 -c 'import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1]))); open(sys.argv[2] + "/listens", "w").close()
s.accept(); open(sys.argv[2] + "/reached", "w")' "$other" "$BATS_TEST_TMPDIR" 3>&- &
	guest=$!
	until_true test -e "$BATS_TEST_TMPDIR/listens"
	server -n none
	cat >in.sh <<-'S'
	for p in "$@"; do ./net-ask tcp 127.0.0.1 "$p"; ./net-ask tcp ::1 "$p"; done
	cat /proc/[0-9]*/cmdline | tr '\0' ' ' | grep -c 'relay-publishe[d]'
	S
	run wx-run --exec -- sh in.sh "$PORT" "$other"
	[ "$(printf '%s\n' "$output" | sort -u | xargs)" = "0 [Errno 111] Connection refused" ] || fail "$output"
	[ ! -e "$BATS_TEST_TMPDIR/reached" ]
	r=$(relay)
	grep -qx 'CapEff:	0*' "/proc/$r/status"
	grep -qx 'NoNewPrivs:	1' "/proc/$r/status"
	grep -qx 'Seccomp:	2' "/proc/$r/status"
	# Undumpable: its files in /proc are root's.
	[ "$(stat -c %u "/proc/$r/environ")" = 0 ] || [ "$(stat -c %u "/proc/$r/environ")" = 65534 ]
	finish
	kill "$guest"
	wait "$guest" || :
}

# --- its end

@test "SIGKILL of wx-run: the relay is gone, and the port is free, also if it was stopped" {
	for stop in '' 1; do
		server -n none
		r=$(relay)
		[ -z "$stop" ] || kill -STOP "$r"
		kill -KILL "$RUN_PID"
		wait "$RUN_PID" || :
		until_true eval '! kill -0 "$r" 2>/dev/null'
		refuses_all
		until_true gone
	done
	server -n none
	[ "$(client ask 'say again')" = again ]
	finish
}

@test "the end of the run does not wait for clients that stay or do not read, and the relay is gone" {
	server -n none
	mkfifo life
	client idle <life 3>&- &
	exec 9>life
	until_true test -e staying
	r=$(relay)
	SECONDS=0
	finish
	[ "$SECONDS" -lt 8 ] || fail "$SECONDS s"
	run ! kill -0 "$r"
	refuses_all
	none_left
	exec 9>&-
	wait
}

@test "SIGKILL of the relay: the command goes on, and that it was lost is said" {
	begin -n none --publish "$PORT:5173" -- sh -c 'touch up; until [ -e go ]; do sleep 0.02; done; touch went' "$MARK"
	r=$(relay)
	kill -KILL "$r"
	# It ends in its own time, and stays a zombie: wx-run looks at the end.
	until_true grep -q '^State:	Z' "/proc/$r/status"
	refuses_all
	touch go
	wait "$RUN_PID"
	RUN_PID=
	[ -e went ]
	[ "$(cat said)" = "wx-run: the published ports were lost before the end: their relay died" ] || fail "$(cat said)"
}
