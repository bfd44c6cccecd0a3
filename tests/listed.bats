# SPDX-License-Identifier: MIT
# sanitizers: no, waits for helpers
# takes: 60 s
# wx-run -n listed, with the real wx-egress: hosts by name, and nothing else.
load lib/helper
load lib/run
load lib/listed

setup_file() {
	certificates "$BATS_FILE_TMPDIR"
}

local_setup() {
	listed_setup
}

teardown() {
	listed_teardown
}

# refused WORDS ARG...: wx-run says one line, with these words, with 125, before anything.
refused() {
	run -125 wx-run "${@:2}" -- touch ran
	[ "${#lines[@]}" -eq 1 ] && [[ $output == *"$1"* ]] || fail "${*:2}: no '$1' in: $output"
	[ ! -e ran ]
	[ ! -e "$HOME/.local/state/wrapix" ]
}

# --- what is reached

@test "HTTPS to a listed host, with no variable and no option; another is refused, and that is said" {
	world
	run -0 --separate-stderr there wx-run -a one.example -- sh -c 'env | grep -i proxy; curl -sS --cacert ca.pem https://one.example/x
	    curl -sS --cacert ca.pem https://two.example/y; echo $?' "$MARK"
	[ "${lines[0]}" = "hello from one.example" ] && [ "${lines[1]}" = 35 ] || fail "$output $stderr"
	[[ $stderr == *"alert access denied"* ]] || fail "$stderr"
	[[ $stderr == *"wx-run: network: refused two.example:443 1 time (not-listed); to allow it: -a two.example"* ]] || fail "$stderr"
	[ "$(requests)" = "one.example /x" ] || fail "$(requests)"
	none_left
}

@test "ports, wildcards and denials of entries; each refusal has the option that would allow it, if one would" {
	world
	echo '{"network": "listed", "network_names": ["one.example:80,8443", {"host": "two.example", "ports": [7007]}],
	    "network_deny": ["b.wild.example"]}' >"$HOME/prof"
	cat >in.sh <<-'S'
	c() { curl -s --cacert ca.pem -o /dev/null -w '%{http_code} ' "$@"; }
	c http://one.example/a; c https://one.example:8443/b; c https://a.wild.example/c
	c https://one.example/d; c https://wild.example/e; c https://b.wild.example/f; c http://two.example/g
	python3 -c 'import socket; s = socket.create_connection(("two.example", 7007)); s.send(b"x"); print(s.recv(9))'
	S
	run -0 --separate-stderr there wx-run -p "$HOME/prof" -a '*.wild.example' -- sh in.sh
	[ "$output" = "200 200 200 000 000 000 403 b'echo x'" ] || fail "$output $stderr"
	for line in "one.example:443 1 time (port); to allow it: -a one.example" \
	    "two.example:80 1 time (port); to allow it: -a two.example:80" \
	    "wild.example:443 1 time (not-listed); to allow it: -a wild.example" "b.wild.example:443 1 time (denied)"; do
		grep -qxF "wx-run: network: refused $line" <<<"$stderr" || fail "no '$line': $stderr"
	done
}

@test "git over ssh, with no proxy of any kind" {
	command -v ssh-agent >/dev/null || skip "no ssh-agent here"
	git init -q --bare "$BATS_TEST_TMPDIR/o.git"
	mkdir -p "$WORLD" "$HOME/.config/wrapix"
	mkdir -m 700 "$BATS_TEST_TMPDIR/k"
	wx-keygen -o "$BATS_TEST_TMPDIR/k/host" >/dev/null
	wx-keygen -o "$BATS_TEST_TMPDIR/k/key" >/dev/null
	cp "$BATS_TEST_TMPDIR/k/key.pub" "$WORLD/authorized"
	printf '%s\n' 'ListenAddress 20.0.0.2:22' "HostKey $BATS_TEST_TMPDIR/k/host" "AuthorizedKeysFile $WORLD/authorized" 'StrictModes no' \
	    'PidFile none' 'UsePAM no' 'PasswordAuthentication no' >"$WORLD/sshd_config"
	printf 'git.example %s\n' "$(cut -d ' ' -f 1,2 "$BATS_TEST_TMPDIR/k/host.pub")" >"$HOME/.config/wrapix/known_hosts"
	world
	git init -q -b main . && git -c user.name=A -c user.email=a@example.invalid commit -q --allow-empty -m one
	run -0 --separate-stderr there wx-ssh-agent -d "$(id -un)@git.example" -k "$BATS_TEST_TMPDIR/k/key" sh -c 'exec wx-run -k "$SSH_AUTH_SOCK" -a git.example:22 -- \
	    sh -c "git push -q \"ssh://$1@git.example$2\" main; git ls-remote \"$1@other.example:o.git\"; echo \$?"' x \
	    "$(id -un)" "$BATS_TEST_TMPDIR/o.git"
	[ "$output" = 128 ] || fail "$output $stderr"
	[ "$(git -C "$BATS_TEST_TMPDIR/o.git" rev-parse main)" = "$(git rev-parse main)" ] || fail "$stderr"
	[[ $stderr == *"Received disconnect from 198.18."*": wrapix: other.example:22 "* ]] || fail "$stderr"
	[[ $stderr == *"to allow it: -a other.example:22"* ]] || fail "$stderr"
}

