# SPDX-License-Identifier: MIT
# engines: bwrap podman-whole
# takes: 150 s
# parts: 2
# sanitizers: no, minutes
# All of git works inside, in a git directory of the run's own, in every shape that a
# repository has; and what the host has is not touched by it.
load lib/helper
load lib/git
load lib/held

local_setup() {
	git_setup
}

teardown() {
	git_teardown
}

# --- work

@test "status, add, commit, amend, branch, tag, stash, merge, cherry-pick, revert, notes, clean" {
	fresh p
	quiet p '
	git status; echo two >>f; git commit -qam two; echo three >>f; git add f; git commit -q --amend -m "two amended"
	git checkout -q -b side; echo s >s; git add s; git commit -qm side
	git tag v1; git tag -a -m note v2; git checkout -q main; echo m >>g; git stash -q; git stash list | grep -q stash; git stash pop -q
	git commit -qam three; git merge -q -m merge side; git reset -q --hard HEAD~1; git merge -q -m again side
	git -c core.pager=cat -c x.y=z log -1 --format=%s; git diff --stat HEAD~1
	git branch -q -d side; git rm -q s; git mv f h; git commit -qm moved; git cherry-pick -n v1; git reset -q --hard
	git revert -n HEAD; git reset -q --hard; git clean -fdq; git notes add -m n; git blame h; git log -p --all >/dev/null
	git format-patch -1 --stdout | git apply -R; git checkout -q .; git clean -fdq; git reflog -3; git rev-parse @{1}; git describe --tags
	git archive HEAD | tar t; git grep -q code; git show-ref --head; git shortlog -s HEAD; git apply --check /dev/null || true'
	is p main moved
	clean p
	git -C p fsck --no-dangling
	[ "$(git -C p tag | paste -sd ' ')" = "v0 v1 v2" ]
	nothing_kept
}

@test "gc, repack, prune, pack-refs, fsck, count-objects, multi-pack-index, commit-graph" {
	fresh p
	git -C p gc -q
	quiet p '
	for i in 1 2 3 4 5; do echo $i >>f; git commit -qam $i; done
	git gc -q; git gc -q --prune=now --aggressive; git repack -adq; git repack -q -a -d -l; git prune; git pack-refs --all
	git fsck --full --strict; git count-objects -v; git multi-pack-index write; git commit-graph write --reachable; git fsck
	git maintenance run --task=gc; git reflog expire --expire=now --all; git gc -q --prune=now; git log --oneline | wc -l >n; rm n'
	is p main 5
	git -C p fsck
	clean p
}

@test "bisect, rebase, rebase -i with an editor, autosquash, am, cherry-pick of a conflict" {
	fresh p
	quiet p '
	for i in 1 2 3 4 5 6 7 8; do echo $i >n; git add n; git commit -qm r$i; done
	git bisect start HEAD HEAD~8; git bisect run sh -c "test \$(cat n) -lt 6 2>/dev/null" >o || true; git bisect log | grep -q "first bad commit"; git bisect reset; rm o
	git switch -q -c topic HEAD~8; echo t >t; git add t; git commit -qm t
	git rebase -q main; git switch -q main
	GIT_SEQUENCE_EDITOR="sed -i 2,\\\$s/^pick/fixup/" git rebase -q -i HEAD~8
	GIT_SEQUENCE_EDITOR="sed -i 1ibreak" git rebase -q -i HEAD~1; git rebase --abort
	echo z >z; git add z; git commit -qm z; echo zz >z; git commit -qa --fixup HEAD; GIT_SEQUENCE_EDITOR=: git rebase -q -i --autosquash HEAD~2
	git format-patch -q -1 --stdout >/tmp/p; git reset -q --hard HEAD~1; git am -q /tmp/p
	git branch a HEAD; echo A >f; git commit -qam A; git switch -q a; echo B >f; git commit -qam B
	if git cherry-pick main; then exit 9; fi; echo AB >f; git add f; git -c core.editor=true cherry-pick --continue
	if git merge main; then exit 9; fi; git merge --abort; git switch -q main'
	is p main A
	is p topic t
	is p a A
	clean p
	nothing_kept
}

@test "a commit signed with an ssh key, and a tag" {
	fresh p
	quiet p '
	ssh-keygen -q -t ed25519 -N "" -f /tmp/k -C k; cp /tmp/k.pub .
	git config gpg.format ssh; git config user.signingkey /tmp/k; git config commit.gpgsign true
	echo x >>f; git commit -qam signed; git commit -q --amend -m "signed twice"; git tag -s -m t v-signed'
	is p main 'signed twice'
	printf 'tester@example.org %s\n' "$(cut -d ' ' -f 1,2 p/k.pub)" >allowed
	rm p/k.pub
	git -C p -c gpg.ssh.allowedSignersFile="$PWD/allowed" verify-commit main
	git -C p -c gpg.ssh.allowedSignersFile="$PWD/allowed" verify-tag v-signed
	[ -z "$(git -C p config --local --get-regexp 'gpg|sign' || true)" ] || fail "the setting came home"
}

@test "git config is written inside, and stays there" {
	fresh p
	git_look p/.git >was
	quiet p '
	git config x.y z; [ "$(git config x.y)" = z ]; git config --add remote.o.url /x; git remote add other /y; git remote set-url other /z
	git config --unset x.y; git config alias.st status; git st; git config extensions.worktreeConfig true; git config --worktree a.b c
	git config core.fsmonitor false; git config core.untrackedCache true; git branch --set-upstream-to=old; git status -sb; git config --local -l'
	same_git p/.git was
	nothing_kept
}

