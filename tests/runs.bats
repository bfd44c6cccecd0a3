# SPDX-License-Identifier: MIT
# engines: bwrap podman
# takes: 15 s
# Runs that are at work: listed while their wx-run is there, joined by another command, stopped.
load lib/helper
load lib/held
load lib/run

local_setup() {
	run_setup
	mkdir p q
	engine=bwrap
	[ -z "${WX_PODMAN-}" ] || engine=podman
}

teardown() {
	[ -z "${pids-}" ] || kill $pids 2>/dev/null || true
}

# run_of DIR: the name of its run.
run_of() {
	wx-run --list | awk -F'\t' -v d="$PWD/$1" '$2 == d { print $1 }'
}

joined() {
	wx-run --exec -C p "$@"
}

# --- list

@test "a run is listed while it is at work, by project, profile, time, engine and process" {
	echo '{"agent": {"command": ["sh"]}}' >mine.json
	held one p -p "$PWD/mine.json"
	one=$pid
	held two q
	[ "$(wx-run --list | wc -l)" = 2 ]
	wx-run --list | cut -f 2- | sed 's/\t20[0-9-]*T[0-9:]*Z\t/\tSINCE\t/' | sort >out
	printf '%s\t%s\tSINCE\t%s\t%s\n' "$PWD/p" mine "$engine" "$one" "$PWD/q" - "$engine" "$pid" >want
	diff want out
	wx-run --list --json | jq -c '[.project, .profile, .agent, .engine, .pid]' | sort >out
	printf '["%s","%s","%s","%s",%s]\n' "$PWD/p" mine sh "$engine" "$one" >want
	printf '["%s",null,null,"%s",%s]\n' "$PWD/q" "$engine" "$pid" >>want
	diff want out
	[ "$(date -d "$(wx-run --list --json | jq -rs '.[0].since')" +%s)" -le "$(date +%s)" ]
	let one 'exit 3'
	ended "$one"
	[ "$rc" = 3 ]
	[ "$(wx-run --list | cut -f 2)" = "$PWD/q" ]
	let two true
	ended "$pid"
	[ -z "$(wx-run --list)" ]
	[ "$(ls -A ~/.local/state/wrapix/.atwork.run)" = mutex ]
}

@test "a run that was killed is in no list, and its file is gone with the next look" {
	held one p
	[ -n "$(run_of p)" ]
	kill -KILL "$pid"
	ended "$pid"
	[ -z "$(wx-run --list)" ]
	[ "$(ls -A ~/.local/state/wrapix/.atwork.run)" = mutex ]
}

@test "a name of a path that drives terminals is shown, and is no line of its own" {
	mkdir "$(printf 'x\ny\033[7m')"
	held odd "$(printf 'x\ny\033[7m')"
	[ "$(wx-run --list | wc -l)" = 1 ]
	run ! grep -q "$(printf '\033')" <(wx-run --list)
	[ "$(wx-run --list --json | jq -r .project)" = "$(printf '%s/x\ny\033[7m' "$PWD")" ]
	let odd true
}

@test "no sandbox gets at the runs' own directory" {
	held one p
	run ! wx-run -n none -C q -m "$HOME/.local/state/wrapix/.atwork.run" -- true
	grep -q "wx-run's own state is there" <<<"$output"
	let one true
}

# --- exec

@test "a command that joins has the run's namespaces, filter, limits and want of powers" {
	cat >p/facts <<-'S'
	for n in user mnt pid net ipc uts cgroup; do readlink "/proc/self/ns/$n"; done
	grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)' /proc/self/status
	ulimit -a | grep -v pending
	S
	held one p -P 99 -M 512M
	joined -- sh ./facts >out
	wx-run -n none -C q -P 99 -M 512M -m "$PWD/p:/p" -- sh /p/facts | grep -v '^[a-z]*:\[' >other
	let one 'sh ./facts >facts.out'
	ended "$pid"
	diff p/facts.out out
	# It is what any run has, but for the namespaces.
	grep -v '^[a-z]*:\[' out | diff other -
	grep -q 'NoNewPrivs:.1' out
	grep -q 'Seccomp:.2' out
}

