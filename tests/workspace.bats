# SPDX-License-Identifier: MIT
# The project while a sandbox has it, and after: git works inside, the host's git runs
# nothing that was planted, the protected files are as they were, and what appeared
# is said. Real git, real bwrap. Every attack is first made without a sandbox, where
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

# --- work

@test "git inside: commit, branch, checkout, tag, stash, merge, reset, log, gc" {
	quiet tpl '
	exec 2>&1; set -e
	echo two >>f; git commit -qam two; git checkout -q -b side; echo s >s; git add s; git commit -qm side
	git tag v1; git tag -a -m note v2; git checkout -q main; echo m >>f; git stash -q; git stash pop -q
	git commit -qam three; git merge -q -m merge side; git reset -q --hard HEAD~1; git merge -q -m again side
	git log --oneline | wc -l; git -c core.pager=cat -c x.y=z log -1 --format=%s; git diff --stat HEAD~1
	git branch -d side; git gc -q; git fsck; git status --porcelain
	git rm -q s; git mv f g; git commit -qm moved; git cherry-pick -n v1; git reset -q --hard; git revert -n HEAD
	git reset -q --hard; git clean -fdq; git notes add -m n; git bisect start; git bisect reset
	'
	[ "$(git -C tpl log -1 --format=%s)" = moved ]
	[ -z "$(git -C tpl status --porcelain)" ]
	git -C tpl fsck
	[ "$(git -C tpl tag | paste -sd ' ')" = "v1 v2" ]
}

@test "git inside: rebase, also interactive with an editor of its own" {
	quiet tpl '
	exec 2>&1; set -e
	for i in 1 2 3; do echo $i >r$i; git add r$i; git commit -qm r$i; done
	git checkout -q -b topic HEAD~3; echo t >t; git add t; git commit -qm t
	git rebase -q main; git checkout -q main
	GIT_SEQUENCE_EDITOR="sed -i 2,\\\$s/^pick/fixup/" git rebase -q -i HEAD~3
	GIT_SEQUENCE_EDITOR="sed -i 1ibreak" git rebase -q -i HEAD~1; git rebase --abort
	'
	[ "$(git -C tpl log --format=%s main | paste -sd ' ')" = "r1 one" ]
	[ "$(git -C tpl show --stat --format= main | tail -n 1)" = " 3 files changed, 3 insertions(+)" ]
	[ "$(git -C tpl log -1 --format=%s topic)" = t ]
}

@test "git inside: worktree add, work in it, remove; the next run starts" {
	quiet tpl '
	exec 2>&1; set -e
	git worktree add -q /tmp/wt -b side; cd /tmp/wt; echo w >w; git add w; git commit -qm w; git status --porcelain
	git worktree add -q /workspace/w2 -b side2; cd /workspace/w2; echo w >w2; git add w2; git commit -qm w2
	cd /workspace; git worktree remove w2; git worktree list
	'
	[ "$(git -C tpl log -1 --format=%s side)" = w ]
	# What is left of the one in /tmp stands in nobody's way.
	quiet tpl 'exec 2>&1; git worktree add -q w3 -b side3 && git worktree remove w3 && git branch -D side2 side3'
	git -C tpl worktree prune
	git -C tpl branch -q -D side
	[ ! -e tpl/.git/worktrees ]
}