@test "hooks: the host's run inside; one that is written inside, husky's, pre-commit's, run and stay inside" {
	fresh p
	printf '#!/bin/sh\necho hook >>ran\n' >p/.git/hooks/pre-commit
	printf '#!/bin/sh\necho "from the host" >>"$1"\n' >p/.git/hooks/commit-msg
	chmod +x p/.git/hooks/pre-commit p/.git/hooks/commit-msg
	echo ran >>p/.git/info/exclude
	git_look p/.git >was
	quiet p 'git commit -q --allow-empty -m x; [ "$(cat ran)" = hook ]; git log -1 --format=%B | grep -q "from the host"'
	rm p/ran
	cmp <(git_look p/.git/hooks) <(git_look tpl/.git/hooks) >/dev/null && fail "no hooks?"
	git_look p/.git/hooks >hooks
	quiet p '
	printf "#!/bin/sh\necho mine >>ran\n" >.git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; printf "#!/bin/sh\necho post >>ran\n" >.git/hooks/post-commit
	chmod 755 .git/hooks/post-commit; git commit -q --allow-empty -m y; [ "$(paste -sd " " ran)" = "mine post" ]; rm ran
	mkdir -p /tmp/husky/_; printf "#!/bin/sh\necho husky >>ran\n" >/tmp/husky/_/pre-commit; chmod +x /tmp/husky/_/pre-commit
	git config core.hooksPath /tmp/husky/_; git commit -q --allow-empty -m z; [ "$(cat ran)" = husky ]; rm ran
	rm -rf .git/hooks; mkdir .git/hooks; git config --unset core.hooksPath; git commit -q --allow-empty -m zz; [ ! -e ran ]'
	same_git p/.git/hooks hooks
	is p main zz
	# A folder of the tree: the project's own husky.
	fresh p
	mkdir -p p/.husky/_
	printf '#!/bin/sh\necho husky >>ran\n' >p/.husky/_/pre-commit
	chmod +x p/.husky/_/pre-commit
	git -C p config core.hooksPath .husky/_
	printf 'ran\n.husky\n' >>p/.git/info/exclude
	quiet p 'git commit -q --allow-empty -m x; [ "$(cat ran)" = husky ]'
	is p main x
}

@test "worktree add, work in it, remove, move, lock, prune; in the project and in /tmp" {
	fresh p
	quiet p '
	git worktree add -q /tmp/wt -b side; cd /tmp/wt; echo w >w; git add w; git commit -qm w; git status --porcelain
	git worktree add -q /workspace/w2 -b side2; cd /workspace/w2; echo w >w2; git add w2; git commit -qm w2; git log --oneline
	cd /workspace; git worktree list; git worktree lock w2; git worktree unlock w2; git worktree move w2 w3; git worktree remove w3
	git worktree prune -v --expire now; git worktree remove --force /tmp/wt'
	is p side w
	is p side2 w2
	clean p
	[ ! -e p/.git/worktrees ]
	nothing_kept
}

@test "worktree add: the new tree has all files, also those that are read-only in the project; of a sparse project the same as that" {
	mkdir tpl/.vscode
	echo '{}' >tpl/.vscode/settings.json
	git -C tpl add .
	git -C tpl commit -qm settings
	cp -a tpl "p[1] \"*"
	fresh p
	for p in p "p[1] \"*"; do
		box "$p" '
		git ls-files -t | grep -qx "S .vscode/settings.json"
		git worktree add -q /tmp/wt -b side; [ -e /tmp/wt/.vscode/settings.json ] || echo "not there"
		git -C /tmp/wt ls-files -t | grep "^S" || true; git -C /tmp/wt status --porcelain; git status --porcelain
		echo "{1}" >/tmp/wt/.vscode/settings.json; git -C /tmp/wt commit -qam one; git -C /tmp/wt switch -q -c more main
		git -C /tmp/wt merge -q side; git status --porcelain; git ls-files -t | grep -qx "S .vscode/settings.json"'
		[ ! -s out ] || fail "$p: $(cat out)"
		[ "$(grep -vc '^wx-run: found: committed ' err)" -eq 0 ] || fail "said: $(cat err)"
		[ "$(git -C "$p" show side:.vscode/settings.json)" = '{1}' ] || fail "$p: $(git -C "$p" show side)"
		clean "$p"
	done
	for how in --cone --no-cone '--cone --sparse-index'; do
		fresh p
		git -C p status --porcelain
		# shellcheck disable=SC2086 # two words
		git -C p sparse-checkout set $how .vscode
		git -C p sparse-checkout list >list
		git -C p ls-files -t >was
		box p '
		git worktree add -q /tmp/wt -b side; git ls-files -t >/tmp/was; git sparse-checkout list >/tmp/list
		cd /tmp/wt; git ls-files -t | diff /tmp/was -; git sparse-checkout list | diff /tmp/list -; [ ! -e src/c ]; git status --porcelain
		echo n >.vscode/n; git add .vscode/n; git commit -qm n
		git sparse-checkout disable; grep -qx code src/c; git status --porcelain; git -C /workspace sparse-checkout list | diff /tmp/list -'
		[ ! -s out ] || fail "$how: $(cat out)"
		[ "$(grep -vc '^wx-run: found: committed ' err)" -eq 0 ] || fail "said: $(cat err)"
		is p side n
		[ "$(git -C p show --format= --name-only side)" = .vscode/n ] || fail "$how: $(git -C p show side)"
		git -C p sparse-checkout list | cmp - list
		git -C p ls-files -t | cmp - was
		clean p
	done
}

