# SPDX-License-Identifier: MIT
# engines: bwrap podman-whole
# takes: 220 s
# parts: 2
# sanitizers: no, minutes
# The project while a sandbox has it, and after: the host's git runs nothing that was planted,
# the protected files are as they were, and what appeared is said. What works in the run's own
# git directory, and what comes home from it: git-inside.bats, git-home.bats, git-attack.bats. Real git, real bwrap. Every attack is first made without a sandbox, where
# it must succeed: one that no longer does is no test.
load lib/helper

local_setup() {
	export XDG_STATE_HOME=$PWD/state CANARY=$PWD/canary/hit
	export GIT_CONFIG_NOSYSTEM=1
	mkdir canary
	git config --global user.name Tester
	git config --global user.email tester@example.org
	git config --global init.defaultBranch main
	git config --global protocol.file.allow always
	git config --global advice.detachedHead false
	git init -q --bare up
	git init -q tpl
	cd tpl
	mkdir tools src
	printf '#!/bin/sh\ncat\n' >tools/clean
	chmod +x tools/clean
	echo one >f
	echo data >a.x
	echo code >src/c
	git add .
	git commit -qm one
	git remote add up ../up
	git push -q up main 2>/dev/null
	cd ..
}

# fresh NAME: a new copy of the template, on which nothing was done.
fresh() {
	rm -rf "${1:?}"
	cp -a tpl "$1"
}

# in_box DIR SCRIPT [OPTION...]: run it in the sandbox, in DIR.
in_box() {
	local dir=$1 script=$2
	shift 2
	wx-run -n none -C "$dir" -v "CANARY=$CANARY" "$@" -- sh -c "$prelude$script"
}

# For the scripts of the attackers: "evil FILE" makes a program that leaves the canary,
# "evil_config" prints a configuration that runs one on every git status.
prelude='
evil() { mkdir -p "$(dirname "$1")"; printf "#!/bin/sh\ntouch %s\ncat 2>/dev/null\n" "$CANARY" >"$1"; chmod +x "$1"; }
evil_config() { printf "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = touch %s;:\n" "$CANARY"; }
all_hooks() { for h in pre-commit post-checkout post-index-change reference-transaction post-commit; do evil "$1/$h"; done; }
exec 2>/dev/null
'

# What a developer does on the host, afterwards. Its own failures do not matter here.
host_work() (
	cd "$1"
	{
		git status
		git log -1
		echo more >>f
		[ ! -e a.x ] || echo more >>a.x
		git diff
		git add f a.x
		git commit -m two --allow-empty
		git fetch up
		git fetch
		git checkout -q -b other
		git status
		git stash list
	} </dev/null >/dev/null 2>&1 || true
)

hit() {
	if [ -e "$CANARY" ]; then
		rm -f "$CANARY"
		return 0
	fi
	return 1
}

# attack NAME SCRIPT [OPTION...]: bare it works, in the sandbox it does not.
attack() {
	local name=$1 script=$2
	shift 2
	fresh p
	(cd p && sh -c "$prelude$script" >/dev/null 2>&1) || true
	host_work "${where:-p}"
	hit || fail "$name: does nothing even without a sandbox"
	fresh p
	in_box p "$script" "$@" >out 2>err || true
	! hit || fail "$name: ran inside"
	host_work "${where:-p}"
	! hit || fail "$name: the host's git ran what was planted; $(cat err)"
}

# said_or_held: did the host's git run what was planted in the run whose words are in err? Then these
# words name it: what is not there when the run begins, no mount can hold.
said_or_held() {
	! hit || grep -q 'found: protected-kind ' err || fail "$1: ran, unsaid: $(cat err)"
}

# planted NAME SCRIPT: as attack, for what is not there when the run begins.
planted() {
	fresh p
	(cd p && sh -c "$prelude$2" >/dev/null 2>&1) || true
	host_work "${where:-p}"
	hit || fail "$1: does nothing even without a sandbox"
	fresh p
	in_box p "$2" >out 2>err || true
	! hit || fail "$1: ran inside"
	host_work "${where:-p}"
	said_or_held "$1"
}

# said KIND PATH: this finding is on stderr, in err.
said() {
	grep -qxF "wx-run: found: $1 \"$2\"" err || grep -qF "wx-run: found: $1 \"$2\": " err ||
	    fail "not said: $1 $2; but: $(cat err)"
}

# quiet DIR SCRIPT: it succeeds, and not a word comes of it.
quiet() {
	in_box "$@" >out 2>err.box || fail "status $?: $(cat out err.box)"
	[ ! -s err.box ] || fail "said: $(cat err.box)"
}

# --- attacks on the git folder

@test "hooks: written, linked, by a rename of .git, of .git/hooks, by copy and replace" {
	attack "write" 'all_hooks .git/hooks'
	attack "rename hooks" 'mv .git/hooks .git/h; all_hooks .git/hooks'
	attack "remove hooks" 'rm -rf .git/hooks; all_hooks .git/hooks'
	attack "rename .git" 'mv .git .g; cp -a .g .git; all_hooks .git/hooks'
	attack "swap .git" 'cp -a .git .h; all_hooks .h/hooks; mv .git .g; mv .h .git'
	attack "link for .git" 'cp -a .git .h; all_hooks .h/hooks; mv .git .g; ln -s .h .git; rm -rf .git; ln -s .h .git'
	attack "link for hooks" 'all_hooks h; mv .git/hooks .git/x; rm -rf .git/hooks; ln -s ../h .git/hooks'
	attack "file for .git" 'cp -a .git .h; all_hooks .h/hooks; rm -rf .git; echo "gitdir: .h" >.git'
}

@test "hooks: the same with no hooks folder at first" {
	rm -rf tpl/.git/hooks
	attack "write" 'all_hooks .git/hooks'
	attack "rename" 'mkdir h; all_hooks h; mv h .git/hooks'
	attack "link" 'all_hooks h; ln -s ../h .git/hooks'
	[ ! -e p/.git/hooks ]
}

