# SPDX-License-Identifier: MIT
# takes: 15 s
load lib/helper
load lib/egress

setup_file() {
	egress_world
}

local_setup() {
	[ -n "$WX_NETNS" ] || skip "not in a network namespace of the suite's"
	W=$BATS_FILE_TMPDIR/world
	mkdir -m 700 ctl
	S=$PWD/ctl/control
}

teardown() {
	egress_end 2>/dev/null
}

allow() {
	on_host "$WX_BUILD/wx-allow" -S "$S" "$@"
}

# held: a connection that stays, to the server that speaks first; "held" has what it said.
held() {
	client timeout 60 nc -d good.example 7777 >held &
	HELD=$!
	until_true grep -q hello held
}

ended() {
	! kill -0 "$HELD" 2>/dev/null
}

@test "what is allowed is so at once, and what is taken back ends" {
	egress -c "$S"
	run -35 fetch https://good.example/
	run -0 allow good.example:443,7777
	[ "$output" = 'keep it: add "good.example:443,7777" to "network_names"' ]
	run -0 fetch https://good.example/
	run -0 fetch http://wrapix.internal/
	[[ $output == *"good.example:443,7777"* ]]
	held
	run -0 allow -l
	[[ $output == "allow good.example:443,7777 (for 1"*" s)" ]]
	run -0 allow -x good.example:443,7777
	until_true ended
	run -35 fetch https://good.example/
	run -1 allow -x good.example:443,7777
	[ "$output" = "wx-allow: cannot revoke 'good.example:443,7777': it was not granted" ]
	said '.grant == "good.example:443,7777" and .seconds == 1800'
	said '.revoke'
}