@test "submodule add, update --init, commits in one; of a bare repository in the project" {
	git init -q lib
	echo l >lib/l
	git -C lib add l
	git -C lib commit -qm lib
	fresh p
	git clone -q --bare lib p/up.git
	echo /up.git >>p/.git/info/exclude
	git -C p submodule --quiet add "$PWD/lib" s
	git -C p commit -qm s
	git clone -q p c
	git clone -q --bare lib c/up.git
	git -C c config submodule.s.url /workspace/up.git
	box c 'git -c protocol.file.allow=always submodule --quiet update --init; [ -e s/l ]; git submodule status
	    cd s; git switch -q -c work; echo more >>l; git commit -qam in-s; git log --oneline; git status'
	# One that the host has.
	box p 'git submodule status; cd s; git switch -q main; echo more >>l; git commit -qam in-s; cd ..; git add s; git commit -qm bump; git status
	    git submodule foreach --recursive "git log --oneline -1; git fsck"; git diff --submodule=log HEAD~1'
	is p main bump
	is p/s main in-s
	git -C p submodule status | grep -q "^ $(git -C p/s rev-parse main) s" || fail "$(git -C p submodule status)"
}

@test "git lfs: track, add, commit, checkout" {
	lfs=
	if ! command -v git-lfs >/dev/null && [ -n "${WX_GITS-}" ] && [ -x "$WX_GITS/bookworm/bin/git-lfs" ]; then
		lfs=$WX_GITS/bookworm
		PATH=$lfs/bin:$PATH
	fi
	command -v git-lfs >/dev/null || skip "no git-lfs here"
	git lfs install >/dev/null
	git -C tpl lfs install --local >/dev/null
	git -C tpl lfs track '*.bin' >/dev/null
	head -c 100000 /dev/urandom >tpl/a.bin
	git -C tpl add .
	git -C tpl commit -qm lfs
	fresh p
	rm p/a.bin
	box p 'PATH='"$PATH"'; git checkout -q -- a.bin; [ "$(wc -c <a.bin)" -eq 100000 ]
	    head -c 5000 /dev/urandom >b.bin; git add b.bin; git commit -qm b; git lfs ls-files | grep -q b.bin; rm b.bin
	    git checkout -q -- b.bin; [ "$(wc -c <b.bin)" -eq 5000 ]; git lfs fsck' ${lfs:+-m "$lfs:$lfs:ro"}
	is p main b
	git -C p show main:b.bin | grep -q '^oid sha256:'
	cmp p/a.bin tpl/a.bin
	# What it added is there too, or it is said that it is not.
	rm p/b.bin
	git -C p checkout -q -- b.bin 2>/dev/null || grep -qi lfs err || fail "b.bin's contents did not come home, unsaid"
}

@test "push, push -u, fetch, pull, clone of a repository that is mounted" {
	git clone -q --bare tpl up.git
	fresh p
	git -C p remote add origin "$PWD/up.git"
	git -C p push -q -u origin main 2>/dev/null
	git clone -q up.git other
	git -C other commit -q --allow-empty -m theirs
	git -C other push -q
	git_look p/.git >was
	# A repository that is mounted to be written is refused: here it is a copy, gone with the run.
	rc=0; in_box p true -m "$PWD/up.git:$PWD/up.git:rw" >out 2>err || rc=$?
	[ "$rc" -eq 125 ] && grep -q 'is a git repository' err || fail "$rc: $(cat err)"
	box p 'cp -r '"$PWD"'/up.git /tmp/up.git; git remote set-url origin /tmp/up.git; git push -q origin main:copy; git fetch -q; git merge -q --ff-only origin/main; git switch -q -c topic; echo t >t; git add t
	    git commit -qm t; git push -q -u origin topic; [ "$(git rev-parse --abbrev-ref @{u})" = origin/topic ]; git status -sb | grep -q origin/topic
	    git switch -q main; git pull -q; git ls-remote -q; git clone -q /tmp/up.git /tmp/c; git remote prune origin' -m "$PWD/up.git:$PWD/up.git:ro"
	is p main theirs
	is p topic t
	! git -C p config branch.topic.remote || fail "the upstream came home: no config does"
}

@test "switch over commits that change protected files: works or changes nothing, and no commit reverts it" {
	mkdir -p tpl/.github/workflows
	echo a >tpl/.github/workflows/ci.yml
	git -C tpl add .
	git -C tpl commit -qm a
	git -C tpl switch -q -c other
	echo b >tpl/.github/workflows/ci.yml
	git -C tpl commit -qam b
	git -C tpl switch -q main
	for how in 'git switch -q other' 'git merge -q other' 'git reset -q --hard other' 'git rebase -q other' 'git checkout -q other -- . && git commit -qm c' \
	    'git cherry-pick other' 'echo x >>f; git stash -q; git switch -q other; git stash pop -q; git commit -qam pop'; do
		fresh p
		in_box p "$how && echo x >n && git add n && git commit -qm 'only n'" >out 2>err || true
		[ "$(git -C p log -1 --format=%s)" != 'only n' ] ||
		    ! git -C p show --stat --format= HEAD | grep -q ci.yml || fail "$how: a commit of n also reverted the workflow"
		clean_or_said=$(git -C p status --porcelain)
		[ -z "$clean_or_said" ] || grep -q 'ci.yml' err || fail "$how: left, unsaid: $clean_or_said; $(cat err)"
	done
}