@test "config: appended, replaced, by its lock, by the worktree's, by a common dir" {
	attack "append" 'evil_config >>.git/config'
	attack "rename" 'cp .git/config c; evil_config >>c; mv -f c .git/config; cp -f c .git/config'
	attack "git config" 'git config core.fsmonitor "touch $CANARY;:"'
	attack "lock" 'evil_config >.git/config.lock; cat .git/config.lock >>.git/config; mv .git/config.lock .git/config'
	attack "commondir" 'cp -a .git .evil; evil_config >>.evil/config; echo ../.evil >.git/commondir'
	attack "commondir rename" 'cp -a .git .evil; evil_config >>.evil/config; echo ../.evil >c; mv -f c .git/commondir'
	[ ! -e p/.git/commondir ] && [ ! -e p/.git/config.lock ]
	git -C tpl config extensions.worktreeConfig true
	attack "config.worktree" 'evil_config >.git/config.worktree'
	attack "config.worktree rename" 'evil_config >c; mv c .git/config.worktree'
	attack "config.worktree link" 'evil_config >c; ln -s ../c .git/config.worktree'
	[ ! -e p/.git/config.worktree ]
}

@test "remotes: described in .git/remotes or .git/branches, with a push to their hooks" {
	evil_push='git init -q --bare ev; all_hooks ev/hooks; evil ev/hooks/pre-receive'
	host_work() {
		git -C "$1" remote remove up 2>/dev/null || true
		git -C "$1" push origin HEAD:refs/heads/x </dev/null >/dev/null 2>&1 || true
	}
	attack "remotes" "$evil_push; mkdir -p .git/remotes; printf 'URL: %s\nPush: HEAD:refs/heads/x\n' ev >.git/remotes/origin"
	rm -rf tpl/.git/branches
	attack "branches" "$evil_push; mkdir -p .git/branches; echo ev >.git/branches/origin"
}

@test "linked work trees: their commondir, gitdir, config.worktree and pointer file" {
	tpl_wt() {
		fresh p
		rm -rf wt wtin
		git -C p worktree add -q ../wt -b wt
		git -C p worktree add -q in -b in
	}
	tpl_wt
	git -C p config extensions.worktreeConfig true
	for script in \
	    'cp -a .git .evil; evil_config >>.evil/config; echo ../../../.evil >.git/worktrees/wt/commondir' \
	    'evil_config >.git/worktrees/wt/config.worktree' \
	    'mv .git/worktrees/wt .git/w; cp -a .git/w .git/worktrees/wt; evil_config >.git/worktrees/wt/config.worktree' \
	    'mv .git/worktrees .git/w; cp -a .git/w .git/worktrees; evil_config >.git/worktrees/wt/config.worktree' \
	    'cp -a .git .evil; evil_config >>.evil/config; for w in wt in; do rm -f .git/worktrees/$w/commondir; echo /nonexistent/../$PWD/.evil >.git/worktrees/$w/commondir; done; echo "gitdir: $PWD/.evil" >in/.git; echo "gitdir: ../.evil" >in/.git; mv in x; mkdir in; echo "gitdir: ../.evil" >in/.git'; do
		rm -rf save
		cp -a p save
		in_box p "$script" >/dev/null 2>&1 || true
		host_work wt
		! hit || fail "ran in the outer work tree: $script"
		host_work p/in
		! hit || fail "ran in the inner work tree: $script"
		rm -rf p
		mv save p
		# Without a sandbox it does run.
		(cd p && sh -c "$prelude$script" >/dev/null 2>&1) || true
		host_work wt
		host_work p/in
		hit || fail "does nothing even without a sandbox: $script"
		tpl_wt
		git -C p config extensions.worktreeConfig true
	done
}

@test "submodules: nested and with slashes; their config, hooks, commondir, pointer files" {
	git init -q lib
	git -C lib commit -q --allow-empty -m lib
	git clone -q lib mid
	git -C mid submodule --quiet add "$PWD/lib" deep
	git -C mid commit -qam deep
	git -C tpl submodule --quiet add "$PWD/mid" s
	git -C tpl submodule --quiet add --name a/modules/b "$PWD/lib" libs/b
	git -C tpl submodule --quiet update --init --recursive
	git -C tpl commit -qam submodules
	[ -d tpl/.git/modules/s/modules/deep ] && [ -d tpl/.git/modules/a/modules/b ]
	host_work() {
		git -C "$1" status >/dev/null 2>&1 || true
		git -C "$1" submodule --quiet foreach --recursive \
		    'git commit -q --allow-empty -m x; git status' >/dev/null 2>&1 || true
		git -C "$1" diff --submodule=log >/dev/null 2>&1 || true
	}
	for m in s s/modules/deep a/modules/b; do
		attack "$m config" "evil_config >>.git/modules/$m/config"
		attack "$m hooks" "all_hooks .git/modules/$m/hooks"
		attack "$m rename" "mv .git/modules/$m .git/x; cp -a .git/x .git/modules/$m; evil_config >>.git/modules/$m/config"
		attack "$m commondir" "cp -a .git/modules/$m .git/evil; evil_config >>.git/evil/config; git config -f .git/evil/config core.bare false; echo \$(pwd)/.git/evil >.git/modules/$m/commondir; realpath --relative-to=.git/modules/$m .git/evil >.git/modules/$m/commondir"
	done
	attack "modules" 'mv .git/modules .git/m; cp -a .git/m .git/modules; evil_config >>.git/modules/s/config'
	attack "pointer" 'cp -a .git/modules/s .git/evil; evil_config >>.git/evil/config; git config -f .git/evil/config core.worktree ../../s; rm -f s/.git; echo "gitdir: ../.git/evil" >s/.git'
	attack "pointer, folder" 'cp -a .git/modules/a/modules/b .git/evil; evil_config >>.git/evil/config; git config -f .git/evil/config core.worktree ../../libs/b; mv libs libz; mkdir -p libs; cp -a libz/b libs/b; echo "gitdir: ../../.git/evil" >libs/b/.git'
	# And they can be worked in.
	fresh p
	quiet p 'exec 2>&1; set -e; cd s; echo x >x; git add x; git commit -qm in-s; cd deep; git commit -q --allow-empty -m in-deep; cd ../..; git add s; git commit -qm bump; git submodule status --recursive'
	[ "$(git -C p/s log -1 --format=%s)" = in-s ]
}

# --- what the configuration names in the work tree

