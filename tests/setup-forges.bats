# SPDX-License-Identifier: MIT
# takes: 60 s
# sanitizers: no, of a script; its tools have theirs
# A life of a deploy key at each forge that is not GitHub: against its stand-in of tests/fake and a real sshd, which lets in
# those keys that the stand-in knows at that moment, in a world whose ~/.ssh is full of traps. Every token is made up.
load lib/helper
load lib/push
load lib/sshd
load lib/traps

setup_file() {
	export all=$BATS_FILE_TMPDIR
	for k in gitlab gitea bitbucket; do fake_start $k "$all/$k"; done
}

teardown() {
	sshd_stop
	traps_away
	rm -rf "$XDG_RUNTIME_DIR"
	! grep -rl MADEUP --include='out*' --include='err*' . || fail 'a token was shown'
	! grep -hE '"origin": "(other|plain|expired|wrong|alien|old)"' "$all"/*/log || fail 'a request went astray'
}

# world KIND REPO: a repository of that name at the forge and behind its door, and a clone p.
world() {
	local p
	umask 077
	SSHD_PID=
	XDG_RUNTIME_DIR=$(mktemp -d /tmp/wx-sf.XXXXXX)
	export XDG_RUNTIME_DIR GIT_CONFIG_NOSYSTEM=1 dir=$all/$1
	for p in $(cat "$dir/ports"); do export "port_${p%=*}=${p#*=}"; done
	host=127.0.0.1:$port_main repo=$2 keys=$HOME/.ssh/deploy_keys
	export SSL_CERT_FILE=$dir/certs/ca.pem
	unset GH_TOKEN GH_ENTERPRISE_TOKEN GITLAB_HOST GITEA_SERVER_URL BITBUCKET_URL
	case $1 in
	gitlab) export GITLAB_TOKEN=glpat-MADEUPapi GITLAB_HOST=$host ;;
	gitea) export FORGEJO_TOKEN=MADEUPadmin ;;
	bitbucket) export BITBUCKET_TOKEN=MADEUPadmin ;;
	esac
	exec 8>&- || true
	connect
	ctl '{"op":"reset"}'
	traps
	unset GIT_SSH_COMMAND GIT_SSH_VARIANT GIT_SSH
	mkdir forge repos bin
	# As the forge's sshd: it asks for the keys at each login.
	cat >door <<-END
	#!/bin/sh
	printf '%s\n' "\$SSH_ORIGINAL_COMMAND" >>"$PWD/asked"
	cd "$PWD/repos" || exit 1
	exec git-shell -c "\$(printf '%s\n' "\$SSH_ORIGINAL_COMMAND" | sed "s|'/|'|; s|'~|'./~|")"
	END
	cat >bin/ssh <<-END
	#!/bin/bash
	exec 8<>"/dev/tcp/127.0.0.1/$port_control"
	echo '{"op":"dump"}' >&8
	read -r dump <&8
	jq -r --arg r "$repo" '.[\$r][].key' <<<"\$dump" >"$PWD/forge/authorized_keys"
	exec /usr/bin/ssh "\$@"
	END
	chmod 755 door bin/ssh
	PATH=$PWD/bin:$PATH
	sshd_start "$PWD/forge" "ForceCommand $PWD/door" 'AcceptEnv GIT_PROTOCOL'
	mkdir -p ~/.config/wrapix
	cp forge/known_hosts ~/.config/wrapix/known_hosts
	git config --global user.name Tester
	git config --global user.email tester@example.org
	git config --global push.default current
	git init -q --bare "repos/$repo.git"
	git init -q -b main p
	git -C p remote add origin "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/$repo.git"
	name=${repo##*/}-$(uname -n | cut -d. -f1 | tr -c 'A-Za-z0-9_\n-' -)
}

sdk() {
	local rc=0 want=$1 pattern=$2
	shift 2
	(cd p && timeout 100 setup-deploy-key "$@") >out 2>err </dev/null 8>&- || rc=$?
	[ "$rc" -eq "$want" ] || fail "$*: status $rc, not $want: $(cat out err)"
	[ -z "$pattern" ] || grep -qE -- "$pattern" err || fail "$*: no '$pattern' in: $(cat err)"
}

# known: the deploy keys that the forge has.
known() {
	ctl '{"op":"dump"}'
	jq -r --arg r "$repo" '.[$r][].key' <<<"$reply"
}

pub() {
	cut -d' ' -f1,2 "$keys/$1.pub"
}

