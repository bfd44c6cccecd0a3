# SPDX-License-Identifier: MIT
# sanitizers: no, of containers: once by hand
# takes: 150 s
# wx-builder listen: a builder that is there when it is wanted, with a real Nix, sshd and podman.
load lib/helper
load lib/podman
load lib/builder

setup_file() {
	builder_setup_file
}

teardown_file() {
	builder_teardown_file
}

local_setup() {
	podman_setup
	PATH=$PATH:$WX_TREE/scripts
	K=$HOME/.local/share/wrapix/builder-keys
	LISTENER=
}

teardown() {
	[ -z "$LISTENER" ] || kill "$LISTENER" 2>/dev/null || :
	wx-builder stop -N on-demand 3>&- 4>&- || :
}

builder() {
	wx-builder "$1" -N on-demand "${@:2}" 3>&- 4>&-
}

# listener OPTION...: in the background; its door is open when this returns.
listener() {
	wx-builder listen -N on-demand -p 2230 "$@" 2>said 3>&- 4>&- &
	LISTENER=$!
	until ss -Htln 'sport = 2230' | grep -q .; do kill -0 "$LISTENER" || fail "$(cat said)"; sleep 0.02; done
}

state() {
	wx-builder status -N on-demand 2>/dev/null | cut -f 2
}

# until_state STATE: within a minute.
until_state() {
	local i
	for i in $(seq 600); do
		[ "$(state)" != "$1" ] || return 0
		sleep 0.1
	done
	fail "it is $(state): $(cat said)"
}

# A build by the builder of this file, of its own name.
one_build() {
	nix_setup
	wx-builder config -S -N on-demand >ssh_config
	derivation "t$1" "echo $1 > \$out; ${2-}" >"t$1.nix"
	nix-instantiate --store "$PWD/n" "t$1.nix" >"drv$1" 2>"err$1"
	nix-store --store "$PWD/n" --realise "$(cat "drv$1")" --max-jobs 0 --builders "$(wx-builder machine -N on-demand)" >"out$1" 2>"err$1" 3>&- 4>&- ||
	    { cat "err$1"; return 1; }
}

@test "a build by a builder that was not running, first connection, twenty times: none fails" {
	listener
	[ "$(state)" = stopped ]
	builder start
	for i in $(seq 20); do
		builder stop
		one_build "first$i" || fail "at $i: $(cat said)"
		! grep -q 'cannot\|failed\|error' "errfirst$i" || fail "at $i: $(cat "errfirst$i")"
	done
}

@test "many at once at a builder that is not running: each gets its own, and there is one container" {
	builder start && builder stop
	listener
	for i in $(seq 20); do
		builder exec -T 200 echo "$i" >"got$i" 2>&1 &
		pids[i]=$!
	done
	for i in $(seq 20); do wait "${pids[i]}" || fail "$i: $(cat "got$i")"; done
	for i in $(seq 20); do [ "$(cat "got$i")" = "$i" ] || fail "$i: $(cat "got$i")"; done
	[ "$(podman ps -aq --filter name=wrapix-builder-on-demand | wc -l)" = 1 ]
}

@test "it is stopped when nobody was there for the time given, and never in a build; then it is there again" {
	listener -I 2
	builder start
	one_build slow 'sleep 7' & b=$!
	until [ -n "$(pgrep -u "$(id -u)" -f 'sleep 7')" ]; do sleep 0.1; done
	sleep 4
	[ "$(state)" = ready ]
	wait $b || fail "$(cat errslow)"
	until_state stopped
	[ -z "$(podman ps -aq --filter name=wrapix-builder-on-demand)" ]
	[ "$(builder exec echo again)" = again ]
}

@test "whatever was killed, the next connection works" {
	listener
	[ "$(builder exec echo one)" = one ]
	pid() { wx-builder status -N on-demand -j | jq .pid; }
	monitor() { podman inspect -f '{{.State.ConmonPid}}' wrapix-builder-on-demand; }
	kill -KILL "$(pid)"
	[ "$(builder exec echo two)" = two ] || fail "$(cat said)"
	kill -KILL "$(monitor)" "$(pid)"
	[ "$(builder exec echo three)" = three ] || fail "$(cat said)"
	kill -KILL $(pgrep -u "$(id -u)" -f "slirp4netns.* $(pid) ")
	[ "$(builder exec echo four)" = four ] || fail "$(cat said)"
	for p in $(pgrep -u "$(id -u)" -x rootlessport); do kill -KILL "$p"; done
	[ "$(builder exec echo five)" = five ] || fail "$(cat said)"
	builder stop -b
	[ "$(builder exec echo six)" = six ] || fail "$(cat said)"
	# The listener itself: start makes another, and the container stays.
	first=$(pid)
	kill -KILL "$LISTENER"
	builder start
	[ "$(builder exec echo seven)" = seven ]
	[ "$(pid)" = "$first" ]
	builder stop
	! ss -Htln 'sport = 2230' | grep -q . || fail "it listens on"
}