@test "core.hooksPath: in the tree, there or not, from the project's and the user's configuration" {
	git -C tpl config core.hooksPath .githooks
	planted "local, absent" 'all_hooks .githooks'
	git -C tpl config core.hooksPath sub/deep/hooks
	planted "local, absent, deep" 'all_hooks sub/deep/hooks'
	mkdir tpl/.githooks
	printf '#!/bin/sh\n' >tpl/.githooks/pre-commit
	chmod +x tpl/.githooks/pre-commit
	git -C tpl config core.hooksPath .githooks
	attack "local, there" 'all_hooks .githooks; mv .githooks h; all_hooks .githooks'
	git -C tpl config --unset core.hooksPath
	git config --global core.hooksPath .githooks
	attack "global, there" 'evil .githooks/pre-commit; mv .githooks h; all_hooks .githooks'
	rm -rf tpl/.githooks
	planted "global, absent" 'all_hooks .githooks'
	# In each work tree of the repository, and of a submodule in its own.
	git config --global --unset core.hooksPath
	git -C tpl config core.hooksPath .githooks
	fresh p
	git -C p worktree add -q wt/w -b w
	in_box p 'all_hooks wt/w/.githooks' >out 2>err || true
	host_work p/wt/w
	said_or_held "hooks of a linked work tree"
	(cd p && sh -c "$prelude all_hooks wt/w/.githooks")
	host_work p/wt/w
	hit || fail "a linked work tree: does nothing"
	git -C tpl config --unset core.hooksPath
	git init -q lib
	git -C lib commit -q --allow-empty -m lib
	git -C tpl submodule --quiet add "$PWD/lib" s
	git -C tpl commit -qm s
	cp -a tpl/.git/modules/s/config save
	git -C tpl/s config core.hooksPath .githooks
	where=p/s planted "a submodule" 'all_hooks s/.githooks'
	cp save tpl/.git/modules/s/config
	git config --global core.hooksPath .githooks
	where=p/s planted "a submodule, global" 'all_hooks s/.githooks'
	# The project is a part of a work tree.
	git config --global --unset core.hooksPath
	for hooks in src/hooks tools/no; do
		mkdir -p tpl/tools tpl/src/hooks
		git -C tpl config core.hooksPath $hooks
		fresh p
		git -C p worktree add -q ../w6 -b w6
		for where in p w6; do
			mkdir -p $where/${hooks%/*}
			in_box $where/${hooks%/*} "all_hooks ${hooks#*/}" >out 2>err || true
			host_work $where
			said_or_held "hooks from above: $where/$hooks"
			(cd $where && sh -c "$prelude all_hooks $hooks")
			host_work $where
			hit || fail "hooks from above: $where/$hooks does nothing"
		done
		rm -rf w6
	done
	git -C tpl config --unset core.hooksPath
	git config --global core.hooksPath .githooks
	# What was made for that is not committed.
	fresh p
	quiet p 'exec 2>&1; echo n >n; git add -A; git commit -qm all'
	[ "$(git -C p show --format= --name-only HEAD)" = n ]
}

@test "includes of the local configuration: protected, also what they include; absent ones are said" {
	printf '[include]\n\tpath = more/.inc\n' >tpl/.gitconfig
	mkdir tpl/more
	printf '[x]\n\ty = z\n' >tpl/more/.inc
	git -C tpl config include.path ../.gitconfig
	attack "include" 'evil_config >>.gitconfig; evil_config >c; mv c .gitconfig'
	attack "include of an include" 'evil_config >>more/.inc; rm -f more/.inc; mv more m; mkdir more; evil_config >more/.inc'
	git -C tpl config --unset include.path
	git -C tpl config includeIf.gitdir:/.path ../.gitconfig
	attack "includeIf" 'evil_config >>.gitconfig'
	# One that is not there, no mount can hold: it is said when it appears.
	rm tpl/more/.inc
	in_box tpl 'evil_config >more/.inc' >out 2>err || fail "$?: $(cat err)"
	said protected-kind more/.inc
	in_box tpl 'evil_config >>more/.inc' -u more/.inc >out 2>err
	[ ! -s err ] || fail "$(cat err)"
}

@test "programs of the configuration: protected where they are, said where one appears" {
	echo '*.x filter=f diff=d' >tpl/.gitattributes
	git -C tpl config filter.f.clean ./tools/clean
	attack "clean" 'evil tools/clean'
	attack "clean, renamed" 'evil t/clean; mv tools tool; mv t tools'
	git -C tpl config --unset filter.f.clean
	git -C tpl config diff.d.textconv 'sh tools/clean'
	attack "textconv" 'printf "touch %s" "$CANARY" >c; mv c tools/clean; printf "touch %s" "$CANARY" >tools/clean'
	git -C tpl config --unset diff.d.textconv
	git -C tpl config core.fsmonitor tools/clean
	attack "fsmonitor" 'evil tools/clean'
	git -C tpl config core.fsmonitor tools/none
	fresh p
	in_box p 'evil tools/none' 2>err
	said protected-kind tools/none
	git -C tpl config --unset core.fsmonitor
	cp -a tpl/.git/config save
	for k in gpg.ssh.defaultKeyCommand remote.up.uploadpack remote.up.receivepack submodule.s.update \
	    sendemail.toCmd sendemail.smtpServer imap.tunnel gpg.ssh.program credential.helper alias.x pager.log \
	    mergetool.x.path core.sshCommand uploadpack.packObjectsHook diff.x.command merge.x.driver; do
		git -C tpl config "$k" '!sh ./tools/clean'
		fresh p
		in_box p 'echo evil >>tools/clean; echo evil >>src/c' >out 2>err || fail "$k: $(cat err)"
		cmp -s tpl/tools/clean p/tools/clean || fail "$k"
		! cmp -s tpl/src/c p/src/c || fail "$k: nothing was done"
		cp -a save tpl/.git/config
	done
	# Attributes alone bring only what the host has configured.
	git -C tpl config filter.f.clean ./tools/clean
	fresh p
	in_box p 'echo "* filter=f diff=g merge=h" >.gitattributes; printf "[filter \"f\"]\n\tclean = touch %s\n" "$CANARY" >.gitconfig' 2>err || true
	host_work p
	run ! hit
}

