# SPDX-License-Identifier: MIT
# engines: bwrap podman-whole
# takes: 45 s
# How a run ends: signals to wx-run and to the command, statuses, the time limit,
# and that nothing stays.
load lib/helper
load lib/run

local_setup() {
	run_setup
}

# start WX-RUN-ARGUMENTS...: in the background, as $run; it writes "go" when the
# command runs.
start() {
	rm -f go
	# In the background a shell ignores INT and QUIT.
	env --default-signal=INT,QUIT wx-run "$@" 3>&- &
	run=$!
	until_true test -e go
}

# ends STATUS: the run in the background ends so, and nothing of it stays.
ends() {
	local rc=0
	wait "$run" || rc=$?
	[ "$rc" -eq "$1" ] || fail "status $rc, not $1"
	none_left
}

# helper NAME SCRIPT: a network helper of that name, first on PATH.
helper() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/bash\n%s\n' "$2" >"$BATS_TEST_TMPDIR/bin/$1"
	chmod +x "$BATS_TEST_TMPDIR/bin/$1"
	PATH="$BATS_TEST_TMPDIR/bin:$PATH"
}

# --- the command's end

@test "the exit status is the command's" {
	for n in 0 1 2 3 63 64 100 123 124 125 126 127 128 129 130 137 143 192 254 255; do
		run "-$n" wx-run -n none -- sh -c "exit $n"
	done
}

@test "a command killed by signal N: 128+N" {
	for s in 1 2 3 4 6 8 9 10 11 12 13 14 15 24 31 34 64; do
		run "-$((128 + s))" wx-run -n none -- sh -c "kill -$s \$\$"
	done
	# A core is nowhere.
	run -0 find . "$HOME" -name 'core*' -type f
	[ -z "$output" ] || fail "$output"
}

@test "the time limit: 124; TERM first, KILL where that does nothing, a stopped command too" {
	run -124 wx-run -n none -T 0.3 -- sleep 100
	run -124 wx-run -n none -T 0.3 -- sh -c 'trap "echo bye >bye; exit 3" TERM; sleep 100 & wait' "$MARK"
	[ "$(cat bye)" = bye ]
	SECONDS=0
	run -124 wx-run -n none -T 0.3 -- bash -c 'trap "" TERM; setsid sleep 100 & sleep 100; sleep 100' "$MARK"
	[ "$SECONDS" -lt 60 ]
	none_left
	run -124 wx-run -n none -T 0.3 -- sh -c 'trap "echo woken >woken; exit 3" TERM; kill -STOP $$' "$MARK"
	[ "$(cat woken)" = woken ]
	run -0 wx-run -n none -T 20 -- true
	none_left
}

# --- signals to wx-run

@test "TERM HUP INT QUIT USR1 USR2 to wx-run reach the command, which cleans up and chooses its status" {
	for s in TERM HUP INT QUIT USR1 USR2; do
		start -n none -- bash -c "trap 'echo $s >got; exit 42' $s; echo >go; sleep 100 & wait" "$MARK"
		kill "-$s" "$run"
		ends 42
		[ "$(cat got)" = "$s" ] || fail "$s"
	done
}

@test "the same end a command that does nothing about them, also one that is stopped" {
	for s in TERM HUP USR1 USR2 KILL; do
		start -n none -- sh -c 'echo >go; exec sleep 100' "$MARK"
		[ "$s" = KILL ] || kill "-$s" "$run"
		[ "$s" != KILL ] || pkill -KILL -nf "^sleep 100$" -P "$(pgrep -P "$(pgrep -P "$run")")"
		ends $((128 + $(kill -l "$s")))
	done
	start -n none -- bash -c 'echo >go; kill -STOP $$; exit 6' "$MARK"
	kill -TERM "$run"
	kill -CONT "$run"
	ends 143
}

@test "a signal at any moment of the start: 143, and nothing stays" {
	git init -q
	for ms in $(seq 0 3 90); do
		wx-run -n none -- sh -c 'exec sleep 100' "$MARK" 3>&- &
		run=$!
		read -rt "0.$(printf %03d "$ms")" <> <(:) || :
		kill -TERM "$run"
		ends 143
		[ -z "$(find ~/.local/state/wrapix -path '*.run/*' -name git 2>&-)" ] || fail "$ms: a git directory stays"
	done
}