@test "git inside: a configuration can be given by -c, and not be written" {
	rc=0
	in_box tpl 'git config x.y z' >out 2>err || rc=$?
	[ "$rc" -ne 0 ]
	[ -z "$(git -C tpl config x.y)" ]
	[ ! -e tpl/.git/config.lock ]
	git -C tpl config x.y host
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

@test "two runs: .git made no repository by the first is protected in the second" {
	for gone in HEAD refs objects; do
		fresh p
		in_box p "mv .git/$gone .git/gone" >/dev/null 2>&1 || fail "the attack itself failed"
		in_box p "all_hooks .git/hooks; evil_config >>.git/config; mv .git/gone .git/$gone" >/dev/null 2>&1
		host_work p
		! hit || fail "$gone: ran"
	done
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

@test "submodules: none at first, and one is planted in .git/modules" {
	fresh p
	quiet p '! mkdir .git/modules/x 2>/dev/null'
	[ ! -e p/.git/modules ]
	# In the git folder of one that has none.
	git init -q lib
	git -C lib commit -q --allow-empty -m lib
	git -C tpl submodule --quiet add "$PWD/lib" s
	fresh p
	quiet p '! mkdir .git/modules/s/modules/x 2>/dev/null; ! mkdir .git/modules/t 2>/dev/null'
	[ ! -e p/.git/modules/s/modules ] && [ -d p/.git/modules/s ]
}

# --- what the configuration names in the work tree

@test "core.hooksPath: in the tree, there or not, from the project's and the user's configuration" {
	git -C tpl config core.hooksPath .githooks
	attack "local, absent" 'all_hooks .githooks'
	[ ! -e p/.githooks ]
	git -C tpl config core.hooksPath sub/deep/hooks
	attack "local, absent, deep" 'all_hooks sub/deep/hooks'
	[ ! -e p/sub ]
	mkdir tpl/.githooks
	printf '#!/bin/sh\n' >tpl/.githooks/pre-commit
	chmod +x tpl/.githooks/pre-commit
	git -C tpl config core.hooksPath .githooks
	attack "local, there" 'all_hooks .githooks; mv .githooks h; all_hooks .githooks'
	git -C tpl config --unset core.hooksPath
	git config --global core.hooksPath .githooks
	attack "global, there" 'evil .githooks/pre-commit; mv .githooks h; all_hooks .githooks'
	rm -rf tpl/.githooks
	attack "global, absent" 'all_hooks .githooks'
	# What was made for that is not committed.
	fresh p
	quiet p 'exec 2>&1; echo n >n; git add -A; git commit -qm all'
	[ "$(git -C p show --format= --name-only HEAD)" = n ]
}

@test "includes of the local configuration: protected, also what they include; absent ones are refused" {
	printf '[include]\n\tpath = more/.inc\n' >tpl/.gitconfig
	mkdir tpl/more
	printf '[x]\n\ty = z\n' >tpl/more/.inc
	git -C tpl config include.path ../.gitconfig
	attack "include" 'evil_config >>.gitconfig; evil_config >c; mv c .gitconfig'
	attack "include of an include" 'evil_config >>more/.inc; rm -f more/.inc; mv more m; mkdir more; evil_config >more/.inc'
	git -C tpl config --unset include.path
	git -C tpl config includeIf.gitdir:/.path ../.gitconfig
	attack "includeIf" 'evil_config >>.gitconfig'
	rm tpl/more/.inc
	rc=0; in_box tpl true >out 2>err || rc=$?
	[ "$rc" -eq 125 ] && grep -q "'more/.inc': git's configuration includes it.* -u 'more/.inc'" err || fail "$rc: $(cat err)"
	in_box tpl true -u more/.inc
	[ ! -e tpl/more/.inc ]
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
	# Attributes alone bring only what the host has configured.
	git -C tpl config --unset core.fsmonitor
	git -C tpl config filter.f.clean ./tools/clean
	fresh p
	in_box p 'echo "* filter=f diff=g merge=h" >.gitattributes; printf "[filter \"f\"]\n\tclean = touch %s\n" "$CANARY" >.gitconfig' 2>err || true
	host_work p
	! hit
}

@test "a config that git cannot read, or that is a bomb: refused, soon" {
	for bomb in 'printf "[core\n hookspath"' 'yes "[include] path = x"; true | head -c 3000000' \
	    'i=0; while [ $i -lt 40 ]; do i=$((i+1)); printf "[include]\n\tpath = ../i$i\n"; echo >../i$i; done'; do
		fresh p
		(cd p/.git && sh -c "$bomb" 2>/dev/null | head -c 3000000 >>config)
		rc=0; timeout 20 wx-run -n none -C p -- true >out 2>err || rc=$?
		[ "$rc" -eq 125 ] && grep -q 'cannot protect what' err || fail "$rc: $(cat err)"
	done
	fresh p
	truncate -s 2G p/.git/config
	rc=0; timeout 20 wx-run -n none -C p -- true >out 2>err || rc=$?
	[ "$rc" -eq 125 ] && grep -q 'larger than 1 MiB' err || fail "$rc: $(cat err)"
}

# --- other shapes of a project

@test "a bare repository is protected, also after its HEAD was taken away" {
	host_work() {
		git -C "$1" log -1 >/dev/null 2>&1 || true
		git -C "$1" update-ref refs/heads/x main >/dev/null 2>&1 || true
		git -C tpl push -q "$PWD/$1" HEAD:refs/heads/y 2>/dev/null || true
	}
	attack_bare() {
		rm -rf p; cp -a up p
		(cd p && sh -c "$prelude$1" 2>/dev/null)
		host_work p; hit || fail "does nothing: $1"
		rm -rf p; cp -a up p
		in_box p "$1" >out 2>err || true
		host_work p; ! hit || fail "ran: $1"
	}
	attack_bare 'all_hooks hooks; evil hooks/pre-receive'
	attack_bare 'mv hooks h; all_hooks hooks; evil hooks/pre-receive'
	attack_bare 'cp -a . /tmp/b; mkdir ev; cp -a HEAD objects refs config ev; all_hooks ev/hooks; evil ev/hooks/pre-receive; echo ev >commondir'
	rm -rf p; cp -a up p
	in_box p 'mv HEAD H' 2>err
	in_box p 'mv H HEAD; all_hooks hooks; evil hooks/pre-receive' 2>err || true
	host_work p; ! hit || fail "ran in two"
	quiet up 'git log -1 --format=%s; git update-ref refs/heads/z main'
	[ ! -e up/commondir ] && [ ! -e up/modules ]
}

@test "a linked work tree as project: git works, the main one's hooks and config are safe" {
	git -C tpl worktree add -q ../wt -b wt
	quiet wt 'exec 2>&1; set -e; echo x >x; git add x; git commit -qm in-wt; git branch b2; git stash list; git log --oneline; git status'
	[ "$(git -C wt log -1 --format=%s)" = in-wt ]
	cp -a tpl/.git save
	m=$PWD/tpl/.git
	for script in "all_hooks $m/hooks" "mv $m/hooks $m/h; all_hooks $m/hooks" "evil_config >>$m/config" \
	    "cp -a $m /tmp/x; cp -a $m $m/ev; evil_config >>$m/ev/config; echo ev >$m/commondir" \
	    "evil_config >$m/config.worktree" "rm -f .git; echo 'gitdir: ev' >.git; git init -q ev; mv ev/.git e; evil_config >>e/config; echo 'gitdir: e' >.git" \
	    "cp -a $m/worktrees/wt $m/worktrees/w2; mv $m/worktrees/wt $m/w; mv $m/worktrees/w2 $m/worktrees/wt; echo $m/ev >$m/worktrees/wt/commondir; evil_config >$m/worktrees/wt/config.worktree"; do
		in_box wt "$script" >out 2>err || true
		host_work wt
		host_work tpl
		! hit || fail "ran: $script"
		rm -rf tpl/.git
		cp -a save tpl/.git
	done
	[ ! -e "$m/commondir" ] && [ ! -e "$m/worktrees/wt/config.worktree" ]
}

@test "a submodule as project: git works, its hooks and config are safe" {
	git init -q lib
	git -C lib commit -q --allow-empty -m lib
	git -C tpl submodule --quiet add "$PWD/lib" s
	git -C tpl commit -qam sub
	quiet tpl/s 'exec 2>&1; set -e; echo x >x; git add x; git commit -qm in-sub; git status'
	[ "$(git -C tpl/s log -1 --format=%s)" = in-sub ]
	m=$PWD/tpl/.git/modules/s
	for script in "all_hooks $m/hooks" "evil_config >>$m/config" "evil_config >c; mv c $m/config" \
	    "cp -a $m $m/ev; evil_config >>$m/ev/config; echo ev >$m/commondir" \
	    "git init -q ev; evil_config >>ev/.git/config; rm -f .git; echo 'gitdir: ev/.git' >.git"; do
		in_box tpl/s "$script" >out 2>err || true
		host_work tpl/s
		host_work tpl
		! hit || fail "ran: $script"
		rm -rf "$m/ev"
	done
	git -C tpl/s fsck
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
	echo nonsense >p/.git
	refused "not one of git's"
	# And with a -u there is no git, and no reading of it.
	in_box p '! git log' -u .git
}

# --- the mount comes off

@test "the host's git config while it runs: what the sandbox then writes is put back, and kept" {
	fresh p
	mkdir ctl
	mkfifo ctl/go
	wx-run -n none -C p -m "$PWD/ctl:/ctl:rw" -v "CANARY=$CANARY" -- sh -c "$prelude"'
	    touch /ctl/up; read x </ctl/go; evil_config >>.git/config' >out 2>err 3>&- &
	pid=$!
	until [ -e ctl/up ]; do sleep 0.02; kill -0 "$pid"; done
	cp p/.git/config was
	git -C p config host.said yes
	echo go >ctl/go
	wait "$pid"
	cmp p/.git/config was || fail "$(cat p/.git/config)"
	said restored .git/config
	kept=$(ls state/wrapix/*.run/replaced/*)
	grep -q 'said = yes' "$kept" && grep -q fsmonitor "$kept"
	host_work p
	! hit
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