@test "a config that git cannot read, or that is a bomb: an end, soon" {
	for bomb in 'printf "[core\n hookspath"' 'yes "[include] path = x"; true | head -c 3000000' \
	    'i=0; while [ $i -lt 40 ]; do i=$((i+1)); printf "[include]\n\tpath = ../i$i\n"; echo >../i$i; done'; do
		fresh p
		(cd p/.git && sh -c "$bomb" 2>/dev/null | head -c 3000000 >>config)
		rc=0; timeout 100 wx-run -n none -C p -- true >out 2>err || rc=$?
		[ "$rc" -eq 0 ] || [ "$rc" -eq 125 ] || fail "$rc: $(cat err)"
		[ "$(wc -l <err)" -le 3 ] || fail "$(head -n 5 err)"
	done
	fresh p
	truncate -s 2G p/.git/config
	rc=0; timeout 100 wx-run -n none -C p -- true >out 2>err || rc=$?
	[ "$rc" -eq 0 ] || [ "$rc" -eq 125 ] || fail "$rc: $(cat err)"
}

# --- other shapes of a project

@test "a linked work tree as project: git works, the main one's hooks and config are safe" {
	git -C tpl worktree add -q ../wt -b wt
	quiet wt 'exec 2>&1; set -e; echo x >x; git add x; git commit -qm in-wt; git branch b2; git stash list; git log --oneline; git status'
	[ "$(git -C wt log -1 --format=%s)" = in-wt ]
	git -C tpl config extensions.worktreeConfig true
	cp -a tpl/.git save
	cp -a wt wt.save
	m=$PWD/tpl/.git
	for script in "all_hooks $m/hooks" "mv $m/hooks $m/h; all_hooks $m/hooks" "evil_config >>$m/config" \
	    't=$(mktemp -d); cp -a '"$m/. \$t; cp -a \$t $m/ev; rm -r \$t; evil_config >>$m/ev/config; echo ev >$m/commondir" \
	    "evil_config >$m/config.worktree" "rm -f .git; echo 'gitdir: ev' >.git; git init -q ev; mv ev/.git e; evil_config >>e/config; echo 'gitdir: e' >.git" \
	    "cp -a $m/worktrees/wt $m/worktrees/w2; mv $m/worktrees/wt $m/w; mv $m/worktrees/w2 $m/worktrees/wt; evil_config >$m/worktrees/wt/config.worktree"; do
		for how in box bare; do
			if [ $how = box ]; then
				in_box wt "$script" >out 2>err || true
			else
				(cd wt && sh -c "$prelude$script" >out 2>err) || true
			fi
			host_work wt
			host_work tpl
			case $how in
			box) ! hit || fail "ran: $script" ;;
			bare) hit || fail "does nothing: $script" ;;
			esac
			rm -rf tpl/.git wt
			cp -a save tpl/.git
			cp -a wt.save wt
		done
	done
	[ ! -e "$m/commondir" ] && [ ! -e "$m/worktrees/wt/config.worktree" ]
	# The same when it is named by a link: a home that was moved.
	git -C tpl config core.hooksPath hooks.d
	mkdir moved
	mv wt moved
	ln -s moved here
	echo "$PWD/here/wt/.git" >tpl/.git/worktrees/wt/gitdir
	in_box moved/wt 'all_hooks hooks.d; git init -q n; git -C n commit -q --allow-empty -m n; git add n' >out 2>err || true
	said nested-repository n/.git
	host_work moved/wt
	said_or_held "hooks of a work tree that is named by a link"
	git -C tpl config --unset core.hooksPath
	mv moved/wt .
	# What the configuration includes, and names, lies in the main one's folder.
	git -C tpl config include.path more
	touch "$m/more"
	in_box wt "evil_config >>$m/more" >out 2>err || true
	git -C tpl status >out
	! hit || fail "wrote an include"
	sh -c "$prelude evil_config >>$m/more"
	git -C tpl status >out
	hit || fail "an include does nothing"
}

@test "a submodule as project: git works, its hooks and config are safe" {
	git init -q lib
	git -C lib commit -q --allow-empty -m lib
	git -C tpl submodule --quiet add "$PWD/lib" s
	git -C tpl commit -qam sub
	quiet tpl/s 'exec 2>&1; set -e; echo x >x; git add x; git commit -qm in-sub; git status'
	[ "$(git -C tpl/s log -1 --format=%s)" = in-sub ]
	m=$PWD/tpl/.git/modules/s
	cp -a tpl save
	for script in "all_hooks $m/hooks" "evil_config >>$m/config" "evil_config >c; mv c $m/config" \
	    't=$(mktemp -d); cp -a '"$m/. \$t; cp -a \$t $m/ev; rm -r \$t; evil_config >>$m/ev/config; echo ev >$m/commondir" \
	    "git init -q ev; evil_config >>ev/.git/config; rm -f .git; echo 'gitdir: ev/.git' >.git"; do
		for how in box bare; do
			rm -rf tpl
			cp -a save tpl
			if [ $how = box ]; then
				in_box tpl/s "$script" >out 2>err || true
			else
				(cd tpl/s && sh -c "$prelude$script" >out 2>err) || true
			fi
			host_work tpl/s
			host_work tpl
			case $how in
			box) ! hit || fail "ran: $script" ;;
			bare) hit || fail "does nothing: $script" ;;
			esac
		done
	done
}

@test "a .git file: into the project it is followed; elsewhere only to what points back" {
	# --separate-git-dir, inside
	fresh p
	mv p/.git p/gitdir
	echo 'gitdir: gitdir' >p/.git
	cp -a p save
	quiet p 'exec 2>&1; set -e; echo x >x; git add x; git commit -qm x; git status'
	for script in 'all_hooks gitdir/hooks' 'evil_config >>gitdir/config' 'mv gitdir g; cp -a g gitdir; evil_config >>gitdir/config' \
	    'cp -a gitdir ev; evil_config >>ev/config; echo "gitdir: ev" >.git; echo ../ev >gitdir/commondir'; do
		in_box p "$script" >out 2>err || true
		host_work p
		! hit || fail "ran: $script"
		rm -rf p; cp -a save p
	done
	refused() {
		rc=0; in_box p true >out 2>err || rc=$?
		[ "$rc" -eq 125 ] && grep -q "$1" err || fail "$rc: $(cat err)"
	}
	ln -s gitdir p/link
	echo 'gitdir: link' >p/.git
	refused 'through a symbolic link'
	# Another repository of the host; as a work tree of its own it would be followed.
	git clone -q tpl secret
	echo "gitdir: $PWD/secret/.git" >p/.git
	refused 'does not point back'
	# A folder that another sandbox could write says that the work tree is ours.
	mkdir -p q/forged
	echo "$PWD/p/.git" >q/forged/gitdir
	echo "$PWD/secret/.git" >q/forged/commondir
	cp secret/.git/HEAD q/forged
	echo "gitdir: $PWD/q/forged" >p/.git
	refused 'does not point back'
	echo "gitdir: $PWD/none" >p/.git
	refused 'not there'
	cp -a p/gitdir "p/gitdir"$'\n'x
	printf 'gitdir: gitdir\nx' >p/.git
	[ "$(git -C p rev-parse --git-dir)" = "$PWD/p/gitdir"$'\n'x ]
	refused "not one of git's"
	echo nonsense >p/.git
	refused "not one of git's"
	# And without git there is no reading of it.
	in_box p '! git log' --git none
}

