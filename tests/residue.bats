# SPDX-License-Identifier: MIT
# engines: bwrap podman-whole
# takes: 35 s
# Zero residue: after a run the project is what it was and what the command made of
# it, and nothing of ours; however the run ended, and whoever else was there.
load lib/helper

local_setup() {
	export XDG_STATE_HOME=$PWD/state GIT_CONFIG_NOSYSTEM=1 GIT_OPTIONAL_LOCKS=0
	git config --global user.name Tester
	git config --global user.email tester@example.org
	git config --global init.defaultBranch main
	git config --global core.hooksPath .githooks
	git init -q p
	rm -rf p/.git/hooks p/.git/branches
	mkdir p/.vscode p/src
	echo '{}' >p/.vscode/tasks.json
	echo x >p/src/x
	git -C p add .
	git -C p commit -qm one
	git -C p worktree add -q ../wt -b wt
	look >before
}

teardown() {
	[ -z "${pids-}" ] || kill $pids 2>/dev/null || true
}

# Everything about the project: names, inodes, modes, mtimes, contents.
look() {
	find "${1:-p}" -printf '%p %i %m %y %s %l %T@\n' | sort
	find "${1:-p}" -type f -print0 | sort -z | xargs -0 sha256sum
}

unchanged() {
	look >after
	cmp -s before after || fail "$(diff before after)"
	[ ! -e state/wrapix/journal ] || fail "a journal is left: $(tr '\0' ' ' <state/wrapix/journal)"
	[ -z "$(ls -d state/wrapix/*.run/unseen-* 2>/dev/null)" ] || fail "a run that nobody looked after: $(ls state/wrapix/*.run)"
}

box() {
	wx-run -n none -C p "$@"
}

placeholders() {
	ls -d p/.git/commondir p/.git/config.worktree p/.git/hooks p/.git/modules p/.git/remotes \
	    p/.git/branches p/.githooks p/.git/worktrees/wt/config.worktree 2>/dev/null | wc -l
}

# until_true COMMAND...: wait for it, 20 s at the most.
until_true() {
	local end=$((SECONDS + 60))
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || fail "waited in vain: $*"
		sleep 0.02
	done
}

# held NAME [OPTION...]: a run that says "up" by the file up.NAME in a folder of its
# own, and stays until its fifo end.NAME is written. Its pid in $pid.
held() {
	local name=$1
	shift
	mkdir -p "ctl.$name"
	rm -f "ctl.$name/end"
	mkfifo "ctl.$name/end"
	wx-run -n none "$@" -m "$PWD/ctl.$name:/ctl:rw" -- sh -c 'touch /ctl/up; read -r x </ctl/end; exec sh -c "$x"' \
	    >"out.$name" 2>"err.$name" 3>&- &
	pid=$!
	pids="${pids-} $pid"
	until_true [ -e "ctl.$name/up" ]
}

# let NAME COMMAND: it runs this, and ends.
let() {
	printf '%s\n' "$2" >"ctl.$1/end"
}

# ended PID: its status in $rc.
ended() {
	rc=0
	wait "$1" || rc=$?
}

@test "an innocent run: inodes, modes, mtimes and contents are what they were" {
	box -- sh -c 'cat src/x; git log' >out 2>err
	[ ! -s err ] || fail "$(cat err)"
	unchanged
	box -- sh -c 'ls -d .git/commondir .git/config.worktree .git/hooks .git/modules .git/remotes .git/branches .githooks' >out
	[ "$(wc -l <out)" -eq 7 ]
	unchanged
}

@test "the command fails, is killed, is not there, cannot be run" {
	rc=0; box -- false || rc=$?; [ "$rc" -eq 1 ]; unchanged
	rc=0; box -- sh -c 'kill -9 $$' || rc=$?; [ "$rc" -eq 137 ]; unchanged
	rc=0; box -- no-such-command 2>err || rc=$?; [ "$rc" -eq 127 ]; unchanged
	rc=0; box -- ./src/x 2>err || rc=$?; [ "$rc" -eq 126 ]; unchanged
}