@test "it has the run's environment and its directory, and not ours, nor the run's secrets" {
	mkdir -p p/sub
	git init -q p
	printf 'TOKEN=made-up-secret\n' >secret
	chmod 600 secret
	held one p/sub -v WORD=run -v LATER=run -E 9 9<secret
	export OURS=host
	wx-run --exec -C p/sub -v LATER=exec -- env | sort >out
	joined -- pwd >where
	let one 'env | sort >env.out'
	ended "$pid"
	grep -vE '^(_|OLDPWD|SHLVL|LATER|TOKEN)=' p/sub/env.out >want
	grep -vE '^(_|OLDPWD|SHLVL|LATER)=' out | diff want -
	grep -qx LATER=exec out
	grep -qx TOKEN=made-up-secret p/sub/env.out
	run ! grep -q made-up-secret out
	[ "$(cat where)" = "$(sed -n 's/^PWD=//p' p/sub/env.out)" ]
}

@test "status, streams and arguments are handed on" {
	held one p
	rc=0
	joined -- sh -c 'cat; printf "%s|" "$@" >&2; exit 7' sh 'a b' '' '--' "$(printf 'x\ny')" <<<word >out 2>err || rc=$?
	[ "$rc" = 7 ]
	[ "$(cat out)" = word ]
	[ "$(cat err)" = "$(printf 'a b||--|x\ny|')" ]
	rc=0
	joined -- sh -c 'kill -9 $$' || rc=$?
	[ "$rc" = 137 ]
	rc=0
	joined -- no-such-command 2>err || rc=$?
	[ "$rc" = 127 ]
	rc=0
	joined -- ./p 2>err || rc=$?
	[ "$rc" = 127 ]
	# A long command, and one of many words.
	[ "$(joined -- echo $(seq 20000) | wc -w)" = 20000 ]
	[ "$(joined -- sh -c 'echo ${#1}' sh "$(head -c 100000 /dev/zero | tr '\0' x)")" = 100000 ]
	let one true
}

@test "it has no descriptor but its standard streams" {
	held one p
	exec 7</dev/null
	[ "$(joined -- sh -c 'echo /proc/$$/fd/*' | tr ' ' '\n' | sed 's:.*/::' | sort -n | head -n 3 | paste -sd' ')" = "0 1 2" ]
	run ! joined -- sh -c '[ -e /proc/$$/fd/7 ] || [ -e /proc/$$/fd/3 ] || [ -e /proc/$$/fd/4 ]'
	let one true
}

@test "run, project and process all name it; two in a project must be named" {
	held one p
	one=$pid
	name=$(run_of p)
	[ "$(wx-run --exec "$name" -- echo a)" = a ]
	[ "$(wx-run --exec "$one" -- echo a)" = a ]
	[ "$(wx-run --exec "$PWD/p" -- echo a)" = a ]
	[ "$(cd p && wx-run --exec -- echo a)" = a ]
	# What looks like a run after "--" is a command.
	rc=0
	wx-run --exec -C p -- "$name" -- x 2>err || rc=$?
	[ "$rc" = 127 ]
	held two p
	run ! joined -- true
	grep -q '2 runs are at work there' <<<"$output"
	run ! wx-run --exec 20200101T000000Z-1 -- true
	grep -q "no run '20200101T000000Z-1' is at work" <<<"$output"
	run ! wx-run --exec -C q -- true
	grep -q 'no run is at work there' <<<"$output"
	run ! joined -M 1G -- true
	grep -q 'was said when it began' <<<"$output"
	let one true
	let two true
}

@test "it ends with the run, and with its own wx-run" {
	held one p
	wx-run --exec -C p -- sh -c 'touch up1; sleep 1000' "$MARK" 2>err &
	first=$!
	wx-run --exec -C p -- sh -c 'touch up2; exec sleep 1001' "$MARK" &
	second=$!
	until_true [ -e p/up1 ]
	until_true [ -e p/up2 ]
	kill -KILL "$second"
	wait "$second" || :
	until_true eval '! pgrep -f "sleep 1001" -u "$(id -u)" >/dev/null'
	pgrep -f "$MARK" >/dev/null
	let one 'exit 4'
	ended "$pid"
	[ "$rc" = 4 ]
	ended "$first"
	[ "$rc" = 137 ]
	grep -q 'the run has ended' err
	none_left
}

