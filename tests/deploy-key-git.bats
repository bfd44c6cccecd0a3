# SPDX-License-Identifier: MIT
# takes: 60 s
# sanitizers: no, of a script; its tools have theirs
# Against a real sshd and git, in a world whose ~/.ssh is full of traps. What setup-deploy-key
# does with it is in tests/setup-deploy-key.bats.
load lib/helper
load lib/sshd
load lib/traps

local_setup() {
	umask 077
	XDG_RUNTIME_DIR=$(mktemp -d /tmp/wx-dk.XXXXXX)
	export XDG_RUNTIME_DIR GIT_CONFIG_NOSYSTEM=1
	keys=$HOME/.ssh/deploy_keys
	mkdir -p "$keys" ~/.config/wrapix
	for k in it two it-signing; do ssh-keygen -q -t ed25519 -N '' -C $k -f "$keys/$k"; done
	SSHD_PID=
}

teardown() {
	sshd_stop
	traps_away
	rm -rf "$XDG_RUNTIME_DIR"
}

# world: the traps, a forge with me/it and me/two behind its door, a clone of the first with a
# commit to push, and what git is to call its host.
world() {
	traps
	unset GIT_SSH_COMMAND GIT_SSH_VARIANT
	mkdir forge repos
	: >seen
	printf '#!/bin/sh\ncd "%s" || exit 1\nexec git-shell -c "$(printf "%%s\\n" "$SSH_ORIGINAL_COMMAND" | sed "s|'"'/|'"'|")"\n' "$PWD/repos" >door
	chmod 755 door
	sshd_start "$PWD/forge" "ForceCommand $PWD/door" 'AcceptEnv GIT_PROTOCOL'
	git config --global user.name Tester
	git config --global user.email tester@example.org
	git config --global push.default current
	for r in it two; do
		git init -q --bare "repos/me/$r.git"
		git init -q -b main $r
		git -C $r remote add origin "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/me/$r.git"
		git -C $r commit -q --allow-empty -m zero
	done
	cp forge/known_hosts ~/.config/wrapix/known_hosts
	cat "$keys/it.pub" personal.pub >forge/authorized_keys
	where=$(id -un)@127.0.0.1:$SSHD_PORT
}

# set_up REPO ARG...
set_up() {
	(cd "$1" && deploy-key-git "${@:2}" "$keys/$1" "$where")
}