@test "a time that is over takes it back" {
	egress -c "$S" -a other.example
	run -0 allow -t 2s good.example:7777
	held
	until_true ended
	run -0 allow -l
	[ "$output" = "allow other.example:443" ]
	# For the rest of the run it stays.
	run -0 allow -r good.example
	[ "$(allow -l)" = "allow other.example:443
allow good.example:443 (for the run)" ]
}

@test "what is taken back is so in each form in which it was granted; a grant goes beyond what an entry allows of requests" {
	echo '{"version":1,"allow":[{"host":"good.example","ports":[80],"paths":["/a/"]}]}' >policy
	egress -c "$S"
	run -0 allow private.example 'private.example private'
	run -0 fetch https://private.example/
	run -0 allow -x private.example
	run -35 fetch https://private.example/
	[ "$(allow -l)" = "allow good.example:80" ]
	[ "$(fetch -o /dev/null -w '%{http_code}' http://good.example/b)" = 403 ]
	run -0 allow good.example:80
	[ "$(fetch -o /dev/null -w '%{http_code}' http://good.example/b)" = 200 ]
	run -1 allow -x good.example:0
	[ "$output" = "wx-allow: cannot revoke 'good.example:0': a port is a number from 1 to 65535" ]
}

@test "what is refused is so from now on, and cannot be allowed" {
	egress -c "$S" -a good.example:443,7777 -d evil.example
	held
	# The same by the proxy, in another way to write it.
	client /usr/bin/python3 -c '
import socket
c = socket.create_connection(("127.0.0.1", 3128))
c.sendall(b"CONNECT Good.EXAMPLE.:7777 HTTP/1.1\r\nHost: Good.EXAMPLE.:7777\r\n\r\n")
try:
    while d := c.recv(99): print(d.decode(), end="", flush=True)
except ConnectionResetError: print("RESET")' >other &
	until_true grep -q hello other
	run -0 allow -d good.example
	until_true ended
	until_true grep -q RESET other
	run -35 fetch https://good.example/
	run -1 allow good.example
	[ "$output" = "wx-allow: cannot allow 'good.example': 'good.example' refuses it" ]
	run -1 allow evil.example '*.com' x
	[ "${#lines[@]}" = 3 ]
	run -1 allow @github
	[[ $output == *"an entry in words is wanted"* ]]
}

@test "a connection to a host that is not listed waits for an answer" {
	echo '{"version":1,"allow":[],"ask":30}' >policy
	egress -c "$S"
	# Nobody is there: at once.
	run -0 fetch http://good.example/
	[[ $output == *"is not listed, and nobody allowed it (ask)"* ]]
	mkfifo questions
	allow -j <questions >answers &
	exec 8>questions
	echo '{"op":"watch","answers":true}' >&8
	until_true grep -q ok answers
	fetch https://good.example/ >got 2>&1 &
	one=$!
	echo '{"op":"list"}' >&8
	asked() {
		allow -j <<<'{"op":"list"}' >/dev/null
		echo '{"op":"list"}' >&8
		grep -q '"ask"' answers
	}
	until_true asked
	ask=$(grep -o '"ask":[0-9]*' answers | head -n 1 | cut -d: -f2)
	jq -e -s 'any(.[]; .ask and .host == "good.example" and .port == 443 and .via == "direct")' answers
	echo "{\"op\":\"answer\",\"ask\":$ask,\"verdict\":\"allow\",\"seconds\":60}" >&8
	wait "$one" || fail "$(cat got)"
	grep -q 'GET / good.example' got
	exec 8>&-
}

@test "a question on the terminal: what was typed before answers none; a name in another script is marked" {
	echo '{"version":1,"allow":[],"ask":60}' >policy
	egress -c "$S"
	export CLIENT
	cat >want <<-'S'
	nsenter -t "$CLIENT" -U --preserve-credentials -m -n curl -sS --max-time 60 "http://$1/" >"$1.got" 2>&1 &
	S
	# A question is answered with no, and answers come for no other.
	TERM=xterm "$WX_TREE/tests/lib/pty" nsenter -t "$(cat "$W/host.pid")" -U --preserve-credentials -m -n "$WX_BUILD/wx-allow" -S "$S" -q 3>&- 4>&- <<-'S'
	until sh ./want first.example; sleep 0.5; ! grep -q . first.example.got
	expect first\.example:80 wanted by this sandbox \(direct\)
	send d\r\n
	until grep -q 'nobody allowed it' first.example.got
	send r\r\n
	run sleep 0.2; sh ./want xn--e1awd7f.example
	expect xn--e1awd7f\.example:80 \(not ASCII\) wanted
	run sleep 0.3; ! grep -q . xn--e1awd7f.example.got
	send r and a line that is longer than any buffer for an answer would have to be, of more than sixty-four bytes\r\n
	until grep -q 'cannot be resolved' xn--e1awd7f.example.got
	run sh ./want last.example
	expect last\.example:80 wanted
	run sleep 0.3; ! grep -q . last.example.got
	send n\r\n
	until grep -q 'nobody allowed it' last.example.got
	S
}

@test "decisions can be watched; a client that says what is malformed is told so" {
	egress -c "$S" -a good.example
	allow -w >watched &
	sleep_for_watch() {
		fetch -o /dev/null https://good.example/
		grep -q '"verdict":"allow"' watched
	}
	until_true sleep_for_watch
	printf '%s\n' x '{}' '{"op":"grow"}' '{"op":"allow"}' '{"op":"allow","entry":"a.example","seconds":-1}' '{"op":"answer","ask":9,"verdict":"allow"}' >bad
	run -0 allow -j <bad
	[ "${#lines[@]}" = 6 ]
	[ "$(printf '%s\n' "$output" | grep -c '^{"ok":false,"error":"')" = 6 ]
	run -0 fetch https://good.example/
}

@test "the control socket is the user's alone, and goes with the run" {
	mkdir -m 755 open
	run -1 on_host "$WX_BUILD/wx-egress" -c "$PWD/open/control" -l 127.0.0.1:0 </dev/null
	[[ $output == *"its directory must be yours, and nobody else may enter it"* ]]
	egress -c "$S" -a good.example
	[ -S "$S" ]
	kill "$EGRESS"
	until_true [ ! -e "$S" ]
	run -3 allow good.example
}

@test "the run of the project in this folder is found, and none where there is none" {
	mkdir -m 700 runtime project
	export XDG_RUNTIME_DIR=$PWD/runtime
	run -3 wx-allow -C project good.example
	[ "$output" = "wx-allow: no sandbox with the network 'listed' runs for '$PWD/project'" ]
	hash=$(/usr/bin/python3 -c '
import sys
h = 0xcbf29ce484222325
for b in sys.argv[1].encode(): h = (h ^ b) * 0x100000001b3 & (1 << 64) - 1
print("%016x" % h)' "$PWD/project")
	mkdir -p -m 700 runtime/wrapix "runtime/wrapix/net.$hash.7" "runtime/wrapix/net.$hash.8"
	S=$PWD/runtime/wrapix/net.$hash.7/control
	egress -c "$S"
	run -0 on_host env XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" "$WX_BUILD/wx-allow" -C "$PWD/project" good.example
	run -2 wx-allow
	run -2 wx-allow -l x
	run -2 wx-allow -t 8d x
	run -2 wx-allow -r -d x
}
