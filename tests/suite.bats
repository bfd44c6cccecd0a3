# SPDX-License-Identifier: MIT
# sanitizers: no, of scripts
# takes: 60 s
# The suite itself: tests/run and tests/lib/jobs, on small files of the test's own. What they do
# as root, with namespaces, is in tests/root/suite.bats.
load lib/helper
load lib/run

local_setup() {
	run_setup
	mkdir t
}

# file NAME < TESTS: a bats file, which finds the test's folder in $at. TEST is there what bats would
# take for a test of this file.
file() {
	{ printf 'load %s/tests/lib/helper\nat=%s\n' "$WX_TREE" "$PWD"; sed 's/^TEST /@test /'; } >"$1.bats"
}

# suite ARG...: tests/run, as by hand; its words in the files out and err.
suite() {
	local rc=0
	env --default-signal=INT TMPDIR="$PWD/t" BUILD="$WX_BUILD" WX_ENGINES=bwrap WX_SAN= CI= "$WX_TREE/tests/run" "$@" >out 2>err 3>&- 4>&- || rc=$?
	[ -z "$(ls t)" ] || fail "left: $(find t)"
	return "$rc"
}

last_is() {
	[ "$(tail -n 1 out)" = "$1" ] || fail "$(cat out err)"
}

@test "every result is counted, a red one is said once more at the end, and the slowest are named" {
	file a <<-'E'
	TEST "one" { true; }
	TEST "two" { echo words of two; false; }
	TEST "three" { skip "no reason"; }
	E
	file b <<-'E'
	TEST "four" { read -rt 0.3 <> <(:) || true; }
	E
	rc=0; suite a.bats b.bats || rc=$?
	[ "$rc" -eq 1 ]
	last_is "2 passed, 1 failed, 1 skipped"
	grep -qx 'skipped: a.bats: three: no reason' out
	sed '1,/^# red in a.bats:$/d' out >end
	grep -q '^not ok 2 two' end
	grep -qx '# words of two' end
	sed '1,/the slowest tests:$/d' end | grep -qx '#  *[0-9]*\.[0-9] s  b.bats: four'
	suite b.bats
	last_is "1 passed, 0 failed, 0 skipped"
}

@test "a file in parts: each test is in one of them" {
	{ echo '# parts: 2'; file a <<<''; cat a.bats; } >head
	for n in 'one (1|2) [x].*' 'one' 'two $x ^ + {3}' 'a/b \c' 'five?'; do
		printf '@%s "%s" { echo "$BATS_TEST_DESCRIPTION" >>$at/log; }\n' test "$n" >>head
	done
	cp head a.bats
	WX_JOBS=2 suite a.bats
	last_is "5 passed, 0 failed, 0 skipped"
	[ "$(wc -l <log)" -eq 5 ] && [ "$(sort -u log | wc -l)" -eq 5 ] || fail "$(cat log)"
	grep -q '^# a.bats, part 1: ' out
	grep -q '^# a.bats, part 2: ' out
}

@test "options are for bats" {
	file a <<-'E'
	TEST "one" { true; }
	TEST "two" { false; }
	E
	suite -f one a.bats
	last_is "1 passed, 0 failed, 0 skipped"
}

@test "a file that is no file of tests, or whose setup fails, is red" {
	printf '@%s "one" { true; }\n' test >a.bats
	echo if >>a.bats
	file b <<-'E'
	setup_file() { false; }
	TEST "one" { true; }
	E
	run ! suite a.bats
	grep -q '^not ok' out
	run ! suite b.bats
	last_is "0 passed, 1 failed, 0 skipped"
}

@test "files are side by side, and what one says is whole" {
	for f in a b; do
		file $f <<-E
		TEST "$f 1" { echo x >>\$at/$f; }
		TEST "$f 2" { n=0; until [ -e \$at/a ] && [ -e \$at/b ]; do n=\$((n + 1)); [ \$n -lt 1500 ]; sleep 0.02; done; }
		E
	done
	WX_JOBS=2 suite a.bats b.bats
	last_is "4 passed, 0 failed, 0 skipped"
	[ "$(grep -o '^ok [12] [ab] [12]' out | tr '\n' ' ')" = "ok 1 a 1 ok 2 a 2 ok 1 b 1 ok 2 b 2 " ] ||
	    [ "$(grep -o '^ok [12] [ab] [12]' out | tr '\n' ' ')" = "ok 1 b 1 ok 2 b 2 ok 1 a 1 ok 2 a 2 " ] || fail "$(cat out)"
}

@test "the slowest begin first, and who wants to be alone is" {
	for f in a b c d; do
		file $f <<-E
		TEST "$f" { echo +$f >>\$at/log; sleep 0.2; echo -$f >>\$at/log; }
		E
	done
	echo '# takes: 20 s' >>b.bats
	echo '# takes: 100 s' >>c.bats
	echo '# alone: it measures' >>c.bats
	WX_JOBS=1 suite a.bats b.bats c.bats d.bats
	[ "$(tr -d '\n' <log)" = +b-b+a-a+d-d+c-c ] || fail "$(cat log)"
	rm log
	WX_JOBS=4 suite a.bats b.bats c.bats d.bats
	[ "$(tail -n 2 log | tr -d '\n')" = +c-c ] || fail "$(cat log)"
}