# logins: the names of the keys that the forge let in since the last look.
logins() {
	local f
	grep -o 'Accepted key ED25519 SHA256:[^ ]*' "$SSHD_DIR/log" >all || true
	tail -n +$(($(wc -l <seen) + 1)) all | cut -d' ' -f4 >took
	mv all seen
	for f in "$keys"/*.pub personal.pub; do
		! grep -qF "$(ssh-keygen -lf "$f" | cut -d' ' -f2)" took || basename "$f" .pub
	done
}

sums() {
	(cd "$HOME" && find . -type f ! -name random -printf '%p %m %i %T@\n' | sort)
	cksum it/.git/config two/.git/config
}

@test "plain git push and fetch: by the deploy key and no other, whatever ~/.ssh has; revoked, by none" {
	world
	cksum it/.git/config >was
	set_up it
	run -0 git -C it push -q
	run -0 git -C it fetch -q
	[ "$(logins)" = it ] || fail "$(cat forge/log)"
	[ "$(git -C repos/me/it.git rev-parse main)" = "$(git -C it rev-parse main)" ]
	no_trap
	cksum it/.git/config | cmp was -
	# Revoked: the user's own key is not tried in its place, of a file or of an agent.
	git -C it commit -q --allow-empty -m two
	cp personal.pub forge/authorized_keys
	run -128 git -C it push -q
	[[ $output == *"Permission denied (publickey)"* ]] || fail "$output"
	# Nor where the file is gone.
	mv "$keys/it" gone
	run -128 git -C it push -q
	[[ $output == *"the key '$keys/it' is not there: make one with"*"deploy-key-git -r '$keys/it'"* ]] || fail "$output"
	mv gone "$keys/it"
	[ -z "$(logins)" ]
	no_trap
}

@test "a key with a passphrase: of an agent, which is asked for it alone" {
	world
	set_up it
	ssh-keygen -q -p -N 'MADE UP' -P '' -f "$keys/it"
	printf '#!/bin/sh\necho MADE UP\n' >ask
	chmod 755 ask
	SSH_AUTH_SOCK=$XDG_RUNTIME_DIR/p SSH_ASKPASS=$PWD/ask SSH_ASKPASS_REQUIRE=force ssh-add -q "$keys/it"
	run -0 env SSH_AUTH_SOCK="$XDG_RUNTIME_DIR/p" SSH_ASKPASS=/bin/false git -C it push -q
	[ "$(logins)" = it ]
	cp personal.pub forge/authorized_keys
	run -128 env SSH_AUTH_SOCK="$XDG_RUNTIME_DIR/p" SSH_ASKPASS=/bin/false SSH_ASKPASS_REQUIRE=force git -C it ls-remote
	[ -z "$(logins)" ]
	no_trap
}

@test "a host key that is not pinned is refused, and none is learnt; -k names another file" {
	world
	printf '[127.0.0.1]:%d %s\n' "$SSHD_PORT" "$(cut -d' ' -f1,2 "$keys/two.pub")" >~/.config/wrapix/known_hosts
	cp ~/.config/wrapix/known_hosts was
	set_up it
	run -128 git -C it push -q
	[[ $output == *"Host key verification failed"* ]] || fail "$output"
	cmp was ~/.config/wrapix/known_hosts
	rm ~/.config/wrapix/known_hosts
	run -128 git -C it push -q
	[[ $output == *"Host key verification failed"* ]] || fail "$output"
	[ ! -e ~/.config/wrapix/known_hosts ]
	mkdir 'a b'
	cp forge/known_hosts 'a b/'
	set_up it -k "$PWD/a b/known_hosts"
	run -0 git -C it push -q
	no_trap
}

@test "github.com: its own host keys are known, those of wx-origin -k, and no other" {
	world
	git -C it config remote.origin.url git@github.com:me/it.git
	where=git@github.com:22 set_up it
	# It is here, for the time of a test.
	mkdir bin 'with blank'
	printf '#!/bin/sh\nexec /usr/bin/ssh -p %s -l "%s" -o HostName=127.0.0.1 -o HostKeyAlias=github.com "$@"\n' "$SSHD_PORT" "$(id -un)" >bin/ssh
	printf '#!/bin/sh\n[ "$1" = -k ] && echo "github.com %s"\n' "$(cut -d' ' -f1,2 forge/host.pub)" >'with blank/wx-origin'
	chmod 755 bin/ssh 'with blank/wx-origin'
	PATH=$PWD/bin:$PATH run -128 git -C it push -q
	[[ $output == *"Host key verification failed"* ]] || fail "$output"
	PATH="$PWD/with blank:$PWD/bin:$PATH" run -0 git -C it push -q
	[ "$(logins)" = it ]
	ln -s "$WX_TREE/scripts/deploy-key-git" /usr/bin/git /usr/bin/tr bin
	PATH=$PWD/bin run -128 /usr/bin/git -C it push -q
	[[ $output == *"deploy-key-git: not found on PATH: wx-origin"* ]] || fail "$output"
	no_trap
}

@test "side by side: two keys of one host, a linked work tree, other remotes as before" {
	world
	set_up it
	set_up two
	printf 'restrict,command="%s" %s\n' "$PWD/door" "$(cat "$keys/it.pub")" >forge/authorized_keys
	cat "$keys/two.pub" personal.pub >>forge/authorized_keys
	git -C it push -q
	[ "$(logins)" = it ]
	git -C two push -q
	[ "$(logins)" = two ]
	git -C it worktree add -q -b side ../linked
	git -C linked commit -q --allow-empty -m side
	git -C linked push -q
	[ "$(logins)" = it ]
	no_trap
	# Another repository at that host, and the same one at another port: by the user's own ssh.
	git -C it remote add up "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/me/two.git"
	git -C it fetch -q up
	[ "$(logins)" = personal ]
	[ -e sprung.git ] && [ -e sprung.proxy ]
	rm sprung.*
	git -C it remote add far "ssh://$(id -un)@127.0.0.1:1/me/it.git"
	run ! git -C it fetch -q far
	[ -e sprung.git ]
	rm sprung.*
	# Where the user has no command of his own, by ssh and GIT_SSH.
	git config --global --unset core.sshCommand
	printf '#!/bin/sh\ntouch "%s/sprung.own"\nexec ssh "$@"\n' "$PWD" >own-ssh
	chmod 755 own-ssh
	GIT_SSH=$PWD/own-ssh git -C it fetch -q up
	[ -e sprung.own ]
}

@test "as the remote may be written: by the name in upper case, without .git, an alias, the user's own insteadOf" {
	world
	git -C it push -q 2>/dev/null || true
	rm -f sprung.*
	printf '\nHost forge\n  HostName 127.0.0.1\n  Port %s\n' "$SSHD_PORT" >>"$trapped/.ssh/config"
	git config --global url.forge:.insteadOf mine:
	for u in "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/Me/it" "forge:me/it.git" "$(id -un)@forge:me/it/"; do
		git -C it config remote.origin.url "$u"
		logins >old
		set_up it
		mkdir -p repos/Me
		ln -sfn ../me/it.git repos/Me/it
		ln -sfn it.git repos/me/it
		run -0 git -C it ls-remote
		[ "$(logins)" = it ] || fail "$u: $(cat forge/log)"
	done
	no_trap
}

@test "an origin of https is fetched from as before, and pushed to by ssh" {
	world
	git -C it config remote.origin.url https://127.0.0.1/me/it.git
	set_up it
	[ "$(git -C it remote get-url origin) $(git -C it remote get-url --push origin)" = "https://127.0.0.1/me/it.git ssh://$where/me/it.git" ]
	git -C it push -q
	[ "$(logins)" = it ]
	no_trap
	deploy-key-git -r "$keys/it"
	[ "$(git -C it remote get-url --push origin)" = https://127.0.0.1/me/it.git ]
}

@test "wx-ssh-agent in such a repository: the keys of its agent, and no other" {
	world
	set_up it
	cat "$keys/two.pub" personal.pub >forge/authorized_keys
	run -0 wx-ssh-agent -d "$(id -un)@[127.0.0.1]:$SSHD_PORT" -k "$keys/two" git -C it push -q
	[ "$(logins)" = two ]
	no_trap
	GIT_SSH_COMMAND=false set_up it 2>err
	grep -q 'GIT_SSH_COMMAND is set, which git obeys before this: unset it' err
}

@test "-s: git signs with the signing key and verifies it; so it does what the old key signed, after -u" {
	world
	set_up it -s "$keys/it-signing"
	git -C it commit -q -S --allow-empty -m signed
	[ "$(git -C it log -1 --format='%G? %GS')" = 'G tester@example.org' ]
	run -0 git -C it log -1 --show-signature
	[[ $output == *'Good "git" signature for tester@example.org'* ]] || fail "$output"
	# Nowhere else, and not by its own doing.
	[ -z "$(git -C two config gpg.format)" ]
	git -C it commit -q --allow-empty -m plain
	[ "$(git -C it log -1 --format=%G?)" = N ]
	sleep 1.1
	cp "$keys/it-signing" was && cp "$keys/it-signing.pub" was.pub
	rm "$keys/it-signing" "$keys/it-signing.pub"
	ssh-keygen -q -t ed25519 -N '' -C new -f "$keys/it-signing"
	deploy-key-git -u "$keys/it"
	deploy-key-git -u "$keys/it"
	[ "$(wc -l <~/.config/wrapix/git/it/signers)" -eq 2 ]
	sleep 1.1
	git -C it commit -q -S --allow-empty -m new
	[ "$(git -C it log -1 --format=%G?)" = G ]
	[ "$(git -C it log -1 --skip=2 --format=%G?)" = G ]
	# The old key is good for nothing new.
	git -C it -c user.signingKey="$PWD/was" commit -q -S --allow-empty -m forged
	[ "$(git -C it log -1 --format=%G?)" != G ]
	# Without -s signing is the user's own again.
	set_up it
	[ -z "$(git -C it config gpg.format)" ]
}

@test "-s: the user's own list of signers is his" {
	world
	printf 'friend@example.org %s\n' "$(cut -d' ' -f1,2 "$keys/two.pub")" >signers
	git config --global gpg.ssh.allowedSignersFile "$PWD/signers"
	cp signers was
	set_up it -s "$keys/it-signing" 2>err
	cmp was signers
	[ "$(git -C it config gpg.ssh.allowedSignersFile)" = "$PWD/signers" ]
	sed -n "s|.*add to '$PWD/signers': ||p" err >>signers
	git -C it commit -q -S --allow-empty -m signed
	[ "$(git -C it log -1 --format=%G?)" = G ]
	set_up it -s "$keys/it-signing" 2>err
	[ ! -s err ] || fail "$(cat err)"
}

@test "the same call changes nothing; -n shows, and changes nothing; -r leaves what was before" {
	world
	sums >before
	cp ~/.gitconfig gitconfig
	set_up it -n -s "$keys/it-signing" >out
	[ "$(grep -c '^would ' out)" -eq 2 ] || fail "$(cat out)"
	sums | diff before -
	set_up two
	cp ~/.gitconfig with-two
	set_up it -s "$keys/it-signing"
	[ "$(stat -c %a ~/.config/wrapix/git/it/*)" = "600"$'\n'"600" ]
	sums >a
	set_up it -s "$keys/it-signing"
	sums | diff a -
	(cd it && deploy-key-git -r -n "$keys/it") >out
	[ "$(grep -c '^would ' out)" -eq 1 ]
	sums | diff a -
	deploy-key-git -r "$keys/it"
	deploy-key-git -r "$keys/it"
	diff with-two ~/.gitconfig
	deploy-key-git -r "$keys/two"
	diff gitconfig ~/.gitconfig
	[ -z "$(find ~/.config/wrapix/git -type f)" ]
}

@test "killed at any call that changes something: the next call completes it, and git never sees a half" {
	world
	[ -x "$WX_BUILD/lib/killat" ] || skip "no killat"
	cp ~/.gitconfig gitconfig
	n=1 step=${WX_KILL_STEP:-7}
	cd it
	while :; do
		rc=0
		"$WX_BUILD/lib/killat" -w "$n" deploy-key-git -s "$keys/it-signing" "$keys/it" "$where" 2>../err || rc=$?
		[ "$rc" -ne 99 ] || break
		[ "$rc" -eq 0 ] || fail "call $n: status $rc: $(cat ../err)"
		rm -f ~/.gitconfig.lock ~/.config/wrapix/git/it/made.*.lock
		git config --list >/dev/null || fail "call $n: a configuration that git does not read"
		case $(git config core.sshCommand) in
		"deploy-key-git -x"*) [ "$(git config gpg.format)" = ssh ] || fail "call $n: half" ;;
		esac
		# Gone on with, or undone.
		if [ $((n % 2)) -eq 0 ]; then
			deploy-key-git -s "$keys/it-signing" "$keys/it" "$where"
			run -0 git ls-remote
		fi
		deploy-key-git -r "$keys/it"
		diff ../gitconfig ~/.gitconfig || fail "call $n"
		[ ! -e ~/.config/wrapix/git/it ] || fail "call $n: $(ls -A ~/.config/wrapix/git/it)"
		n=$((n + step))
	done
	[ "$n" -gt 20 ]
	no_trap
}

@test "the project's links and configuration are not obeyed in setting up, and not changed" {
	world
	git -C it config include.path "$PWD/evil"
	printf '[core]\n\tsshCommand = touch %s/ran\n\tfsmonitor = touch %s/ran\n' "$PWD" "$PWD" >evil
	set_up it 2>err
	[ ! -e ran ]
	grep -q 'ignoring an include' err
	mv it/.git elsewhere
	ln -s ../elsewhere it/.git
	run -1 set_up it
	[[ $output == *symbolic* ]] || fail "$output"
}

@test "what is refused: a path that would mean something else, no repository, no signing key" {
	world
	mkdir 'a*b'
	mv it 'a*b/it'
	cd 'a*b/it'
	run -1 deploy-key-git "$keys/it" "$where"
	[[ $output == *"refusing repository"*"move it to another"* ]] || fail "$output"
	cd ../..
	mv 'a*b/it' it
	run -1 deploy-key-git "$keys/it" "$where"
	[[ $output == *"no repository in"* ]] || fail "$output"
	cd it
	run -1 deploy-key-git "$keys/a'b" "$where"
	run -2 deploy-key-git it "$where"
	for w in x x@y x@y: @y:1 x@:1 -x@y:1 x@-y:1 'x@y z:1' "x@y';:1"; do
		run -2 deploy-key-git "$keys/it" "$w"
	done
	run -1 deploy-key-git -s "$keys/none" "$keys/it" "$where"
	[[ $output == *"no file '$keys/none.pub'"* ]] || fail "$output"
	[ ! -e ~/.config/wrapix/git ]
	# A configuration that cannot be written: what to add is said.
	run -1 env GIT_CONFIG_GLOBAL=/proc/none deploy-key-git "$keys/it" "$where"
	[[ $output == *"add to it: [includeIf \"gitdir:$PWD/.git\"] path = $HOME/.config/wrapix/git/it/config"* ]] || fail "$output"
}