@test "no bwrap; one that fails; wrong options: nothing is touched" {
	mkdir bin
	for c in git ls sh env; do ln -s "$(command -v $c)" bin; done
	rc=0; PATH=$PWD/bin "$WX_BUILD/wx-run" -n none -C p -- sh 2>err || rc=$?
	[ "$rc" -eq 125 ] || fail "status $rc"
	unchanged
	printf '#!/bin/sh\nexit 1\n' >bin/bwrap
	chmod +x bin/bwrap
	rc=0; PATH=$PWD/bin "$WX_BUILD/wx-run" -n none -C p -- sh 2>err || rc=$?
	[ "$rc" -eq 125 ] || fail "status $rc"
	unchanged
	rc=0; box -m /no/such -- true 2>err || rc=$?; [ "$rc" -eq 125 ]; unchanged
	rc=0; box -w .. -- true 2>err || rc=$?; [ "$rc" -eq 125 ]; unchanged
	box --print-plan -- true >out; unchanged
	box --print-argv -- true >out; unchanged
}

@test "the time limit: TERM, then KILL" {
	rc=0; box -T 0.2 -- sleep 100 || rc=$?; [ "$rc" -eq 124 ]; unchanged
	rc=0; box -T 0.2 -- sh -c 'trap "" TERM; while :; do sleep 1; done' || rc=$?; [ "$rc" -eq 124 ]; unchanged
}

@test "signals to wx-run: TERM, HUP, INT, QUIT" {
	for sig in TERM HUP INT QUIT; do
		held a -C p
		[ "$(placeholders)" -eq 8 ] || fail "$(placeholders) placeholders"
		kill -$sig "$pid"
		rm -f ctl.a/up
		# A shell's background job has INT and QUIT ignored, and so has the command.
		case $sig in INT | QUIT) let a 'exit 7' ;; esac
		ended "$pid"
		[ "$rc" -ne 0 ] || fail "$sig: status 0"
		unchanged
	done
}

@test "SIGKILL: the sandbox ends, the next run of any project sweeps, and says what the killed one left" {
	git init -q other
	held a -C p
	kill -9 "$pid"
	ended "$pid"
	[ "$(placeholders)" -eq 8 ]
	wx-run -n none -C other -- true
	look >after
	cmp before after || fail "$(diff before after)"
	# What it did is looked for by the next run of the same project.
	held b -C p
	let b 'echo x >.envrc; touch done; read -r x </ctl/end'
	until_true [ -e p/done ]
	kill -9 "$pid"
	ended "$pid"
	box -- true 2>err
	grep -q 'earlier run in this project was killed' err || fail "$(cat err)"
	grep -qF 'wx-run: found: protected-kind ".envrc": ' err || fail "$(cat err)"
	box -- true 2>err
	[ ! -s err ] || fail "$(cat err)"
	rm p/.envrc p/done
	[ "$(placeholders)" -eq 0 ]
}

@test "two and three runs at once: the protection holds until the last leaves, then nothing is left" {
	held a -C p; a=$pid
	held b -C p; b=$pid
	held c -C p; c=$pid
	let a true; ended "$a"; [ "$rc" -eq 0 ] || fail "$(cat err.a)"
	[ "$(placeholders)" -eq 8 ] || fail "$(placeholders) are left for the others"
	let c 'echo x >.git/commondir || echo x >.git/config.worktree || echo x >>.git/config || touch .git/hooks/x || mkdir .git/modules/x'
	ended "$c"; [ "$rc" -ne 0 ] || fail "c could write"
	[ "$(placeholders)" -eq 8 ]
	let b 'echo x >.git/commondir || echo x >.git/config.worktree || echo x >>.git/config || touch .git/hooks/x || mkdir .git/modules/x'
	ended "$b"; [ "$rc" -ne 0 ] || fail "b could write"
	unchanged
}

@test "the same from two work trees of one repository, and with two state folders" {
	held a -C p; a=$pid
	held b -C wt; b=$pid
	XDG_STATE_HOME=$PWD/state2 held c -C p; c=$pid
	let a true; ended "$a"; [ "$rc" -eq 0 ]
	[ "$(placeholders)" -ge 7 ] || fail "$(placeholders) are left for the others"
	try='d=$(git rev-parse --git-common-dir); echo x >$d/commondir || echo x >$d/config.worktree || touch $d/hooks/x || mkdir $d/modules/x || touch $d/remotes/x'
	let c "$try"; ended "$c"; [ "$rc" -ne 0 ] || fail "c could write"
	[ "$(placeholders)" -ge 7 ]
	let b "$try"; ended "$b"; [ "$rc" -ne 0 ] || fail "b could write"
	unchanged
}

