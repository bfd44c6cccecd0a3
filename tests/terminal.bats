# SPDX-License-Identifier: MIT
# sanitizers: no, it waits for terminals: minutes
# engines: bwrap podman
# takes: 25 s
# takes: 40 s on podman
# wx-run on a real terminal (tests/lib/pty): keys, resize, job control, and whose
# the terminal is afterwards.
load lib/helper
load lib/run

local_setup() {
	run_setup
	export PS1='H> '
	# An interactive shell of the host, without readline: it would echo.
	host=(bash --norc --noediting -i)
	inside="wx-run -n none -v 'PS1=I> '"
}

# --- keys

@test "^C and ^\\ reach the command; one that traps them chooses its status" {
	git init -q
	on_tty wx-run -n none -- sh -c 'trap "echo caught; exit 7" INT; echo go; sleep 100 & wait' "$MARK" <<-'S'
	expect go
	send \x03
	expect caught
	status 7
	S
	none_left
	on_tty wx-run -n none -- sh -c 'trap "echo caught; exit 8" QUIT; echo go; sleep 100 & wait' "$MARK" <<-'S'
	expect go
	send \x1c
	expect caught
	status 8
	S
	none_left
	# The run's git directory went with it.
	[ -z "$(find ~/.local/state/wrapix -path '*.run/*' -name git)" ]
}

@test "^C and ^\\ end a command that does nothing about them: 130 and 131" {
	on_tty "${host[@]}" <<-S
	expect H>
	send wx-run -n none -- sh -c 'echo go; exec sleep 100' $MARK\\r
	expect go
	send \\x03
	expect H>
	send echo rc=\$?\\r
	expect rc=130
	send wx-run -n none -- sh -c 'echo go; exec sleep 100' $MARK; echo rc=\$?\\r
	expect go
	send \\x1c
	expect rc=131
	expect H>
	foreground
	S
	none_left
}

@test "^C ends a shell's loop of runs, as it does without a sandbox" {
	on_tty bash -c 'for i in 1 2; do wx-run -n none -- sh -c "echo go; exec sleep 100" "$MARK"; done; echo never' <<-'S'
	expect go
	send \x03
	status -2
	S
	none_left
}

@test "^C while a command that read from the terminal has it" {
	on_tty "${host[@]}" <<-S
	expect H>
	send wx-run -n none -- sh -c 'read x; echo "<\$x>"; exec cat' $MARK\\r
	send foo\\r
	expect <foo>
	send bar\\r
	expect bar
	send \\x03
	expect H>
	foreground
	send echo rc=\$?\\r
	expect rc=130
	S
	none_left
}

@test "^C before the command runs ends the run" {
	mkdir bin
	# The helper has no terminal, and what it says is kept: it is told where we are.
	printf '#!/bin/sh\necho go >"$(cat %s/tty)"; exec sleep 100\n' "$BATS_TEST_TMPDIR" >bin/pasta
	chmod +x bin/pasta
	mv bin ../bin
	PATH="$BATS_TEST_TMPDIR/bin:$PATH" on_tty sh -c 'tty >"$1/tty"; exec wx-run -n open -- touch "$2"' sh \
	    "$BATS_TEST_TMPDIR" "$MARK" <<-'S'
	expect go
	send \x03
	status 130
	S
	none_left
	[ ! -e "$MARK" ]
}

# --- size and modes

@test "a resize reaches the command, in the background of a pipe too" {
	cat >size.py <<-'P'
	import os, signal, time
	signal.signal(signal.SIGWINCH, lambda *a: os.write(1, b"%d %d\n" % os.get_terminal_size(0)[::-1]))
	os.write(1, b"go\n")
	while True: time.sleep(0.05)   # pause(2) would miss one that came just before
	P
	for pipe in '' '| cat'; do
		on_tty sh -c "wx-run -n none -- python3 size.py $MARK $pipe" <<-'S'
		expect go
		size 33 111
		expect 33 111
		size 44 99
		expect 44 99
		send \x03
		status -2
		S
		until_true gone
	done
}

