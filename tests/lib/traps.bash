# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For tests of git with a key: a world whose ~/.ssh is full of traps, and a forge. To be loaded
# after helper and sshd; call traps_away in teardown.

# traps: a ~/.ssh and a git configuration by which git would get in with the user's own key, at
# hosts that nobody has pinned, and run things; personal.pub is that key. ssh takes its folder
# from passwd(5), not from HOME.
traps() {
	[ -n "$WX_NETNS" ] || skip "needs a home of the suite's own"
	trapped=$(getent passwd "$(id -u)" | cut -d: -f6)
	# That of a test of another file, at the same time, is gone in a while.
	local end=$((SECONDS + 120))
	until mkdir -m 700 "$trapped/.ssh" 2>/dev/null; do
		[ "$SECONDS" -lt "$end" ] || { trapped=; fail "there is a ~/.ssh"; }
		sleep 0.2
	done
	ssh-keygen -q -t ed25519 -N '' -C personal -f personal
	cp personal "$trapped/.ssh/id_ed25519"
	cp personal "$trapped/.ssh/other"
	eval "$(ssh-agent -a "$XDG_RUNTIME_DIR/p" 3>&-)" >/dev/null
	personal_agent=$SSH_AGENT_PID
	ssh-add -q personal
	cat >"$trapped/.ssh/config" <<-END
		Match exec "touch $PWD/sprung.match"
		Host *
		  IdentityFile $trapped/.ssh/other
		  IdentitiesOnly no
		  IdentityAgent $XDG_RUNTIME_DIR/p
		  StrictHostKeyChecking no
		  UserKnownHostsFile $PWD/learnt
		  ProxyCommand sh -c 'touch $PWD/sprung.proxy; exec nc %h %p'
		  PermitLocalCommand yes
		  LocalCommand touch $PWD/sprung.local
		  ControlMaster auto
		  ControlPath $XDG_RUNTIME_DIR/control
	END
	git config --global core.sshCommand "sh -c 'touch $PWD/sprung.git; exec ssh \"\$@\"' sh"
	git config --global ssh.variant plink
	export GIT_SSH_COMMAND="ssh -i $PWD/personal" GIT_SSH_VARIANT=simple GIT_SSH=$PWD/none
}

# a_forge: a sshd, and a repository it.git behind it; the origin of p, that has a commit to push.
a_forge() {
	sshd_start "$PWD/forge"
	git config --global user.name Tester
	git config --global user.email tester@example.org
	git init -q --bare it.git
	git init -q -b main p
	git -C p remote add origin "ssh://$(id -un)@127.0.0.1:$SSHD_PORT$PWD/it.git"
	git -C p commit -q --allow-empty -m zero
	at="$(id -un)@[127.0.0.1]:$SSHD_PORT"
}

no_trap() {
	[ -z "$(ls -d sprung.* learnt "$XDG_RUNTIME_DIR/control" 2>/dev/null)" ] ||
	    fail "$(ls -d sprung.* learnt "$XDG_RUNTIME_DIR/control" 2>/dev/null)"
}

traps_away() {
	[ -z "${personal_agent-}" ] || kill "$personal_agent" 2>/dev/null || true
	[ -z "${trapped-}" ] || rm -rf "$trapped/.ssh"
}
