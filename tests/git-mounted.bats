# SPDX-License-Identifier: MIT
# engines: bwrap podman-whole
# takes: 30 s
# Another repository that -m mounts to be written has a git directory of the run's own, as the project has:
# what is committed there comes home to that repository, and nothing else does.
load lib/helper
load lib/git
load lib/held

local_setup() {
	git_setup
	fresh p
	fresh lib
	git -C lib commit -q --allow-empty -m lib
}

teardown() {
	git_teardown
}

# kept_at LABEL KIND NAME DIR: as kept, of the repository DIR, which is mounted; the command names it.
kept_at() {
	local line
	line=$(grep "^wx-run: found: kept-ref \"$1/refs/wrapix/[^\"/]*/$2/$3\": " err | head -n 1)
	[ -n "$line" ] || fail "not said: kept $1 $2/$3; but: $(cat err)"
	ref=${line#*\""$1"/}
	ref=${ref%%\"*}
	grep -qF "git -C $4 " <<<"$line" || fail "no command for it: $line"
	git -C "$4" rev-parse -q --verify "$ref" >/dev/null || fail "'$ref' is not there: $(git -C "$4" for-each-ref)"
}


@test "two repositories beside the project: commits, branches, tags, HEAD and the index come home to each, and nothing else" {
	fresh two
	git -C two gc -q
	mkdir plain
	for r in lib two; do
		cp $r/.git/config config.$r
		git_look $r/.git/hooks >hooks.$r
	done
	quiet p 'git commit -q --allow-empty -m in-p
	cd /lib2; git status --porcelain; git log -1 --format=%s | grep -qx lib; echo x >>f; git commit -qam in-lib; git tag t; git branch b old; echo unknown >u
	git config a.b c; printf "#!/bin/sh\ntouch $CANARY" >.git/hooks/post-commit; chmod +x .git/hooks/post-commit; echo "[core]" >>.git/config
	cd '"$PWD"'/two; git switch -q -c work; git mv f h; git commit -qm in-two; git stash list; git gc -q; git fsck; git worktree add -q /tmp/w; git -C /tmp/w commit -q --allow-empty -m in-w' \
	    -m "$PWD/lib:/lib2:rw" -m "$PWD/two:$PWD/two:rw"
	is p main in-p
	is lib main in-lib
	is lib t in-lib
	is lib b one
	is two work in-two
	is two w in-w
	is two main one
	[ "$(git -C two symbolic-ref HEAD)" = refs/heads/work ]
	[ "$(git -C lib status --porcelain)" = '?? u' ] || fail "$(git -C lib status --porcelain)"
	clean two
	for r in lib two; do
		cmp $r/.git/config config.$r
		same_git $r/.git/hooks hooks.$r
		git -C $r fsck --no-dangling
		[ -z "$(git -C $r for-each-ref refs/wrapix)" ]
	done
	[ ! -e "$CANARY" ]
	nothing_kept
	# The project is no repository.
	quiet plain 'cd /lib2; git commit -q --allow-empty -m again' -m "$PWD/lib:/lib2:rw"
	is lib main again
	# Nothing was committed: nothing of it is run, nothing is left.
	git_look lib/.git >was
	quiet p 'cd /lib2; git status; git log; git fetch -q . || true' -m "$PWD/lib:/lib2:rw"
	same_git lib/.git was
	nothing_kept
}

@test "the host's git directory is not there, but for the objects, read-only" {
	box p 'cd /lib2; ! touch .git/objects/info/alternates 2>/dev/null || true; ! touch /run/wrapix/repository-1/objects/x; ! mv .git h' -m "$PWD/lib:/lib2:rw"
	git -C lib status
	git -C lib fsck --no-dangling
	# By another mount it is not to be had, either.
	for m in "$PWD/lib:/l3:rw" "$PWD/lib/.git:/l3:rw" "$PWD/lib/.git/hooks:/l3:rw" "$PWD/lib/.git/objects:/l3:rw"; do
		rc=0
		in_box p 'echo ran' -m "$PWD/lib:/lib2:rw" -m "$m" >out 2>err || rc=$?
		[ "$rc" -eq 125 ] && [ ! -s out ] || fail "$m: $rc, $(cat out err)"
		[ "$(wc -l <err)" -eq 1 ] || fail "$m: $(cat err)"
	done
	quiet p 'ls /l3/.git/HEAD >/dev/null; cd /lib2; git commit -q --allow-empty -m x' -m "$PWD/lib:/lib2:rw" -m "$PWD/lib:/l3:ro"
	is lib main x
}

@test "what is no fast-forward stays beside, and what commits bring is said, with the name of the mount" {
	git -C lib branch gone
	box p 'cd /lib2; git commit -q --amend --allow-empty -m amended; git branch -D gone; mkdir .husky; echo x >.envrc; git switch -q -c more; git add .envrc; git commit -qm envrc
	    cd /workspace; git commit -q --amend --allow-empty -m amended' -m "$PWD/lib:/lib2:rw"
	is lib main lib
	kept_at lib2 heads main "$PWD/lib"
	is lib "$ref" amended
	kept heads main
	said deleted-branch lib2/refs/heads/gone
	said committed lib2/.envrc
	run ! grep -q 'committed ".envrc"' err
	# The command that is said.
	line=$(grep -o "git -C $PWD/lib branch -f main [^ \"]*" err)
	git -C lib switch -q old
	$line
	is lib main amended
	nothing_kept
}

@test "protected files of it: a switch over commits that change them works, no commit takes the old ones along, and it is said" {
	echo a >lib/.envrc
	git -C lib add .
	git -C lib commit -qm a
	git -C lib switch -q -c other
	echo b >lib/.envrc
	git -C lib commit -qam b
	git -C lib switch -q main
	box p 'cd /lib2; git switch -q other; echo n >n; git add n; git commit -qm n; git status --porcelain; ! echo c >.envrc' -m "$PWD/lib:/lib2:rw"
	is lib other n
	[ "$(git -C lib show --format= --name-only other)" = n ] || fail "$(git -C lib show other)"
	[ "$(cat lib/.envrc)" = a ]
	said left-as-it-was lib2/.envrc
}

@test "what its settings name in it, and its hooks lead to, is read-only; so of one further down" {
	named() {
		mkdir -p "$1/ho" "$1/tools"
		for f in ho/pre-commit team.inc tools/clean tools/hook tools/free; do echo x >"$1/$f"; done
		git -C "$1" config core.hooksPath ho
		git -C "$1" config include.path ../team.inc
		git -C "$1" config filter.x.clean ./tools/clean
		mkdir -p "$1/.git/hooks"
		ln -s ../../tools/hook "$1/.git/hooks/post-commit"
	}
	mkdir -p lib/deep
	git init -q lib/deep/er
	named lib
	named lib/deep/er
	box p 'for d in /lib2 /lib2/deep/er; do cd $d; for f in ho/pre-commit ho/post-merge team.inc tools/clean tools/hook; do ! echo y >$f || echo "$d/$f"; done; echo y >tools/free; done 2>/dev/null
	    ! mv /lib2/deep /lib2/d 2>/dev/null || echo moved' -m "$PWD/lib:/lib2:rw"
	[ ! -s out ] || fail "was written: $(cat out)"
	[ "$(cat lib/tools/free lib/deep/er/tools/free | paste -sd ' ')" = "y y" ]
	box p 'cd /lib2; echo y >ho/pre-commit' -m "$PWD/lib:/lib2:rw" -u lib2/ho
}

@test "killed: the next start brings it home, with the repository mounted or as the project; so does --import" {
	for how in mounted project import; do
		held a p -m "$PWD/lib:/lib2:rw"
		let a "git commit -q --allow-empty -m p-$how; cd /lib2; git commit -q --allow-empty -m lib-$how; git branch b-$how; touch /ctl/done-$how; read x </ctl/end"
		until_true [ -e "ctl.a/done-$how" ]
		kill -9 "$pid"
		ended "$pid"
		[ -z "$(git -C lib branch --list "b-$how")" ]
		case $how in
		mounted)
			box p "git log -1 --format=%s; git -C /lib2 log -1 --format=%s" -m "$PWD/lib:/lib2:rw"
			[ "$(paste -sd ' ' out)" = "p-mounted lib-mounted" ] || fail "$(cat out)"
			grep -qF "an earlier run with '$PWD/lib'" err || fail "not said: $(cat err)"
			;;
		project)
			box lib "git log -1 --format=%s"
			[ "$(cat out)" = lib-project ] || fail "$(cat out)"
			grep -q "killed" err || fail "not said: $(cat err)"
			wx-run -C p --import >out 2>err || fail "$(cat err)"
			;;
		import)
			wx-run -C lib --import >out 2>err || fail "$(cat err)"
			wx-run -C p --import >out 2>err || fail "$(cat err)"
			;;
		esac
		is lib main "lib-$how"
		is lib "b-$how" "lib-$how"
		is p main "p-$how"
		clean lib
		nothing_kept
	done
}