@test "a full-screen program: raw keys, resize, and the modes as they were" {
	cat >screen.py <<-'P'
	import curses
	def main(s):
	    s.addstr(0, 0, "size %d %d" % s.getmaxyx()); s.refresh()
	    s.timeout(50)  # a resize just before it reads is only seen when it reads again
	    while True:
	        k = s.getch()
	        if k == -1: continue
	        s.addstr(1, 0, "key %s;" % curses.keyname(k).decode()); s.refresh()
	        if k == ord("q"): return
	curses.wrapper(main)
	P
	on_tty "${host[@]}" <<-S
	expect H>
	save
	send wx-run -n none -- python3 screen.py $MARK\\r
	expect size 24 80
	send x
	expect key .*x
	send \\x0f
	expect \\^O
	size 30 90
	expect KEY_RESIZE
	send \\x03
	expect H>
	same
	send echo rc=\$?\\r
	expect rc=130
	S
	none_left
}

@test "a command that was killed in raw mode: the modes are as they were" {
	on_tty "${host[@]}" <<-S
	expect H>
	save
	send wx-run -n none -- sh -c 'stty raw -echo; echo go; kill -9 \$\$' $MARK; echo rc=\$?\\r
	expect rc=137
	expect H>
	same
	send wx-run -n none -T 0.5 -- sh -c 'stty raw -echo; echo go; sleep 100' $MARK; echo rc=\$?\\r
	expect rc=124
	expect H>
	same
	foreground
	S
}

# --- job control

@test "job control inside: ^Z, jobs, bg, fg, ^C, exit; then the terminal is the caller's" {
	printf 'echo go; exec sleep 100\n' >s
	on_tty "${host[@]}" <<-S
	expect H>
	save
	send $inside -- bash --norc --noediting -i; echo rc=\$?\\r
	expect I>
	send sh s $MARK\\r
	expect go
	send \\x1a
	expect Stopped.*I>
	send jobs\\r
	expect Stopped.*sh s.*I>
	send bg\\r
	expect sh s .*&.*I>
	send jobs\\r
	expect Running.*I>
	send fg\\r
	expect sh s
	until grep -q '^[^)]*) S' /proc/\$(pgrep -fx 'sleep 100' -n)/stat
	send \\x03
	expect I>
	send echo last=\$?; exit 5\\r
	expect last=130
	expect rc=5
	expect H>
	foreground
	same
	send read x; echo "got <\$x>"\\r
	send hello\\r
	expect got <hello>
	send exit 3\\r
	status 3
	S
	none_left
}

@test "a script can read from the terminal after an interactive shell inside" {
	on_tty sh -c "$inside -- bash --norc --noediting -i; echo back; read x; echo \"got <\$x>\"" <<-'S'
	expect I>
	send sh -c 'exec sleep 100' & echo started\r
	expect started
	send exit\r
	expect back
	foreground
	send hello\r
	expect got <hello>
	status 0
	S
}

@test "^Z stops the run as a job of the host's shell; fg and bg let it go on" {
	on_tty "${host[@]}" <<-S
	expect H>
	send wx-run -n none -- sh -c 'echo go; exec sleep 100' $MARK\\r
	expect go
	send \\x1a
	expect Stopped.*H>
	foreground
	run pgrep -f 'sleep 100' >/dev/null
	send bg; jobs\\r
	expect Running.*H>
	send fg\\r
	away
	send \\x1a
	expect Stopped.*H>
	send fg\\r
	away
	send \\x03
	expect H>
	send echo rc=\$?\\r
	expect rc=130
	S
	none_left
}

@test "^Z that comes while the run goes on only now is not lost" {
	on_tty "${host[@]}" <<-S
	expect H>
	send wx-run -n none -- sh -c 'echo go; exec sleep 100' $MARK\\r
	expect go
	until pgrep -fx 'sleep 100' >/dev/null
	send \\x1a
	expect Stopped.*H>
	run kill -STOP \$(ps -o ppid= -p \$(pgrep -fx 'sleep 100'))
	send fg\\r
	away
	send \\x1a
	# There is no event to wait for: wx-run is not to pass the key on.
	until sleep 0.3
	run kill -CONT \$(ps -o ppid= -p \$(pgrep -fx 'sleep 100'))
	expect Stopped.*H>
	send fg\\r
	away
	send \\x03
	expect H>
	S
	none_left
}

@test "^Z stops a command that has the terminal; fg gives it back" {
	on_tty "${host[@]}" <<-S
	expect H>
	send wx-run -n none -- sh -c 'while read x; do echo "<\$x>"; done' $MARK; echo rc=\$?\\r
	send one\\r
	expect <one>
	send \\x1a
	expect Stopped.*H>
	foreground
	send fg\\r
	away
	send two\\r
	expect <two>
	send \\x04
	expect H>
	foreground
	S
	none_left
}