@test "a test that hangs is red by its name, the next go on, and no process is left" {
	file a <<-E
	teardown() { touch \$at/torn-\$BATS_TEST_NUMBER; }
	TEST "in a command" { sh -c 'sleep 1000; true' $MARK; }
	TEST "in what it does not look at" { run sh -c 'sleep 1000; true' $MARK; true; }
	TEST "in a wait, for what ignores signals" { (trap '' TERM INT HUP; exec -a $MARK sleep 1000) 3>&- & wait; }
	TEST "in a fifo" { mkfifo f; read -r x <f; }
	TEST "left alone" { setsid -f sh -c 'sleep 1000; true' $MARK 3>&- >/dev/null 2>&1; }
	TEST "goes on" { true; }
	E
	WX_TEST_SECONDS=2 run -1 suite a.bats
	last_is "2 passed, 4 failed, 0 skipped"
	for n in 1 2 3 4; do
		grep -q "^not ok $n in " out || fail "$(cat out)"
		[ -e "torn-$n" ]
	done
	[ "$(sed '/^# red/,$d' out | grep -c 'hangs: stopped')" -eq 4 ]
	none_left
}

@test "a test that cannot be stopped, and a file whose setup hangs, are killed, and red" {
	file a <<-E
	TEST "cannot" { trap '' ABRT; while :; do sh -c 'sleep 1000; true' $MARK || true; done; }
	TEST "goes on" { true; }
	E
	file b <<-E
	setup_file() { exec -a $MARK sleep 1000; }
	TEST "never" { true; }
	E
	WX_JOBS=2 WX_TEST_SECONDS=4 WX_GRACE_SECONDS=4 run -1 suite a.bats b.bats
	grep -qx 'not ok a.bats: cannot: hangs: killed after 4 s' out || fail "$(cat out)"
	grep -qx 'not ok b.bats: hangs, and not in a test: ended after 4 s' out || fail "$(cat out)"
	last_is "1 passed, 2 failed, 0 skipped"
	none_left
}

@test "ended by a signal: no process is left, and no file" {
	file a <<-E
	TEST "long" {
		setsid -f sh -c 'trap "" TERM INT HUP; sleep 1000; true' $MARK 3>&- >/dev/null 2>&1
		echo >\$at/up
		exec -a $MARK sleep 1000
	}
	E
	for s in INT:130 TERM:143 HUP:129; do
		rm -f up
		suite a.bats 3>&- 4>&- &
		pid=$!
		until_true test -e up
		kill -"${s%:*}" "$(pgrep -f "lib/jobs $PWD/t/" | head -n 1)"
		rc=0; wait "$pid" || rc=$?
		[ "$rc" -eq "${s#*:}" ] || fail "$s: $rc: $(cat out err)"
		grep -q "ended by SIG${s%:*}" err
		none_left
	done
}

@test "started with signals ignored and blocked, a test has them as from a login" {
	file a <<-'E'
	TEST "none is ignored, none is blocked" {
		grep -q '^SigBlk:.0*$' /proc/self/status
		# bats itself takes SIGINT. 32 and 33 are glibc's own, ignored in what its
		# posix_spawn starts, as make does.
		sh -c 'grep ^SigIgn: /proc/self/status' >ignored
		grep -Eq '^SigIgn:.0+(180000000)?$' ignored || { cat ignored; false; }
	}
	TEST "a shell can catch them" {
		for s in INT QUIT HUP PIPE TERM; do
			run -0 sh -c "trap 'echo caught; exit' $s; kill -$s \$\$; echo lost"
			[ "$output" = caught ]
		done
	}
	E
	cat >ignoring <<-'E'
	import os, signal, sys
	for s in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE, signal.SIGTERM, signal.SIGCHLD, signal.SIGUSR1):
	    signal.signal(s, signal.SIG_IGN)
	signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGALRM])
	os.execvp(sys.argv[1], sys.argv[1:])
	E
	env TMPDIR="$PWD/t" BUILD="$WX_BUILD" WX_ENGINES=bwrap CI= /usr/bin/python3 ignoring \
	    "$WX_TREE/tests/run" a.bats >out 2>err 3>&- 4>&- || fail "$(cat out err)"
	last_is "2 passed, 0 failed, 0 skipped"
}

@test "the comments for the suite are such as it reads" {
	cd "$WX_TREE/tests"
	run grep -nE '^# ?(takes|alone|parts|engines|sanitizers)\b' ./*.bats root/*.bats
	while IFS= read -r l; do
		[[ ${l#*:*:} =~ ^'# '(takes:\ [0-9]+\ s(\ on\ podman)?|alone:\ .+|parts:\ [2-9]|engines:\ bwrap\ podman(-whole)?|sanitizers:\ no.*)$ ]] || fail "$l"
	done <<<"$output"
}

@test "bench: one that cannot be measured does not end it; what was left out is said, and a table is the end" {
	mkdir -p b/bench.d b/lib
	cp "$WX_TREE/tests/bench" b/
	cp "$WX_TREE/tests/lib/pair" b/lib/
	cat >b/bench.d/a <<-'E'
	#!/bin/sh
	set -eu
	pair=${0%/*}/../lib/pair
	"$pair" -n 3 -l 'start: ours / theirs (goal 2.0)' true --vs true
	"$pair" -n 3 -l 'no such peer / it (goal 1.0)' true --vs false
	"$pair" -n 3 -l 'ours, against them' true --vs true
	E
	printf '#!/bin/sh\necho nothing here\nexit 3\n' >b/bench.d/b
	printf '#!/bin/sh\necho last\n' >b/bench.d/c
	chmod +x b/bench.d/*
	run -1 env BUILD="$WX_BUILD" b/bench
	[[ $output == *$'\nlast\n'* ]]
	[[ $output == *"left out: no such peer / it (goal 1.0): "* ]]
	[[ $output == *"left out: bench.d/b ended with 3"* ]]
	table=${output##*$'\nwork'}
	[[ $table =~ $'\n''start: ours '+'theirs '+[0-9.]+' '+2.0 ]] || fail "$output"
	[[ $table =~ $'\n''ours '+'them '+[0-9.]+' '+- ]] || fail "$output"
}