@test "the same repository in two runs at once, mounted in both, and as the project of one: each its own" {
	held a p -m "$PWD/lib:/lib2:rw"; a=$pid
	fresh q
	held b q -m "$PWD/lib:/l3:rw"; b=$pid
	held c lib; c=$pid
	# It is at work.
	rc=0
	wx-run -C lib --forget >out 2>err || rc=$?
	[ "$rc" -eq 3 ] || fail "$rc: $(cat err)"
	let a 'cd /lib2; git commit -q --allow-empty -m from-a; git branch a'
	ended "$a"
	[ "$rc" -eq 0 ] && [ ! -s err.a ] || fail "$rc: $(cat err.a)"
	let c 'git log --all --format=%s >/ctl/log; git commit -q --allow-empty -m from-c; git branch c'
	ended "$c"
	[ "$rc" -eq 0 ] || fail "$rc: $(cat err.c)"
	cp err.c err
	kept heads main lib
	is lib "$ref" from-c
	# A project's own run is over; that with a mount is not.
	rc=0
	wx-run -C lib --forget >out 2>err || rc=$?
	[ "$rc" -eq 3 ] || fail "$rc: $(cat err)"
	let b 'cd /l3; git log --all --format=%s >/ctl/log; git commit -q --allow-empty -m from-b; git branch b'
	ended "$b"
	[ "$rc" -eq 0 ] || fail "$rc: $(cat err.b)"
	cp err.b err
	kept_at l3 heads main "$PWD/lib"
	is lib "$ref" from-b
	is lib main from-a
	for r in a b c; do is lib "$r" "from-$r"; done
	run ! grep from- ctl.b/log ctl.c/log
	nothing_kept
	wx-run -C lib --forget
}