@test "a run in the background that reads from the terminal stops, as any job" {
	on_tty "${host[@]}" <<-S
	expect H>
	send wx-run -n none -- sh -c 'read x </dev/tty; echo "<\$x>"' $MARK &\\r
	until ps -o stat= -p \$(pgrep -of $MARK) | grep -q T
	send \\r
	expect Stopped
	send fg\\r
	away
	send three\\r
	expect <three>
	expect H>
	foreground
	S
	none_left
}

@test "a program that stops itself, by kill 0 or by STOP, stops the run" {
	on_tty "${host[@]}" <<-S
	expect H>
	send wx-run -n none -- sh -c 'kill -TSTP 0; echo on1; kill -STOP \$\$; echo on2' $MARK\\r
	expect Stopped.*H>
	send fg\\r
	expect on1
	expect Stopped.*H>
	send fg\\r
	expect on2.*H>
	foreground
	S
	none_left
}

# The shell takes the terminal when the process that it waits for stops: wx-run, behind that
# one, is not told, and what is typed from then on is the shell's.
@test "the terminal is not taken from a shell that took it back" {
	cat >run.sh <<-'S'
	echo $$ >leader
	wx-run -n none -- sh -c 'read a; echo "<$a>"; touch stop; while [ ! -e on ]; do sleep 0.1; done
	    read x; echo "<$x>"' "$MARK"
	exit
	S
	(for _ in {1..300}; do [ ! -e stop ] || break; sleep 0.1; done; kill -STOP "$(cat leader)") 3>&- &
	on_tty "${host[@]}" <<-S
	expect H>
	send sh run.sh\\r
	send one\\r
	expect <one>.*Stopped.*H>
	foreground
	send touch on; echo ou\$((1))rs\\r
	expect ou1rs\r\nH>
	foreground
	send echo st\$((1))ill\\r
	expect st1ill\r\nH>
	foreground
	send fg\\r
	away
	send two\\r
	expect <two>
	expect H>
	foreground
	S
	none_left
}

@test "where no shell could let it go on, ^Z does not stop the run" {
	on_tty wx-run -n none -- sh -c 'echo go; while read x; do echo "<$x>"; done' "$MARK" <<-'S'
	expect go
	send \x1a
	send one\r
	expect <one>
	send \x1a
	send two\r
	expect <two>
	send \x04
	status 0
	S
	none_left
}

@test "a pager behind the same pipe keeps the terminal" {
	on_tty sh -c 'wx-run -n none -- sh -c "echo text; exec sleep 100" "$MARK" |
	    sh -c "read l; stty -echo </dev/tty; read k </dev/tty; echo \"pager: \$l, \$k\"; cat"' <<-'S'
	send key\r
	expect pager: text, key
	send \x03
	status -2
	S
	until_true gone
}

# --- whose the terminal is