@test "the proxy inside serves those who want one, by HTTP and by SOCKS, and proxy_env names it" {
	world
	echo '{"network_names": ["one.example", "one.example:80"], "network": "listed", "proxy_env": true}' >"$HOME/prof"
	run -0 --separate-stderr there wx-run -p "$HOME/prof" -- sh -c 'echo $HTTPS_PROXY $https_proxy $NO_PROXY $NODE_USE_ENV_PROXY
	    curl -sS --cacert ca.pem https://one.example/p; curl -sS http://one.example/h
	    curl -sS --noproxy "" -x socks5h://127.0.0.1:3128 --cacert ca.pem https://one.example/s
	    curl -sS --cacert ca.pem https://two.example/n; :'
	[ "${lines[0]}" = "http://127.0.0.1:3128 http://127.0.0.1:3128 localhost,127.0.0.1,::1,.localhost 1" ] || fail "$output"
	[ "$(requests)" = $'one.example /p\none.example /h\none.example /s' ] || fail "$(requests) $stderr"
	grep '"host":"one.example"' "$HOME"/.local/state/wrapix/*.run/network.ndjson | grep -q '"via":"connect"'
	run -0 there wx-run -a one.example -- env
	[[ $output != *[Pp][Rr][Oo][Xx][Yy]* ]] || fail "$output"
}

@test "a port of the host's loopback that the profile names, and no other" {
	world
	there python3 -c 'import socket, sys
a, b = socket.create_server(("127.0.0.1", 5433)), socket.create_server(("127.0.0.1", 5434))
open("listening", "w").close()
while True:
    c = a.accept()[0]; c.sendall(b"database\n"); c.close()' </dev/null >/dev/null 2>&1 3>&- &
	server=$!
	until_true test -e listening
	echo '{"network": "listed", "network_forward": [{"port": 5432, "to": "127.0.0.1:5433"}]}' >"$HOME/prof"
	run -0 --separate-stderr there wx-run -p "$HOME/prof" -- bash -c 'cat </dev/tcp/127.0.0.1/5432
	    for p in 5433 5434; do (: </dev/tcp/127.0.0.1/$p) 2>/dev/null || echo "no $p"; done'
	kill "$server"
	[ "$output" = $'database\nno 5433\nno 5434' ] || fail "$output $stderr"
}

@test "a server of the sandbox's own is its own, on 127.0.0.1 and on all addresses" {
	world
	run -0 --separate-stderr there wx-run -a one.example -- python3 -c 'import socket
for a in "127.0.0.1", "0.0.0.0", "::1", "::":
    s = socket.create_server((a, 8080), family=socket.AF_INET6 if ":" in a else socket.AF_INET)
    c = socket.create_connection(("localhost", 8080)) if ":" not in a else socket.create_connection(("::1", 8080))
    print("own", a); c.close(); s.close()'
	[ "$output" = $'own 127.0.0.1\nown 0.0.0.0\nown ::1\nown ::' ] || fail "$output $stderr"
}

# --- what is not

@test "nothing else is reached: no interface but lo, no address, no other port, no query of a name outside" {
	world
	cat >in.sh <<-'S'
	ip -o link | cut -d: -f2 | xargs
	ip route show table all | grep -v "^local\|^broadcast\|^multicast" | grep -v "dev lo" | wc -l
	cat /etc/resolv.conf
	getent ahostsv4 any.name.of.all | cut -d' ' -f1 | sort -u | cut -d. -f1,2
	t() { timeout 60 bash -c ": </dev/tcp/$1/$2" 2>/dev/null && echo "reached $1 $2"; }
	for a in 20.0.0.1 20.0.0.2 10.9.0.2 203.0.113.53 169.254.169.254; do for p in 22 53 80 443 7007; do t $a $p; done; done
	t one.example 7007; t one.example 8443
	for a in 20.0.0.2 198.18.77.77 198.18.0.9; do
		curl -s -m 20 -k "https://$a/" && echo "reached $a"
		curl -s -m 20 -k --resolve "one.example:443:$a" https://one.example/ && echo "reached one by $a"
	done
	curl -s -m 20 -k --connect-to two.example:443:one.example:443 https://two.example/ && echo "reached two by one"
	curl -s -m 20 -k -x http://127.0.0.1:3128 https://20.0.0.2/ && echo "reached by CONNECT"
	python3 -c 'import socket
	u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	try: u.sendto(b"x", ("20.0.0.2", 53)); print("sent")
	except OSError as e: print(e.errno)'
	S
	sed -i 's/^\t*u = /u = /; s/^\t*try: /try: /; s/^\t*except /except /' in.sh
	run -0 --separate-stderr there wx-run -a one.example -- sh in.sh
	[ "$output" = $'lo\n0\nnameserver 127.0.0.1\noptions timeout:5 attempts:2\n198.18\n101' ] || fail "$output $stderr"
	[ -z "$(requests)" ] || fail "$(requests)"
	[ -z "$(queries)" ] || [ "$(queries)" = one.example ] || fail "$(queries)"
}

@test "nothing listed: nothing is reached; a name that leads to the local network wants its word, one to this machine has none" {
	world
	get='curl -sS --cacert ca.pem https://private.example/'
	run -0 --separate-stderr there wx-run -n listed -- sh -c "$get; echo \$?"
	[ "$output" = 35 ] && [[ $stderr == *"refused private.example:443 1 time (not-listed)"* ]] || fail "$output $stderr"
	run -0 --separate-stderr there wx-run -a private.example -a here.example -- sh -c "$get; curl -sS https://here.example/; echo \$?"
	[ "$output" = 35 ] || fail "$output $stderr"
	[[ $stderr == *"refused private.example:443 1 time (address: private); to allow it: -a 'private.example private'"* ]] || fail "$stderr"
	grep -qxF "wx-run: network: refused here.example:443 1 time (address: loopback)" <<<"$stderr" || fail "$stderr"
	[ -z "$(requests)" ] || fail "$(requests)"
	run -0 there wx-run -a 'private.example private' -- sh -c "$get"
	[ "$output" = "hello from private.example" ] || fail "$output"
}

@test "two runs at once have each their own list" {
	world
	in='echo >$1; until [ -e two.on ]; do sleep 0.02; done; for h in one two; do curl -s --cacert ca.pem https://$h.example/; done; :'
	there wx-run -a one.example -- sh -c "$in" "$MARK" one.up >one.out 2>one.err 3>&- &
	there wx-run -a two.example -- sh -c "$in" "$MARK" two.up >two.out 2>two.err 3>&- &
	until_true test -e one.up -a -e two.up
	touch two.on
	until_true gone
	[ "$(cat one.out two.out)" = $'hello from one.example\nhello from two.example' ] || fail "$(cat one.out one.err two.out two.err)"
	until_true no_egress
}

# --- how it ends

@test "SIGKILL of wx-run leaves no wx-egress; of wx-egress, no network, and that is said" {
	world
	(exec nsenter "${ENTER[@]}" wx-run -a one.example -- sh -c 'echo >up; sleep 100' "$MARK" 3>&- 9>&-) &
	run=$!
	until_true test -e up
	egresses >/dev/null || fail "none"
	kill -KILL "$run"
	until_true gone
	until_true no_egress
	(exec nsenter "${ENTER[@]}" wx-run -a one.example -- sh -c 'echo >up2; until [ -e on ]; do sleep 0.02; done
	    curl -sS --cacert ca.pem https://one.example/; echo $?
	    timeout 60 bash -c ": </dev/tcp/127.0.0.1/3128"; timeout 60 getent hosts one.example; exit 9' "$MARK" >out 2>err 3>&- 9>&-) &
	run=$!
	until_true test -e up2
	# shellcheck disable=SC2046 # numbers
	kill -KILL $(egresses)
	until_true no_egress
	touch on
	rc=0
	wait "$run" || rc=$?
	[ "$rc" -eq 9 ] && [ "$(cat out)" = 6 ] || fail "$rc $(cat out err)"
	grep -q "wx-run: the network was lost before the end: wx-egress died" err || fail "$(cat err)"
	grep -q 'Connection refused' err || fail "$(cat err)"
	none_left
}

@test "what placed the sockets is gone before the command runs: nobody outside is in the sandbox's namespaces" {
	world
	(exec nsenter "${ENTER[@]}" wx-run -a one.example -- sh -c 'ls -l /proc/self/ns >ns; echo >up; until [ -e on ]; do sleep 0.02; done' "$MARK" 3>&- 9>&-) &
	run=$!
	until_true test -e up
	[ "$(pgrep -lP "$run" | cut -d' ' -f2 | sort | xargs)" = "bwrap wx-egress" ] || fail "$(pgrep -lP "$run")"
	pid=$(sed -n 's/.*pid -> //p' ns)
	for kind in user net; do
		[ -n "$(sed -n "s/.*$kind -> //p" ns)" ]
		for p in $(pgrep -u "$(id -u)"); do
			[ "$(readlink "/proc/$p/ns/$kind" 2>/dev/null)" != "$(sed -n "s/.*$kind -> //p" ns)" ] || [ "$(readlink "/proc/$p/ns/pid")" = "$pid" ] ||
			    fail "$kind: $p $(tr '\0' ' ' <"/proc/$p/cmdline")"
		done
	done
	touch on
	wait "$run"
}

@test "^C and ^Z are the command's: wx-egress hears of neither" {
	world
	# Not dash: it starts a program by vfork(2), where ^Z stops the child, and itself only when that goes on.
	cat >in.sh <<-'S'
	trap 'curl -s --cacert ca.pem https://one.example/; exit 5' INT
	trap 'echo again' CONT
	echo ready
	while :; do sleep 0.05; done
	S
	on_tty nsenter "${ENTER[@]}" sh -mc 'wx-run -a one.example -- bash in.sh; echo "stop $?"
	    fg >/dev/null; echo "end $?"' <<-'S'
	expect ready
	send \x1a
	expect stop 1\d\d
	expect again
	send \x03
	expect hello from one.example
	expect end 5
	S
	# Where the terminal is not raw the kernel sends it to all of the process group.
	on_tty nsenter "${ENTER[@]}" sh -mc 'wx-run -a one.example -- bash in.sh </dev/null >out 2>&1; echo "end $?"' <<-'S'
	until grep -q ready out
	send \x03
	expect end 5
	S
	grep -q 'hello from one.example' out || fail "$(cat out)"
}

@test "wx-egress is missing, cannot be executed, dies at once, or hangs: an error, and nothing is run or left" {
	beside 'exit 1'
	rm "$BATS_TEST_TMPDIR/beside/wx-egress"
	run -125 env PATH=/usr/bin:/bin "$RUN" -a one.example -- touch ran
	[ "$output" = "wx-run: network 'listed' needs wx-egress, which is neither beside wx-run nor on PATH; install all of wrapix, or use -n none" ] ||
	    fail "$output"
	run -0 env PATH=/usr/bin:/bin "$RUN" -n none -- true
	for script in 'exit 1' 'kill -9 $$' 'printf "oops\e[31m\n" >&2; exit 0' 'trap "" TERM INT HUP; exec -a "wxmark-egress" sleep 100'; do
		beside "$script"
		SECONDS=0
		run -125 "$RUN" -a one.example -- touch ran "$MARK"
		[ "$SECONDS" -lt 90 ]
		[[ $output == *"cannot bring up the network with wx-egress"* ]] || fail "$output"
		[[ $script != *oops* || $output == *"oops\\u001b[31m"* ]] || fail "$output"
		[ ! -e ran ]
		none_left
		run ! pgrep -f wxmark-egress
	done
}

@test "wx-egress is a session of its own, with nothing of the caller's but its sockets" {
	beside '{ ps -o sid=,pid= -p $$; ls -l /proc/$$/fd; tr "\0" "\n" </proc/$$/environ; cat; } >'"$PWD/seen"'; exit 1'
	exec 7</etc/passwd
	run -125 env SECRET=x HTTPS_PROXY=y "$RUN" -a one.example:99 -- true
	exec 7<&-
	read -r sid pid <seen
	[ "$sid" = "$pid" ]
	run ! grep -E 'SECRET|PROXY|HOME|passwd' seen
	run ! grep -E '[0-9][0-9]+ -> /dev/null' seen
	# 0 policy, 1 log, 2 words, 3 ready; name server twice, proxy, 443, 80, 22, 99.
	[ "$(grep -c 'socket:' seen)" -eq 7 ] || fail "$(cat seen)"
	[ "$(grep -c 'pipe:' seen)" -eq 3 ] || fail "$(cat seen)"
	[ "$(tail -n 1 seen)" = '{"version": 1, "allow": ["one.example:99"], "deny": [], "forward": [], "ask": 0}' ] || fail "$(cat seen)"
}

@test "wx-allow finds the run, and lets more in while it lasts; nothing of that is left, nor of a run that was killed" {
	world
	# A socket's path is short.
	RUNTIME=$(mktemp -d /tmp/wx-run.XXXXXX)
	export XDG_RUNTIME_DIR=$RUNTIME
	cat >in.sh <<-'S'
	curl -s --cacert ca.pem https://two.example/
	echo >up; until [ -e on ]; do sleep 0.02; done
	curl -s --cacert ca.pem https://two.example/; ls /run/user "$XDG_RUNTIME_DIR" 2>/dev/null; :
	S
	there wx-run -a one.example -- sh in.sh "$MARK" >out 2>err 3>&- &
	run=$!
	until_true test -e up
	[ "$(stat -c %a "$RUNTIME/wrapix" "$RUNTIME"/wrapix/net.*.* | xargs)" = "700 700" ]
	run -0 wx-allow two.example
	touch on
	wait "$run"
	[ "$(cat out)" = "hello from two.example" ] || fail "$(cat out err)"
	[ -z "$(ls "$RUNTIME/wrapix")" ] || fail "$(ls -R "$RUNTIME")"
	rm up on
	(exec nsenter "${ENTER[@]}" wx-run -a one.example -- sh in.sh "$MARK" 3>&- 9>&-) &
	run=$!
	until_true test -e up
	kill -KILL "$run"
	until_true gone
	[ -n "$(ls "$RUNTIME/wrapix")" ]
	run -0 there wx-run -a one.example -- true
	[ -z "$(ls "$RUNTIME/wrapix")" ] || fail "$(ls -R "$RUNTIME")"
}

@test "network_ask: a connection to a host that is not listed waits for an answer" {
	world
	RUNTIME=$(mktemp -d /tmp/wx-run.XXXXXX)
	export XDG_RUNTIME_DIR=$RUNTIME
	echo '{"network": "listed", "network_ask": 60}' >"$HOME/prof"
	there wx-run -p "$HOME/prof" -- sh -c 'echo >up; until [ -e on ]; do sleep 0.02; done
	    curl -sS --cacert ca.pem https://two.example/' "$MARK" >out 2>err 3>&- &
	until_true test -e up
	# What wx-allow -q says for a person.
	python3 -c 'import json, socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); f = s.makefile("rw")
f.write("{\"op\":\"watch\",\"answers\":true}\n"); f.flush()
for line in f:
    o = json.loads(line)
    if "ok" in o: open("on", "w").close()
    if "ask" in o and "host" in o:
        print(o["host"], o["port"], flush=True)
        f.write(json.dumps({"op": "answer", "ask": o["ask"], "verdict": "allow", "seconds": 60}) + "\n"); f.flush()
' "$RUNTIME"/wrapix/net.*/control >asked 3>&- 9>&- &
	until_true gone
	[ "$(cat out)" = "hello from two.example" ] || fail "$(cat out err asked)"
	[ "$(cat asked)" = "two.example 443" ] || fail "$(cat asked)"
}

