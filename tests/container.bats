# SPDX-License-Identifier: MIT
# takes: 20 s
# wx-run on Apple's container: the argv, the refusals, and, with a stand-in of its
# client (tests/lib/container), the run. No real one is met here: it needs macOS.
load lib/helper
load lib/run
load lib/container

local_setup() {
	run_setup
	container_setup
	# What a command does until it is told to end; should the test be red, for a while.
	WAIT='i=0; until [ -e down ] || [ $i -gt 500 ]; do sleep 0.02; i=$((i + 1)); done'
}

# repo: the project is a git repository, with what is protected in it.
repo() {
	git init -q .
	git config --global user.name Tester
	git config --global user.email tester@example.org
	mkdir -p .vscode .git/branches .git/hooks
	echo '{}' >.vscode/tasks.json
	echo 'use x' >.envrc
}

# full: about everything in it
full() {
	mkdir -p "$BATS_TEST_TMPDIR/data" hidden
	[ -e sock ] || python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("sock")'
	env -i HOME="$HOME" PATH="$PATH" LANG=C.UTF-8 TERM=dumb C=hush ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} \
	    "$(command -v wx-run)" -e container -i made:1 -n none -c 3 -M 1G -P 77 -T 9 -H hidden -k sock \
	    -m "$BATS_TEST_TMPDIR/data:/data:rw" -m /usr/share -v A=mine -v C -E 0 -F 9 "$@" -- sh -c 'echo "$A"' -x
}

normal() {
	sed -E -e "s#$HOME/\.local/state/wrapix/[0-9a-f]{16}#STATE#g; s#$BATS_TEST_TMPDIR#T#g" \
	    -e "s#\"uid\": $(id -u), \"gid\": $(id -g)#\"uid\": UID, \"gid\": GID#; s#\"$(id -un)\"#\"USER\"#" \
	    -e '/^--[ug]id$/{n;s/.*/ID/}' -e "s#(\"dest\": \"/run/wrapix/policy\".*\"bytes\": )[0-9]+#\1N#; s#^(USER|LOGNAME)=.*#\1=USER#; s#(SHELL(=|\": \"))[^\",]*#\1SHELL#"
}

@test "the argv and the plan are as they were agreed" {
	repo
	exec 9</dev/null
	diff -u "$WX_TREE/tests/golden/container.argv" <(full --print-argv | normal)
	diff -u "$WX_TREE/tests/golden/container.plan" <(full --print-plan | normal)
	[ ! -e "$REC/argv.0" ] || fail "the client was called"
}

@test "the choice of the engine" {
	engine() {
		wx-run -n none -L "$@" -- true | jq -r .engine
	}
	[ "$(engine -e container -i x)" = container ]
	[ "$(engine -i x)" = podman ]
	echo '{"engine": "container", "image": "x"}' >"$BATS_TEST_TMPDIR/p"
	[ "$(engine -p "$BATS_TEST_TMPDIR/p")" = container ]
	run -125 wx-run -e container -n none -- true
	[ "$output" = "wx-run: engine 'container' needs an image (-i)" ] || fail "$output"
	run -125 wx-run -e containers -i x -n none -- true
	[ "$output" = "wx-run: 'containers' is no engine: auto, bwrap, podman or container" ] || fail "$output"
	run -125 wx-run -e container -i --rm -n none -- true
	[[ $output == *"is no name of an image" ]]
	run -0 wx-run -e container --check
	[[ $output == *"ok container: $BATS_TEST_TMPDIR/bin/container"*"ok state: "* ]] || fail "$output"
	rm "$BATS_TEST_TMPDIR/bin/container"
	run -1 wx-run -e container --check
	[[ $output == *"no container: not on PATH; mend: https://"* ]] || fail "$output"
	run -125 in_container -- true
	[[ $output == "wx-run: container is not on PATH: "* ]] || fail "$output"
}

# refused WANT OPTION...: without any call of the client
refused() {
	local want=$1
	shift
	run -125 in_container "$@" -- true
	[[ $output == "wx-run: engine 'container' $want"* ]] || fail "$*: $output"
	[ ! -e "$REC/argv.0" ] || fail "$*: the client was called"
	nothing_left
}

