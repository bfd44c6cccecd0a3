# SPDX-License-Identifier: MIT
# engines: bwrap podman-whole
# takes: 60 s
# What was committed inside comes home: what moved forward moves here, what cannot stays
# beside and is said, and the host's index, settings and work tree are its own.
load lib/helper
load lib/git
load lib/held

local_setup() {
	git_setup
	fresh p
}

teardown() {
	git_teardown
}

# no_refs DIR: nothing of a run is left among the refs.
no_refs() {
	[ -z "$(git -C "${1:-p}" for-each-ref refs/wrapix)" ] || fail "left: $(git -C "${1:-p}" for-each-ref refs/wrapix)"
}

# --- what comes

@test "forward, new branches and tags: they come, in silence, and nothing is left" {
	git -C p config user.host yes
	cp p/.git/config was
	quiet p 'echo x >>f; git commit -qam two; git commit -q --allow-empty -m three; git branch b; git branch deep/er/b v0; git tag t; git tag -a -m note t2
	    git switch -q old; git commit -q --allow-empty -m old2; git switch -q main'
	is p main three
	is p b three
	is p deep/er/b one
	is p t three
	is p old old2
	[ "$(git -C p cat-file -t t2)" = tag ] && [ "$(git -C p for-each-ref --format='%(contents:subject)' refs/tags/t2)" = note ]
	cmp p/.git/config was
	clean p
	no_refs
	nothing_kept
	git -C p fsck --no-dangling
	# The reflog is the host's own, and has it.
	[ "$(git -C p rev-parse main@{1})" = "$(git -C p rev-parse v0)" ] || fail "$(git -C p reflog show main)"
}

@test "the index is made anew where HEAD moved, and left alone where not" {
	quiet p 'echo two >f; echo n >n; git add n; git rm -q g; git commit -qam two; echo unstaged >>f; echo unknown >u'
	[ "$(git -C p status --porcelain)" = $' M f\n?? u' ] || fail "$(git -C p status --porcelain)"
	# What the host had staged stays, as long as HEAD does not move.
	fresh p
	echo staged >>p/f
	git -C p add f
	echo more >>p/f
	before=$(git -C p diff --cached)
	cp p/.git/index index
	quiet p 'git status --porcelain | grep -qx "MM f"; git branch b; echo x >>src/c'
	cmp p/.git/index index || fail "the index was touched"
	[ "$(git -C p diff --cached)" = "$before" ]
	is p b one
	# What was staged inside is not: no index of the sandbox's is read.
	fresh p
	quiet p 'echo x >>f; git add f; echo n >n; git add n'
	[ "$(git -C p status --porcelain)" = $' M f\n?? n' ] || fail "$(git -C p status --porcelain)"
	# An intent and a flag of the host's outlive a run without a commit.
	fresh p
	git -C p update-index --assume-unchanged f
	quiet p 'git branch b'
	[ "$(git -C p ls-files -v f)" = 'h f' ]
}

@test "stash: a new one comes home as refs/stash, to be listed and popped" {
	quiet p 'echo x >>f; git stash -q -m inside; echo n >n; git stash -q -u -m second'
	git -C p stash list | grep -q second || fail "$(git -C p stash list)"
	git -C p stash pop -q
	[ "$(cat p/n)" = n ]
	# The host's own, when nothing happens to it inside.
	fresh p
	echo h >>p/f
	git -C p stash -q -m host
	quiet p 'git stash list | grep -q host; git commit -q --allow-empty -m x'
	git -C p stash list | grep -q host && [ "$(git -C p stash list | wc -l)" -eq 1 ] || fail "$(git -C p stash list)"
	git -C p stash pop -q
	[ "$(cat p/f)" = $'one\nh' ]
	# One upon the host's: neither is lost.
	fresh p
	echo h >>p/f
	git -C p stash -q -m host
	in_box p 'echo i >>g; git stash -q -m inside' >out 2>err
	git -C p log --all --reflog --format=%s >all
	grep -q 'host$' all && grep -q 'inside$' all || fail "lost: $(cat all err)"
	# Popped inside: here it is still, or it is said.
	fresh p
	echo h >>p/f
	git -C p stash -q -m host
	in_box p 'git stash pop -q' >out 2>err
	git -C p rev-parse -q --verify refs/stash >/dev/null || fail "the host's stash is gone: $(cat err)"
}

