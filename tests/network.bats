# SPDX-License-Identifier: MIT
# sanitizers: no, waits for helpers
# engines: bwrap podman-whole
# takes: 25 s
# The networks of wx-run. The suite's network namespace has an uplink that leads
# nowhere, and a second address for services of the "world" (tests/run).
load lib/helper
load lib/run
load lib/net

local_setup() {
	run_setup
	HELPERS="pasta slirp4netns"
}

# Networks of the suite's own are needed: else a packet could leave the machine.
own_network() {
	[ -n "${WX_NETNS-}" ] || skip "needs a network namespace of the suite's own"
}

# with HELPER COMMAND...: with only that of the helpers on PATH; fails if it is
# not installed, for install-deps brings both.
with() {
	(only_helper "$1" && shift && "$@")
}

# --- none

@test "open: a run goes on beyond the ten seconds that the network has to come up" {
	[ -n "$WX_NETNS" ] || skip "needs a network of its own: tests/run as root"
	run -0 wx-run -n open -- sh -c 'sleep 12; echo on'
	[ "$output" = on ] || fail "$output"
}

@test "none: only lo, no route, no resolver, loopback of its own, nobody outside" {
	services 127.0.0.1 ::1
	cat >in.sh <<-'S'
	ip -o link | cut -d: -f2 | xargs
	ip route show table all | grep -v "^local\|^broadcast\|^multicast" | grep -v "dev lo" | wc -l
	cat /etc/resolv.conf
	python3 -c 'import socket
	for f, a in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
	    s = socket.socket(f); s.bind((a, 7007)); s.listen()
	    c = socket.create_connection((a, 7007)); print("own", a)
	    s.close()'
	./net-ask tcp 127.0.0.1 53; ./net-ask tcp ::1 53; ./net-ask abstract "$1"
	./net-ask tcp 203.0.113.53 7007
	timeout 60 getent hosts answer.test || echo no name
	S
	sed -i "s/^\tfor/for/; s/^\t    /    /" in.sh
	run -0 wx-run -n none -- sh in.sh "$ABSTRACT"
	services_end
	[ "$output" = "$(printf '%s\n' lo 0 'own 127.0.0.1' 'own ::1' '[Errno 111] Connection refused' \
	    '[Errno 111] Connection refused' '[Errno 111] Connection refused' '[Errno 101] Network is unreachable' \
	    'no name')" ] || fail "$output"
	run ! guests .
}

# --- host

@test "host: warns, and reaches loopback and abstract sockets" {
	own_network
	services 127.0.0.1 ::1
	run -0 --separate-stderr wx-run -n host -- sh -c './net-ask tcp 127.0.0.1 7007 && ./net-ask udp ::1 7007 &&
	    ./net-ask abstract "$0"' "$ABSTRACT"
	services_end
	[ "$(echo $output)" = "open open open" ] || fail "$output"
	[[ $stderr == *"network 'host': the command reaches all services of this machine"* ]] || fail "$stderr"
}

# --- open

@test "open: an interface, a default route, a name, TCP and UDP to the outside" {
	own_network
	services "$OUTSIDE"
	for h in $HELPERS; do
		run -0 --separate-stderr with "$h" wx-run -n open -- sh -c 'ip -o link | grep -vc ": lo:"
		    ip route show default | grep -c "^default"
		    getent ahostsv4 answer.test | head -n 1; getent hosts absent.test; echo "$?"
		    ./net-ask tcp 203.0.113.53 7007; ./net-ask udp 203.0.113.53 7007'
		[ "$(echo $output)" = "1 1 192.0.2.7 STREAM answer.test 2 open open" ] || fail "$h: $output $stderr"
		[ -z "$stderr" ] || fail "$h says: $stderr"
	done
	guests 'tcp 203.0.113.53 7007'
	guests 'udp 203.0.113.53 53'
	services_end
}

@test "open: the host's loopback and abstract sockets are out of reach, by any address" {
	own_network
	services 127.0.0.1#7007 ::1#7007
	for h in $HELPERS; do
		# 10.0.2.2 is the host only with slirp4netns; elsewhere it would be a packet to the uplink.
		more=
		[ "$h" = pasta ] || more="10.0.2.2 10.0.2.3"
		run with "$h" wx-run -n open -- sh -c 'for a in 127.0.0.1 127.0.0.53 ::1 "$@"; do
		        for k in tcp udp; do ./net-ask $k $a 7007 && echo "reached $k $a"; done; done
		    for a in $(ip -o addr | awk "{ split(\$4, a, \"/\"); print a[1] }" | grep -v "^fe80"); do ./net-ask tcp $a 7007 && echo "reached own $a"; done
		    ./net-ask abstract "$0" && echo "reached abstract"' "$ABSTRACT" "$OWN" "$OUTSIDE" $more
		[[ $output != *reached* ]] || fail "$h: $output"
		[[ $output == *refused* ]] || fail "$h: $output"
	done
	[ ! -s "$BATS_TEST_TMPDIR/services/guests" ] || fail "$(cat "$BATS_TEST_TMPDIR/services/guests")"
	services_end
}