@test "what it cannot do is an error that names it; the same as a default is none" {
	refused "has no network 'host': it is another machine; use -n open" -n host
	refused 'brings no tools of the host (-t)' -t git
	refused "mounts no single file ('/etc/hosts'): mount the folder" -m /etc/hosts
	refused 'counts memory in MiB: say a whole number of them for -M' -M 1000000
	for key in home_size tmp_size; do
		echo "{\"$key\": \"1G\"}" >"$BATS_TEST_TMPDIR/p"
		refused "cannot bound a tmpfs ('$key'): leave the key out" -p "$BATS_TEST_TMPDIR/p"
	done
	touch .env
	refused "mounts no single file, so it cannot cover '/workspace/.env': hide the folder" -H .env
	mkdir "$BATS_TEST_TMPDIR/o,d" "$BATS_TEST_TMPDIR/o=d" "$BATS_TEST_TMPDIR/o:d"
	for odd in o,d o=d; do
		run -125 in_container -m "$BATS_TEST_TMPDIR/$odd:/x" -- true
		[[ $output == *"cannot mount '$BATS_TEST_TMPDIR/$odd': a comma"* ]] || fail "$output"
		[ "$(called run)" -eq 0 ]
		nothing_left
	done
	run -0 in_container -m "$BATS_TEST_TMPDIR/o:d:/x" -- test -d /x
	run -125 in_container -- -x
	[[ $output == *"takes '-x' for an option"* ]] || fail "$output"
	# A linked work tree: its .git would have to be covered.
	git -c user.name=a -c user.email=a@b init -q ../main
	git -C ../main -c user.name=a -c user.email=a@b commit -q --allow-empty -m one
	git -C ../main worktree add -q ../linked
	cd ../linked
	run -125 in_container -- true
	[[ $output == *"cannot be covered: use the main work tree, or --git none"* ]] || fail "$output"
	nothing_left
}

@test "the status, the streams, the folder, the user" {
	run -7 in_container -- sh -c 'exit 7'
	run -137 in_container -- sh -c 'kill -9 $$'
	run -0 in_container -- sh -c 'echo "$0 $#"; pwd; id -u; id -g; echo new >f' a b 'c d'
	[ "$output" = "a 2"$'\n'/workspace$'\n'"$(id -u)"$'\n'"$(id -g)" ] || fail "$output"
	[ "$(cat f)" = new ]
	head -c 300000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
	in_container -- tee /dev/stderr <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
	cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/err"
	# The state lives on, HOME does not.
	in_container -- sh -c 'echo kept >~/.claude/a; echo lost >~/b'
	run -0 in_container -- sh -c 'cat ~/.claude/a; ls -A ~ | xargs'
	[ "$output" = kept$'\n'.claude ] || fail "$output"
	nothing_left
}

@test "the environment: of the image, of the plan; the client has what it needs" {
	export HOST_SECRET=wxmade-up PASSED=wxpassed
	run -0 in_container -v PASSED -v SET='a b' -v EMPTY= -- env
	for want in OF_IMAGE=yes PASSED=wxpassed 'SET=a b' EMPTY= "HOME=$HOME" "USER=$(id -un)"; do
		grep -qxF "$want" <<<"$output" || fail "no $want: $output"
	done
	run ! grep -q HOST_SECRET <<<"$output"
	run ! grep -lq HOST_SECRET "$REC"/environ.*
	run ! grep -lq wxpassed "$REC"/argv.*
}

@test "secrets by -E: in the client's environment alone; in no argv, no file" {
	secret=wxmade-up-$RANDOM$RANDOM
	echo "TOKEN=$secret" | in_container -E 0 -- sh -c 'echo "$TOKEN" >out; echo >up'"; $WAIT" &
	run=$!
	until_true test -e up
	[ "$(cat out)" = "$secret" ]
	rm out
	for p in /proc/[0-9]*; do
		! grep -qaF "$secret" "$p/cmdline" 2>/dev/null || fail "argv: $(tr '\0' ' ' <"$p/cmdline")"
	done
	found=$(grep -rlaF "$secret" "$HOME" . "$REC"/argv.* || :)
	[ -z "$found" ] || fail "on disk: $found"
	[ "$(grep -laF "$secret" "$REC"/environ.*)" = "$REC/environ.$(($(called image) + $(called run) - 1))" ]
	grep -A1 -x -- --env <(run_argv) | grep -qx TOKEN
	echo >down
	wait "$run"
	for name in PATH DYLD_INSERT_LIBRARIES CONTAINER_DEBUG TMPDIR; do
		before=$(called run)
		run -125 in_container -E 0 -- true <<<"$name=x"
		[[ $output == *"secret '$name' (-E): engine 'container' obeys this variable itself"* ]] || fail "$output"
		[ "$(called run)" -eq "$before" ]
	done
	nothing_left
}