@test "one of two is killed: the other goes on protected, and sweeps" {
	held a -C p; a=$pid
	held b -C p; b=$pid
	kill -9 "$a"; ended "$a"
	box -- true 2>err
	[ "$(placeholders)" -eq 8 ]
	let b 'touch .git/hooks/x || echo x >.git/commondir'
	ended "$b"; [ "$rc" -ne 0 ]
	box -- true 2>err
	unchanged
}

@test "config.lock: one that was left goes, one of the host's in use stays" {
	box -- sh -c 'echo x >.git/config.lock'
	[ ! -e p/.git/config.lock ]
	box -- sh -c 'mkdir .git/config.lock'
	[ ! -e p/.git/config.lock ]
	box -- sh -c 'ln -s x .git/config.lock'
	[ ! -L p/.git/config.lock ]
	held a -C p; a=$pid
	exec 7>p/.git/config.lock
	let a true; ended "$a"
	[ -e p/.git/config.lock ] || fail "the host's lock was removed"
	exec 7>&-
	box -- true
	[ ! -e p/.git/config.lock ]
	git -C p config x.y z
}

@test "placeholders that the host filled or replaced meanwhile stay" {
	held a -C p
	mkdir p/.git/modules/x
	echo '# mine' >p/.git/hooks/pre-commit
	echo '[x]' >p/.git/config.worktree
	let a true
	ended "$pid"
	[ "$rc" -eq 0 ] && [ ! -s err.a ] || fail "$(cat err.a)"
	[ "$(placeholders)" -eq 3 ] || fail "$(placeholders)"
	[ -d p/.git/modules/x ] && [ "$(cat p/.git/hooks/pre-commit)" = '# mine' ]
	[ "$(cat p/.git/config.worktree)" = '[x]' ]
	rm -rf p/.git/modules p/.git/hooks p/.git/config.worktree
	# Replaced, while there was only a crash to look at them.
	held b -C p
	kill -9 "$pid"
	ended "$pid"
	# Made before the old ones go: a file system may give a number out again.
	: >p/.git/config.worktree.new
	mkdir p/.git/h
	rm p/.git/commondir p/.git/config.worktree
	rmdir p/.git/hooks
	mv p/.git/config.worktree.new p/.git/config.worktree
	mv p/.git/h p/.git/hooks
	box -- true
	[ "$(placeholders)" -eq 2 ] || fail "$(placeholders)"
	[ -f p/.git/config.worktree ] && [ -d p/.git/hooks ]
}

@test "placeholders in a folder that the command closed go when it is open again" {
	for mode in 0 500; do
		box -- chmod $mode .git 2>err || true
		chmod 755 p/.git
		[ "$(placeholders)" -gt 0 ] || fail "mode $mode hinders nobody"
		box -- true
		[ "$(placeholders)" -eq 0 ] || fail "$mode: left: $(ls p/.git)"
		[ ! -e state/wrapix/journal ] || fail "a journal is left"
	done
}

@test "a journal that was cut off, or is of another folder, harms nothing" {
	held a -C p
	kill -9 "$pid"
	ended "$pid"
	cp state/wrapix/journal whole
	size=$(stat -c %s whole)
	for n in 1 30 $((size / 3)) $((size / 2)) $((size - 1)); do
		head -c "$n" whole >state/wrapix/journal
		box -- true 2>err
		[ -f p/.git/HEAD ] && [ -f p/src/x ]
	done
	cp whole state/wrapix/journal
	box -- true 2>err
	[ "$(placeholders)" -eq 0 ]
	# The same path, another folder: what is empty there is not ours.
	mv p old
	cp -a old p
	mkdir p/.git/hooks
	: >p/.git/config.worktree
	cp whole state/wrapix/journal
	box -- true 2>err
	[ -d p/.git/hooks ] && [ -f p/.git/config.worktree ]
}

@test "wx-run killed at its system calls, here one in many: nothing is left, all goes on" {
	[ -z "$WX_SAN" ] || skip "a sanitizer makes thousands of calls of its own"
	mkdir campaign
	STRIDE=${WX_KILL_STRIDE:-53} FIRST=$((1 + $$ % 53)) BUILD=$WX_BUILD \
	    "$WX_TREE/tests/campaign.d/wx-run" "$PWD/campaign"
}