# --- what is said of it

@test "each decision is in the state, for the user alone, and in the report" {
	world
	run -0 there wx-run -a one.example -r "$HOME/report" -- sh -c 'curl -s --cacert ca.pem https://one.example/ https://two.example/; curl -s https://two.example; :'
	log=$(echo "$HOME"/.local/state/wrapix/*.run/network.ndjson)
	[ "$(stat -c %a "$log")" = 600 ]
	[ "$(jq -r 'select(.verdict) | [.verdict, .host, .port] | @tsv' "$log" | sort -u)" = $'allow\tone.example\t443\ndeny\ttwo.example\t443' ] ||
	    fail "$(cat "$log")"
	[ "$(jq -c . "$HOME/report")" = '{"kind":"refused-host","path":"two.example:443","detail":"2: not-listed"}' ] || fail "$(cat "$HOME/report")"
	[[ $output == *"refused two.example:443 2 times (not-listed)"* ]] || fail "$output"
	run -0 wx-run --forget
	[ ! -e "$log" ]
}

@test "the log is bounded, and so is what is said; odd lines in it do no harm" {
	# 12 MB of refusals of 3000 hosts, one of them without an end, one that is no JSON.
	beside 'eval "ready=${*: -1}"; for w; do case $p in -R) ready=$w ;; esac; p=$w; done
	    trap "exit 0" TERM
	    python3 -c "
import sys
pad = \"x\" * 3900
print(\"{\\\"verdict\\\":\\\"deny\\\",\\\"host\\\":\\\"\\\\u001b[31m\\\",\\\"port\\\":443}\")
print(\"no json\")
print(\"{\" + \"y\" * 100000)
for i in range(3000):
    print(\"{\\\"verdict\\\":\\\"deny\\\",\\\"host\\\":\\\"h%d.example\\\",\\\"port\\\":443,\\\"reason\\\":\\\"not-listed\\\",\\\"pad\\\":\\\"%s\\\",\\\"count\\\":%d}\" % (i, pad, 7 if i == 5 else 1))
sys.stdout.flush(); open(\"'"$PWD"'/said\", \"w\")"
	    echo >&$ready; while :; do sleep 0.05; done'
	run -0 --separate-stderr "$RUN" -a one.example -- sh -c 'until [ -e said ]; do sleep 0.02; done'
	log=$(echo "$HOME"/.local/state/wrapix/*.run/network.ndjson)
	[ "$(stat -c %s "$log")" -le $((4 << 20)) ] && [ "$(stat -c %s "$log")" -gt $((3 << 20)) ] || fail "$(ls -l "$log")"
	[ "${#stderr_lines[@]}" -eq 11 ] || fail "$stderr"
	[ "${stderr_lines[0]}" = "wx-run: network: refused h5.example:443 7 times (not-listed); to allow it: -a h5.example" ] || fail "$stderr"
	[[ ${stderr_lines[10]} == "wx-run: network: and 2990 refusals of other hosts; see "* ]] || fail "$stderr"
	[[ $stderr != *$'\e'* ]]
	head -c $((4 << 20)) /dev/zero >>"$log"
	rm said
	run -0 "$RUN" -a one.example -- sh -c 'until [ -e said ]; do sleep 0.02; done'
	[ -s "$log.old" ] && [ "$(stat -c %s "$log")" -le $((4 << 20)) ]
}

@test "the plan, the summary and --check have it; the agent is told" {
	printf 'a.example\n  b.example:80,443  # two ports\n# none\n{"host":"c.example","ports":[81]}\n\n' >group
	mkdir -p "$HOME/.config/wrapix/networks"
	mv group "$HOME/.config/wrapix/networks/mine"
	printf '#!/bin/sh\n' >"$HOME/agent"
	chmod +x "$HOME/agent"
	jq -n --arg a "$HOME/agent" '{network: "listed", network_names: ["d.example", {host: "e.example", private: true}], network_deny: ["f.example"],
	    network_ask: 5, network_forward: [{port: 1, to: "127.0.0.1:2"}], agent: {command: [$a], prompt: "--say"}}' >"$HOME/prof"
	wx-run -p "$HOME/prof" -a @mine --agent-prompt '' --print-plan >plan
	[ "$(jq -c .network plan)" = '{"mode":"listed","helper":"wx-egress","dns_forward":null,"names":["d.example",{"host":"e.example","private":true},"a.example","b.example:80,443",{"host":"c.example","ports":[81]}],"deny":["f.example"],"forward":[{"port":1,"to":"127.0.0.1:2"}],"ask":5,"parent":null}' ] ||
	    fail "$(jq -c .network plan)"
	jq -r '.command[2]' plan | grep -qF 'reaches these hosts only: d.example, e.example, a.example, b.example:80,443, c.example. A refusal shows' ||
	    fail "$(jq -r '.command[2]' plan)"
	run -0 wx-run -a a.example -a b.example --print-summary -- true
	[[ $output == *$'\nnetwork\tlisted\n'* && $output == *$'\nnetwork_name\ta.example\nnetwork_name\tb.example' ]] || fail "$output"
	run -0 wx-run -p "$HOME/prof" -a g.example:7 -- cat /run/wrapix/policy
	for w in 'listed: these hosts, by name, at port 443 where none is named' 'g.example:7' 'd.example' \
	    'refused, whatever is allowed: f.example' '127.0.0.1:1 is a service'; do
		[[ $output == *"$w"* && $output != *"open: it leads out"* ]] || fail "no '$w': $output"
	done
	run -0 wx-run -a a.example --check
	[[ $output == *$'\n'"ok network: "*/wx-egress$'\n'* ]] || fail "$output"
}