@test "the command's terminal is not wx-run's, whichever of its streams that is" {
	cat >look.py <<-'P'
	import os
	def dev(path):
	    try: return os.ttyname(os.open(path, os.O_RDWR | os.O_NOCTTY))
	    except OSError as e: return e.strerror
	with open("seen", "w") as f:
	    print(*("tty" if os.isatty(i) else "no" for i in range(3)), dev("/dev/tty"), dev("/dev/console"), sep=":", file=f)
	P
	while read -r how want; do
		how=${how//_/ }
		on_tty sh -c "tty >host; $how; echo done" <<-'S'
		expect done
		S
		[ "$(cat seen)" = "${want//_/ }" ] || fail "$how: $(cat seen)"
		rm seen
	done <<-'E'
	wx-run_-n_none_python3_look.py tty:tty:tty:/dev/tty:No_such_file_or_directory
	wx-run_-n_none_python3_look.py_</dev/null no:tty:tty:No_such_device_or_address:No_such_file_or_directory
	wx-run_-n_none_python3_look.py_2>err_|_cat tty:no:no:/dev/tty:No_such_file_or_directory
	wx-run_-n_none_python3_look.py_>out tty:no:tty:/dev/tty:No_such_file_or_directory
	:|_wx-run_-n_none_python3_look.py no:tty:tty:/dev/tty:No_such_file_or_directory
	wx-run_-n_none_python3_look.py_<look.py_>out_2>err no:no:no:No_such_device_or_address:No_such_file_or_directory
	E
}

@test "whatever the command does to its terminal, wx-run's is as it was, and the report is seen" {
	cat >evil.py <<-'P'
	import fcntl, os, signal, struct, sys, termios, tty
	for s in (signal.SIGTTIN, signal.SIGTTOU, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)
	os.makedirs(sys.argv[1] + "/.git"); open(sys.argv[1] + "/.git/HEAD", "w").write("ref: refs/heads/main\n")
	for d in "objects", "refs": os.makedirs(sys.argv[1] + "/.git/" + d)
	def attempt(*a):
	    try: fcntl.ioctl(*a)
	    except OSError: pass
	for fd in 0, 1, 2:
	    os.tcsetpgrp(fd, os.getpgrp()); tty.setraw(fd); os.set_blocking(fd, False)
	    attempt(fd, 0x5423, struct.pack("i", 27)); attempt(fd, termios.TIOCEXCL); attempt(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 1, 1, 0, 0))
	os.write(1, b"\033[?1049h\033[?25l\033[?1003h\033[8m\033(0\033[2;3r\033]11;#000000\033\\went")
	os.write(1, b"\033P1$r")
	termios.tcflow(1, termios.TCOOFF)
	if sys.argv[2] == "kill": os.kill(0, signal.SIGKILL)
	if sys.argv[2] == "close":
	    if os.fork() == 0: signal.pause()
	    for fd in 0, 1, 2: os.close(fd)
	if sys.argv[2] == "stop": os.kill(os.getpid(), signal.SIGSTOP)
	os._exit(0)
	P
	# The last string ends; the alternate screen, colours and the rest go before the report.
	back='\033\\\033\[\?25h\033\[\?1003l\033\[\?1049l\033\[m\0337\033\[r\0338\033\(B\033\]104.*\033\]112\033\\'
	for how in exit kill close; do
		on_tty "${host[@]}" <<-S
		expect H>
		save
		send wx-run -n none -- python3 evil.py evil-$how $how; echo so\$((1))on\\r
		expect went.*$back.*found:.*evil-$how
		expect so1on
		expect H>
		foreground
		same
		send stty size; cat\\r
		expect 24 80
		send typed\\r
		expect typed
		send \\x04
		expect H>
		S
	done
}

@test "wx-run is killed while the terminal is raw: the modes are as they were" {
	cat >run.sh <<-'S'
	tty >tty; stty -a >before
	wx-run -n none -- sh -c 'stty raw -echo; echo go; exec sleep 100' "$MARK"
	for _ in $(seq 100); do stty -a >after; cmp -s before after && break; sleep 0.1; done
	echo end
	S
	on_tty sh run.sh <<-'S'
	expect go
	run stty -a <"$(cat tty)" | grep -q -- '-icanon'
	run pkill -KILL -of "^[^ ]*wx-run .*$MARK"
	expect end
	S
	diff before after
	until_true gone
}

@test "a run in the background reads nothing of what is typed, however it tries" {
	cat >thief.py <<-'P'
	import os, signal
	for s in (signal.SIGTTOU, signal.SIGTTIN): signal.signal(s, signal.SIG_IGN)
	fds = [0]
	for name in "/dev/tty", "/dev/console", "/dev/pts/0", "/dev/pts/1":
	    try: fds.append(os.open(name, os.O_RDWR | os.O_NOCTTY))
	    except OSError: pass
	for fd in fds:
	    try: os.tcsetpgrp(fd, os.getpgrp())
	    except OSError: pass
	    if os.fork() == 0:
	        while True:
	            try: b = os.read(fd, 200)
	            except OSError: break
	            if not b: break
	            open("/workspace/stolen", "ab").write(b)
	open("/workspace/go", "w")
	signal.pause()
	P
	for how in '' '| cat' '</dev/null' '2>/dev/null'; do
		rm -f go
		on_tty "${host[@]}" <<-S
		expect H>
		send wx-run -n none -- python3 thief.py $MARK $how &\\r
		until test -e go
		send read x; echo "<\$x>"\\r
		send secret\\r
		expect <secret>
		foreground
		send kill %1; wait\\r
		expect H>
		S
		until_true gone
		[ ! -e stolen ] || fail "$how: $(cat stolen)"
	done
	# A script's, in the script's own group.
	printf 'wx-run -n none -- python3 thief.py %s &\nuntil [ -e go ]; do sleep 0.1; done\nread x; echo "<$x>"; kill $!; wait\n' "$MARK" >script
	rm go
	on_tty sh script <<-'S'
	until test -e go
	send secret\r
	expect <secret>
	S
	until_true gone
	[ ! -e stolen ] || fail "$(cat stolen)"
}