@test "a podman that crashes fails one caller, at once and with its words, and not the next" {
	mkdir crash
	printf '#!/bin/sh\n[ ! -e %s/broken ] || kill -SEGV $$\nexec /usr/bin/podman "$@"\n' "$PWD" >crash/podman
	chmod 755 crash/podman
	builder start && builder stop
	touch broken
	PATH=$PWD/crash:$PATH listener
	run -125 timeout 60 wx-builder exec -N on-demand true
	grep -q "podman" said || fail "$(cat said)"
	rm broken
	[ "$(builder exec echo well)" = well ]
}

# lent FD ADDRESS VARIABLES: the listener with a socket that is another's, as that number.
lent() {
	python3 - "$@" <<-'P' 2>said 3>&- 4>&- &
	import os, socket, sys
	fd, address, systemd = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "systemd"
	s = socket.socket()
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	s.bind((address, 2230))
	s.listen(20)
	open("ready", "w")
	while True:
	    pid = os.fork()
	    if pid == 0:
	        if s.fileno() != fd:
	            os.dup2(s.fileno(), fd)
	        os.set_inheritable(fd, True)
	        if systemd:
	            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
	        os.execvp("wx-builder", ["wx-builder", "listen", "-N", "on-demand", "-I", "1"])
	    open("child", "w").write("%d" % pid)
	    status = os.waitpid(pid, 0)[1]
	    open("ended", "a").write("%d\n" % status)
	    if status != 0:
	        sys.exit(1)
	P
	LISTENER=$!
	until [ -e ready ]; do kill -0 "$LISTENER" || fail "$(cat said)"; sleep 0.05; done
}

@test "a socket of systemd's or launchd's is taken, ends with the builder, and is there for the next; not of another address" {
	for how in "3 127.0.0.1 systemd" "0 127.0.0.1 launchd"; do
		rm -f ended ready
		lent $how
		[ "$(builder exec echo "$how")" = "$how" ] || fail "$how: $(cat said)"
		until_state stopped
		for _ in $(seq 300); do [ ! -e ended ] || break; sleep 0.1; done
		[ "$(head -n 1 ended)" = 0 ] || fail "$how: $(cat said)"
		[ "$(builder exec echo again)" = again ] || fail "$how: $(cat said)"
		kill -KILL "$LISTENER"
		wait "$LISTENER" || :
		kill "$(cat child)" || :
		wx-builder stop -N on-demand 3>&- 4>&-
	done
	rm -f ended ready
	lent 3 0.0.0.0 systemd
	for _ in $(seq 100); do [ ! -e ended ] || break; sleep 0.1; done
	grep -q "refusing the socket that we were given: it does not listen on 127.0.0.1" said || fail "$(cat said)"
}

@test "wrapix-builder on-demand: units of the user's systemd that are whole, its words, and gone again; a process where there is none" {
	export XDG_RUNTIME_DIR XDG_CONFIG_HOME=$PWD/config
	builder start -p 2230
	mkdir -m 700 bin run run/systemd
	printf '#!/bin/sh\necho "$@" >>%s/noted\n' "$PWD" >bin/systemctl
	printf '#!/bin/sh\necho no\n' >bin/loginctl
	chmod 755 bin/*
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("run/systemd/private")'
	# The runtime directory of the builder is K/runtime.
	run -0 env PATH="$PWD/bin:$PATH" XDG_RUNTIME_DIR="$PWD/run" wrapix-builder on-demand -N on-demand 3>&- 4>&-
	[[ $output == *"mend it with: loginctl enable-linger" ]] || fail "$output"
	[ "$(cat noted)" = "--user daemon-reload
--user enable --now wrapix-builder-on-demand.socket" ] || fail "$(cat noted)"
	grep -qx "ListenStream=127.0.0.1:2230" config/systemd/user/wrapix-builder-on-demand.socket
	grep -qx "KillMode=process" config/systemd/user/wrapix-builder-on-demand.service
	! command -v systemd-analyze >/dev/null || run -0 systemd-analyze --user verify config/systemd/user/wrapix-builder-on-demand.service
	[ "$(state)" = stopped ]
	run -0 env PATH="$PWD/bin:$PATH" XDG_RUNTIME_DIR="$PWD/run" wrapix-builder on-demand -u -N on-demand 3>&- 4>&-
	[ -z "$(find config/systemd -type f)" ]
	run -0 wrapix-builder on-demand -N on-demand 3>&- 4>&-
	[[ $output == *"no systemd of yours runs here"* ]] || fail "$output"
	[ "$(builder exec echo up)" = up ]
}

@test "listen -b: once, whoever calls it; stop ends it; another's port is said" {
	run -0 builder listen -b -p 2230
	run -0 builder listen -b -p 2230
	[ "$(pgrep -u "$(id -u)" -f 'wx-builder listen' | wc -l)" = 1 ]
	[ "$(builder exec echo x)" = x ]
	[ "$(stat -c %a "$K/on-demand/listen")" = 600 ]
	builder stop
	[ -z "$(pgrep -u "$(id -u)" -f 'wx-builder listen')" ]
	run -125 builder exec true
	python3 -c 'import socket,time; s=socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1",2230)); s.listen(); open("ready","w"); time.sleep(600)' 3>&- 4>&- &
	LISTENER=$!
	until [ -e ready ]; do kill -0 "$LISTENER"; sleep 0.05; done
	run -1 builder listen -p 2230
	[[ $output == *"cannot listen on port 2230: another has it"* ]] || fail "$output"
}