@test "HEAD switched inside: it follows, to a branch old or new, and to a commit" {
	git -C p switch -q old
	git -C p commit -q --allow-empty -m old2
	git -C p switch -q main
	quiet p 'git switch -q old'
	[ "$(git -C p symbolic-ref HEAD)" = refs/heads/old ] && clean p
	quiet p 'git switch -q -c new; echo n >n; git add n; git commit -qm new'
	[ "$(git -C p symbolic-ref HEAD)" = refs/heads/new ] && clean p
	is p new new
	is p old old2
	quiet p 'git checkout -q v0; git commit -q --allow-empty -m det'
	[ "$(git -C p rev-parse --abbrev-ref HEAD)" = HEAD ] && clean p
	is p HEAD det
	quiet p 'git switch -q main'
	[ "$(git -C p symbolic-ref HEAD)" = refs/heads/main ] && clean p
	# To one that is not born.
	box p 'git switch -q --orphan empty'
	git -C p log -1 main >/dev/null
	nothing_kept
}

@test "deleted inside: said, and not deleted here" {
	box p 'git branch -q -D old; git tag -d v0'
	[ "$(grep -c 'delete' err)" -ge 1 ] && grep -q old err || fail "not said: $(cat err)"
	is p old one
	is p v0 one
	# Renamed: the new name comes.
	box p 'git branch -m old renamed'
	is p renamed one
	is p old one
	nothing_kept
}

@test "nothing changed: nothing is said, nothing is run, nothing is left" {
	mkdir bin
	printf '#!/bin/sh\nprintf "%%s " "$@" >>%s\necho >>%s\nexec %s "$@"\n' "$PWD/log" "$PWD/log" "$(command -v git)" >bin/git
	chmod +x bin/git
	git_look p/.git >was
	PATH=$PWD/bin:$PATH quiet p 'git status >/dev/null; git log >/dev/null; git stash list; git diff; git fetch -q . || true'
	run ! grep -E 'fetch|upload-pack|update-ref' log
	same_git p/.git was
	nothing_kept
	PATH=$PWD/bin:$PATH quiet p 'git commit -q --allow-empty -m x'
	is p main x
	# Made and unmade is nothing too, nor is what only moves objects and refs to packs.
	git_look p/.git >was
	quiet p 'git gc -q; git pack-refs --all; git repack -adq'
	same_git p/.git was
	quiet p 'git commit -q --allow-empty -m y; git reset -q --hard HEAD~1; git branch z; git branch -q -d z; git tag a; git tag -d a'
	same_git p/.git was
	nothing_kept
}

@test "a command that fails brings its commits all the same, and its status" {
	rc=0
	in_box p 'git commit -q --allow-empty -m x; exit 7' >out 2>err || rc=$?
	[ "$rc" -eq 7 ] && [ ! -s err ] || fail "$rc: $(cat err)"
	is p main x
	rc=0
	in_box p 'git commit -q --allow-empty -m y; kill -9 $$' >out 2>err || rc=$?
	[ "$rc" -eq 137 ]
	is p main y
	rc=0
	in_box p 'git commit -q --allow-empty -m z; sleep 100' -T 3 >out 2>err || rc=$?
	[ "$rc" -eq 124 ]
	is p main z
}

# --- what cannot move

@test "amend of what the host has, rebase, reset: stays beside, and is said with the command that takes it" {
	box p 'git commit -q --amend -m amended'
	kept heads main
	is p main one
	is p "$ref" amended
	# It is the host's to take: what is said does it, and the next run begins with that.
	line=$(grep -o 'git [a-z].*' err | head -n 1)
	(cd p && sh -c "${line%%[\`\'\"]*}") >out 2>&1 || (cd p && git branch -f x "$ref")
	fresh p
	git -C p commit -q --allow-empty -m two
	box p 'git reset -q --hard HEAD~1; git commit -q --allow-empty -m other'
	kept heads main
	is p main two
	clean p
	# Back to what was, with nothing new: nothing of it is lost, and HEAD is where it was.
	fresh p
	git -C p commit -q --allow-empty -m two
	box p 'git reset -q --hard HEAD~1'
	is p main two
	nothing_kept
}

