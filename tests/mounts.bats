# SPDX-License-Identifier: MIT
# engines: bwrap podman
# takes: 35 s
# What was looked at is what is mounted, and the list of mounts is the plan's; what is hidden
# stays hidden; what else of the host's lies in the project is not reached.
load lib/helper

local_setup() {
	export XDG_STATE_HOME=$PWD/state GIT_CONFIG_NOSYSTEM=1
	git config --global user.name Tester
	git config --global user.email tester@example.org
	mkdir keys
	echo s3cret-key >keys/id
	fresh
}

# fresh: a new project, on which nothing was done
fresh() {
	rm -rf p y
	mkdir -p p/.vscode p/.claude/hooks p/src
	echo '{}' >p/.vscode/tasks.json
	echo '{}' >p/.claude/settings.json
	git init -q p
}

# box SCRIPT [OPTION...]: in the sandbox, in p; what wx-run says goes to err
box() {
	wx-run -n none -C p "${@:2}" -- sh -c "$1" 2>err
}

# refused WORDS SCRIPT [OPTION...]: with that line alone, and nothing was run
refused() {
	local rc=0
	box "$2; echo ran" "${@:3}" >out || rc=$?
	[ "$rc" -eq 125 ] && [ ! -s out ] || fail "$rc: $(cat out err)"
	grep -qF -- "$1" err && [ "$(grep -c refused err)" -eq 1 ] || fail "$(cat err)"
}

# inside: where the project is for the command.
inside() {
	if [ -n "${WX_PODMAN-}" ]; then echo /workspace; else echo "$PWD/p"; fi
}

# meanwhile SCRIPT: it runs between wx-run's look and the mounts of the engine; ENGINE is
# what that then is.
meanwhile() {
	local engine=bwrap
	[ -z "${WX_PODMAN-}" ] || skip "podman's own steps take the same way"
	mkdir -p fake
	printf '#!/bin/sh\ncd "%s"\nENGINE=$(PATH=/usr/local/bin:/usr/bin command -v %s)\n%s\nexec "$ENGINE" $MORE "$@"\n' \
	    "$PWD" "$engine" "$1" >fake/$engine
	chmod +x fake/$engine
	PATH=$PWD/fake:$PATH
}

