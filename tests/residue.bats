# SPDX-License-Identifier: MIT
# engines: bwrap podman-whole
# takes: 35 s
# Zero residue: after a run the project is what it was and what the command made of
# it, and nothing of ours; however the run ended, and whoever else was there.
load lib/helper
load lib/held

local_setup() {
	export XDG_STATE_HOME=$PWD/state GIT_CONFIG_NOSYSTEM=1 GIT_OPTIONAL_LOCKS=0
	git config --global user.name Tester
	git config --global user.email tester@example.org
	git config --global init.defaultBranch main
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

# While runs go on too: not a name more or less, not a byte.
untouched() {
	look >during
	cmp -s before during || fail "$(diff before during)"
}

@test "an innocent run: inodes, modes, mtimes and contents are what they were" {
	box -- sh -c 'cat src/x; git log' >out 2>err
	[ ! -s err ] || fail "$(cat err)"
	unchanged
	# What is written into the run's own git directory is gone with it.
	box -- sh -c 'echo x >.git/commondir; rm .git/commondir; mkdir -p .git/hooks .git/modules; echo x >.git/hooks/h; touch .git/config.lock .git/index.lock; git config x.y z' || true
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
		held a p
		untouched
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
	held a p
	kill -9 "$pid"
	ended "$pid"
	untouched
	wx-run -n none -C other -- true
	untouched
	# What it did is looked for by the next run of the same project.
	held b p
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
	look | grep -v '^p [0-9]* 755 d ' | cmp - <(grep -v '^p [0-9]* 755 d ' before)
}

@test "two and three runs at once: each its own git directory, the protection holds, nothing is left" {
	held a p; a=$pid
	held b p; b=$pid
	held c p; c=$pid
	let a true; ended "$a"; [ "$rc" -eq 0 ] || fail "$(cat err.a)"
	untouched
	try='! echo x >.vscode/tasks.json 2>/dev/null && ! mv .vscode v 2>/dev/null && [ "$(git config x.y)" = "" ] && git config x.y z && touch .git/hooks.x && mkdir .git/modules'
	let c "$try"
	ended "$c"; [ "$rc" -eq 0 ] || fail "c: $(cat err.c)"
	untouched
	let b "$try"
	ended "$b"; [ "$rc" -eq 0 ] || fail "b: $(cat err.b)"
	unchanged
}

@test "the same from two work trees of one repository, and with two state folders" {
	held a p; a=$pid
	held b wt; b=$pid
	XDG_STATE_HOME=$PWD/state2 held c p; c=$pid
	let a true; ended "$a"; [ "$rc" -eq 0 ]
	untouched
	try='d=$(git rev-parse --git-common-dir); git config x.y z && mkdir -p $d/hooks $d/modules/x && echo x >$d/hooks/x && echo x >>$d/config'
	let c "$try"; ended "$c"; [ "$rc" -eq 0 ] || fail "c: $(cat err.c)"
	untouched
	let b "$try"; ended "$b"; [ "$rc" -eq 0 ] || fail "b: $(cat err.b)"
	unchanged
	[ -z "$(find state state2 -path '*.run/*' -name git -type d)" ] || fail "left: $(find state state2 -name git)"
}

@test "one of two is killed: the other goes on, and its git directory stays" {
	held a p; a=$pid
	held b p; b=$pid
	kill -9 "$a"; ended "$a"
	box -- true 2>err
	untouched
	let b 'git log -1 >/dev/null && git config x.y z && ! echo x >.vscode/tasks.json 2>/dev/null'
	ended "$b"; [ "$rc" -eq 0 ] || fail "$(cat err.b)"
	box -- true 2>err
	unchanged
}

@test "wx-run killed at its system calls, here one in many: nothing is left, all goes on" {
	[ -z "$WX_SAN" ] || skip "a sanitizer makes thousands of calls of its own"
	mkdir campaign
	STRIDE=${WX_KILL_STRIDE:-53} FIRST=$((1 + $$ % 53)) BUILD=$WX_BUILD \
	    "$WX_TREE/tests/campaign.d/wx-run" "$PWD/campaign"
}