@test "both sides moved: the host's stays, the other beside; branches that can move do" {
	held a p
	git -C p commit -q --allow-empty -m host
	let a 'git commit -q --allow-empty -m inside; git branch b; git switch -q old; git commit -q --allow-empty -m old2; git switch -q main'
	ended "$pid"
	[ "$rc" -eq 0 ] || fail "$(cat err.a)"
	cp err.a err
	kept heads main
	is p main host
	is p "$ref" inside
	is p b inside
	is p old old2
	git -C p merge -q -m merged "$ref"
	# What the host staged in the meantime is there.
	fresh p
	held b p
	echo staged >>p/f
	git -C p add f
	git -C p commit -qm host
	echo staged >>p/g
	git -C p add g
	let b 'git commit -q --allow-empty -m inside'
	ended "$pid"
	is p main host
	[ "$(git -C p status --porcelain)" = 'M  g' ] || fail "$(git -C p status --porcelain)"
}

@test "the host made the same branch, deleted it, switched, moved the tag meanwhile" {
	held a p
	git -C p branch -q -D old
	git -C p commit -q --allow-empty -m host
	git -C p branch new
	git -C p tag -f v0 >/dev/null
	git -C p switch -q -c hosts
	let a 'git checkout -q -b new; git commit -q --allow-empty -m inside; git checkout -q old; git commit -q --allow-empty -m old2; git checkout -q new; git tag -f v0'
	ended "$pid"
	cp err.a err
	[ "$rc" -eq 0 ] || fail "$rc: $(cat err)"
	kept heads new
	is p new host
	is p "$ref" inside
	is p v0 host
	kept tags v0
	# The host went elsewhere meanwhile: its HEAD is its own.
	[ "$(git -C p symbolic-ref HEAD)" = refs/heads/hosts ] || fail "$(git -C p symbolic-ref HEAD)"
	# What the host deleted is not lost; nothing deletes what it made anew.
	git -C p for-each-ref --format='%(subject)' | grep -qx old2 || fail "$(git -C p for-each-ref)"
}

@test "a tag that moved stays beside; a new one comes" {
	box p 'git commit -q --allow-empty -m two; git tag -f v0; git tag v1'
	kept tags v0
	is p v0 one
	is p "$ref" two
	is p v1 two
	is p main two
}

@test "a directory in the way of a branch, and a branch in the way of a directory" {
	held a p
	git -C p branch x/y
	git -C p branch z
	let a 'git commit -q --allow-empty -m two; git branch x; git branch z/z; git branch fine'
	ended "$pid"
	cp err.a err
	is p main two
	is p fine two
	kept heads x
	grep -q "'x' cannot be made here: another name" err
	is p "$ref" two
	kept heads z/z
	is p "$ref" two
}

@test "two runs at once: each its own; the second's commits to the same branch stay beside" {
	held a p; a=$pid
	held b p; b=$pid
	let a 'git commit -q --allow-empty -m from-a; git branch a; git log --all --format=%s >/ctl/log'
	ended "$a"
	[ "$rc" -eq 0 ] && [ ! -s err.a ] || fail "$rc: $(cat err.a)"
	let b 'git commit -q --allow-empty -m from-b; git branch b; git log --all --format=%s >/ctl/log'
	ended "$b"
	[ "$rc" -eq 0 ] || fail "$(cat err.b)"
	is p main from-a
	is p a from-a
	is p b from-b
	cp err.b err
	kept heads main
	is p "$ref" from-b
	! grep -q from-a ctl.b/log || fail "one sees the other's"
	nothing_kept
	# The second of two that ends first, and a third that begins between.
	fresh p
	held c p; c=$pid
	quiet p 'git commit -q --allow-empty -m between'
	let c 'git branch c; git commit -q --allow-empty -m from-c'
	ended "$c"
	is p main between
	is p c one
}

@test "the host's own work goes on meanwhile: gc, repack, prune, config, a new hook" {
	git -C p commit -q --allow-empty -m two
	held a p
	git -C p gc -q --prune=now
	git -C p repack -q -adf
	git -C p config by.host yes
	printf '#!/bin/sh\n' >p/.git/hooks/post-merge
	let a 'git log --stat >/dev/null && echo x >>f && git commit -qam inside && git fsck >/dev/null'
	ended "$pid"
	[ "$rc" -eq 0 ] && [ ! -s err.a ] || fail "$rc: $(cat out.a err.a)"
	is p main inside
	[ "$(git -C p config by.host)" = yes ] && [ -e p/.git/hooks/post-merge ]
	git -C p fsck --no-dangling
	clean p
}