# --- the mount comes off

@test "a .git file that points into the state, which is ~/.claude inside: refused" {
	mkdir q
	in_box q true
	s=$(wx-run -n none -C q -L true | jq -r '.mounts[] | select(.for == "state").source')
	git init -q --separate-git-dir "$s/repo" q
	git -C q config core.worktree "$PWD/q"
	in_box q 'evil_config >>~/.claude/repo/config' 2>err || true
	grep -q "cannot use '$PWD/q/.git': it names a git directory that does not point back" err || fail "$(cat err)"
	git -C q status >out
	run ! hit
}

@test "the host edits a protected file in place, or replaces a folder: nothing of it is lost" {
	mkdir -p tpl/.vscode
	echo '{}' >tpl/.vscode/tasks.json
	fresh p
	mkdir ctl
	mkfifo ctl/go
	wx-run -n none -C p -m "$PWD/ctl:/ctl:rw" -- sh -c '
	    touch /ctl/up; read x </ctl/go; echo evil >.vscode/tasks.json; echo evil >.vscode/new' >out 2>err 3>&- &
	pid=$!
	until [ -e ctl/up ]; do sleep 0.02; kill -0 "$pid"; done
	echo '# by the host' >>p/.git/config
	mv p/.vscode old.vscode
	mkdir p/.vscode
	echo '{"by": "the host"}' >p/.vscode/launch.json
	echo go >ctl/go
	wait "$pid" || true
	grep -q 'by the host' p/.git/config
	[ "$(ls p/.vscode)" = tasks.json ] && [ "$(cat p/.vscode/tasks.json)" = '{}' ]
	grep -rq 'the host' state/wrapix/*.run/replaced
	said restored .vscode/launch.json
}

@test "a second name of a protected file: what was written by it is undone" {
	mkdir -p tpl/.vscode
	echo '{}' >tpl/.vscode/tasks.json
	echo layout >tpl/.envrc
	fresh p
	ln p/.envrc p/second
	ln p/.vscode/tasks.json p/third
	in_box p 'echo evil >second; echo evil >third' 2>err
	[ "$(cat p/.envrc)" = layout ] && [ "$(cat p/.vscode/tasks.json)" = '{}' ]
	said restored .envrc
	said restored .vscode/tasks.json
	# One that is made inside: there is none.
	fresh p
	quiet p '! ln .envrc x 2>/dev/null; ! ln .git/config x 2>/dev/null'
}

# --- files of the work tree

@test "every protected path: not written, renamed, removed, opened up; nor is a folder above it" {
	sed -n 's/^\t{ "\([^"]*\)", .*/\1/p' "$WX_TREE/cmd/wx-run/kinds/kinds.c" >list
	[ "$(wc -l <list)" -gt 50 ]
	fresh p
	: >all
	while read -r pattern; do
		path=$(printf %s "$pattern" | sed 's/settings\*/settings.local/; s/rc\*/rc.yml/; s/y\*ml/yml/; s/\*/-local/')
		mkdir -p "p/$(dirname "$path")"
		case $path in
		.vscode | .idea | .devcontainer | .husky | */hooks | */commands | */agents | */skills | */workflows | */actions | \
			.mise | .config/mise | .zed | .helix | .codex | .gemini | .amazonq | .kiro/settings | .opencode | .circleci | .woodpecker)
			mkdir "p/$path"
			echo host >"p/$path/file"
			path=$path/file
			;;
		.wrapix.json) echo '{}' >"p/$path" ;;   # which wx-run reads
		*) echo host >"p/$path" ;;
		esac
		echo "$path" >>all
	done <list
	find p -path p/.git -prune -o -printf '%p %i %m %s\n' | sort >before
	in_box p 'exec 2>/dev/null; while read -r f; do
	    { echo evil >>"$f"; } && echo WRITTEN "$f"; mv "$f" x && echo RENAMED "$f"; rm -f "$f" && echo REMOVED "$f"
	    chmod 777 "$f" && echo CHMOD "$f"; echo evil >n; mv -f n "$f" && echo REPLACED "$f"; rm -f n; ln -sf /etc/passwd "$f" && echo LINKED "$f"
	    d=$(dirname "$f"); while [ "$d" != . ]; do mv "$d" moved && echo PARENT "$d"; d=$(dirname "$d"); done; done </tmp/all
	    rm -rf moved x' -m "$PWD/all:/tmp/all" >out 2>err || fail "$(cat err)"
	[ ! -s out ] || fail "$(cat out)"
	find p -path p/.git -prune -o -printf '%p %i %m %s\n' | sort | diff before - || fail "changed"
	# Next to a protected file the folder can be worked in.
	quiet p 'echo x >.claude/notes.md; echo x >.github/other'
	# Made new, at any depth, each is said, and once.
	fresh p
	in_box p 'while read -r f; do for d in . deep/down; do mkdir -p "$d/$(dirname "$f")"; echo x >"$d/$f"; done; done </tmp/all' \
	    -m "$PWD/all:/tmp/all" -r "$PWD/report" 2>err
	while read -r f; do
		for path in "$f" "deep/down/$f"; do
			jq -se --arg p "$path" 'map(select(.kind == "protected-kind" and (.path as $q | $p == $q or ($p | startswith($q + "/"))))) | length | . == 1 or . == 2' \
			    report >/dev/null || fail "$path: $(cat report)"
		done
	done <all
}