@test "open: what the sandbox listens on cannot be reached from the host" {
	own_network
	cat >listen.py <<-'P'
	import socket, time, os
	open_ = []
	for f, a in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
	    for k in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
	        s = socket.socket(f, k)
	        if f == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
	        s.bind((a, 7008))
	        if k == socket.SOCK_STREAM: s.listen()
	        open_.append(s)
	socket.create_connection(("127.0.0.1", 7008))
	open("go", "w").close()
	while not os.path.exists("stop"): time.sleep(0.02)
	P
	for h in $HELPERS; do
		rm -f go stop
		with "$h" wx-run -n open -- python3 listen.py "$MARK" 3>&- &
		until_true test -e go
		for a in 127.0.0.1 ::1 "$OWN" "$OUTSIDE"; do
			run -1 "$WX_TREE/tests/lib/net-ask" tcp "$a" 7008
			run -1 "$WX_TREE/tests/lib/net-ask" udp "$a" 7008
		done
		touch stop
		wait
	done
}

@test "open: the network stands when the command starts, each time" {
	own_network
	services "$OUTSIDE"
	for i in $(seq 15); do
		for h in $HELPERS; do
			run -0 --separate-stderr with "$h" wx-run -n open -- sh -c 'ip route show default | grep -q . && ./net-ask tcp 203.0.113.53 7007'
			[ "$output" = open ] || fail "$h, $i: $output"
		done
	done
	services_end
	none_left
}

# --- helpers that fail

# helper NAME SCRIPT: a helper of that name, first on PATH.
helper() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/bash\n%s\n' "$2" >"$BATS_TEST_TMPDIR/bin/$1"
	chmod +x "$BATS_TEST_TMPDIR/bin/$1"
	PATH="$BATS_TEST_TMPDIR/bin:$PATH"
}

@test "no helper is installed: an error that names the package, and -n none" {
	only_helper ''
	for o in '' '-n open'; do
		# shellcheck disable=SC2086 # options
		run -125 wx-run $o -- touch ran
		[[ $output == *passt* && $output == *"-n none"* ]] || fail "$output"
	done
	[ ! -e ran ]
	run -0 wx-run -n none -- true
}

@test "pasta is taken first, slirp4netns where that is missing" {
	wx-run --print-plan -- true >plan
	grep -q '"helper": *"pasta"' plan || fail "$(grep -i helper plan)"
	only_helper slirp4netns
	wx-run --print-plan -- true >plan
	grep -q '"helper": *"slirp4netns"' plan
}

@test "a helper that dies at once, or hangs: an error, within a bound, and nothing stays" {
	git init -q
	for script in 'exit 1' 'kill -9 $$' 'echo oops >&2; exit 0' 'trap "" TERM INT HUP; exec -a "$MARK" sleep 100'; do
		helper pasta "MARK=$MARK; $script"
		SECONDS=0
		run -125 wx-run -n open -- touch ran "$MARK"
		[ "$SECONDS" -lt 90 ]
		[[ $output == *"cannot bring up the network with pasta"* ]] || fail "$output"
		[[ $script != *oops* || $output == *oops* ]] || fail "$output"
		[ ! -e ran ] && [ ! -e .git/commondir ]
		none_left
	done
}

@test "a helper that cannot be executed: an error" {
	helper pasta 'exit 0'
	printf 'no program' >"$BATS_TEST_TMPDIR/bin/pasta"
	run -125 wx-run -n open -- touch ran
	[[ $output == *"cannot bring up the network with pasta"* ]] || fail "$output"
	[ ! -e ran ]
}