@test "--no-import: said where it is, for each, and with what it comes; --git none: read-only, and said" {
	git_look lib/.git >was
	box p 'git commit -q --allow-empty -m in-p; cd /lib2; git commit -q --allow-empty -m in-lib' -m "$PWD/lib:/lib2:rw" --no-import
	same_git lib/.git was
	[ "$(wc -l <err)" -eq 2 ] && grep -qF "wx-run --import brings" err && grep -qF "wx-run --import -C '$PWD/lib' brings" err || fail "$(cat err)"
	wx-run -C lib --import >out 2>err || fail "$(cat err)"
	is lib main in-lib
	is p main one
	wx-run -C p --import
	is p main in-p
	git_look lib/.git >was
	box p 'cd /lib2; ! git commit -q --allow-empty -m x 2>/dev/null; ! touch .git/x 2>/dev/null' -m "$PWD/lib:/lib2:rw" --git none
	grep -qF "'$PWD/lib/.git' is read-only inside" err || fail "$(cat err)"
	same_git lib/.git was
}

@test "shapes: borrowed objects, a linked work tree, a submodule: commits, branches, HEAD and the index come home to each" {
	git clone -q -s lib borrowed
	git clone -q -s borrowed twice
	git -C lib worktree add -q ../linked -b linked
	git -C p submodule --quiet add "$PWD/lib" s
	git -C p commit -qm s
	cp lib/.git/config config.lib
	git_look lib/.git/hooks >hooks.lib
	for m in borrowed twice linked p/s; do
		fresh q
		quiet q 'cd /l3; git log --format=%s | grep -qx one; git status --porcelain; echo x >>f; git commit -qam in-l3; git branch b-l3 HEAD; git config a.b c
		    ! grep -q '"$PWD"' .git/objects/info/alternates 2>/dev/null || exit 9; git fsck; cd /workspace; git commit -q --allow-empty -m in-q' -m "$PWD/$m:/l3:rw"
		is "$m" HEAD in-l3
		is "$m" b-l3 in-l3
		is q main in-q
		clean "$m"
		git -C "$m" fsck --no-dangling
		git -C "$m" branch -D b-l3 >/dev/null
		nothing_kept
	done
	# Where git keeps what it is of moves.
	git -C p/s sparse-checkout set --cone src
	quiet q 'cd /l3; git commit -q --allow-empty -m sparse' -m "$PWD/p/s:/l3:rw"
	is p/s HEAD sparse
	is lib main lib
	is lib linked in-l3
	[ "$(git -C linked symbolic-ref HEAD)" = refs/heads/linked ]
	[ "$(cat linked/.git)" = "gitdir: $PWD/lib/.git/worktrees/linked" ]
	cmp lib/.git/config config.lib
	same_git lib/.git/hooks hooks.lib
	clean lib
	# Killed: the next start in it, as the project, brings it home.
	held a q -m "$PWD/linked:/l3:rw"
	let a 'cd /l3; git commit -q --allow-empty -m late; touch /ctl/done; read x </ctl/end'
	until_true [ -e ctl.a/done ]
	kill -9 "$pid"
	ended "$pid"
	box linked 'git log -1 --format=%s'
	[ "$(cat out)" = late ] || fail "$(cat out err)"
	is lib linked late
	is lib main lib
}