@test "--protect, also by a glob and of what is not there; --unprotect releases that and no more" {
	mkdir -p tpl/.vscode tpl/.idea
	echo x >tpl/.vscode/a; echo x >tpl/.idea/a; echo x >tpl/Makefile; echo x >tpl/src/m.mk; echo x >tpl/src/n.mk
	fresh p
	in_box p '! echo y >Makefile; ! echo y >src/m.mk; ! echo y >src/n.mk; ! mv src s; echo y >src/c; echo y >ci.sh' \
	    -w Makefile -w 'src/*.mk' --protect ci.sh 2>err
	[ "$(cat p/Makefile p/src/m.mk p/src/n.mk)" = $'x\nx\nx' ] && [ "$(cat p/src/c)" = y ]
	[ "$(wc -l <err)" -eq 1 ] || fail "$(cat err)"
	said protected-kind ci.sh
	quiet p 'echo y >.vscode/a; mv .vscode v; mv v .vscode; ! echo y >.idea/a 2>/dev/null' -u .vscode
	[ "$(cat p/.vscode/a)" = y ] && [ "$(cat p/.idea/a)" = x ]
	for bad in / . ..; do
		rc=0; in_box p true -w "$bad" 2>err || rc=$?
		[ "$rc" -eq 125 ] && grep -q 'all of the project' err || fail "$bad: $rc $(cat err)"
	done
}

@test "--hide: nothing to be read, by no name; a second name of it is refused" {
	echo 'KEY=s3cret-in-env' >tpl/.env
	echo 'KEY=s3cret-in-local' >tpl/.env.local
	mkdir -p tpl/certs/deep
	echo 's3cret-in-folder' >tpl/certs/deep/key
	fresh p
	quiet p 'exec 2>/dev/null
	    [ -f .env ] && [ ! -s .env ] && [ -d certs ] && [ -z "$(ls -A certs)" ] || exit 9
	    ! echo x >.env; ! touch certs/x; ! rm -f .env; ! mv .env e; ! mv certs c; ! ln .env f; ! rm -rf certs
	    mkdir sub; ! mv .env sub
	    grep -rs s3cret . /proc/self/root/workspace /proc/1/root/workspace /proc/1/cwd /proc/self/fd /tmp "$HOME" && exit 8
	    for p in /proc/[0-9]*; do for f in $p/fd/* $p/map_files/* $p/root/workspace/.env $p/cwd/.env; do
	        grep -qs s3cret $f && exit 7; done; done
	    true' -H '.env*' --hide certs
	[ "$(cat p/.env p/.env.local p/certs/deep/key | grep -c s3cret)" -eq 3 ]
	ln p/.env p/src/also
	rc=0; in_box p 'cat src/also' -H .env >out 2>err || rc=$?
	[ "$rc" -eq 125 ] && [ ! -s out ] && grep -q "cannot hide '.env': .*second name" err || fail "$rc: $(cat err)"
	rm p/src/also
	# Of a link, what it leads to; where that is not to be seen anyway, nothing.
	echo 'KEY=s3cret-behind' >p/real
	ln -s real p/.env.link
	ln -s .env p/.env.again
	ln -s "$PWD/out" p/.env.out
	ln -s gone p/.env.gone
	quiet p '! grep -rs s3cret . && [ -f real ]' -H '.env*' -H .env -H certs -H 'certs/*'
}

@test "a .git that is a symbolic link is refused, with the way on" {
	fresh p
	mv p/.git away
	ln -s ../away p/.git
	rc=0; in_box p true >out 2>err || rc=$?
	[ "$rc" -eq 125 ] && grep -q "cannot use .*/p/.git': it is a symbolic link; run without it: --git none" err || fail "$rc: $(cat err)"
}

@test "a name that would write on the terminal is escaped in a refusal" {
	fresh p
	in_box p 'n=.yarnrc$(printf "\033]0;x\007\n"); mkfifo "$n"' >out 2>err
	rc=0; in_box p true >out 2>err || rc=$?
	[ "$rc" -eq 125 ]
	grep -qF 'cannot protect '"'"'.yarnrc\u001b]0;x\u0007' err || fail "$(cat -v err)"
	[ "$(LC_ALL=C tr -d '\n -~' <err | wc -c)" -eq 0 ]
}

@test "a FIFO, a socket in a protected place: refused, and nothing hangs" {
	for f in .envrc .vscode .claude/hooks; do
		for make in mkfifo sock; do
			[ $make = mkfifo ] || [ $f = .envrc ] || [ $f = .vscode ] || continue
			fresh p
			rm -rf "p/${f:?}"
			mkdir -p "$(dirname "p/$f")"
			case $make in
			mkfifo) mkfifo "p/$f" ;;
			sock) (cd "$(dirname "p/$f")" && /usr/bin/python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "${f##*/}") ;;
			esac
			rc=0; timeout 100 wx-run -n none -C p -- true >out 2>err || rc=$?
			[ "$rc" -eq 125 ] || fail "$f, $make: status $rc: $(cat err)"
			grep -q "cannot protect '$f': neither a file nor a folder; .*-u '$f'" err || fail "$f: $(cat err)"
		done
	done
	# Deeper in one, or in the host's git directory, of which a copy is made: no wait.
	fresh p
	mkdir p/.vscode
	mkfifo p/.vscode/pipe p/.git/info/pipe
	timeout 100 wx-run -n none -C p -- mkfifo pipe >out 2>err || fail "$? $(cat err)"
	for f in index config HEAD hooks/pre-commit refs/heads/x logs/HEAD modules; do
		fresh p
		rm -f "p/.git/$f"
		mkfifo "p/.git/$f"
		rc=0; timeout 100 wx-run -n none -C p -- true >out 2>err || rc=$?
		[ "$rc" -eq 0 ] || [ "$rc" -eq 125 ] || fail "$f: status $rc: $(cat err)"
	done
}

# --- the report