@test "a caller that ignores SIGTTIN and SIGTTOU, and a command that does: it reads what is typed" {
	for cmd in 'head -n 1' 'head -n 1 /dev/tty' 'sh -c "trap \"\" TTIN TTOU; head -n 1 /dev/tty"'; do
		on_tty sh -c "trap '' TTIN TTOU; exec wx-run -n none -- $cmd" <<-'S'
		send hello\r
		expect hello
		status 0
		S
	done
}

@test "keys for a command whose input is a pipe; lines are shown as without a sandbox" {
	on_tty sh -c 'echo text | wx-run -n none -- sh -c "cat; read x </dev/tty; echo \"<\$x>\""; echo one' <<-'S'
	expect text
	send key\r
	expect <key>\r\none
	status 0
	S
	# Once CR, in a pipe's background and not.
	on_tty sh -c 'wx-run -n none -- sh -c "echo one >&2; echo two >&2; read x; echo \"<\$x>\"" | cat; echo end' <<-'S'
	expect ^one\r\ntwo\r\n
	send key\r
	expect <key>\r\nend
	status 0
	S
}

@test "a terminal that nobody reads, or slowly: the time limit holds, a signal ends the run, all arrives" {
	on_tty wx-run -n none -T 1 -- sh -c 'echo >go; exec yes' "$MARK" <<-'S'
	until test -e go
	until test -z "$(pgrep -fx 'yes .*')"
	S
	until_true gone
	on_tty wx-run -n none -- sh -c 'seq 1 100000; echo la""st' "$MARK" <<-'S'
	until sleep 0.5
	expect \r\n100000\r\nlast\r\n
	status 0
	S
}

@test "the time limit counts on while the run is stopped, by a command that stops itself or by ^Z" {
	cat >run.sh <<-S
	wx-run -T 1 -n none -- bash -c 'set -m; (while :; do echo x >>beat; sleep 0.1; done) & set +m; kill -STOP \$\$' $MARK
	echo "rc \$?"
	S
	on_tty "${host[@]}" <<-S
	expect H>
	send bash run.sh\\r
	expect rc 124
	expect H>
	send wx-run -T 5 -n none -- sh -c 'echo go; exec sleep 100' $MARK\\r
	expect go
	send \\x1a
	expect Stopped.*H>
	until test -z "\$(pgrep -f \$MARK)"
	S
	[ -s beat ]
	none_left
}

# --- reach

@test "the command cannot signal, or renice, what started the run" {
	cat >victim <<-'V'
	nice >before
	sleep 100 & echo $! >pid
	wx-run -n none -- sh -c 'kill -KILL 0' "$MARK"
	echo "rc $?" >rc
	wx-run -n none -- sh -c 'renice -n 5 -g 0; trap "" TERM; kill -TERM 0; echo still' "$MARK" >still 2>&1
	nice >after
	kill $!
	V
	git init -q
	setsid -w sh victim
	[ "$(cat rc)" = "rc 137" ]
	tail -n 1 still | grep -qx still
	diff before after
	[ -z "$(find ~/.local/state/wrapix -path '*.run/*' -name git)" ]
}

@test "hang-up: a command that ignores it, and reads on, gets the end of its terminal" {
	cat >reader <<-'E'
	trap '' HUP
	echo go
	while read -r x; do :; done
	echo "$?" >eof
	E
	on_tty sh -c 'wx-run -n none -- sh reader "$0"; true' "$MARK" <<-'S'
	expect go
	hangup
	until test -e eof
	S
	until_true gone
	rm eof
	on_tty "${host[@]}" <<-S
	expect H>
	send wx-run -n none -- sh reader $MARK\\r
	expect go
	hangup
	until test -e eof
	until test -z "\$(pgrep -f \$MARK)"
	S
}

@test "hang-up: SIGHUP reaches the command, which can clean up; nothing stays" {
	cmd='trap "echo >hup; exit" HUP; echo go; sleep 100 & wait'
	on_tty wx-run -n none -- sh -c "$cmd" "$MARK" <<-'S'
	expect go
	hangup
	until test -e hup
	S
	until_true gone
	rm hup
	on_tty sh -c 'wx-run -n none -- sh -c "$0" "$MARK"; true' "$cmd" <<-'S'
	expect go
	hangup
	until test -e hup
	S
	until_true gone
	on_tty "${host[@]}" <<-S
	expect H>
	send wx-run -n none -- sh -c 'trap "echo >hup2; exit" HUP; echo go; sleep 100 & wait' $MARK\\r
	expect go
	hangup
	until test -e hup2
	until test -z "\$(pgrep -f \$MARK)"
	S
}