@test "a signal while the network is set up ends all at once, and nothing stays" {
	git init -q
	helper pasta 'echo $$ >ready; exec -a '"$MARK"' sleep 100'
	for s in TERM HUP INT USR1; do
		rm -f ready
		env --default-signal=INT wx-run -n open -- touch ran "$MARK" 3>&- &
		run=$!
		until_true test -s ready
		SECONDS=0
		kill "-$s" "$run"
		ends $((128 + $(kill -l "$s")))
		[ "$SECONDS" -lt 60 ]
		[ ! -e ran ] && [ -z "$(find ~/.local/state/wrapix -path '*.run/*' -name git 2>&-)" ]
	done
}

@test "KILL of wx-run leaves no process, whatever the command had started" {
	start -n none -- bash -c 'setsid bash -c "trap \"\" TERM HUP INT; echo >go; while :; do sleep 0.01; done" "$0" &
	    trap "" TERM HUP INT; sleep 100; sleep 100' "$MARK"
	kill -KILL "$run"
	wait "$run" || [ $? -eq 137 ]
	until_true gone
	start -n none -- bash -c 'echo >go; while :; do sleep 0.01; done' "$MARK"
	kill -KILL "$(pgrep -P "$run")"
	ends 137
}

@test "KILL of wx-run at any moment of the start leaves no process" {
	for ms in $(seq 0 3 60); do
		wx-run -n none -- sh -c 'exec sleep 100' "$MARK" 3>&- &
		run=$!
		read -rt "0.$(printf %03d "$ms")" <> <(:) || :
		kill -KILL "$run"
		wait "$run" || [ $? -eq 137 ]
		until_true gone
	done
}

@test "KILL of wx-run: the network's helper goes too" {
	[ -n "${WX_NETNS-}" ] || skip "needs a network namespace of the suite's own"
	for h in pasta slirp4netns; do
		only_helper "$h"
		command -v "$h" >/dev/null || skip "no $h here"
		start -n open -- sh -c 'echo >go; exec sleep 100' "$MARK"
		pids=$(pgrep -P "$run")
		kill -KILL "$run"
		wait "$run" || [ $? -eq 137 ]
		until_true gone
		# shellcheck disable=SC2086 # a list
		until_true all_dead $pids
	done
}

all_dead() {
	local p
	for p; do
		[ ! -e "/proc/$p" ] || return 1
	done
}

@test "a run ends with its command: what that left in the background is dead then" {
	for i in 1 2 3 4 5; do
		rm -f go beat
		run -7 wx-run -n none -- bash -c 'setsid bash -c "trap \"\" TERM HUP; while :; do echo >>beat; done" "$0" >/dev/null 2>&1 &
		    until [ -s beat ]; do :; done; exit 7' "$MARK"
		none_left
		size=$(stat -c %s beat)
		wx-run -n none -- true
		[ "$(stat -c %s beat)" = "$size" ]
	done
}

# --- how wx-run was started

@test "STOP and CONT: wx-run goes on where it was" {
	start -n none -- sh -c 'echo >go; until [ -e on ]; do sleep 0.02; done; exit 9' "$MARK"
	kill -STOP "$run"
	touch on
	until_true command_ended
	kill -CONT "$run"
	ends 9
}

# The command is no more, while wx-run has not yet looked.
command_ended() {
	[ -z "$(pgrep -fx "sh -c .*$MARK")" ]
}

@test "TSTP and CONT to wx-run stop the command and let it go on" {
	start -n none -- bash -c 'echo >go; while :; do echo >>beat; sleep 0.01; done' "$MARK"
	kill -TSTP "$run"
	until_true stopped
	kill -CONT "$run"
	size=$(stat -c %s beat)
	until_true grown "$size"
	kill -TERM "$run"
	ends 143
}

stopped() {
	ps -o stat= -p "$(pgrep -nf "^bash -c .*$MARK")" | grep -q T
}

grown() {
	[ "$(stat -c %s beat)" -gt "$1" ]
}