@test "the report: nested repositories, bare ones, one where was none" {
	fresh p
	in_box p 'exec 2>&1; git init -q in/a; git init -q --bare in/b.git; echo "gitdir: /x" >src/.git; mkdir -p in/c; ln -s ../a/.git in/c/.git' >out 2>err
	said nested-repository in/a/.git
	said nested-repository src/.git
	said nested-repository in/c/.git
	said bare-repository in/b.git
	[ "$(wc -l <err)" -eq 4 ] || fail "$(cat err)"
	# Those that were there are read-only, but for their tree.
	quiet p 'echo x >in/a/file; ls -R in >/dev/null
	    for f in in/a/.git/config in/a/.git/hooks/pre-commit in/a/.git/modules/m/config in/a/.git/commondir in/b.git/hooks/update in/b.git/HEAD src/.git; do
	        mkdir -p "${f%/*}" 2>/dev/null; (echo x >>"$f") 2>/dev/null && exit 3; done; mv in/a/.git in/a/g 2>/dev/null && exit 4; mv in i 2>/dev/null && exit 5; true'
	# One that was released: what its git acts upon is said, in silence is the rest.
	in_box p 'git init -q u' 2>err
	quiet p 'echo x >u/file; echo x >u/.git/description; mkdir -p u/.git/refs/heads/hooks; echo x >u/.git/refs/heads/hooks/config' -u u
	in_box p 'evil_config >>u/.git/config; evil u/.git/hooks/pre-commit; mkdir -p u/.git/modules/m; echo x >u/.git/modules/m/config; echo ../x >u/.git/commondir' -u u 2>err
	for f in config hooks/pre-commit modules/m/config commondir; do said nested-repository u/.git/$f; done
	[ "$(wc -l <err)" -eq 4 ] || fail "$(cat err)"
	in_box p 'mv u/.git/hooks h' -u u 2>err
	in_box p 'mv h u/.git/hooks' -u u 2>err
	said nested-repository u/.git/hooks/pre-commit
	# In two runs: made under another name, then moved.
	in_box p 'git init -q d; mv d/.git d/g; rm -rf d/g/refs' 2>err
	in_box p 'mkdir d/g/refs; mv d/g d/.git' 2>err
	said nested-repository d/.git
	in_box p 'mkdir e; cp d/.git/HEAD e; cp -a d/.git/objects e' 2>err
	in_box p 'mkdir e/refs' 2>err
	said bare-repository e
	fresh p
	in_box p 'mkdir -p g c/objects c/refs; echo "ref: refs/heads/main" >g/HEAD; echo ../c >g/commondir
	    printf "[alias]\n\tx = !touch $CANARY\n" >c/config' 2>err
	said bare-repository g
	(cd p/g && git x)
	hit || fail "git does not take it for a repository"
	# A project that was none.
	mkdir q
	in_box q 'git init -q .' 2>err
	said repository .git
	rm -rf q/.git
	in_box q 'git init -q --bare .' 2>err
	said repository .
}

@test "the report: links out, set-uid, an unfinished rebase, moves of a folder" {
	fresh p
	in_box p 'ln -s /etc/passwd a; ln -s ../../x b; ln -s f ok; ln -s ../f src/ok; mkdir -p node_modules/.bin node_modules/m
	    echo x >node_modules/m/cli.js; ln -s ../m/cli.js node_modules/.bin/cli; ln -s . self; ln -s self/self/../.. c
	    ln -s gone d; ln -s ../gone src/e; ln -s ../../gone src/h
	    cp f suid; chmod u+s suid; cp f sgid; chmod g+s sgid' 2>err
	said symlink-out a
	said symlink-out b
	said symlink-out c
	said symlink-out src/h
	said set-uid suid
	said set-uid sgid
	[ "$(wc -l <err)" -eq 6 ] || fail "$(cat err)"
	fresh p
	in_box p 'echo x >>f; git commit -qam two; GIT_SEQUENCE_EDITOR="sed -i 1ibreak" git rebase -q -i HEAD~1' >out 2>err
	grep -q 'wx-run: found: unfinished.*rebase' err || fail "$(cat err)"
	# Prepared in one run under a name that says nothing, moved there in the next.
	fresh p
	in_box p 'mkdir x y; echo "{}" >x/settings.json; mkdir y/workflows; echo x >y/workflows/w' 2>err
	[ ! -s err ] || fail "$(cat err)"
	in_box p 'mv x .claude; mv y .github' 2>err
	said protected-kind .claude/settings.json
	said protected-kind .github/workflows
	fresh p
	in_box p 'mkdir -p x/hooks; ln -s x .claude' 2>err
	said protected-kind .claude
}

@test "the report: names that would write on the terminal, or in the JSON" {
	fresh p
	in_box p 'n=$(printf "e\033[2J\n\"\\\\q\303\244\377\r"); mkdir "$n"; ln -s "$n" "$n/.envrc"; ln -s /etc "$n/l" ' -r "$PWD/report" 2>err
	[ "$(wc -l <err)" -eq 2 ] || fail "$(cat -v err)"
	run ! grep -q '[^ -~]' err
	[ "$(wc -l <report)" -eq 2 ]
	jq -e . report >/dev/null
	[ "$(jq -r 'select(.kind == "symlink-out").path' report | od -An -tx1 | tr -d ' \n')" = 651b5b324a0a225c71c3a4efbfbd0d2f6c0a ]
	jq -se 'map(keys_unsorted) == [["kind","path","detail"],["kind","path","detail"]]' report
}

@test "the report: --strict, the status, --report where it cannot be" {
	fresh p
	rc=0; in_box p 'touch .envrc' -s 2>err || rc=$?; [ "$rc" -eq 125 ]
	rc=0; in_box p 'touch .envrc; exit 7' --strict 2>err || rc=$?; [ "$rc" -eq 7 ]
	fresh p
	rc=0; in_box p 'touch .envrc' 2>err || rc=$?; [ "$rc" -eq 0 ]; [ -s err ]
	fresh p
	rc=0; in_box p 'exit 3' 2>err || rc=$?; [ "$rc" -eq 3 ]
	rc=0; in_box p true -s -r "$PWD/report" 2>err || rc=$?; [ "$rc" -eq 0 ]; [ -e report ] && [ ! -s report ]
	rc=0; in_box p true -r p/report 2>err || rc=$?; [ "$rc" -eq 125 ]; [ ! -e p/report ]
	ln -s . here
	echo old >p/old
	ln -s p/old through-old
	for r in here/p/report through-old; do
		rc=0; in_box p true -r $r 2>err || rc=$?; [ "$rc" -eq 125 ] || fail "$r: $rc"
	done
	[ ! -e p/report ] && [ "$(cat p/old)" = old ]
	rc=0; in_box p true -r /no/such/report 2>err || rc=$?; [ "$rc" -eq 125 ]
	rc=0; in_box p 'touch .envrc' -r /dev/full 2>err || rc=$?; [ "$rc" -eq 125 ]; grep -q 'cannot write report' err
}