@test "the user's settings that say how git works are there, his lists of what to ignore, his template; programs and hosts are not" {
	ours() {
		fresh p
		echo x >p/.DS_Store
		mkdir -p home/.config/git
		echo .DS_Store >home/.config/git/ignore
		echo '*.bin -text' >home/.config/git/attributes
		box p 'git config --get-all pull.rebase; git config alias.last; git config alias.sh || echo no-sh; git config core.editor || echo no-editor; git config credential.helper || echo no-helper
		    git config url.x.insteadOf || echo no-url; git check-ignore -q .DS_Store && echo ignored; git check-attr text a.bin; git last >/dev/null && echo last; git config user.name' >/dev/null
		printf '%s\n' true 'log -1' no-sh no-editor no-helper no-url ignored 'a.bin: text: unset' last Tester | diff - out || fail "$1"
	}
	cp home/.gitconfig g
	printf '[pull]\n\trebase = true\n[alias]\n\tlast = log -1\n\tsh = !touch x\n[core]\n\teditor = vi\n[credential]\n\thelper = store\n[url "x"]\n\tinsteadOf = y\n' >>home/.gitconfig
	ours "read by ourselves"
	# git is asked: a quoted value, an include for this place only.
	printf '[x]\n\ty = "z"\n[includeIf "gitdir:%s/"]\n\tpath = more\n' "$PWD" >>home/.gitconfig
	printf '[merge]\n\tconflictStyle = zdiff3\n[filter "lfs"]\n\tclean = git-lfs clean -- %%f\n[filter "evil"]\n\tclean = sh -c evil\n[commit]\n\ttemplate = ~/tpl.txt\n' >home/more
	echo 'Why:' >home/tpl.txt
	echo '*.own' >home/mine
	ours "by git"
	git config --global core.excludesFile '~/mine'
	box p 'git config merge.conflictStyle; git config filter.lfs.clean; git config filter.evil.clean || echo no-evil; git check-ignore -q a.own && echo own; git check-ignore -q .DS_Store || echo not-that
	    GIT_EDITOR=cat git commit --allow-empty 2>/dev/null | head -n 1' >/dev/null
	printf '%s\n' zdiff3 'git-lfs clean -- %f' no-evil own not-that Why: | diff - out
	# Nor what the repository's settings say, or a file in the project: that is the agent's word.
	git config --global --unset core.excludesFile
	cp home/.gitconfig g2
	mkdir -p home/.ssh
	echo PRIVATE-made-up >home/.ssh/id
	for how in local include deep global; do
		fresh p
		printf '[core]\n\texcludesFile = %s\n\tattributesFile = %s\n[commit]\n\ttemplate = %s\n[alias]\n\tevil = log\n' "$HOME/.ssh/id" "$HOME/.ssh/id" "$HOME/.ssh/id" >p/inc
		case $how in
		local) cat p/inc >>p/.git/config ;;
		include) printf '[include]\n\tpath = ../inc\n' >>p/.git/config ;;
		deep) printf '[include]\n\tpath = ../one\n' >>p/.git/config; printf '[include]\n\tpath = inc\n' >p/one ;;
		global) printf '[include]\n\tpath = %s/p/inc\n' "$PWD" >>home/.gitconfig ;;
		esac
		in_box p 'cat ~/.config/git/* ~/.gitconfig' >out 2>err || true
		! grep -q 'PRIVATE-made-up\|evil' out || fail "$how: $(cat out)"
		grep -q Tester out
		cp g2 home/.gitconfig
	done
	# Nor a file of the user's that is a link into the project, or by way of one there: where that leads
	# the agent has a say.
	for how in config global ignore named deep; do
		fresh p
		ln -s "$HOME/.ssh/id" p/link
		ln -s "$HOME" p/dir
		printf '[core]\n\texcludesFile = %s\n[user]\n\tname = Tester\n' "$HOME/.ssh/id" >p/settings
		case $how in
		config) ln -sf "$PWD/p/settings" home/.gitconfig ;;
		global) export GIT_CONFIG_GLOBAL=$PWD/p/settings ;;
		ignore) ln -sf "$PWD/p/link" home/.config/git/ignore ;;
		named) git config --global core.excludesFile "$PWD/p/link" ;;
		deep) git config --global core.excludesFile "$PWD/p/dir/.ssh/id" ;;
		esac
		in_box p 'cat ~/.config/git/* ~/.gitconfig' >out 2>err || true
		! grep -q PRIVATE-made-up out || fail "$how: $(cat out)"
		grep -q Tester out || fail "$how: $(cat out err)"
		unset GIT_CONFIG_GLOBAL
		rm -f home/.gitconfig home/.config/git/ignore
		cp g2 home/.gitconfig
	done
	# By other links it is his.
	mkdir dotfiles
	echo '*.dot' >dotfiles/ignore
	ln -s ../../../dotfiles/ignore home/.config/git/ignore
	fresh p
	box p 'git check-ignore -q a.dot && echo dot'
	[ "$(cat out)" = dot ]
	# What is no file is not read.
	git config --global core.excludesFile '~/mine'
	rm home/mine home/tpl.txt
	mkfifo home/mine
	ln -s /dev/zero home/tpl.txt
	box p 'git config commit.template || echo none'
	[ "$(cat out)" = none ]
	cp g home/.gitconfig
}

@test "the project's settings ask for signatures, and the key is not inside: commits are made, and it is said; with an agent they are asked for" {
	fresh p
	git -C p config gpg.format ssh
	git -C p config user.signingkey "$HOME/.ssh/id.pub"
	for k in commit.gpgSign tag.gpgSign tag.forceSignAnnotated; do
		git -C p config "$k" true
		box p 'git commit -q --allow-empty -m unsigned; git tag -a -m x '"v$k"''
		grep -q 'is not signed' err || fail "$k: $(cat err)"
		git -C p config "$k" false
	done
	is p main unsigned
	[ "$(git -C p config commit.gpgSign)" = false ]
	git -C p config extensions.worktreeConfig true
	git -C p config --worktree commit.gpgSign true
	box p 'git commit -q --allow-empty -m tree'
	grep -q 'is not signed' err
	is p main tree
	git -C p config --worktree commit.gpgSign no
	quiet p 'git commit -q --allow-empty -m none'
	git -C p config --worktree commit.gpgSign true
	eval "$(ssh-agent -s)" >/dev/null
	pids="${pids-} $SSH_AGENT_PID"
	rc=0; in_box p 'git commit -q --allow-empty -m signed' -k "$SSH_AUTH_SOCK" >out 2>err || rc=$?
	[ "$rc" -ne 0 ] && ! grep -q 'is not signed' err || fail "$rc: $(cat err)"
}