@test "SIGCHLD ignored by the caller: status, identity of git and the command's view are right" {
	git config --global user.name "A Name"
	cat >start.py <<-'P'
	import os, signal, sys
	signal.signal(signal.SIGCHLD, signal.SIG_IGN)
	os.execvp(sys.argv[1], sys.argv[1:])
	P
	run -3 /usr/bin/python3 start.py wx-run -n none -- bash -c 'git config user.name; grep SigIgn /proc/self/status; exit 3'
	[[ $output == "A Name"* ]] || fail "$output"
	mask=$((16#${output##*[[:space:]]}))
	[ $((mask >> 16 & 1)) -eq 1 ] || fail "$output"
}

@test "signals blocked by the caller: wx-run and the command hear them all the same" {
	cat >start.py <<-'P'
	import os, signal, sys
	signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
	os.execvp(sys.argv[1], sys.argv[1:])
	P
	for s in TERM HUP; do
		rm -f go
		/usr/bin/python3 start.py wx-run -n none -- sh -c 'grep SigBlk /proc/self/status >blk; echo >go; exec sleep 100' "$MARK" 3>&- &
		run=$!
		until_true test -e go
		grep -q '0000000000000000$' blk || fail "$(cat blk)"
		kill "-$s" "$run"
		ends $((128 + $(kill -l "$s")))
	done
}

@test "orphans inside are buried at once" {
	run -0 wx-run -n none -- bash -c 'for i in $(seq 50); do (true & ) ; done
	    n=0; while ps -eo stat= | grep -q Z; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; sleep 0.02; done' "$MARK"
}

@test "limits of the caller below ours do not end the run" {
	[ -z "$WX_SAN" ] || skip "sanitizers need more memory than these limits allow"
	run -0 bash -c 'ulimit -u 3000; ulimit -d 500000; wx-run -n none -- bash -c "ulimit -Hu; ulimit -Hd"'
	[ "$(echo $output)" = "3000 500000" ] || fail "$output"
	run -0 bash -c 'ulimit -n 64; wx-run -n none -- bash -c "ulimit -Hn"'
	[ "$output" = 64 ]
}

@test "two hundred runs in a row leave no process, no file and no state" {
	wx-run -n none -- true
	things >before
	for i in $(seq 200); do
		wx-run -n none -- true "$MARK" || fail "$i: $?"
	done
	none_left
	things >after
	diff before after
}

# What a run could leave: files, mounts, queues and shared memory.
things() {
	find "$BATS_TEST_TMPDIR" /dev/shm -user "$(id -un)" ! -name before ! -name after | LC_ALL=C sort
	wc -l </proc/self/mountinfo
	ipcs | wc -l
}

# --- the filter at work

@test "a call by another architecture's table kills; each family of sockets as it should" {
	cp "$WX_BUILD/lib/syscalls" .
	if [ "$(uname -m)" = x86_64 ]; then
		# 139 where the kernel has no such table: the instruction faults.
		run wx-run -n none -- ./syscalls i386
		[ "$status" -eq 159 ] || [ "$status" -eq 139 ] || fail "$status"
		run -159 wx-run -n none -- ./syscalls x32
	fi
	for net in none host; do
		wx-run -n "$net" -- ./syscalls sockets >out 2>/dev/null
		[ "$(awk '$3 == "ok" { print $1, $2 }' out | xargs)" = "socket 1 pair 1 socket 2 socket 10 socket 16 netlink 0" ] ||
		    fail "$(grep -w ok out)"
		run ! grep -vE ' (ok|EAFNOSUPPORT|EPROTONOSUPPORT)$' out
	done
}

@test "node, git, bash, python3, gcc, make, strace and gdb work under it" {
	cat >t.c <<-'C'
	#include <stdio.h>
	int main(void) { puts("built"); return 0; }
	C
	printf 't: t.c\n\tcc -o t t.c\n' >makefile
	git init -q
	run -0 --separate-stderr wx-run -n none -- sh -ec 'make -s -j2; ./t; git status -s; python3 -c "
import threading, subprocess, multiprocessing
t = threading.Thread(target=print, args=(\"thread\",)); t.start(); t.join()
print(subprocess.check_output([\"echo\", \"child\"], text=True), end=\"\")
with multiprocessing.Pool(2) as p: print(sum(p.map(abs, [-1, -2])))"'
	[ "$(echo $output)" = "built ?? makefile ?? t ?? t.c thread child 3" ] || fail "$output"
	for tool in node strace gdb; do
		PATH=/usr/bin:/bin command -v "$tool" >/dev/null || continue
		case $tool in
		node) run -0 wx-run -n none -- node -e 'require("child_process").execSync("true"); new (require("worker_threads").Worker)("console.log(1+1)", {eval: true})' ;;
		strace) run -0 wx-run -n none -- sh -c 'strace -f -o s.out sh -c "true; true" && grep -c execve s.out >/dev/null && echo 2' ;;
		gdb) run -0 wx-run -n none -- gdb -q -batch -ex run -ex 'print 1+1' ./t ;;
		esac
		[[ ${lines[-1]} == *2 ]] || fail "$tool: $output"
	done
}
