# SPDX-License-Identifier: MIT
# Where the user's own systemd holds the limits: cgroups, of wx-run's two engines and of
# the builder. By make vm-check, in a machine that has one; nowhere else.
load ../lib/helper
load ../lib/run
load ../lib/podman
load ../lib/builder

setup_file() {
	builder_setup_file
}

teardown_file() {
	builder_teardown_file
}

local_setup() {
	run_setup
	[ -S "${XDG_RUNTIME_DIR-}/systemd/private" ] || fail "no login with a systemd: make vm-check"
	MINE=/user.slice/user-$(id -u).slice/user@$(id -u).service/
}

same() {
	[ "$1" = "$2" ] || fail "got '$1', not '$2'"
}

# inside: the command of the run, in the sandbox.
inside() {
	pgrep -f "^sleep 7$$" | head -n 1
}

there() {
	[ -n "$(inside)" ]
}

# value FILE: of the sandbox's cgroup or of the nearest above it that has a limit.
value() {
	local g
	g=/sys/fs/cgroup$(cut -d: -f3 "/proc/$(inside)/cgroup")
	while [ "$(cut -d' ' -f1 "$g/$1")" = max ] && [[ $g == *"$MINE"*/* ]]; do
		g=${g%/*}
	done
	cat "$g/$1"
}

no_scope() {
	! systemctl --user list-units --all --no-legend --plain | grep -qE '(run-|libpod-)[^ ]*\.scope'
}

# limits_of ARG...: what cgroup a run of that has, and that it goes with it.
limits_of() {
	local group pid
	wx-run -n none "$@" -M 200M -P 30 -c 2 -- sleep 7$$ 3>&- &
	pid=$!
	until_true there
	group=$(cut -d: -f3 "/proc/$(inside)/cgroup")
	[[ $group == "$MINE"* ]] || fail "$group"
	same "$(value memory.max)" $((200 << 20))
	same "$(value memory.swap.max)" 0
	same "$(value cpu.max)" "200000 100000"
	# A few more, for the processes that are ours.
	[[ $(value pids.max) == 3? ]] || fail "$(value pids.max)"
	# We are not in it, so that its limits do not end us.
	[ "$(cut -d: -f3 "/proc/$pid/cgroup")" != "$group" ]
	kill -TERM "$pid"
	rc=0
	wait "$pid" || rc=$?
	same "$rc" 143
	until_true no_scope
	[ ! -e "/sys/fs/cgroup$group" ]
}

@test "bwrap: limits are those of a scope, which goes with the run" {
	limits_of
	same "$(wx-run -n none -M 1G -P 9 -c 1 --print-plan -- true | jq -c '.limits | [.memory.by, .memory.bytes]')" '["cgroup of the sandbox",1073741824]'
	wx-run -n none --check | grep -x 'ok limits: memory, processes and processors by a cgroup of the user.s systemd'
}

@test "podman: the same" {
	podman_setup
	limits_of -i "$IMAGE"
	wx-run -n none -e podman -i "$IMAGE" --check | grep 'ok cgroup: version 2, the user.s: .*memory, processes and processors are limited by it'
	nothing_left
}

# The memory of a sandbox is counted together: one of its processes is killed, or all.
killed_for_memory() {
	local rc=0
	# Each alone is let, as one of them is.
	same "$(wx-run "$@" -n none -T 100 -M 200M -- sh -c 'x=$(head -c 50000000 /dev/zero | tr "\0" x); echo ${#x}')" 50000000
	wx-run "$@" -n none -T 100 -M 200M -- sh -c 'for i in 1 2 3 4 5 6; do
	    sh -c "x=\$(head -c 50000000 /dev/zero | tr \"\\0\" x); sleep 300" & done; wait; echo alive' >out 2>err || rc=$?
	# Those that are killed leave the others room, which -T ends.
	[ "$rc" -eq 137 ] || [ "$rc" -eq 124 ] || fail "$rc $(cat out err)"
}

@test "bwrap: memory is counted for all of it together" {
	killed_for_memory
	until_true no_scope
}

@test "podman: memory is counted for all of it together" {
	podman_setup
	killed_for_memory -i "$IMAGE"
	nothing_left
}

@test "bwrap: status, signal, streams, environment as without a scope" {
	for n in 0 1 7 125 126 127 255; do
		run "-$n" wx-run -n none -- sh -c "exit $n"
	done
	run -143 wx-run -n none -- sh -c 'kill -TERM $$'
	run -127 wx-run -n none -- nothing-of-that-name
	same "$(echo in | wx-run -n none -- cat)" in
	same "$(wx-run -n none -- sh -c 'echo err >&2' 2>&1 >/dev/null)" err
	same "$(LEAK=1 wx-run -n none -- env | sort)" "$(LEAK=1 XDG_RUNTIME_DIR='' wx-run -n none -- env | sort)"
	same "$(wx-run -n none -- sh -c 'ls /proc/self/fd' | paste -sd' ')" "$(XDG_RUNTIME_DIR='' wx-run -n none -- sh -c 'ls /proc/self/fd' | paste -sd' ')"
	same "$(printf 'A=secret-made-up\n' | wx-run -n none -E 0 -- sh -c 'echo $A')" secret-made-up
	until_true no_scope
}

@test "bwrap: as many processes as -P says, exactly" {
	cat >count.py <<-'P'
	import os
	n = 1
	r, w = os.pipe()
	try:
	    while n < 500:
	        if os.fork() == 0:
	            os.close(w)
	            os.read(r, 1)
	            os._exit(0)
	        n += 1
	except OSError:
	    pass
	print(n, flush=True)
	os._exit(0)
	P
	for n in 1 5 30; do
		same "$(wx-run -n none -P "$n" -- /usr/bin/python3 count.py)" "$n"
	done
}

@test "bwrap: killed with SIGKILL, it leaves no process and no scope" {
	wx-run -n none -- sleep 7$$ 3>&- &
	pid=$!
	until_true there
	kill -KILL "$pid"
	wait "$pid" || :
	not_there() { [ -z "$(inside)" ]; }
	until_true not_there
	until_true no_scope
	same "$(wx-run -n none -- echo again)" again
}

@test "bwrap: -T ends it, and its scope" {
	run -124 wx-run -n none -T 1 -- sleep 60
	until_true no_scope
}

@test "bwrap: a systemd-run that fails is a line, 125, and nothing is left" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\necho "Failed to connect to bus: made up" >&2\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/systemd-run"
	chmod 755 "$BATS_TEST_TMPDIR/bin/systemd-run"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run -125 wx-run -n none -- true
	[[ $output == *"Failed to connect to bus: made up"*"wx-run: cannot start the sandbox"* ]] || fail "$output"
	same "$(find "$HOME" -path '*.run/*' ! -name users ! -name project)" ""
}

@test "wx-builder: -c and -m are the cgroup's of the container" {
	podman_setup
	pid_of() { podman inspect --format '{{.State.Pid}}' wrapix-builder; }
	wx-builder start -c 1 -m 512M
	group=/sys/fs/cgroup$(cut -d: -f3 "/proc/$(pid_of)/cgroup")
	[[ $group == *"$MINE"* ]] || fail "$group"
	# The container is one cgroup, or the parent of one that it made.
	[ "$(cat "$group/memory.max")" != max ] || group=${group%/*}
	same "$(cat "$group/memory.max")" $((512 << 20))
	same "$(cat "$group/cpu.max")" "100000 100000"
	same "$(cat "$group/pids.max")" 32768
	same "$(wx-builder exec echo answers)" answers
	rc=0
	wx-builder exec sh -c 'head -c 900000000 /dev/zero | tail -c 1 -n 1 >/dev/null; tail /dev/zero' || rc=$?
	[ "$rc" -ne 0 ]
	# It was the hog that was killed, not sshd.
	same "$(wx-builder exec echo still)" still
	wx-builder stop
	[ ! -e "$group" ]
	same "$(podman ps -aq)" ""
}