@test "what stayed beside is in nobody's way: later runs come home, with kept refs of their own" {
	box p 'git commit -q --allow-empty -m two; git tag -f v0'
	kept tags v0
	first=$ref
	quiet p 'git commit -q --allow-empty -m three; git branch b'
	is p main three
	is p b three
	is p "$first" two
	box p 'git commit -q --amend --allow-empty -m four; git for-each-ref'
	kept heads main
	[ "$ref" != "$first" ]
	is p "$ref" four
	is p "$first" two
	quiet p 'git gc -q; git commit -q --allow-empty -m five'
	is p main five
}

# --- what is said

@test "merge, rebase, bisect, cherry-pick that are still open: said" {
	conflict='git switch -q -c a; echo A >f; git commit -qam A; git switch -q main; echo B >f; git commit -qam B'
	for open in 'git merge a' 'git rebase a' 'git cherry-pick a' 'git bisect start main main~1' 'git revert -n HEAD; git revert HEAD~1 -n'; do
		fresh p
		in_box p "exec 2>&1; $conflict; $open" >out 2>err || true
		grep 'wx-run: found: unfinished' err | grep -qv 'unfinished-walk' || fail "$open: not said: $(cat err)"
		is p a A
		for left in MERGE_HEAD rebase-merge rebase-apply CHERRY_PICK_HEAD BISECT_LOG REVERT_HEAD sequencer MERGE_MSG AUTO_MERGE; do
			[ ! -e "p/.git/$left" ] || fail "$open: .git/$left came home"
		done
	done
}

@test "what commits bring is said: gitlinks, .gitmodules, links out, protected kinds, modes" {
	mkdir -p p/.githooks
	printf '#!/bin/sh\n' >p/.githooks/post-checkout
	echo ok >p/.envrc
	git -C p add .
	git -C p commit -qm hooks
	box p 'b=$(printf "#!/bin/sh\ntouch %s\n" "$CANARY" | git hash-object -w --stdin); git update-index --cacheinfo 100644,$b,.envrc; git commit -qm harmless'
	said committed .envrc
	git -C p reset -q --hard HEAD
	# In a branch that is not checked out, and in a commit that a later one takes back.
	fresh p
	box p 'git switch -q -c side; mkdir -p sub/.vscode; echo "{}" >sub/.vscode/tasks.json; git add .; git commit -qm side; git switch -q main'
	said committed sub/.vscode/tasks.json
	fresh p
	box p 'for f in .vscode/tasks.json .github/workflows/x.yml .husky/pre-commit; do mkdir -p $(dirname $f); echo x >$f; done; git add .; git commit -qm dirs; git rm -q -r .vscode .github .husky; git commit -qm gone; git branch -f old HEAD~1'
	said committed .vscode/tasks.json
	said committed .github/workflows/x.yml
	said committed .husky/pre-commit
	fresh p
	box p 'ln -s /etc/passwd a; ln -s ../../x src/b; ln -s c src/ok; ln -s ../f src/ok2; git add a src; git commit -qm links; git rm -q a src/b; git commit -qm gone; git switch -q -c z HEAD~1; git switch -q main'
	said committed a
	said committed src/b
	! grep -q 'src/ok' err || fail "$(cat err)"
	fresh p
	box p 'git init -q n; git -C n commit -q --allow-empty -m n; git add n; git commit -qm gitlink'
	said committed n
	fresh p
	box p 'printf "[submodule \"s\"]\n\tpath = s\n\turl = https://example.org/s\n" >.gitmodules; git add .gitmodules; git commit -qm modules'
	said committed .gitmodules
	fresh p
	echo 'x: y' >p/.pre-commit-config.yaml
	git -C p add .
	git -C p commit -qm kind
	box p 'git update-index --chmod=+x .pre-commit-config.yaml; git commit -qm mode'
	said committed .pre-commit-config.yaml
	# Work as usual is not.
	fresh p
	quiet p 'mkdir d; echo x >d/x; printf "#!/bin/sh\n" >run; chmod +x run; ln -s f l; git add .; git commit -qm work; git rm -q l; git commit -qm less'
	# Nor what the host had committed and is now only carried on.
	fresh p
	mkdir -p p/.github/workflows
	echo a >p/.github/workflows/a.yml
	ln -s /etc/hostname p/out
	git -C p add .
	git -C p commit -qm theirs
	quiet p 'git commit -q --allow-empty -m x; git switch -q -c y; git mv f ff; git commit -qm z'
}

@test "what commits bring is said also of a stash, and of one branch among thousands" {
	box p 'echo evil >.envrc; git add .envrc; git stash -q'
	said committed .envrc
	fresh p
	box p 'h=$(git rev-parse HEAD); seq -f "create refs/heads/a%05.0f $h" 1500 | git update-ref --stdin
	    git switch -q -c z; echo evil >.envrc; git add .envrc; git commit -qm e; git switch -q main'
	is p z e
	said committed .envrc
	is p a01500 one
}