@test "secrets by -F: a folder of mode 0700, gone afterwards" {
	secret=wxmade-up-$RANDOM$RANDOM
	echo "TOKEN=$secret" | in_container -F 0 -- sh -c 'cat /run/secrets/TOKEN >out; echo x >/run/secrets/TOKEN
	    touch /run/secrets/x; env >>out; echo >up; '"$WAIT" 2>/dev/null &
	run=$!
	until_true test -e up
	stage=$(find "$HOME" -name 'container-*')
	[ "$(stat -c %a "$stage")" = 700 ]
	[ "$(stat -c %a "$stage/secrets")" = 700 ]
	[ "$(stat -c '%a %s' "$stage/secrets/TOKEN")" = "400 ${#secret}" ]
	[ "$(ls "$stage/secrets")" = TOKEN ] || fail "written: $(ls "$stage/secrets")"
	[ "$(head -n 1 out | cut -c "1-${#secret}")" = "$secret" ]
	run ! grep -q "^TOKEN=" out
	run ! grep -laF "$secret" "$REC"/argv.* "$REC"/environ.*
	echo >down
	wait "$run"
	nothing_left
}

@test "SIGKILL of wx-run: its watcher ends the container and takes the stage away" {
	exec_container -F 0 -- sh -c 'echo >up; exec sleep 50' "$MARK" <<<TOKEN=x &
	run=$!
	until_true test -e up
	kill -KILL "$run"
	wait "$run" 2>/dev/null || :
	until_true sh -c '[ -z "$(find "$HOME" -path "*.run/container-*")" ]'
	until_true sh -c "[ -z \"\$(ls '$REC/live')\" ]"
	until_true gone
}

@test "SIGKILL of wx-run before the machine stands: it never will" {
	touch "$REC/slow"
	exec_container -- sh -c 'echo >ran' "$MARK" &
	run=$!
	until_true test -e "$REC/argv.1"
	kill -KILL "$run"
	wait "$run" 2>/dev/null || :
	until_true sh -c '[ -z "$(find "$HOME" -path "*.run/container-*")" ]'
	until_true gone
	[ ! -e ran ]
	[ -z "$(ls "$REC/live")" ]
}

@test "SIGKILL of wx-run and of its watcher: the next run does it" {
	exec_container -F 0 -- sh -c 'echo >up; exec sleep 50' "$MARK" <<<TOKEN=x &
	run=$!
	until_true test -e up
	# Its children: the client, which has another argv, and the watcher.
	for pid in $(pgrep -P "$run"); do
		! grep -q tests/lib/container "/proc/$pid/cmdline" || continue
		watcher=$pid
	done
	kill -STOP "$run"
	kill -KILL "$watcher" "$run"
	wait "$run" 2>/dev/null || :
	[ -e "$(staged | head -n 1)" ]
	[ -n "$(ls "$REC/live")" ]
	run -0 in_container -- true
	nothing_left
	until_true gone
}

@test "signals to wx-run reach the command, which may clean up" {
	for sig in TERM HUP INT USR1; do
		rm -f up done
		(trap - INT; exec bash -c 'set -m; wx-run "$@" & wait $!' - -e container -i "$IMAGE" -n none -- sh -c "
		    trap 'echo $sig >done; exit 9' $sig; echo \$\$ >up; while :; do sleep 0.05; done") &
		shell=$!
		until_true test -s up
		pid=$(pgrep -P "$shell" wx-run)
		kill -s "$sig" "$pid"
		rc=0
		wait "$shell" || rc=$?
		[ "$rc" -eq 9 ] && [ "$(cat done)" = "$sig" ] || fail "$sig: $rc $(cat done 2>&1)"
	done
	nothing_left
}

@test "a signal before the machine stands ends all" {
	touch "$REC/slow"
	exec_container -- touch ran &
	run=$!
	until_true test -e "$REC/argv.1"
	kill -TERM "$run"
	rc=0
	wait "$run" || rc=$?
	[ "$rc" -eq 143 ] || fail "$rc"
	[ ! -e ran ]
	nothing_left
}

@test "-T: SIGTERM, then SIGKILL, and 124" {
	run -124 in_container -T 0.7 -- sh -c 'trap "echo term >got; exit 3" TERM; while :; do sleep 0.05; done'
	[ "$(cat got)" = term ]
	run -124 in_container -T 0.7 -- sh -c 'trap "" TERM; while :; do sleep 0.05; done'
	nothing_left
}

@test "no image, no command, a client that is too old" {
	run -125 wx-run -e container -i absent:1 -n none -- true
	[[ $output == *"engine 'container' has no image 'absent:1' here"*"container image pull absent:1" ]] || fail "$output"
	[ "$(called run)" -eq 0 ] || fail "it would have been fetched"
	# Its status for what it cannot run is 1.
	run -1 in_container -- nosuch
	sed 's/--ulimit//' "$WX_TREE/tests/lib/container" >"$BATS_TEST_TMPDIR/old"
	sed -i "s#/usr/bin/python3 [^ ]*#/usr/bin/python3 $BATS_TEST_TMPDIR/old#" "$BATS_TEST_TMPDIR/bin/container"
	run -125 in_container -- touch ran
	[[ $output == *"Unknown option '--ulimit'"*"it must be 1.0.0 or newer" ]] || fail "$output"
	[ ! -e ran ]
	nothing_left
}

@test "the workspace: folders cannot be changed, single files are put back, and it is said" {
	repo
	git add . && git commit -qm one
	find . -printf '%p %m %s\n' | grep -v replaced | sort >"$BATS_TEST_TMPDIR/before"
	rc=0
	in_container -r "$BATS_TEST_TMPDIR/report" -- sh -c 'echo "[core] fsmonitor = x" >>.git/config
	    echo x >.envrc; echo x >.git/hooks/h; echo x >.vscode/tasks.json; rm -rf .git/hooks; exit 3' >out 2>err || rc=$?
	stderr=$(cat err)
	rm -f out err
	[ "$rc" -eq 3 ] || fail "$rc: $stderr"
	[[ $stderr == *"mounts no single files: 1 protected, such as '.envrc', can be changed until the end"* ]] || fail "$stderr"
	find . -printf '%p %m %s\n' | sort | diff "$BATS_TEST_TMPDIR/before" -
	git status --short | diff /dev/null -
	[ "$(jq -r 'select(.kind == "restored").path' "$BATS_TEST_TMPDIR/report" | sort | xargs)" = ".envrc" ] ||
	    fail "$(cat "$BATS_TEST_TMPDIR/report")"
	run -0 --separate-stderr in_container -- git commit -q --allow-empty -m two
	[[ $stderr != *found:* ]] || fail "$stderr"
	[ "$(git log --format='%s %an' -1)" = "two Tester" ]
	nothing_left
}

@test "hidden folders, read-only and writable mounts, the agent, the pinned hosts" {
	mkdir hidden "$BATS_TEST_TMPDIR/ro" "$BATS_TEST_TMPDIR/rw"
	echo x >hidden/f
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("../sock")'
	run -0 in_container -H hidden -k ../sock -m "$BATS_TEST_TMPDIR/ro:/ro" -m "$BATS_TEST_TMPDIR/rw:/rw:rw" -- sh -c '
	    ls hidden | wc -l; touch /ro/x 2>/dev/null || echo read-only; touch /rw/x /tmp/x ~/x; test -S "$SSH_AUTH_SOCK" && echo socket
	    grep -c github.com /run/wrapix/ssh_known_hosts; touch /run/wrapix/x 2>/dev/null || echo read-only; echo "$GIT_SSH_COMMAND"'
	[[ $output == "wx-run: the ssh-agent of -k does not answer"$'\n'0$'\n'read-only$'\n'socket$'\n'4$'\n'read-only$'\n'*IdentityAgent=SSH_AUTH_SOCK*/run/wrapix/ssh_known_hosts* ]] || fail "$output"
	[ -e "$BATS_TEST_TMPDIR/rw/x" ]
}

@test "a terminal: the client gets it" {
	on_tty wx-run -e container -i "$IMAGE" -n none -- sh -c 'tty; echo ready; read -r x; echo "got $x"' <<-'S'
	expect ready
	send hello\r
	expect got hello
	status 0
	S
	run_argv | grep -qx -- --tty
	run -0 in_container -- true
	[ "$(run_argv | grep -cx -- --tty)" -eq 1 ]
}
