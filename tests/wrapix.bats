# SPDX-License-Identifier: MIT
# The everyday command, against a real sshd with git-shell behind it, real keys and a real
# ssh-agent. A shell does the agent's work here; the agent itself comes last.
load lib/helper
load lib/run
load lib/sshd

setup_file() {
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

teardown_file() {
	read -r SSHD_PORT SSHD_PID <"$dir/sshd.is"
	sshd_stop
}

local_setup() {
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
}

teardown() {
	local left
	left=$(find "$XDG_RUNTIME_DIR" -path '*/run.*' -prune -print)
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

# --- the main path

@test "git push, git fetch and a signed commit inside; the host verifies them" {
	give_key
	run -0 in_p p -- sh -c '
	    git commit -q --allow-empty -m one && git verify-commit HEAD && git push -q origin HEAD:main && git fetch origin'
	[ "$(git -C "$dir/repos/me/it.git" log -1 --format=%s main)" = one ] || fail "$output"
	printf 'tester@example.org %s\n' "$(cut -d' ' -f1,2 "$keys/it-here-signing.pub")" >allowed
	run -0 git -C p -c gpg.ssh.allowedSignersFile="$PWD/allowed" verify-commit HEAD
	[[ $output == *'Good "git" signature for tester@example.org'* ]]
}

@test "the deploy key is found by the origin, whatever folder and key are called" {
	give_key
	mv "$keys/it-here" "$keys/other" && mv "$keys/it-here.pub" "$keys/other.pub"
	mv p "it's elsewhere"
	run -0 in_p "it's elsewhere" -- git push -q origin HEAD:main
	# A key for another repository of that name is none.
	wx-keygen -f -C 127.0.0.1/you/it -o "$keys/other" >/dev/null
	run -128 in_p "it's elsewhere" -- git push -q origin HEAD:main
	run -0 wrapix -n none "it's elsewhere" -- true
	[[ $output == *"no push: no deploy key for '127.0.0.1/me/it'; make one with: setup-deploy-key -H 127.0.0.1"* ]] || fail "$output"
}

@test "an origin by https, and by an alias of ssh_config, is pushed to by ssh" {
	give_key
	printf '[127.0.0.1]:%s %s\n127.0.0.1 %s\n' "$SSHD_PORT" "$(cut -d' ' -f2- "$dir/sshd/known_hosts")" \
	    "$(cut -d' ' -f2- "$dir/sshd/known_hosts")" >~/.config/wrapix/known_hosts
	printf 'Host work\n\tHostName 127.0.0.1\n\tPort %s\n\tUser %s\n' "$SSHD_PORT" "$(id -un)" >~/.ssh/config
	for url in git@work:me/it.git ssh://work/me/it work:me/it; do
		git -C p remote set-url origin "$url"
		[ "$url" = "${url#git@}" ] || sed -i "s/User .*/User git/" ~/.ssh/config
		run -0 in_p p -- git remote get-url origin
		want=ssh://$([ "$url" = "${url#git@}" ] && id -un || echo git)@127.0.0.1:$SSHD_PORT/me/it
		[ "${output%.git}" = "$want" ] || fail "$url: $output, not $want"
		sed -i "s/User .*/User $(id -un)/" ~/.ssh/config
	done
	run -0 in_p p -- git push -q origin HEAD:main
	git -C p remote set-url origin https://127.0.0.1/me/it.git
	run -0 in_p p -- git remote get-url origin
	[ "$output" = ssh://git@127.0.0.1:22/me/it.git ] || fail "$output"
}

@test "to another host the key does not open the door, though it is let in there" {
	give_key
	local port=$SSHD_PORT pid=
	sshd_start "$PWD/second"
	pid=$SSHD_PID
	cp "$dir/sshd/authorized_keys" second/authorized_keys
	cat second/known_hosts >>~/.config/wrapix/known_hosts
	[ "$port" != "$SSHD_PORT" ]
	run -128 in_p p -- git push -q "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/me/it.git" HEAD:main
	[[ $output == *"Permission denied"* ]] || fail "$output"
	grep -q "Connection from" second/log || fail "$(cat second/log)"
	# The same door opens to the key itself.
	sshd_ssh "$keys/it-here" true 2>err || grep -q 'git-shell\|unrecognized' err || fail "$(cat err)"
	kill "$pid"
}

@test "inside there is no private key, no ~/.ssh and no GitHub token, and the agent holds two keys" {
	give_key
	give_token
	export GH_TOKEN=ghp_MADEUP GITHUB_TOKEN=ghp_MADEUP2
	run -0 in_p p -- sh -c 'ssh-add -l | wc -l; env | grep -c MADEUP; ls -d ~/.ssh 2>&1; ls ~/.config/wrapix
	    grep -rsl -e "OPENSSH PRIVATE KEY" -e ghp_MADEUP / --exclude-dir=proc --exclude-dir=usr --exclude-dir=sys --exclude-dir=dev | head; grep -als ghp_MADEUP /proc/*/environ; true'
	[ "${lines[0]}" = 2 ]
	[ "${lines[1]}" = 1 ]
	[[ ${lines[2]} == *"No such file"* ]]
	[ "${lines[3]}" = allowed_signers ]
	[ "${#lines[@]}" -eq 4 ] || fail "$output"
}

@test "the token comes as a variable, or with --token-file as Claude Code's file, 0400, with an end" {
	give_token
	[ "$(in_p p -- sh -c 'echo $CLAUDE_CODE_OAUTH_TOKEN')" = "$token" ]
	in_p --token-file p -- sh -c 'echo "${CLAUDE_CODE_OAUTH_TOKEN-unset}"; cat ~/.claude/.credentials.json; echo; stat -Lc %a ~/.claude/.credentials.json' >out
	[ "$(sed -n 1p out)" = unset ]
	[ "$(sed -n 3p out)" = 400 ]
	sed -n 2p out | jq -e --arg t "$token" '.claudeAiOauth | .accessToken == $t and (has("refreshToken") | not) and .expiresAt > now * 1000' >/dev/null || fail "$(cat out)"
	! grep -rl "$token" ~/.local || fail "the token is on disk"
	# A second run finds the first one's link.
	in_p --token-file p -- sh -c 'test -s ~/.claude/.credentials.json'
}

@test "what is read from standard input reaches the command" {
	give_key
	give_token
	[ "$(echo words | in_p p -- cat)" = words ]
	[ "$(in_p p -- cat </dev/null)" = "" ]
}

@test "the command's status comes back, and its own by 125" {
	run -7 in_p p -- sh -c 'exit 7'
	run -143 in_p p -- sh -c 'kill -TERM $$'
	run -127 in_p p -- no-such-command
	run -125 wrapix -q --nonsense
	run -125 wrapix -q p q
	run -125 wrapix -q nowhere
	[[ $output == *"no folder 'nowhere'"* ]]
	run -125 wrapix -q -n
	run -125 wrapix -q -p nowhere p
	[[ $output == *"no profile 'nowhere'"* ]]
}