@test "shapes: a reftable" {
	export PATH=${WX_GITS-}/trixie/bin:$PATH
	[ -x "${WX_GITS-}/trixie/bin/git" ] || skip "no git of Debian 13: the archive was not reached"
	git init -q --ref-format=reftable rt
	git -C rt commit -q --allow-empty -m one
	git -C rt worktree add -q ../rt2 -b two
	for m in rt rt2; do
		quiet p 'cd /l3; git log --format=%s | grep -qx one; echo x >x; git add x; git commit -qm in-'$m'; git branch b-'$m -m "$PWD/$m:/l3:rw"
		is $m HEAD in-$m
		is rt b-$m in-$m
		clean $m
	done
	is rt main in-rt
	is rt two in-rt2
	git -C rt fsck --no-dangling
	nothing_kept
}

@test "one git directory in two places: read-only or refused, and said; so is a bare repository" {
	git -C lib worktree add -q ../linked -b linked
	fresh q
	held_back() {
		[ "$(grep -c "'$1/.git' is read-only inside: in '$2' nothing can be committed" err)" -eq 1 ] || fail "$1: $(cat err)"
	}
	none='ls -A >/dev/null; ! rm -f .git 2>/dev/null; ! echo x 2>/dev/null >.git; ! git commit -q --allow-empty -m x 2>/dev/null'
	# The main tree is to be written too, what that is in, or a part of the git directory.
	mkdir up
	mv lib up
	git -C up/lib worktree repair "$PWD/linked"
	for way in "$PWD/up/lib:/l4:rw" "$PWD/up:/l4:rw" "$PWD/up/lib/.git/hooks:/l4:rw"; do
		git_look up/lib/.git/hooks >was
		box q "cd /l3; $none" -m "$PWD/linked:/l3:rw" -m "$way"
		held_back "$PWD/linked" /l3
		same_git up/lib/.git/hooks was
	done
	mv up/lib .
	git -C lib worktree repair "$PWD/linked"
	# That of the project is there already, in its place.
	rc=0
	in_box linked 'echo ran' -m "$PWD/lib:$PWD/lib:rw" >out 2>err || rc=$?
	[ "$rc" -eq 125 ] && [ ! -s out ] && grep -q "'$PWD/linked' is a work tree of it" err && [ "$(wc -l <err)" -eq 1 ] || fail "$rc: $(cat err)"
	git_look lib/.git/hooks >was
	box linked 'git commit -q --allow-empty -m in-linked; cd /l3; ! git commit -q --allow-empty -m x 2>/dev/null; ! touch .git/hooks/x 2>/dev/null' -m "$PWD/lib:/l3:rw"
	is lib linked in-linked
	is lib main lib
	same_git lib/.git/hooks was
	# What does not point back could be any repository of the user's.
	mkdir odd
	echo "gitdir: $PWD/lib/.git" >odd/.git
	box q "cd /l3; $none" -m "$PWD/odd:/l3:rw"
	held_back "$PWD/odd" /l3
	# Nor is another submodule its own, though the repository is around it.
	git -C p submodule --quiet add "$PWD/lib" s
	git -C p commit -qm s
	mkdir p/vendor
	box q 'cd /v; echo "gitdir: ../.git/modules/s" >.git' -m "$PWD/p/vendor:/v:rw"
	box q "cd /v; $none; ! git log" -m "$PWD/p/vendor:/v:rw"
	held_back "$PWD/p/vendor" /v
	rc=0
	in_box p/vendor 'git log' >out 2>err || rc=$?
	[ "$rc" -eq 125 ] && [ ! -s out ] && grep -q "does not point back" err || fail "$rc: $(cat out err)"
	git init -q --bare bare
	rc=0
	in_box p 'echo ran' -m "$PWD/bare:/b:rw" >out 2>err || rc=$?
	[ "$rc" -eq 125 ] && grep -q "it is a git repository" err || fail "$rc: $(cat err)"
}

@test "the host's own work in it goes on meanwhile, and is not said" {
	held a p -m "$PWD/lib:/lib2:rw"
	git -C lib config user.host yes
	printf '#!/bin/sh\n' >lib/.git/hooks/pre-commit
	git -C lib commit -q --allow-empty -m host
	git -C lib gc -q --prune=now
	let a 'cd /lib2; git branch b; git log -1 --format=%s >/ctl/log; git fsck'
	ended "$pid"
	[ "$rc" -eq 0 ] && [ ! -s err.a ] || fail "$rc: $(cat err.a)"
	[ "$(cat ctl.a/log)" = lib ]
	is lib main host
	is lib b lib
}

