# SPDX-License-Identifier: MIT
# wx-run started by root: it becomes the owner of the project, for good.
load ../lib/helper

local_setup() {
	T=$BATS_TEST_TMPDIR
	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$T" 2>/dev/null || true
	id=$(id -u "$WX_USER")
	gid=$(id -g "$WX_USER")
	home=$(getent passwd "$WX_USER" | cut -d: -f6)
	mkdir "$T/p"
	chown "$WX_USER:" "$T/p"
	cd "$T/p"
}

teardown() {
	rm -rf "${home:?}/.local" "$home/.config" "$home/bin"
}

same() {
	[ "$1" = "$2" ] || fail "got: $1
want: $2"
}

@test "root: the command is the owner's: uid, gid, groups, HOME, and what it makes" {
	same "$(wx-run -n none -- sh -c 'id -u; id -g; id -G; id -un; echo ~ $USER; touch made' | paste -sd' ')" \
	    "$id $gid $gid $WX_USER $home $WX_USER"
	same "$(stat -c %u:%g made)" "$id:$gid"
	same "$(find "$home/.local" ! -user "$WX_USER")" ""
	[ -d "$(echo "$home"/.local/state/wrapix/*.run)" ]
	same "$(find "$HOME" -name wrapix)" ""
}

@test "root: outside too nothing of root's is left, and there is no way back" {
	mkfifo ready go
	chown "$WX_USER:" ready go
	exec 9<>ready 8<>go
	setpriv --groups 4,27 wx-run -n open -T 30 -- sh -c 'echo >ready; read x <go' 3>&- 8>&- 9>&- &
	pid=$!
	read -r -t 60 _ <&9 || fail "it did not start"
	for p in $pid $(pgrep -P "$pid"); do
		same "$(sed -n 's/^Uid:\t//p; s/^Gid:\t//p; s/^Groups:\t//p' "/proc/$p/status" | tr '\t' ' ' | paste -sd/ | sed 's/[ /]*$//')" \
		    "$id $id $id $id/$gid $gid $gid $gid"
	done
	same "$(sed -n 's/^Cap[IPE]..:\t//p' "/proc/$pid/status" | sort -u)" 0000000000000000
	[ "$(pgrep -cP "$pid")" -eq 2 ]
	echo >go
	wait "$pid"
	run ! wx-run -n none -- setpriv --reuid 0 true
	same "$(wx-run -n none -- sed -n 's/^Cap...:\t//p' /proc/self/status | sort -u)" 0000000000000000
}

@test "root: root's environment does not come along" {
	mkdir -m 700 "$T/xdg"
	export XDG_STATE_HOME=$T/xdg XDG_CONFIG_HOME=$T/xdg HOME=$T/xdg CANARY=MADEUP LC_ALL=C TZ=UTC SSH_AUTH_SOCK=/x LANG=C.UTF-8
	printf '[user]\n\tname = Root\n' >"$HOME/.gitconfig"
	same "$(wx-run -n none -v CANARY -- env | grep -v '^PWD\|^_=\|^SHLVL' | cut -d= -f1 | sort | paste -sd' ')" \
	    "CLAUDE_CONFIG_DIR HOME LANG LOGNAME PATH SHELL TERM USER"
	run ! wx-run -n none -- git config user.name
	same "$(ls -A "$T/xdg")" .gitconfig
}

@test "root: a command and a profile that only root may read are not read" {
	mkdir -m 700 "$T/private"
	printf '#!/bin/sh\necho ran\n' >"$T/private/tool"
	chmod 755 "$T/private/tool"
	PATH=$T/private:$PATH run -127 wx-run -n none -- tool
	echo '{"network": "none"}' >"$T/prof"
	chmod 600 "$T/prof"
	run -125 wx-run -p "$T/prof" -- true
	[[ $output == *"cannot open profile '$T/prof': Permission denied"* ]] || fail "$output"
	mkdir -p "$home/bin"
	printf '#!/bin/sh\necho "$0"\n' >"$home/bin/own"
	chmod 755 "$home/bin/own"
	same "$(PATH=$home/bin:$PATH wx-run -n none own)" "$home/bin/own"
}

@test "root: a project of root's is refused, whatever the option" {
	mkdir "$T/q"
	for o in -L -A -K --; do
		run -125 wx-run -n none -C "$T/q" $o true
		[[ $output == *"cannot run as root: root owns '$T/q'; give it to a user (chown -R USER '$T/q') or run as one"* ]] || fail "$output"
	done
	chown 12345:0 "$T/q"
	run -125 wx-run -n none -C "$T/q" -- true
	[[ $output == *"cannot drop root: the owner of '$T/q' (uid 12345) has no group but root's"* ]] || fail "$output"
	chmod 700 "$T/p"
	mkdir -m 700 "$T/shut" "$T/shut/r"
	chown "$WX_USER:" "$T/shut/r"
	run -125 wx-run -n none -C "$T/shut/r" -- true
	[[ $output == *"cannot read project"* ]] || fail "$output"
}

@test "root: the owner's home is no project; --check and plan are the owner's" {
	run -125 wx-run -n none -C "$home" -- true
	[[ $output == *"your home is in it"* ]] || fail "$output"
	same "$(wx-run -n none -L -- true | jq -c '.user | .uid, .home' | paste -sd' ')" "$id \"$home\""
	run -0 wx-run -n none --check
	[[ $output == *"ok state: $home/.local/state/wrapix/"* ]] || fail "$output"
}

@test "root: secrets by descriptor arrive, also from a file that only root can read" {
	umask 077
	echo TOK=MADEUP-r >"$T/tok"
	same "$(wx-run -n none -E 5 -F 6 -- sh -c 'echo $TOK; cat /run/secrets/TOK' 5<"$T/tok" 6<"$T/tok")" $'MADEUP-r\nMADEUP-r'
}

@test "root: the system's git configuration has its say, as for git itself" {
	cp -a /etc "$T/etc"
	printf '[user]\n\tname = System\n[core]\n\thooksPath = /x\n' >"$T/etc/gitconfig"
	mkdir -p "$home/.config/git"
	# Quoted: for git, and not our own reader, to read.
	printf '[user]\n\temail = "e@example.org"\n' >"$home/.config/git/config"
	chown -R "$WX_USER:" "$home/.config"
	same "$(unshare -m sh -c 'mount --bind "$1" /etc && git -C / config --system user.name && exec wx-run -n none -- git config --list' - "$T/etc")" \
	    "System
user.name=System
user.email=e@example.org"
}

@test "root: a file of /etc that is too large to be copied is shown all the same, read-only" {
	seq -f 'service%g 1/tcp' 60000 >"$T/services"
	chmod 644 "$T/services"
	chown "$WX_USER:" "$T/services"
	same "$(unshare -m --propagation private sh -c 'mount --bind "$1" /etc/services && exec wx-run -n none -- sh -c "
	    wc -l </etc/services; echo x 2>/dev/null >>/etc/services || echo refused"' sh "$T/services" 2>/dev/null | paste -sd' ')" \
	    '60000 refused'
}