@test "a helper that dies in mid-run: the command goes on, nothing hangs, and it is said" {
	own_network
	services "$OUTSIDE"
	for h in $HELPERS; do
		rm -f go on
		(only_helper "$h"; exec wx-run -n open -- sh -c 'echo >go; until [ -e on ]; do sleep 0.02; done
		    ./net-ask tcp 203.0.113.53 7007; exit 9' "$MARK" >out 2>err 3>&-) &
		run=$!
		until_true test -e go
		helper=$(pgrep -P "$run" -f "^$h")
		kill -KILL "$helper"
		# Its end takes the kernel a while: the interface goes first.
		until_true test ! -e "/proc/$helper"
		touch on
		rc=0
		wait "$run" || rc=$?
		[ "$rc" -eq 9 ] || fail "$h: $rc"
		run ! grep open out
		grep -q "wx-run: the network was lost before the end: $h died" err || fail "$(cat err)"
	done
	services_end
	none_left
}

@test "the helper is a session of its own, with nothing of the caller's" {
	helper pasta '{ ps -o sid=,pid= -p $$; ls -l /proc/$$/fd; tr "\0" "\n" </proc/$$/environ; cat /proc/$$/status; } >'"$PWD/seen"'
	    exit 1'
	exec 7</etc/passwd
	run -125 env SECRET=x bash -c 'trap "" PIPE; exec wx-run -n open -- true'
	exec 7<&-
	read -r sid pid <seen
	[ "$sid" = "$pid" ]
	run ! grep -E 'SECRET|HOME|passwd|wx-suite.*(socket|memfd)' seen
	run ! grep -E ' 7 ->| [6-9] ->' seen
	[ $((16#$(awk '/^SigIgn/ { print $2 }' seen) >> 12 & 1)) -eq 0 ] || fail "$(grep Sig seen)"
}

# way VAR=VALUE... -- ARG...: wx-run, with nothing of the suite's own environment that says a way out.
way() {
	env -u HTTP_PROXY -u HTTPS_PROXY -u ALL_PROXY -u NO_PROXY -u http_proxy -u https_proxy -u all_proxy -u no_proxy \
	    -u SSL_CERT_FILE -u SSL_CERT_DIR -u NIX_SSL_CERT_FILE -u NODE_EXTRA_CA_CERTS -u REQUESTS_CA_BUNDLE -u CURL_CA_BUNDLE \
	    -u GIT_SSL_CAINFO -u CARGO_HTTP_CAINFO -u PIP_CERT -u AWS_CA_BUNDLE -u DENO_CERT "$@"
}

@test "--proxy-from-env: proxies where they are of use, certificates with their files; a password is a secret" {
	echo made-up >"$BATS_TEST_TMPDIR/ca.pem"
	ca=NODE_EXTRA_CA_CERTS=$BATS_TEST_TMPDIR/ca.pem
	see=(sh -c 'env | grep -iE "proxy|CERT" | sort; cat "$NODE_EXTRA_CA_CERTS"')
	run -0 --separate-stderr way HTTPS_PROXY=http://u:MADEUP@p.example:1 http_proxy=http://p.example:2 NO_PROXY=x "$ca" \
	    wx-run -n host --proxy-from-env -- "${see[@]}"
	[ "$output" = "HTTPS_PROXY=http://u:MADEUP@p.example:1
$ca
NO_PROXY=x
http_proxy=http://p.example:2
made-up" ] || fail "$output $stderr"
	# In no argument, and in no plan.
	run -0 way HTTPS_PROXY=http://u:MADEUP@p.example:1 "$ca" wx-run -n host --proxy-from-env -A -- true
	[[ $output != *MADEUP* ]]
	run -0 way HTTPS_PROXY=http://u:MADEUP@p.example:1 "$ca" wx-run -n host --proxy-from-env -L -- true
	[[ $output != *MADEUP* ]] && [ "$(jq .secrets.variables <<<"$output")" = true ] || fail "$output"
	for net in none listed; do
		[ "$net" = none ] || [ -n "${WX_NETNS-}" ] || continue
		run -0 --separate-stderr way HTTPS_PROXY=http://u:MADEUP@p.example:1 "$ca" wx-run -n "$net" --proxy-from-env -- "${see[@]}"
		[ "$output" = "$ca"$'\nmade-up' ] && [ -z "$stderr" ] || fail "$net: $output $stderr"
	done
	# Without it a line, where it would be of use.
	run -0 --separate-stderr way HTTPS_PROXY=http://p.example:1 wx-run -n host -- true
	[[ $stderr == *"wx-run: HTTPS_PROXY is set here, and not inside: --proxy-from-env passes proxies and certificates on"* ]] || fail "$stderr"
	run -0 --separate-stderr way HTTPS_PROXY=http://p.example:1 wx-run -n host -v HTTPS_PROXY -- true
	[[ $stderr != *proxy-from-env* ]] || fail "$stderr"
	run -0 --separate-stderr way HTTPS_PROXY=http://p.example:1 NO_PROXY=x "$ca" wx-run -n none -- true
	[ -z "$stderr" ] || fail "$stderr"
	for bad in "$BATS_TEST_TMPDIR/no" here; do
		run -125 way NODE_EXTRA_CA_CERTS="$bad" wx-run -n none --proxy-from-env -- true
		[[ $output == "wx-run: --proxy-from-env: NODE_EXTRA_CA_CERTS is '$bad', which is no file"* ]] || fail "$output"
	done
	# As -m has it: not the home, nor what that is in, and nothing that a link of the project's leads to; the project's own is there.
	for bad in "$HOME" "${HOME%/*}"; do
		run -125 way SSL_CERT_DIR="$bad" wx-run -n none --proxy-from-env -- true
		[[ $output == "wx-run: cannot mount '$bad': your home with all its keys is in it"* ]] || fail "$output"
	done
	ln -s "$BATS_TEST_TMPDIR/ca.pem" link.pem
	run -125 way NODE_EXTRA_CA_CERTS="$PWD/link.pem" wx-run -n none --proxy-from-env -- true
	[[ $output == *"a link in the project leads to it"* ]] || fail "$output"
	rm link.pem
	cp "$BATS_TEST_TMPDIR/ca.pem" own.pem
	run -0 way NODE_EXTRA_CA_CERTS="$PWD/own.pem" wx-run -n none --proxy-from-env -- sh -c 'cat "$NODE_EXTRA_CA_CERTS"'
	[ "$output" = made-up ] || fail "$output"
}