@test "a link that is put on the way between the look and the copy: the other repository is not copied" {
	mkdir -p up other
	mv lib up
	git init -q other/lib
	git -C other/lib config x.s3cret yes
	quiet p 'git -C /lib2 commit -q --allow-empty -m x' -m "$PWD/up/lib:/lib2:rw"
	mutex=$(grep -lxF "$PWD/up/lib" state/wrapix/*.run/project)
	mutex=${mutex%project}mutex
	exec 8>"$mutex"
	flock 8
	in_box p 'cat /lib2/.git/config' -m "$PWD/up/lib:/lib2:rw" >out 2>err 8>&- 3>&- &
	pid=$!
	pids=$pid
	# That of the project is made: the plan stands.
	until_true compgen -G 'state/wrapix/*.run/2*/start' >/dev/null
	mv up mine
	ln -s other up
	flock -u 8
	ended "$pid"
	[ "$rc" -eq 125 ] && [ ! -s out ] && grep -q "cannot open '$PWD/up/lib/.git'" err || fail "$rc: $(cat out err)"
}

@test "shapes: submodules, unborn, a stash, a rebase begun on the host" {
	git clone -q lib with
	git -C with submodule --quiet add "$PWD/lib" s
	git -C with commit -qm s
	quiet p 'cd /r; git log --oneline >/dev/null; cd s; echo x >>f; git commit -qam in-s; cd ..; git add s; git commit -qm bump; git fsck' -m "$PWD/with:/r:rw"
	is with main bump
	is with/s HEAD in-s
	clean with
	clean with/s
	git init -q unborn
	quiet p 'cd /r; git commit -q --allow-empty -m first; git stash list; echo x >x; git add x; git commit -qm x; echo y >x; git stash -q -m st' -m "$PWD/unborn:/r:rw"
	is unborn main x
	git -C unborn stash list | grep -q st
	git -C lib switch -qc topic old
	echo topic >lib/f
	git -C lib commit -qam topic
	git -C lib switch -q main
	echo main >lib/f
	git -C lib commit -qam main
	! git -C lib rebase -q topic >/dev/null 2>&1 || fail "no conflict"
	quiet p 'cd /lib2; git status | grep -q rebas; echo both >f; git add f; GIT_EDITOR=true git rebase --continue' -m "$PWD/lib:/lib2:rw"
	[ ! -e lib/.git/rebase-merge ]
	clean lib
	is lib main main
	is lib main~2 topic
	nothing_kept
}

@test "a repository that a sandbox made, in a mount or not: it gets nothing of others, and its reftable is not read" {
	mkdir new
	box p 'cd /n; git init -q .; git commit -q --allow-empty -m inside; mkdir -p /workspace/sub; cp -r .git /workspace/sub' -m "$PWD/new:/n:rw"
	said repository n/.git
	box p 'cd /n; git commit -q --allow-empty -m more' -m "$PWD/new:/n:rw"
	is new main more
	for d in new p/sub; do
		echo "$PWD/lib/.git/objects" >$d/.git/objects/info/alternates
		fresh q
		box q 'ls /run/wrapix; cd /n; ! git cat-file -e '"$(git -C lib rev-parse main)"' 2>/dev/null; ! touch .git/x' -m "$PWD/$d:/n:rw"
		grep -qF "'$PWD/$d/.git' is read-only inside" err || fail "$(cat err)"
		run ! grep repository- out
		# Nor as a project.
		rc=0
		in_box $d 'echo ran' >out 2>err || rc=$?
		[ "$rc" -eq 125 ] && [ ! -s out ] && grep -q "a sandbox may have made it, and it borrows objects" err || fail "$d: $rc, $(cat out err)"
		rm $d/.git/objects/info/alternates
	done
	# What is the user's own from before lends to it.
	box p 'mkdir -p /n/late; cd /n/late; git init -q .; echo '"$PWD/lib/.git/objects"' >.git/objects/info/alternates' -m "$PWD/new:/n:rw"
	rc=0
	in_box new/late 'git cat-file -e '"$(git -C lib rev-parse main)"' && echo read' >out 2>err || rc=$?
	[ "$rc" -eq 125 ] && [ ! -s out ] || fail "$rc: $(cat out err)"
	mkdir new/.git/reftable
	box p 'cd /n; ! touch .git/x' -m "$PWD/new:/n:rw"
	grep -qF "'$PWD/new/.git' is read-only inside" err || fail "$(cat err)"
}