# --- what was begun outside

@test "a rebase, a merge, a bisect, a cherry-pick that were begun on the host are ended inside" {
	conflict() {
		fresh p
		git -C p switch -q -c a
		echo A >p/f
		git -C p commit -qam A
		git -C p switch -q main
		echo B >p/f
		git -C p commit -qam B
	}
	conflict
	run ! git -C p rebase a
	[ -d p/.git/rebase-merge ]
	# What is rebased is no fast-forward: it is on main, or kept beside and said.
	box p 'git status | grep -q "rebase in progress"; echo AB >f; git add f; GIT_EDITOR=true git rebase --continue'
	[ ! -e p/.git/rebase-merge ] || fail "the rebase is still open here: $(ls p/.git/rebase-merge)"
	ref=main
	[ "$(git -C p rev-parse main~1)" = "$(git -C p rev-parse a)" ] || kept heads main
	[ "$(git -C p rev-parse "$ref~1")" = "$(git -C p rev-parse a)" ] || fail "$(git -C p log --oneline --graph --all)"
	[ "$(git -C p symbolic-ref HEAD)" = refs/heads/main ] || fail "HEAD: $(git -C p symbolic-ref HEAD)"
	run ! grep -q 'rebase in progress' <<<"$(git -C p status)"
	conflict
	run ! git -C p merge a
	quiet p 'echo AB >f; git add f; git commit -qm merged'
	is p main merged
	[ "$(git -C p rev-list --count --merges main)" -eq 1 ] && [ ! -e p/.git/MERGE_HEAD ] && clean p
	conflict
	run ! git -C p cherry-pick a
	quiet p 'echo AB >f; git add f; GIT_EDITOR=true git cherry-pick --continue'
	is p main A
	[ ! -e p/.git/CHERRY_PICK_HEAD ] && clean p
	fresh p
	for i in 1 2 3 4 5 6 7 8; do git -C p commit -q --allow-empty -m "$i"; done
	git -C p bisect start HEAD HEAD~8 >/dev/null
	quiet p 'git bisect good; git bisect log | grep -q good; git bisect reset'
	[ ! -e p/.git/BISECT_LOG ] && [ "$(git -C p symbolic-ref HEAD)" = refs/heads/main ] || fail "$(ls p/.git)"
	is p main 8
	clean p
}

@test "a rebase that was begun on the host is still open there after a run that did not touch it" {
	fresh p
	git -C p commit -q --allow-empty -m two
	git -C p commit -q --allow-empty -m three
	GIT_SEQUENCE_EDITOR='sed -i 1ibreak' git -C p rebase -q -i HEAD~2
	git_look p/.git >was
	in_box p 'git status >/dev/null; git log -1 >/dev/null' >out 2>err || fail "$(cat err)"
	[ ! -s err ] || fail "$(cat err)"
	same_git p/.git was
	git -C p rebase --continue >/dev/null 2>&1
	is p main three
}

# --- shapes

# works_in DIR [OPTION...]: a commit, a branch, a tag and a stash from inside, and home.
works_in() {
	local dir=$1
	shift
	quiet "$dir" 'git status; git log --oneline -3; pwd >wx-new; git add wx-new; git commit -qm from-inside; git branch wx-b; git tag wx-t
	    echo y >>wx-new; git stash -q; git fsck --connectivity-only; git gc -q; git status --porcelain' "$@"
	is "$dir" HEAD from-inside
	is "$dir" wx-b from-inside
	is "$dir" wx-t from-inside
	git -C "$dir" log -1 --format=%s refs/stash | grep -q from-inside || fail "no stash in $dir"
	[ "$(git -C "$dir" stash list | wc -l)" -eq 1 ] || fail "$(git -C "$dir" stash list)"
	clean "$dir"
	git -C "$dir" fsck --connectivity-only
	nothing_kept
}

@test "shapes: shallow, partial, sparse, sparse index, sha256, split index, alternates" {
	for i in 1 2 3 4; do
		echo $i >>tpl/f
		git -C tpl commit -qam "$i"
	done
	git clone -q --depth 2 "file://$PWD/tpl" shallow
	works_in shallow
	[ "$(git -C shallow rev-list --count HEAD)" -eq 3 ]
	git -C tpl config uploadpack.allowFilter true
	git clone -q --filter=blob:none "file://$PWD/tpl" partial
	works_in partial
	git -C partial config remote.origin.promisor
	git clone -q --no-checkout tpl sparse
	git -C sparse sparse-checkout set --no-cone /f /wx-new
	git -C sparse checkout -q main
	[ ! -e sparse/g ]
	works_in sparse
	[ ! -e sparse/g ]
	git clone -q tpl sparse2
	git -C sparse2 sparse-checkout set --cone --sparse-index src
	works_in sparse2
	git init -q --object-format=sha256 sha
	echo x >sha/f
	git -C sha add f
	git -C sha commit -qm one
	works_in sha
	fresh split
	git -C split update-index --split-index
	works_in split
	# By one step, and by two.
	git clone -q -s tpl shared
	git clone -q -s shared shared2
	works_in shared2
	! grep -q 'unable to normalize' out || fail "git complains of alternates at every step: $(head -n 1 out)"
	works_in shared
	git clone -q --reference tpl tpl referenced
	works_in referenced
}