@test "the command that takes what stayed can be given to a shell, whatever the branch is called" {
	name='x;touch${IFS}hit'
	git -C p update-ref "refs/heads/$name" v0
	git -C p update-ref "refs/tags/$name" v0
	box p 'git checkout -q --detach; git commit -q --amend -m am; for r in $(git for-each-ref --format="%(refname)" | grep touch); do git update-ref "$r" HEAD; done; git switch -q main'
	[ "$(grep -c 'found: kept-ref' err)" -eq 2 ] || fail "$(cat err)"
	sed 's/.* with: //' err >commands
	# A quote before the name, wherever the name stands: none ends the word.
	run ! grep -E "(^|[ =])[^' ]*touch" commands
}

@test "names in what is said are escaped" {
	box p 'n=$(printf "a\033]0;x\007\nq"); mkdir -p "$n"; ln -s /etc "$n/l"; git add .; git commit -qm x; rm -rf "$n"' --commits
	run ! grep -q $'[^ -~\n]' err
	grep -q 'found: committed "a\\u001b' err || fail "$(cat -v err)"
	fresh p
	box p 'git commit -q --allow-empty -m "$(printf "sub\033[2Jject\r\007 \302\205")"' --commits
	grep -q 'wx-run: commit [0-9a-f]\{7,\} sub' err || fail "$(cat -v err)"
	[ "$(LC_ALL=C tr -d '\n -~' <err | wc -c)" -eq 0 ] || [ "$(LC_ALL=C tr -d '\200-\377\n -~' <err | wc -c)" -eq 0 ] || fail "$(cat -v err)"
}

@test "--commits: a line for each that came home, the newest branch or not" {
	box p 'git commit -q --allow-empty -m "two words"; git commit -q --allow-empty -m three; git switch -q -c b; git commit -q --allow-empty -m four' --commits
	for s in 'two words' three four; do
		grep -qE "^wx-run: commit [0-9a-f]{7,} $s\$" err || fail "$s: $(cat err)"
	done
	[ "$(grep -c '^wx-run: commit ' err)" -eq 3 ] || fail "$(cat err)"
	git -C p rev-parse -q --verify "$(sed -n 's/^wx-run: commit \([0-9a-f]*\) four$/\1/p' err)^{commit}" >/dev/null
	quiet p true --commits
}

# --- later

@test "--no-import: one line says where it is and what brings it; --import does" {
	git_look p/.git >was
	box p 'echo x >>f; git commit -qam inside; git branch b' --no-import
	same_git p/.git was
	[ "$(wc -l <err)" -eq 1 ] && grep -q 'wx-run.*--import' err || fail "$(cat err)"
	private
	wx-run -C p --import >out 2>err || fail "$? $(cat err)"
	is p main inside
	is p b inside
	clean p
	no_refs
	nothing_kept
	# Nothing there to bring: nothing is said, and all is well.
	wx-run -C p --import >out 2>err || fail "$? $(cat err)"
	[ ! -s out ] && [ ! -s err ] || fail "$(cat out err)"
	# Two of them, and the host moved on.
	box p 'git commit -q --allow-empty -m a; git branch a' --no-import
	box p 'git commit -q --allow-empty -m bb; git branch bb' --no-import
	git -C p commit -q --allow-empty -m host
	wx-run -C p --import >out 2>err || fail "$? $(cat err)"
	is p main host
	is p a a
	is p bb bb
	kept heads main
	nothing_kept
}

@test "killed: the next start brings it home first, and says so; so does --import" {
	held a p
	let a 'git commit -q --allow-empty -m inside; git branch b; touch /ctl/done; read x </ctl/end'
	until_true [ -e ctl.a/done ]
	kill -9 "$pid"
	ended "$pid"
	is p main one
	box p 'git log -1 --format=%s main; git log -1 --format=%s b'
	[ "$(paste -sd ' ' out)" = "inside inside" ] || fail "$(cat out)"
	grep -q 'killed' err || fail "not said: $(cat err)"
	is p main inside
	nothing_kept
	held a p
	let a 'git commit -q --allow-empty -m again; touch /ctl/done2; read x </ctl/end'
	until_true [ -e ctl.a/done2 ]
	kill -9 "$pid"
	ended "$pid"
	wx-run -C p --import >out 2>err || fail "$? $(cat err)"
	is p main again
	nothing_kept
	# One that goes on is not taken for a killed one.
	held c p
	quiet p 'git commit -q --allow-empty -m third'
	let c 'git branch from-c'
	ended "$pid"
	[ "$rc" -eq 0 ] || fail "$(cat err.c)"
	is p from-c again
	nothing_kept
}