# aid NAME: a program of the tests, put into the project.
aid() {
	cp "$WX_BUILD/lib/$1" .
}

@test "what acts on a terminal as a whole fails with EPERM, with any high bits, in every network" {
	aid syscalls
	for net in none host open; do
		have_net "$net" || continue
		on_tty wx-run -n "$net" -- sh -c './syscalls tty >out; echo rc=$?' <<-'S'
		expect rc=0
		S
		[ "$(wc -l <out)" -eq 37 ] || fail "$net: $(cat out)"
		[ "$(grep -vc EPERM out)" -eq 1 ] || fail "$net: $(cat out)"
		grep -qx 'tty 0 ok' out
	done
}

# Is there what a run with network $1 needs?
have_net() {
	[ "$1" != open ] || [ -n "${WX_NETNS-}" ]
}

# --- standard input, output, error

@test "stdin that is no terminal, /dev/null, closed; closed stdout and stderr" {
	[ "$(echo text | wx-run -n none -- cat)" = text ]
	[ -z "$(wx-run -n none -- cat </dev/null)" ]
	# No pipe inside: the shell has its ends open for a moment.
	run -0 sh -c 'exec wx-run -n none -- sh -c "readlink /proc/self/fd/0; cat; ls /proc/\$\$/fd; :" <&-'
	[ "$output" = "$(printf '/dev/null\n0\n1\n2')" ] || fail "$output"
	rc=0
	sh -c 'exec wx-run -n none -- sh -c "echo x || echo y >ran; exit 5" <&- >&- 2>&-' || rc=$?
	[ "$rc" -eq 5 ] || fail "$rc"
}

@test "the command has descriptors 0 to 2 and no other" {
	exec 7</etc/passwd 8>"$BATS_TEST_TMPDIR/f"
	# No pipe: bash has its ends open for a moment.
	run -0 wx-run -n none -- bash -c 'for f in /proc/$$/fd/*; do [ ! -e $f ] || echo ${f##*/}; done'
	output=$(echo $output)
	[ "$output" = "0 1 2 255" ] || [ "$output" = "0 1 2" ] || fail "$output"
	exec 7<&- 8>&-
}

@test "a pipeline: what is read on ends it by SIGPIPE" {
	run -0 timeout 100 bash -c 'yes | wx-run -n none -- head -n 1 - | cat'
	[ "$output" = y ]
	rc=0
	timeout 100 bash -c 'wx-run -n none -- yes "$MARK" | head -n 1 >out; exit ${PIPESTATUS[0]}' || rc=$?
	[ "$rc" -eq 141 ] || fail "$rc"
	[ "$(cat out)" = "$MARK" ]
	none_left
}

@test "300 MB through standard input and output arrive whole" {
	n=300000000
	head -c $n /dev/zero | timeout 100 wx-run -n none -- cat | cksum >got
	head -c $n /dev/zero | cksum >want
	diff got want
}

# --- signals that the caller ignores

@test "nohup, and a caller that ignores INT: the command ignores them too, and no other" {
	nohup wx-run -n none -- grep SigIgn /proc/self/status >out 2>&1 </dev/null
	[ $((16#$(awk '/SigIgn/ { print $2 }' out) & 16#7fffffff)) -eq 1 ] || fail "$(cat out)"
	(trap '' INT QUIT; wx-run -n none -- grep -E 'Sig(Ign|Blk|Pnd)' /proc/self/status) >out
	[ $((16#$(awk '/SigIgn/ { print $2 }' out) & 16#7fffffff)) -eq 6 ] || fail "$(cat out)"
	[ $((16#$(awk '/SigBlk/ { print $2 }' out))) -eq 0 ] || fail "$(cat out)"
	on_tty sh -c 'trap "" INT; wx-run -n none -- sh -c "echo go; read x; echo \"<\$x>\"" "$MARK"; echo rc=$?' <<-'S'
	expect go
	send \x03
	send foo\r
	expect <foo>
	expect rc=0
	S
	nohup sh -c 'wx-run -n none -- sh -c "echo >go; while [ ! -e stop ]; do sleep 0.05; done" "$MARK"; echo $? >rc' >/dev/null 2>&1 &
	until_true test -e go
	kill -HUP "$(pgrep -of "^[^ ]*wx-run .*$MARK")"
	touch stop
	wait
	[ "$(cat rc)" -eq 0 ]
}