@test "shapes: unborn HEAD, detached HEAD, no reflog, packed refs, a name with slashes and letters" {
	git init -q unborn
	quiet unborn 'git status; echo x >x; git add x; git commit -qm first; git branch b'
	is unborn main first
	is unborn b first
	clean unborn
	git init -q unborn2
	quiet unborn2 'git status >/dev/null; git log 2>/dev/null || true'
	fresh p
	git -C p commit -q --allow-empty -m two
	git -C p checkout -q v0
	quiet p 'echo x >>f; git commit -qam detached; git branch here'
	is p here detached
	is p HEAD detached
	! git -C p symbolic-ref -q HEAD || fail "HEAD is on a branch"
	clean p
	fresh p
	rm -rf p/.git/logs
	git -C p config core.logAllRefUpdates false
	git -C p pack-refs --all --prune
	works_in p
	fresh p
	git -C p switch -q -c "feature/ü/with.dots-and_more"
	quiet p 'git commit -q --allow-empty -m deep; git branch "fix/#12"'
	is p "feature/ü/with.dots-and_more" deep
	is p 'fix/#12' deep
}

@test "shapes: a linked work tree as project, with others; a submodule as project" {
	fresh p
	git -C p worktree add -q ../wt -b wt
	git -C p worktree add -q ../away -b away
	git_look p/.git/worktrees/away >away.was
	works_in wt
	is p wt from-inside
	is p main one
	clean p
	same_git p/.git/worktrees/away away.was
	git -C p worktree list | grep -q "away .*\[away\]"
	quiet wt 'git worktree list | grep -q away; git worktree prune -v; git gc -q --prune=now; git branch b2'
	git -C away status >/dev/null
	git init -q lib
	git -C lib commit -q --allow-empty -m lib
	fresh p
	git -C p submodule --quiet add "$PWD/lib" s
	git -C p commit -qm s
	works_in p/s
	is p/s main from-inside
	git -C p status --porcelain | grep -qx ' M s' || fail "$(git -C p status --porcelain)"
}

@test "shapes: --separate-git-dir in the project and outside" {
	fresh p
	mv p/.git p/gitdir
	echo 'gitdir: gitdir' >p/.git
	echo gitdir >>p/gitdir/info/exclude
	git_look p/gitdir/hooks >was
	quiet p 'echo x >x; git add x; git commit -qm x; git config a.b c; git status'
	is p main x
	same_git p/gitdir/hooks was
	[ -z "$(git -C p config a.b || true)" ]
	fresh p
	git init -q --separate-git-dir "$PWD/far" p
	rc=0
	in_box p 'exec 2>&1; echo x >x; git add x; git commit -qm x' >out 2>err || rc=$?
	if [ "$rc" -eq 0 ]; then
		is p main x
	else
		# It need not be followed; then it is said, and what helps.
		[ "$rc" -eq 125 ] && grep -q -- '--git none' err || fail "$rc: $(cat err)"
	fi
}

@test "shapes: a sub-folder of a repository is the working folder, the top is there, and comes home" {
	mkdir -p tpl/src/deep
	echo d >tpl/src/deep/d
	git -C tpl add .
	git -C tpl commit -qm deep
	fresh p
	quiet p/src/deep '[ "$(git rev-parse --show-prefix)" = src/deep/ ]; [ -e d ]; [ -e ../../f ]; git status; echo x >x; git add x; echo t >>../../f
	    git commit -qam from-below'
	is p main from-below
	[ "$(git -C p show --format= --name-only HEAD | paste -sd ' ')" = "f src/deep/x" ]
	clean p
	(cd p/src && wx-run -n none -- sh -c 'pwd; git log -1 --format=%s') >out 2>err
	[ "$(tail -n 1 out)" = from-below ] && grep -q '/src$' out && [ ! -s err ] || fail "$(cat out err)"
}

@test "shapes: linked work trees of the project in the project; bare repositories beside it" {
	fresh p
	git -C p worktree add -q in -b in
	echo /in >>p/.git/info/exclude
	git clone -q --bare tpl p/bare.git
	echo /bare.git >>p/.git/info/exclude
	quiet p 'git -C in status; echo x >in/x; git -C in add x; git -C in commit -qm in-the-linked; git worktree list | grep -q "\[in\]"; git -C bare.git log -1'
	is p in in-the-linked
	is p main one
	clean p
	clean p/in
	quiet p 'git worktree prune --expire now; git gc -q --prune=now; git commit -q --allow-empty -m x'
	git -C p/in status >/dev/null
}

@test "shapes: a bare repository as project: worked in, or refused with what helps" {
	git clone -q --bare tpl b.git
	git_look b.git >was
	rc=0
	in_box b.git 'set -e; exec 2>&1; git log -1 --format=%s; git branch wx' >out 2>err || rc=$?
	if [ "$rc" -eq 0 ]; then
		is b.git wx one
	else
		[ "$rc" -eq 125 ] && grep -q 'git clone' err || fail "$rc: $(cat err)"
		same_git b.git was
	fi
}

# reftable: a repository r whose refs are a reftable, made by the newest git, with what refs can be.
reftable() {
	need_git sid
	PATH=$git_dir/bin:$PATH
	export PATH
	git init -q -b main --ref-format=reftable r
	echo x >r/f
	git -C r add f
	git -C r commit -qm one
	echo put-aside >r/f
	git -C r stash push -qm first
	echo put-aside-too >r/f
	git -C r stash push -qm second
	git -C r tag -am tag v1
	git -C r branch side
	git -C r symbolic-ref refs/heads/alias refs/heads/side
}

