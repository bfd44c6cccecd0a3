# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For the tests of wrapix: a sshd with git-shell behind it and a repository me/it, of which p is
# a clone; nothing of a run may be left after a test. To be loaded after helper, run and sshd.

forge_setup_file() {
	export dir=$BATS_FILE_TMPDIR PATH="$WX_BUILD:$PATH:/usr/sbin"
	sshd_start "$dir/sshd"
	echo "$SSHD_PORT $SSHD_PID" >"$dir/sshd.is"
	# What a forge has behind its door.
	cat >"$dir/door" <<-'EOS'
	#!/bin/sh
	cd "${0%/*}/repos" || exit 1
	exec git-shell -c "$(printf '%s\n' "$SSH_ORIGINAL_COMMAND" | sed "s|'/|'|")"
	EOS
	chmod 755 "$dir/door"
}

forge_teardown_file() {
	read -r SSHD_PORT SSHD_PID <"$dir/sshd.is"
	sshd_stop
}

forge_setup() {
	read -r SSHD_PORT _ <"$dir/sshd.is"
	export GIT_CONFIG_NOSYSTEM=1 XDG_RUNTIME_DIR=
	# Its socket's name has a limit, and the folder of the suite is deep.
	XDG_RUNTIME_DIR=$(mktemp -d /tmp/wx-rt.XXXXXX)
	base=$XDG_RUNTIME_DIR/wrapix
	keys=$HOME/.ssh/deploy_keys
	git config --global user.name Tester
	git config --global user.email tester@example.org
	git config --global init.defaultBranch main
	rm -rf "$dir/repos"
	git init -q --bare "$dir/repos/me/it.git"
	git init -q p
	git -C p remote add origin "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/me/it.git"
	git -C p commit -q --allow-empty -m zero
	p=$PWD/p
	engine=bwrap
	[ -z "$WX_PODMAN" ] || engine=podman
}

forge_teardown() {
	local left end=$((SECONDS + 60))
	until left=$(find "$XDG_RUNTIME_DIR" -path '*/run.*' -prune -print) && [ -z "$left" ]; do
		[ "$SECONDS" -lt "$end" ] || break
		sleep 0.02
	done
	rm -rf "$XDG_RUNTIME_DIR"
	[ -z "$left" ] || fail "left: $left"
}

# give_key: the deploy key and the signing key that setup-deploy-key would have left.
give_key() {
	wx-keygen -C 127.0.0.1/me/it -o "$keys/it-here" >/dev/null
	wx-keygen -C 127.0.0.1/me/it -o "$keys/it-here-signing" >/dev/null
	printf 'restrict,command="%s" %s\n' "$dir/door" "$(cat "$keys/it-here.pub")" >"$dir/sshd/authorized_keys"
	mkdir -p ~/.config/wrapix
	cp "$dir/sshd/known_hosts" ~/.config/wrapix/known_hosts
}

give_token() {
	token=sk-ant-oat01-MADEUP-$(tr -dc 0-9a-f </dev/urandom | head -c 40)
	(umask 077; mkdir -p ~/.config/wrapix; printf '%s\n' "$token" >~/.config/wrapix/CLAUDE_CODE_OAUTH_TOKEN)
}

# in_p ARG...: the sandbox has the host's network, for the sshd is on its loopback.
in_p() {
	wrapix -q -n host "$@" 3>&- 2> >(grep -v "network 'host'" >&2)
}