commit_and_push() {
	git -C p commit -q -S --allow-empty -m "$1"
	git -C p push -q 2>err || fail "push: $(cat err)"
	[ "$(git -C "repos/$repo.git" rev-parse main)" = "$(git -C p rev-parse HEAD)" ]
}

# life KIND REPO SIGNING: made, added, tried, used by plain git, rotated, looked after, revoked.
life() {
	world "$1" "$2"
	sdk 1 'if that is your forge, say so: -H 127.0.0.1, and -F KIND' -g
	sdk 0 '' -n -g -F "$1" -H "$host"
	grep -q "^would remember in your git configuration that $host is of kind $1" out
	[ -z "$(known)" ] && [ ! -e "$keys" ] && [ -z "$(git config --global "wrapix.$host.forge")" ]
	sdk 0 '' -g -F "$1" -H "$host"
	[ "$(known)" = "$(pub "$name")" ] || fail "the forge has: $(known)"
	[ "$(git config --global "wrapix.$host.forge")" = "$1" ]
	commit_and_push one
	sdk 0 '' -s
	[ "$(cut -f 7 out | tr '\n' ' ')" = "registered $3 " ] || fail "$(cat out)"
	# From now on the kind is known, and a second run changes nothing.
	sdk 0 '' -H "$host"
	[ "$(jq -r .action out | sort -u)" = unchanged ]
	first=$(known)
	cp "$keys/$name" old
	sleep 1.1
	sdk 0 '' -f -H "$host"
	[ "$(known)" = "$(pub "$name")" ] && [ "$(known)" != "$first" ]
	[ -z "$(ls "$keys" | grep -E 'next|old')" ]
	sleep 1.1
	commit_and_push two
	[ "$(git -C p log --format='%G? %GS' | sort -u)" = 'G tester@example.org' ] || fail "$(git -C p log --show-signature)"
	run ! ssh -F /dev/null -i old -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=forge/known_hosts \
	    -p "$SSHD_PORT" 127.0.0.1 "git-upload-pack '$repo.git'"
	cp "$keys/$name" last
	sdk 0 '' -r
	[ -z "$(known)" ] && [ "$(ls -A "$keys")" = ".$name.lock" ]
	# And the user's own key was no way in.
	git -C p commit -q --allow-empty -m three
	run ! git -C p push -q
	[ "$(git -C "repos/$repo.git" rev-parse main)" = "$(git -C p rev-parse HEAD^)" ]
	no_trap_ssh
}

# With -g undone git obeys the user's configuration again, traps and all.
no_trap_ssh() {
	run ! grep -q "$(cut -d' ' -f2 personal.pub)" forge/authorized_keys
	[ ! -e learnt ] || rm -f learnt
}

@test "GitLab, in a group of a group: made, added, tried, used by plain git, rotated, looked after, revoked" {
	life gitlab group/sub.group/it_x registered
	grep -q "^git-receive-pack 'group/sub.group/it_x.git'" asked
}

@test "Forgejo: the same; the signing key stays here; its titles are unique, and a rotation goes on" {
	life gitea me/it local
	run ! grep -q 'user/keys' "$dir/log"
}

@test "Bitbucket: the same; the path that its ssh wants" {
	life bitbucket '~me/it.x' local
	grep -q "^git-receive-pack '/~me/it.x.git'" asked
}

@test "an expiry goes on to the forge; one that has none says so before anything is made" {
	world gitlab me/it
	sdk 0 '' -N -e 30 -F gitlab -H "$host"
	at=$(jq -r 'select(.repo != null) | .expires_at' out)
	[ "$((($(date -d "$at" +%s) - $(date +%s) + 3600) / 86400))" -eq 30 ] || fail "$at"
	sdk 2 'not a number of days' -e x
	sshd_stop
	traps_away
	rm -rf "$HOME" "$XDG_RUNTIME_DIR" forge repos bin p personal*
	mkdir "$HOME"
	world gitea me/it
	sdk 1 'its keys have no expiry; leave -e out' -N -e 30 -F gitea -H "$host"
	[ ! -e "$keys" ]
}

@test "an https origin of Bitbucket: the repository behind /scm, and -l finds its key" {
	world bitbucket me/it
	git -C p config remote.origin.url "https://127.0.0.1/scm/me/it.git"
	sdk 0 '' -N -F bitbucket -H "$host"
	[ "$(known)" = "$(pub "$name")" ]
	sdk 0 '' -l
	[ "$(cut -f 2 out)" = "$host/me/it" ] || fail "$(cat out)"
	sdk 0 '' -r
	[ -z "$(known)" ]
}