@test "shapes: reftable: all comes in, and all comes home" {
	reftable
	quiet r 'git log -1 v1; [ "$(git symbolic-ref HEAD)" = refs/heads/main ]; [ "$(git symbolic-ref refs/heads/alias)" = refs/heads/side ]
	    [ "$(git stash list)" = "$(printf "stash@{0}: On main: second\nstash@{1}: On main: first")" ]
	    git stash show -p stash@{1} | grep -q +put-aside
	    echo y >>f; git commit -qam from-inside; git branch b; git tag v2; echo z >f; git stash push -qm third
	    git fsck; git gc -q; git switch -qc other' -m "$git_dir:$git_dir:ro" -v "PATH=$PATH"
	is r main from-inside
	is r b from-inside
	is r v2 from-inside
	[ "$(git -C r symbolic-ref HEAD)" = refs/heads/other ]
	[ "$(git -C r rev-parse --show-ref-format)" = reftable ]
	[ "$(git -C r stash list | sed 's/.*: //' | paste -sd' ')" = 'third second first' ]
	clean r
	git -C r fsck
	quiet r 'git switch -q --detach; git commit -q --allow-empty -m detached' -m "$git_dir:$git_dir:ro" -v "PATH=$PATH"
	is r HEAD detached
	[ -z "$(git -C r symbolic-ref -q HEAD)" ]
}

@test "shapes: reftable: an older git works in it" {
	reftable
	quiet r 'git version; git log -1 v1; git stash list | grep second; echo y >>f; git commit -qam older' -v PATH=/usr/bin:/bin
	is r main older
	clean r
}

@test "shapes: reftable: what the host began ends inside; both sides move" {
	reftable
	git -C r switch -qc topic
	echo topic >r/f
	git -C r commit -qam topic
	git -C r switch -q main
	echo main >r/f
	git -C r commit -qam main
	! git -C r cherry-pick topic >/dev/null 2>&1 || fail "no conflict"
	git -C r rev-parse -q --verify CHERRY_PICK_HEAD
	quiet r 'git status | grep -q "cherry-picking"; echo both >f; git add f; git -c core.editor=true cherry-pick --continue' \
	    -m "$git_dir:$git_dir:ro" -v "PATH=$PATH"
	is r main topic
	[ -z "$(git -C r rev-parse -q --verify CHERRY_PICK_HEAD)" ] || fail "still open: $(git -C r status)"
	clean r
	box r 'echo inside >>f; git commit -qam inside; echo done >made; until [ -e go ]; do sleep 0.05; done' \
	    -m "$git_dir:$git_dir:ro" -v "PATH=$PATH" &
	run=$!
	until_true test -e r/made
	git -C r commit -q --allow-empty -m host
	: >r/go
	wait "$run"
	grep -q "'main' moved here too" err || fail "$(cat err)"
	is r main host
	is r "$(git -C r for-each-ref --format='%(refname)' refs/wrapix)" inside
}

@test "shapes: reftable: linked work trees and submodules" {
	reftable
	git init -q -b main --ref-format=reftable lib
	git -C lib commit -q --allow-empty -m lib
	git -C r -c protocol.file.allow=always submodule --quiet add "$PWD/lib" lib
	[ "$(git -C r/lib rev-parse --show-ref-format)" = reftable ] || git -C r/lib refs migrate --ref-format=reftable
	git -C r commit -qm submodule
	git -C r worktree add -q in -b in
	echo /in >>r/.git/info/exclude
	quiet r 'git -C in status; echo x >in/x; git -C in add x; git -C in commit -qm in-the-linked; git -C in switch -qc in2
	    git -C lib commit -q --allow-empty -m in-the-submodule; git commit -qam all' -m "$git_dir:$git_dir:ro" -v "PATH=$PATH"
	is r in in-the-linked
	[ "$(git -C r/in symbolic-ref HEAD)" = refs/heads/in2 ]
	[ "$(git -C r symbolic-ref HEAD)" = refs/heads/main ]
	is r main all
	is r/lib HEAD in-the-submodule
	clean r
	clean r/in
}

@test "shapes: reftable: a repository that a sandbox made is not given to the host's git" {
	need_git sid
	mkdir p
	wx-run -n none -C p -m "$git_dir:$git_dir:ro" -- sh -c "$git_dir/bin/git init -q --ref-format=reftable ." 2>err
	[ -d p/.git/reftable ] || fail "$(cat err)"
	rc=0
	PATH=$git_dir/bin:$PATH wx-run -n none -C p -- true 2>err || rc=$?
	[ "$rc" -eq 125 ] || fail "$rc: $(cat err)"
	grep -q "a sandbox may have made it, and its refs are a reftable; run without it: --git none" err || fail "$(cat err)"
	wx-run -n none -C p --git none -- true
}