@test "guards are mounts of their own: read-only, or in their place" {
	box 'grep " $PWD" /proc/self/mountinfo | cut -d" " -f5,6
	    ! echo x >.vscode/tasks.json; ! rm -rf .vscode; ! mv .vscode v; ! mv .claude c; ! rmdir .claude/hooks
	    ! touch .claude/hooks/x; echo x >.claude/free; echo x >src/x' >out || fail "$(cat err)"
	[ "$(sed -n "s#^$(inside)/\\.vscode \([a-z,]*\),relatime\$#\1#p" out)" = ro,nosuid,nodev ] || fail "$(cat out)"
	[ "$(sed -n "s#^$(inside)/\\.claude \([a-z,]*\),relatime\$#\1#p" out)" = rw,nosuid,nodev ] || fail "$(cat out)"
	[ "$(cat p/.vscode/tasks.json p/.claude/free)" = $'{}\nx' ]
	# The argv has them no more, the plan has.
	run -0 wx-run -n none -C p --print-argv -- true
	[[ $output != *vscode* ]] || fail "$output"
	run -0 wx-run -n none -C p --print-plan -- true
	[[ $output == *'"dest": "'"$(inside)"'/.vscode", "kind": "ro"'* ]] || fail "$output"
}

@test "what is renamed between the look and the mount is not mounted" {
	meanwhile 'mv p/.vscode y; ln -s ../keys p/.vscode'
	refused "'$(inside)/.vscode' inside is not '$PWD/p/.vscode'; was it changed just now? try again" 'cat .vscode/id'
	fresh
	meanwhile 'mv p/.vscode y; mkdir p/.vscode'
	refused "'$(inside)/.vscode' inside is not" true
	fresh
	meanwhile 'mv p/.claude y; ln -s ../y p/.claude'
	refused "'$(inside)/.claude' inside is not" true
	fresh
	meanwhile 'mv p/.env y; ln -s ../keys/id p/.env'
	echo s3cret >p/.env
	refused "'$(inside)/.env' inside is not" 'cat .env' -H .env
}

@test "nor is another project, another state, or another source of -m" {
	# With what bwrap itself would miss.
	mkdir -p data keys/.git/objects
	meanwhile 'mv p y; ln -s keys p'
	refused "'$(inside)' inside is not '$PWD/p'" 'cat id'
	rm p
	mv y p
	fresh
	meanwhile 'mv data y; ln -s keys data'
	refused "'/data' inside is not '$PWD/data'" 'cat /data/id' -m "$PWD/data:/data"
	rm data
	mv y data
	meanwhile 'mv data y; ln -s keys data'
	refused "'/data' inside is not '$PWD/data'" 'cat /data/id' -m "$PWD/data:/data:rw"
	rm data
	mv y data
	meanwhile 'for d in state/wrapix/*[0-9a-f]; do mv "$d" y; ln -s "$PWD/keys" "$d"; done'
	refused "$HOME/.claude' inside is not" 'cat ~/.claude/id'
}

@test "a mount that the plan does not name ends the run" {
	meanwhile 'MORE="--tmpfs /extra"'
	refused "'/extra' is mounted inside, and the plan does not name it" true
	meanwhile "MORE='--dir $(inside) --ro-bind keys $(inside)/.vscode/k'"
	refused "'$(inside)/.vscode/k' is mounted inside, and the plan does not name it" true
}

@test "an old kernel is refused with the reason" {
	[ -z "${WX_PODMAN-}" ] || skip "podman's helpers are set-uid, and have no filter of the tests'"
	run -125 "$WX_BUILD/lib/oldkernel" wx-run -n none -C p -- echo ran
	[ "$output" = "wx-run: refused to start: this kernel cannot mount by descriptor (mount_setattr(2)); wx-run needs Linux 5.12 or newer" ] || fail "$output"
}

@test "two runs, one of which renames all the time: nothing of the host's is ever mounted" {
	local i starts=30 ran=0
	[ -z "${WX_WHOLE-}" ] || starts=500
	rm -rf p/.vscode
	cp "$WX_BUILD/lib/exchange" p/exchange
	wx-run -n none -C p -- sh -c "mkdir .vscode y; ln -s $PWD/keys s; touch ready; exec ./exchange .vscode s $((starts * 60))" 3>&- &
	for ((i = 0; i < 600; i++)); do
		[ ! -e p/ready ] || break
		sleep 0.1
	done
	for ((i = 0; i < starts; i++)); do
		wx-run -n none -C p -- sh -c 'cat .vscode/id s/id y/id 2>/dev/null; cat src/../.vscode/id 2>/dev/null; echo ran' >out 2>err || true
		! grep -q s3cret out || fail "start $i: $(cat out err)"
		grep -qE "symbolic link|changed just now|cannot protect|^ran" out err || fail "start $i: $(cat out err)"
		ran=$((ran + $(grep -c ran out || true)))
	done
	kill %1
	wait %1 || true
	echo "# of $starts starts $ran ran" >&2
}

@test "-H: the directories above stay where they are, and a later run knows what was hidden" {
	mkdir -p p/config/deep
	echo s3cret-a >p/config/deep/a.key
	echo s3cret-b >p/real.env
	ln -s real.env p/.env
	box '! mv config c && ! mv config/deep config/d && [ ! -s config/deep/a.key ] || exit 9
	    rm .env; echo dummy >.env; cat real.env' -H 'config/*/*.key' -H .env >out || fail "$(cat out err)"
	[ ! -s out ]
	# By a run that hides nothing, or other things, or by hand.
	box 'mv config moved; mkdir -p config/deep; echo dummy >config/deep/a.key'
	box 'cat moved/deep/a.key real.env config/deep/a.key; ls moved/deep' -H 'config/*/*.key' -H .env >out || fail "$(cat err)"
	[ "$(cat out)" = a.key ] || fail "$(cat out)"
	grep -qF "wx-run: hides 'moved/deep/a.key' too: an earlier run hid it as 'config/deep/a.key' (-H)" err || fail "$(cat err)"
	# Who does not ask for it gets it, under either name.
	box 'cat moved/deep/a.key real.env' -H other >out
	[ "$(grep -c s3cret out)" -eq 2 ] || fail "$(cat out err)"
}

@test "-H: two runs at once, that hide different things" {
	echo s3cret-a >p/a.key
	echo s3cret-b >p/b.key
	mkfifo go
	wx-run -n none -C p -H b.key -m "$PWD/go:/go" -- sh -c 'touch up; read -r x </go; cat b.key c.key d.key' >one 2>&1 3>&- &
	for ((i = 0; i < 600; i++)); do
		[ ! -e p/up ] || break
		sleep 0.1
	done
	box 'mv b.key c.key; [ ! -s a.key ]; ! mv a.key d.key' -H a.key || fail "$(cat err)"
	echo >go
	wait %1 || true
	! grep -q s3cret one || fail "$(cat one)"
	box 'cat c.key' -H b.key >out
	[ ! -s out ] && grep -q "hides 'c.key' too" err || fail "$(cat out err)"
	# What is gone is forgotten, by a run that is alone.
	rm p/c.key
	box true -H b.key
	[ "$(tr '\0' '\n' <"$(ls state/wrapix/*.run/hidden)" | grep -c key)" -eq 1 ] || fail "$(cat state/wrapix/*.run/hidden)"
}

@test "-H: what lies in what is hidden is hidden with it, whatever comes first" {
	mkdir -p p/certs/deep
	echo s3cret >p/certs/deep/key
	echo s3cret >p/.vscode/key
	box '[ -z "$(ls -A certs)" ] && [ ! -s .vscode/key ] && ! touch certs/x && cat .vscode/tasks.json' \
	    -H 'certs/*/key' -H certs -H 'certs/deep' -H .vscode/key >out || fail "$(cat err)"
	[ "$(cat out)" = '{}' ]
}

@test "-m DIR:rw: the protected kinds are so there too; of a repository .git is the run's own" {
	git init -q lib
	git -C lib commit -q --allow-empty -m one
	mkdir lib/.vscode
	echo x >lib/.envrc
	box 'cd /lib2 && ! echo y >.envrc && ! touch .vscode/x && touch .git/x && ! mv .git h && git config a.b c && touch free' \
	    -m "$PWD/lib:/lib2:rw" || fail "$(cat err)"
	[ -e lib/free ] && [ "$(cat lib/.envrc)" = x ]
	[ ! -e lib/.git/x ] && ! git -C lib config a.b || fail "its .git was written"
	box 'cd /lib2 && echo y >.envrc' -m "$PWD/lib:/lib2:rw" -u lib2/.envrc || fail "$(cat err)"
	git init -q --bare bare
	for m in "bare:/b:rw|it is a git repository"; do
		rc=0
		box 'echo ran' -m "$PWD/${m%%|*}" >out || rc=$?
		[ "$rc" -eq 125 ] && grep -qF "${m#*|}" err || fail "$rc: $(cat err)"
	done
	rc=0
	box 'echo ran' -m "$PWD/lib:/l1:rw" -m "$PWD/lib/.vscode:/l2:rw" >out || rc=$?
	[ "$rc" -eq 125 ] && grep -q "writable twice" err || fail "$rc: $(cat err)"
}

# listen PATH [BIND]: a service of the host's at PATH of the project, which it named BIND.
listen() {
	listeners=$((listeners + 1))
	python3 -c 'import os, signal, socket, sys
signal.alarm(300)
os.chdir(sys.argv[2])
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
print("up", flush=True)
while True:
    c, _ = s.accept()
    c.send(b"HOST")
    c.close()' "$1" "${2:-.}" 3>&- >"up.$listeners" &
	for ((i = 0; i < 600; i++)); do
		[ ! -s "up.$listeners" ] || return 0
		sleep 0.1
	done
	fail "no service"
}

@test "a service of the host's that listens in the project is not reached" {
	listeners=0
	cd "$(mktemp -d)"   # a socket's name is short
	fresh
	mkdir -p p/a/b/c/d
	listen "$PWD/p/a/b/c/d/absolute"
	listen ./relative p/src
	listen "$PWD/p/.vscode/in-a-guard"
	# One where nobody listens, and that a server inside makes anew.
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("p/stale")'
	box 'python3 -c "
import os, socket
for p in \"a/b/c/d/absolute\", \"src/relative\", \".vscode/in-a-guard\":
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(p)
        print(p, s.recv(9))
    except OSError as e:
        print(p, type(e).__name__)
os.unlink(\"stale\")
socket.socket(socket.AF_UNIX).bind(\"stale\")
"' >out || fail "$(cat err)"
	kill $(jobs -p)
	[ "$(cat out)" = $'a/b/c/d/absolute PermissionError\nsrc/relative PermissionError\n.vscode/in-a-guard PermissionError' ] || fail "$(cat out)"
}

@test "the user's inotify instances are not all the sandbox's; keys of the kernel are not seen" {
	local all
	all=$(cat /proc/sys/fs/inotify/max_user_instances)
	[ "$all" -lt 5000 ] || skip "$all instances are too many for a test"
	box 'python3 -c "
import ctypes
c = ctypes.CDLL(None)
n = 0
while c.inotify_init1(0) >= 0: n += 1
print(n)"
	    cat /proc/keys /proc/key-users 2>/dev/null || true; ! echo 5 >/proc/sys/user/max_inotify_instances' >out || fail "$(cat err)"
	[ "$(cat out)" -le $((all / 2)) ] && [ "$(cat out)" -gt 0 ] || fail "$(cat out) of $all"
}