@test "signals for it reach it, and not the run" {
	held one p
	wx-run --exec -C p -- sh -c 'trap "exit 9" TERM; touch up1; sleep 1000 & wait' &
	joined=$!
	until_true [ -e p/up1 ]
	kill -TERM "$joined"
	ended "$joined"
	[ "$rc" = 9 ]
	let one 'exit 5'
	ended "$pid"
	[ "$rc" = 5 ]
}

@test "on a terminal: keys, size and job control are the joined command's" {
	held one p
	on_tty wx-run --exec -C p -- sh -c 'stty size; tty; trap "echo caught; exit 7" INT; echo go; sleep 100 & wait' <<-'S'
	expect 24 80
	expect /dev/pts/
	expect go
	send \x03
	expect caught
	status 7
	S
	PS1='H> ' on_tty bash --norc --noediting -i <<-S
	expect H>
	send PS1='I> ' wx-run --exec -C p -v PS1\\r
	expect I>
	send echo in-\$((1+1)); exit\\r
	expect in-2
	expect H>
	save
	send wx-run --exec -C p -- sh -c 'echo go; read x; echo got-\$x; exec sleep 1000' $MARK\\r
	expect go
	send word\\r
	expect got-word
	send \\x1a
	expect Stopped.*H>
	foreground
	same
	send fg\\r
	expect sleep
	away
	send \\x03
	expect H>
	send echo rc=\$?\\r
	expect rc=130
	same
	S
	none_left
	let one true
}

@test "what the run's command does to the process of the joined one is no harm to us" {
	held one p
	# The first process has a child that waits; it is stopped, then killed.
	wx-run --exec -C p -- sh -c 'touch up1; sleep 1000' 2>err &
	joined=$!
	until_true [ -e p/up1 ]
	let one 'for p in /proc/[0-9]*; do p=${p#/proc/}; case $(cat /proc/$p/cmdline 2>/dev/null | tr "\0" " ") in /run/wrapix/*init*) [ "$p" = 1 ] || kill -STOP $p; cat /proc/$p/environ /proc/$p/mem >>peek 2>/dev/null;; esac; done; exit 6'
	ended "$pid"
	[ "$rc" = 6 ]
	ended "$joined"
	[ "$rc" = 137 ]
	[ ! -s p/peek ]
}

# --- stop

@test "--stop ends a run as SIGTERM does, waits, and says so" {
	git init -q p
	git -C p config user.name T
	git -C p config user.email t@example.org
	git -C p commit -qm one --allow-empty
	held one p
	let one 'trap "git commit -qm late --allow-empty; exit 9" TERM; touch trapped; sleep 1000 & wait'
	until_true [ -e p/trapped ]
	name=$(run_of p)
	wx-run --stop -C p >out
	# All is done when it returns: what was committed last is home.
	[ "$(git -C p log -1 --format=%s)" = late ]
	[ "$(cat out)" = "$(printf 'stopped\t%s\t%s' "$name" "$PWD/p")" ]
	ended "$pid"
	[ "$rc" = 9 ]
	[ -z "$(wx-run --list)" ]
}

@test "--stop ends a command that takes no notice of SIGTERM, and one that was stopped" {
	held one p
	let one 'trap "" TERM; touch trapped; while :; do sleep 1000; done'
	until_true [ -e p/trapped ]
	wx-run --stop "$(run_of p)" >out
	ended "$pid"
	[ "$rc" = 137 ]
	held two q
	kill -STOP "$pid"
	wx-run --stop "$PWD/q" >out
	ended "$pid"
	[ "$rc" = 143 ]
}

@test "--stop where nothing is at work is done already; an unknown run is refused" {
	wx-run --stop -C p >out 2>err
	[ ! -s out ]
	grep -q 'no run is at work there' err
	run ! wx-run --stop 20200101T000000Z-1
	grep -q "no run '20200101T000000Z-1' is at work" <<<"$output"
}