@test "network_parent: through a proxy, of the profile or of the environment, whose password is nowhere" {
	for bad in 1 '"socks5://a"' '"http://u:p@a:1"'; do
		echo "{\"network\": \"listed\", \"network_parent\": $bad}" >"$HOME/prof"
		refused "key 'network_parent': must " -p "$HOME/prof"
	done
	world
	there wx-egress -l 127.0.0.1:3199 -a one.example </dev/null >parent.log 2>parent.err 3>&- 9>&- &
	parent=$!
	until_true there bash -c 'exec 3<>/dev/tcp/127.0.0.1/3199' 2>/dev/null
	for way in '"http://127.0.0.1:3199"' '"environment"'; do
		echo "{\"network\": \"listed\", \"network_names\": [\"one.example\", \"two.example\"], \"network_parent\": $way}" >"$HOME/prof"
		run -0 --separate-stderr there env HTTPS_PROXY=http://u:MADEUP-pw@127.0.0.1:3199 NO_PROXY= wx-run -p "$HOME/prof" -- \
		    sh -c 'for h in one two; do curl -s --cacert ca.pem https://$h.example/; done; env | grep -c PROXY; cat /run/wrapix/policy' "$MARK"
		[ "${lines[*]::2}" = "hello from one.example 0" ] || fail "$output $stderr"
		run ! grep MADEUP <<<"$output $stderr"
	done
	kill "$parent"
	[ "$(jq -rs 'map(select(.verdict) | "\(.verdict) \(.host)") | unique | join(" ")' parent.log)" = "allow one.example deny two.example" ] || fail "$(cat parent.log)"
	run ! grep -r MADEUP "$HOME"
	[ "$(HTTPS_PROXY=http://u:MADEUP-pw@127.0.0.1:3199 wx-run -p "$HOME/prof" -L | jq -r .network.parent)" = environment ]
}