@test "two starts at once after a kill: it comes home once" {
	held a p
	let a 'git commit -q --allow-empty -m inside; touch /ctl/done; read x </ctl/end'
	until_true [ -e ctl.a/done ]
	kill -9 "$pid"
	ended "$pid"
	for i in 1 2 3; do
		wx-run -n none -C p -- git log -1 --format=%s >"o.$i" 2>"e.$i" 3>&- &
		eval "p$i=$!"
	done
	for i in 1 2 3; do
		eval "wait \$p$i" || fail "$i: $(cat "e.$i")"
	done
	is p main inside
	nothing_kept
	no_refs
}

# --- submodules, work trees

@test "a submodule's commits come home to .git/modules, its HEAD and index too" {
	git init -q lib
	echo l >lib/l
	git -C lib add l
	git -C lib commit -qm lib
	git -C p submodule --quiet add "$PWD/lib" s
	git -C p submodule --quiet add --name a/b "$PWD/lib" libs/b
	git -C p commit -qm s
	git_look p/.git/modules/s/hooks >hooks
	cp p/.git/modules/s/config was
	box p 'cd s; git config x.y z; echo "#!/bin/sh" >$(git rev-parse --git-dir)/hooks/pre-commit; echo x >>l; git commit -qam in-s; cd ../libs/b; git switch -q -c work
	    echo n >n; git add n; git commit -qm in-b; cd ../..; git add s libs/b; git commit -qm bump'
	is p main bump
	is p/s HEAD in-s
	is p/libs/b work in-b
	[ "$(git -C p/libs/b symbolic-ref HEAD)" = refs/heads/work ]
	cmp p/.git/modules/s/config was
	same_git p/.git/modules/s/hooks hooks
	clean p
	clean p/s
	clean p/libs/b
	nothing_kept
	# No fast-forward there.
	box p 'cd s; git commit -q --amend -m amended'
	kept heads "$(git -C p/s rev-parse --abbrev-ref HEAD)" p/s
	is p/s "$ref" amended
}

@test "commits made in a linked work tree, of the project and as the project" {
	git -C p worktree add -q in -b in
	echo /in >>p/.git/info/exclude
	git -C p worktree add -q ../wt -b wt
	quiet p 'cd in; echo x >x; git add x; git commit -qm in-in; git switch -q -c in2; git commit -q --allow-empty -m in2'
	is p in in-in
	is p in2 in2
	[ "$(git -C p show --format= --name-status refs/heads/in --)" = $'A\tx' ] || fail "the commit took more away: $(git -C p show --stat --format= refs/heads/in --)"
	[ "$(git -C p/in symbolic-ref HEAD)" = refs/heads/in2 ] || fail "$(git -C p/in symbolic-ref HEAD)"
	clean p/in
	quiet wt 'echo x >x; git add x; git commit -qm in-wt; git branch more'
	is p wt in-wt
	is p more in-wt
	clean wt
	[ "$(git -C p symbolic-ref HEAD)" = refs/heads/main ] && clean p
	# The branch that another work tree has out: its index is not made a liar.
	box wt 'git branch -f main wt 2>&1 || git update-ref refs/heads/main HEAD'
	is p wt in-wt
	if [ "$(git -C p log -1 --format=%s main)" = in-wt ]; then
		grep -q 'main' err || [ -z "$(git -C p status --porcelain)" ] || fail "main moved below another work tree, unsaid: $(git -C p status --porcelain)"
	fi
}

@test "other refs are the run's own: notes, remotes, replace, pull requests do not come, and harm nothing" {
	git -C p for-each-ref refs/notes refs/remotes refs/replace refs/x >was
	box p 'git commit -q --allow-empty -m two; git notes add -m n; git update-ref refs/remotes/o/main HEAD; git replace HEAD HEAD~1; git update-ref refs/x/y HEAD; git update-ref refs/wrapix/heads/main HEAD; git update-ref refs/bisect/bad HEAD'
	is p main two
	git -C p for-each-ref refs/remotes refs/replace refs/x refs/bisect | cmp - was
	no_refs
}