@test "wrapix --list, --stop and --exec are wx-run's" {
	held one p
	[ "$(wrapix --list --json)" = "$(wx-run --list --json)" ]
	[ "$(wrapix --exec "$PWD/p" -- echo a)" = a ]
	wrapix --stop "$PWD/p" | grep -q ^stopped
	ended "$pid"
}

# --- the end

# end ARG...: a run, and what it said at its end, in end.json; its status in $rc.
end() {
	rc=0
	wx-run -n none -C p --end-fd 8 "$@" 8>end.json 2>err || rc=$?
	[ "$(wc -l <end.json)" = 1 ]
}

of_end() {
	jq -rc "$1" end.json
}

@test "--end-fd: one line says status, signal, limit, time, memory, commits and findings" {
	git init -q p
	git -C p config user.name T
	git -C p config user.email t@example.org
	git -C p commit -qm one --allow-empty
	end -- sh -c 'exit 3'
	[ "$rc" = 3 ]
	[ "$(of_end '[.started, .status, .signal, .limit, .commits, .findings, .killed_for_memory]')" = '[true,3,null,null,0,{},0]' ]
	[ "$(of_end .project)" = "$PWD/p" ]
	end -- sh -c 'kill -15 $$'
	[ "$(of_end '[.status, .signal]')" = '[143,15]' ]
	end -T 0.3 -- sleep 100
	[ "$(of_end '[.status, .signal, .limit, (.seconds >= 0.3)]')" = '[124,15,"time",true]' ]
	end -- sh -c 'kill -9 $$'
	[ "$(of_end '[.status, .signal, .limit]')" = '[137,9,null]' ]
	end -- sh -c 'for i in 1 2 3; do git commit -qm $i --allow-empty; done; git checkout -qb other; git commit -qm 4 --allow-empty; touch .envrc .npmrc'
	[ "$(of_end '[.commits, .findings["protected-kind"]]')" = '[4,2]' ]
	# Of the run that ended, and not of what an earlier one left.
	end -- true
	[ "$(of_end '[.commits, .findings]')" = '[0,{}]' ]
}

@test "--end-fd: the most memory that was in use, of the largest process where no cgroup counts" {
	end -- sh -c 'x=$(head -c 60000000 /dev/zero | tr "\0" x); echo ${#x}' >out
	[ "$(cat out)" = 60000000 ]
	[ "$(of_end '.peak_memory > 60000000')" = true ]
	[ "$(of_end '.peak_memory < 600000000')" = true ]
	# podman itself takes more.
	[ -n "${WX_PODMAN-}" ] || end -- true
	[ -n "${WX_PODMAN-}" ] || [ "$(of_end '.peak_memory < 30000000')" = true ]
}

@test "--end-fd: a reader that is gone changes nothing; a refused run writes nothing" {
	rc=0
	wx-run -n none -C p --end-fd 8 -- sh -c 'exit 5' 8> >(:) || rc=$?
	[ "$rc" = 5 ]
	refused=0
	wx-run -n none -C p --end-fd 8 -M nothing -- true 8>end.json 2>err || refused=$?
	[ "$refused" = 125 ]
	[ ! -s end.json ]
	run ! wx-run -n none -C p --end-fd 77 -- true
	grep -q 'descriptor 77 of --end-fd is not open' <<<"$output"
}

@test "runs that begin and end all the time: each list is whole, and the last is empty" {
	for i in 1 2 3 4; do
		mkdir "m$i"
		for j in 1 2 3; do wx-run -n none -C "m$i" -- true; done &
		loops="${loops-} $!"
	done
	while kill -0 $loops 2>/dev/null; do
		wx-run --list --json | jq -e '.project and .run and .pid' >/dev/null || [ "${PIPESTATUS[1]}" = 4 ]
	done
	wait
	[ -z "$(wx-run --list)" ]
	[ "$(ls -A ~/.local/state/wrapix/.atwork.run)" = mutex ]
}