@test "--reach: a port of the host's loopback, with none and with listed; and nothing more" {
	refused "it is for -n none and -n listed" -n host --reach 5432
	refused "'5432:' is nothing for --reach" -n none --reach 5432:
	refused "'70000' is nothing for --reach" -n none --reach 70000
	refused "port 3128 inside is wx-egress' own" -n none --reach 5432:3128
	refused "port 7 stands twice" -n none --reach 7 --reach 8:7
	world
	printf '%s\n' 'import socket' 's = socket.create_server(("127.0.0.1", 5433))' 'while True:' '    c, _ = s.accept()' '    c.sendall(b"of the host")' '    c.close()' >"$HOME/serve.py"
	there python3 "$HOME/serve.py" >/dev/null 2>&1 3>&- 9>&- &
	server=$!
	until_true there bash -c 'exec 3<>/dev/tcp/127.0.0.1/5433' 2>/dev/null
	echo '{"network": "none", "network_names": ["one.example"], "network_forward": [{"port": 9, "to": "127.0.0.1:9"}]}' >"$HOME/prof"
	ask='python3 -c "import socket; print(socket.create_connection((\"127.0.0.1\", 5432)).recv(99).decode())"; curl -sk -o /dev/null -w "%{http_code}" https://one.example/'
	run -35 --separate-stderr there wx-run -p "$HOME/prof" --reach 5433:5432 -- sh -c "$ask"
	[ "$output" = $'of the host\n000' ] || fail "$output $stderr"
	[ "$(wx-run -p "$HOME/prof" --reach 5433:5432 -L | jq -c '[.network.mode, .network.names, .network.forward]')" = '["listed",[],[{"port":5432,"to":"127.0.0.1:5433"}]]' ]
	run -0 --separate-stderr there wx-run -a one.example --reach 5433:5432 -- sh -c "$ask"
	[ "$output" = $'of the host\n200' ] || fail "$output $stderr"
	kill "$server"
}