@test "the report: many findings, many entries, little time: it says so" {
	fresh p
	in_box p 'i=0; while [ $i -lt 60 ]; do i=$((i+1)); ln -s /x l$i; done' -r "$PWD/report" 2>err
	[ "$(wc -l <err)" -eq 50 ] && grep -qF 'and 11 more (11 symlink-out); --report FILE has all' err || fail "$(tail -n 2 err)"
	[ "$(wc -l <report)" -eq 60 ]
	fresh p
	in_box p 'i=0; while [ $i -lt 25 ]; do i=$((i+1)); mkdir d$i; (cd d$i; seq -f l%g 500 | xargs -n 500 ln -s /x 2>&-
	    j=0; while [ $j -lt 420 ]; do j=$((j+1)); ln -s /x m$j; done); done' -W 60 -r "$PWD/report" 2>err
	[ "$(wc -l <report)" -eq 10001 ] && jq -e 'select(.detail == "500 more findings of kind symlink-out")' report >/dev/null || fail "$(tail -n 1 report) $(tail -n 1 err)"
	# A tree that is too large for the time.
	fresh p
	in_box p 'i=0; while [ $i -lt 50 ]; do i=$((i+1)); mkdir d$i; (cd d$i; seq 400 | xargs touch); done' -W 0.001 2>err
	grep -q 'unfinished-walk ".": "stopped after 0.0 s and [0-9]* entries; --walk-time' err || fail "$(cat err)"
	quiet p true
	in_box p 'touch .envrc' -W 0 2>err
	[ ! -s err ]
	for bad in x -1 1x nan ''; do
		rc=0; in_box p true -W "$bad" 2>err || rc=$?
		[ "$rc" -eq 125 ] || fail "-W $bad: $rc"
	done
}

@test "the report: what cannot be looked into is said, and the rest looked at" {
	fresh p
	in_box p 'mkdir a closed; touch closed/.envrc; chmod 0 closed
	    cd a; perl -e "for (1..2100) { mkdir(q(d)); chdir(q(d)); }"
	    cd /workspace; mkdir z; touch z/.envrc' -W 60 2>err
	said unfinished-walk closed
	said protected-kind z/.envrc
	grep -q 'unfinished-walk "a/d/.*too long' err
	[ "$(wc -l <err)" -eq 3 ] || fail "$(cut -c 1-200 err)"
	chmod 755 p/closed
	# A folder of the host's that was closed before is not.
	fresh q
	mkdir q/data
	chmod 0 q/data
	quiet q 'echo x >x'
	chmod 755 q/data
	# Names without what they stand for; the top.
	fresh p
	in_box p 'git init -q half/n; evil_config >>half/n/.git/config; chmod 400 half' 2>err
	said unfinished-walk half
	chmod 755 p/half
	in_box p 'touch src/.envrc; chmod 400 .' 2>err
	said unfinished-walk .
	chmod 755 p
	# The git directory is the run's own: what was committed comes home.
	in_box p 'git commit -q --allow-empty -m closed; chmod 0 .git' 2>err || fail "$(cat err)"
	[ "$(stat -c %a p/.git) $(git -C p log -1 --format=%s)" = "755 closed" ]
}

@test "the report: what the host made a moment before is not of the run" {
	for _ in 1 2 3 4 5 6 7 8; do
		fresh p
		git -C p commit -q --allow-empty -m two
		GIT_SEQUENCE_EDITOR="sed -i 1ibreak" git -C p rebase -q -i HEAD~1
		wx-run -n none -C p true 2>err
		[ ! -s err ] || fail "$(cat err)"
	done
}

@test "the report: nothing is said of innocent work" {
	git clone -q tpl vendored
	mv vendored tpl/vendored
	mkdir -p tpl/.vscode tpl/sub/.vscode
	echo '{}' >tpl/.vscode/tasks.json
	echo '{}' >tpl/sub/.vscode/tasks.json
	ln -s /etc/hostname tpl/old-link
	ln -s src tpl/s
	echo x >tpl/.envrc
	git -C tpl add f .vscode sub
	git -C tpl commit -qm more
	quiet tpl 'exec 2>&1; set -e
	    echo x >>f; echo x >src/new; echo x >sub/new; echo x >vendored/f; touch .vscode 2>/dev/null || true
	    mkdir -p node_modules/.bin node_modules/a/bin node_modules/@s/b; echo x >node_modules/a/bin/cli
	    ln -s ../a/bin/cli node_modules/.bin/a; ln -s ../../a node_modules/@s/b/a; ln -s a node_modules/c
	    git add f src sub/new; git commit -qm work; git checkout -q -b x; git tag t; git stash -q 2>/dev/null || true
	    mv src/c src/d; cp -a src srcs; rm -rf node_modules; mkdir -p build/a; ln src/d build/a/d
	    printf "#!/bin/sh\n" >run; chmod 755 run; mkfifo fifo; cat .envrc old-link s/d >/dev/null' -r "$PWD/report"
	[ ! -s report ]
}

@test "bombs: more than a thousand matches, folders 10,000 deep and huge files among the host's hooks" {
	# The thousand is of one pattern, wherever it leads.
	fresh p
	mkdir p/d
	(cd p/d && seq -f %g.a 600 | xargs touch && seq -f %g.b 600 | xargs touch)
	quiet p true -w 'd/*.a' -w 'd/*.b'
	(cd p/d && seq -f 1%g.a 600 | xargs touch)
	rc=0; timeout 100 wx-run -n none -C p -w 'd/*.a' -- true >out 2>err || rc=$?
	[ "$rc" -eq 125 ] && grep -q "cannot look after 'd/\*.a': more than 1000 paths" err || fail "$rc: $(cat err)"
	rm -rf p
	fresh p
	/usr/bin/python3 -c 'import os
os.chdir("p/.git/hooks")
for i in range(10000):
    os.mkdir("d"); os.chdir("d")'
	truncate -s 8G p/.git/hooks/huge
	head -c 30000000 /dev/zero >p/.git/hooks/large
	printf x >"p/.git/hooks/new
line"
	timeout 100 wx-run -n none -C p -- git status >out 2>err || fail "$? $(cat err)"
	[ ! -s err ] || fail "$(cut -c 1-300 err)"
	/usr/bin/python3 -c 'import shutil; shutil.rmtree("p")' 2>/dev/null || rm -rf p
}