@test "a hundred thousand files, ten thousand refs: soon, and right" {
	/usr/bin/python3 - <<-'E' | git -C tpl fast-import --quiet --force
	import sys
	w = sys.stdout.write
	w("blob\nmark :1\ndata 2\nx\n\ncommit refs/heads/main\nmark :2\ncommitter T <t@e> 1700000000 +0000\ndata 5\nmany\n\n")
	for i in range(100000):
	    w("M 100644 :1 d%d/e%d/f%d\n" % (i // 5000, i // 100 % 50, i))
	w("\n")
	for i in range(10000):
	    w("reset refs/heads/n/%d/%d\nfrom :2\n\n" % (i // 100, i))
	E
	git -C tpl reset -q --hard main
	mv tpl p
	git -C p pack-refs --all
	# Warm once: the time of the file system is not the run's.
	quiet p 'git status --porcelain >/dev/null' -W 60
	start=$(date +%s%N)
	quiet p true -W 60
	none=$((($(date +%s%N) - start) / 1000000))
	start=$(date +%s%N)
	quiet p 'echo y >>d3/e3/f15300; git commit -qam from-inside; git branch new/one; git branch -q -m n/5/501 renamed' -W 60 || true
	one=$((($(date +%s%N) - start) / 1000000))
	is p main from-inside
	is p new/one from-inside
	echo "# nothing: $none ms, a commit: $one ms" >&3
	[ "$none" -lt 10000 ] && [ "$one" -lt 60000 ] || fail "nothing: $none ms, a commit: $one ms"
}

# --- the directory itself

@test "it is the run's own: the host's is not there but for its objects, read-only" {
	fresh p
	git_look p/.git >was
	quiet p '
	[ -d .git ] && [ -w .git ] && [ -d /run/wrapix/objects ]; grep -qx /run/wrapix/objects .git/objects/info/alternates
	if touch /run/wrapix/objects/x 2>/dev/null; then exit 9; fi; if rm -rf /run/wrapix/objects/?? 2>/dev/null; then exit 8; fi
	touch .git/x; mkdir .git/y; echo "[x]" >>.git/config; echo x >.git/hooks/pre-push; echo y >.git/info/exclude; echo z >.git/description
	git update-ref refs/x/y HEAD; git symbolic-ref refs/heads/l refs/heads/main; git symbolic-ref -d refs/heads/l; git update-ref -d refs/x/y; rm -f .git/index; git status >/dev/null || true'
	same_git p/.git was
	git -C p fsck
	# Nothing of it is there in the next run.
	quiet p '[ ! -e .git/x ] && [ ! -e .git/y ] && [ -e .git/index ]'
	# And the state cannot be reached from inside.
	quiet p 'if ls -d "$HOME"/.local/state/wrapix/*.run 2>/dev/null; then exit 9; fi'
}

@test "--git none: no git inside, nothing comes home" {
	fresh p
	git_look p/.git >was
	box p 'if git status 2>o; then exit 9; fi; grep -qi "not a git repository" o; rm o; [ -z "$(ls -A .git 2>/dev/null)" ]; if touch .git/x 2>/dev/null; then exit 8; fi
	    if mkdir .git 2>/dev/null; then exit 7; fi; if mv .git .g 2>/dev/null; then exit 6; fi; if git init -q . 2>/dev/null; then exit 5; fi; echo x >>f' --git none
	same_git p/.git was
	[ "$(cat p/f)" = $'one\nx' ]
	nothing_kept
	git -C p worktree add -q ../wt -b wt
	box wt 'if git status 2>/dev/null; then exit 9; fi' --git none
	box p/src 'if git status 2>/dev/null; then exit 9; fi; [ -e c ]' --git none
	rc=0; in_box p true --git some >out 2>err || rc=$?
	[ "$rc" -eq 125 ]
}

# --- Debian's other gits

# need_git SUITE: its folder in $git_dir, or the test is skipped.
need_git() {
	git_dir=${WX_GITS-}/$1
	[ -n "${WX_GITS-}" ] && [ -x "$git_dir/bin/git" ] || skip "no git of Debian's $1: the archive was not reached"
}

# with_git SUITE: with that one on the host and inside, from making on.
with_git() {
	need_git "$1"
	PATH=$git_dir/bin:$PATH
	export PATH
	in_box() {
		local dir=$1 script=$2
		shift 2
		wx-run -n none -C "$dir" -m "$git_dir:$git_dir:ro" -v "PATH=$PATH" -v "CANARY=$CANARY" "$@" -- sh -c "$script"
	}
	git_works
}

git_works() {
	git init -q host
	echo x >host/f
	git -C host add f
	git -C host commit -qm one
	cp -a host p
	works_in p
	quiet p '
	git stash drop -q; for i in 1 2 3; do echo $i >n; git add n; git commit -qm r$i; done; GIT_SEQUENCE_EDITOR="sed -i 2,\\\$s/^pick/fixup/" git rebase -q -i HEAD~3
	git worktree add -q /tmp/w -b w; git -C /tmp/w commit -q --allow-empty -m w; git worktree remove /tmp/w; git config a.b c; git repack -adq; git fsck; git maintenance run'
	is p main r1
	is p w w
	clean p
	git clone -q --depth 1 "file://$PWD/p" sh
	works_in sh
	git -C p worktree add -q ../wt -b wt
	git -C wt commit -q --allow-empty -m two
	quiet wt 'git commit -q --allow-empty -m in-wt'
	is wt wt in-wt
	git init -q lib
	git -C lib commit -q --allow-empty -m lib
	git -C p submodule --quiet add "$PWD/lib" s
	git -C p commit -qm s
	quiet p 'cd s; git commit -q --allow-empty -m in-s; cd ..; git commit -qam bump; git submodule status'
	is p/s HEAD in-s
	git -C p fsck
}

@test "git of Debian 12" { with_git bookworm; }
@test "git of Debian 13" { with_git trixie; }
@test "git of sid" { with_git sid; }

@test "the host's git is older than the one inside, and the other way round" {
	need_git sid
	fresh p
	quiet p 'PATH='"$git_dir"'/bin:$PATH; git version; echo x >>f; git commit -qam newer; git gc -q; git repack -adq --write-midx || git repack -adq; git commit-graph write; git stash list; git maintenance run
	    git status; git pack-refs --all' -m "$git_dir:$git_dir:ro"
	is p main newer
	clean p
	git -C p fsck
	PATH=$git_dir/bin:$PATH
	quiet p 'PATH=/usr/bin:/bin; git version; echo y >>f; git commit -qam older'
	is p main older
	clean p
}