@test "-N: the decisions go to a file of the user's, after what is there, and none to the state" {
	refused "would lie in the project" -a one.example -N log
	refused "cannot open the network's log '$HOME/no/log'" -a one.example -N "$HOME/no/log"
	refused "-N 'log' is for the network 'listed': nothing is decided in 'none'" -n none -N log
	world
	echo '{"before":1}' >"$HOME/log"
	run -0 --separate-stderr there wx-run -a one.example -N "$HOME/log" -- curl -sS --cacert ca.pem https://one.example/
	run -35 there wx-run -a one.example -N "$HOME/log" -- curl -sS --cacert ca.pem https://two.example/
	[ "$(jq -rs 'map(.before // .verdict // empty) | join(" ")' "$HOME/log")" = "1 allow deny" ] || fail "$(cat "$HOME/log")"
	[ -z "$(find "$HOME/.local" -name network.ndjson)" ]
}

@test "--why HOST: the verdict, and the entry that gives it; a file of the project's is one" {
	touch main.c
	echo '{"network": "listed", "network_names": ["one.example", "*.wild.example:22"], "network_deny": ["no.wild.example"]}' >"$HOME/prof"
	while IFS='|' read -r what want; do
		[ "$(wx-run -p "$HOME/prof" --why "$what" | tr '\t' '|')" = "$want" ] || fail "$what: $(wx-run -p "$HOME/prof" --why "$what")"
	done <<-L
	one.example|allowed|one.example:443|by 'one.example'
	a.wild.example:22|allowed|a.wild.example:22|by '*.wild.example:22'
	no.wild.example:22|refused|no.wild.example:22|(denied) by 'no.wild.example'
	one.example:80|refused|one.example:80|(port)
	two.example|refused|two.example:443|(not-listed)
	main.c|writable|$PWD/main.c|the project
	L
	[ "$(wx-run -p "$HOME/prof" --why one.example --json)" = '{"host": "one.example:443", "verdict": "allowed", "rule": "by '"'one.example'"'"}' ]
	# With another network it is no host.
	[ "$(wx-run -n none --why one.example | cut -f 1)" = writable ]
}

@test "wrapix hands the entries on" {
	world
	git init -q .
	run -0 there wrapix -q --no-push --no-token -a one.example --allow=two.example --allow a.wild.example . -- \
	    sh -c 'for h in one two a.wild; do curl -s --cacert ca.pem https://$h.example/; done'
	[ "$output" = $'hello from one.example\nhello from two.example\nhello from a.wild.example' ] || fail "$output"
}

# --- what is an error

@test "a wrong entry, group or forward is an error on one line that names it, before anything is begun" {
	mkdir -p "$HOME/.config/wrapix/networks"
	refused "'nodot'" -a one.example -a nodot
	refused "'*.com'" -a '*.com'
	refused "'one.example:0'" -a one.example:0
	refused "'one.example odd'" -a 'one.example odd'
	refused "is not JSON" -a '{"host":'
	refused "no such group '@none'" -a @none
	refused "'@../x' is no name of a group" -a @../x
	refused "-a is for -n listed" -n open -a one.example
	refused "-a is for -n listed" -a one.example -n none
	ln -s "$PWD/here" "$HOME/.config/wrapix/networks/mine"
	echo a.example >here
	refused "leads into the project" -a @mine
	rm "$HOME/.config/wrapix/networks/mine"
	echo @other >"$HOME/.config/wrapix/networks/mine"
	refused "the group '@mine' names another, '@other'" -a @mine
	chmod 666 "$HOME/.config/wrapix/networks/mine"
	refused "others can write" -a @mine
	for p in '"network_forward": [{"port": 3128, "to": "127.0.0.1:1"}]|port 3128 inside is wx-egress'"'"' own' \
	    '"network_forward": [{"port": 9, "to": "127.0.0.1:1"}, {"port": 9, "to": "127.0.0.1:2"}]|port 9 stands twice' \
	    '"network_forward": [{"port": 9, "to": "10.0.0.1:1"}]|loopback' \
	    '"network_forward": [{"port": 9.5, "to": "127.0.0.1:1"}]|key '"'network_forward[0].port': must be a whole number" \
	    '"network_forward": [{"port": 9}]|key '"'network_forward[0].to': is missing" \
	    '"network_forward": [{"port": 9, "to": "127.0.0.1:1", "x": 1}]|key '"'network_forward[0].x': unknown" \
	    '"network_names": [1]|key '"'network_names[0]': must be a string, not empty, or an object" \
	    '"network_names": [{"host": "a.example", "odd": 1}]|unknown key' \
	    '"network_deny": "a"|key '"'network_deny': must be a list of entries" \
	    '"network_ask": 5000|key '"'network_ask': must be a whole number of seconds" \
	    '"proxy_env": 1|key '"'proxy_env': must be true or false"; do
		echo "{\"network\": \"listed\", ${p%%|*}}" >"$HOME/prof"
		refused "${p#*|}" -p "$HOME/prof"
	done
	for n in $(seq 1 58); do set -- "$@" -a "p.example:$((1000 + n))"; done
	refused "more than 60 different ports" "$@"
}

@test "a profile that extends another: lists add up, its own words win" {
	mkdir -p "$HOME/.config/wrapix/profiles"
	echo '{"network": "listed", "network_names": ["a.example"], "network_deny": ["b.example"], "network_ask": 5, "proxy_env": true,
	    "network_forward": [{"port": 1, "to": "127.0.0.1:1"}]}' >"$HOME/.config/wrapix/profiles/below.json"
	echo '{"extends": "below", "network_names": ["c.example"], "network_ask": 0, "proxy_env": false,
	    "network_forward": [{"port": 2, "to": "127.0.0.1:2"}]}' >"$HOME/prof"
	wx-run -p "$HOME/prof" --print-plan -- true >plan
	[ "$(jq -c '.network | [.mode, .names, .deny, .ask, (.forward | map(.port) | sort)]' plan)" = '["listed",["a.example","c.example"],["b.example"],0,[1,2]]' ] ||
	    fail "$(cat plan)"
	run ! grep -i proxy plan
	for p in below prof; do
		{ echo '{"network": "listed", "network_forward": ['; for n in $(seq 40); do echo "{\"port\": $((n + ${#p} * 1000)), \"to\": \"127.0.0.1:1\"},"; done
		    echo '{"port": 1'"${#p}"', "to": "127.0.0.1:1"}]'; [ $p = below ] || echo ', "extends": "below"'; echo '}'; } >$p.json
	done
	cp below.json "$HOME/.config/wrapix/profiles/below.json"
	cp prof.json "$HOME/prof"
	refused "more than 64 ports" -p "$HOME/prof"
}

@test "a Pod and Apple's container have no such network, and say so" {
	run -1 bash -c "wx-run -L -i made:1 -a one.example -- true | wx-kube"
	[[ $output == *"cannot have network 'listed' (-a) in a Pod"* ]] || fail "$output"
	run -125 wx-run -e container -i made:1 -a one.example -- true
	[[ $output == *"engine 'container' has no network 'listed' (-a)"* ]] || fail "$output"
}

@test "what is with another network only said stays so: entries of a profile are not looked at" {
	echo '{"network": "none", "network_names": ["no dot, just words"], "network_deny": ["x"], "proxy_env": true}' >"$HOME/prof"
	run -0 wx-run -p "$HOME/prof" -- env
	[[ $output != *PROXY* ]]
}
