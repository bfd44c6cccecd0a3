# SPDX-License-Identifier: MIT
# engines: bwrap podman-whole
# takes: 170 s
# parts: 2
# sanitizers: no, minutes
# What an attacker inside can put into his git directory, his objects, his refs and his
# index: the host's git acts upon none of it. Each attack on git itself is first made
# without a sandbox, where it must succeed: one that no longer does is no test.
load lib/helper
load lib/git
load lib/held

local_setup() {
	git_setup
	export PY=/usr/bin/python3
	git clone -q --bare tpl up
	git -C tpl remote add up "$PWD/up"
	git -C tpl config branch.main.remote up
	git -C tpl config branch.main.merge refs/heads/main
	mkdir -m 700 home/.ssh home/Documents home/Documents/sub
	echo PRIVATE-KEY >home/.ssh/id_ed25519
	echo thesis >home/Documents/thesis
	printf '# first\n# second\nalias ll=ls\n' >home/.bashrc
	tools >tools.py
}

teardown() {
	git_teardown
}

# For the scripts of the attackers: "evil FILE" makes a program that leaves the canary,
# "evil_config" prints a configuration that runs one on every git status; "raw NAME OID
# MODE" puts an entry of any name into the index; "tree" makes a tree of any names from
# lines MODE OID NAME on its stdin; "commit_tree TREE" commits it on main.
prelude='
evil() { mkdir -p "$(dirname "$1")"; printf "#!/bin/sh\ntouch %s\ncat 2>/dev/null\n" "$CANARY" >"$1"; chmod +x "$1"; }
evil_config() { printf "[core]\n\tfsmonitor = touch %s;:\n" "$CANARY"; }
all_hooks() { for h in pre-commit post-checkout post-index-change reference-transaction post-commit post-merge pre-auto-gc; do evil "$1/$h"; done; }
raw() { git update-index --index-version 2; /usr/bin/python3 "$TOOLS" raw "$@"; }
tree() { /usr/bin/python3 "$TOOLS" tree | git hash-object -t tree -w --literally --stdin; }
commit_tree() { c=$(git commit-tree -m planted -p HEAD "$1") && git update-ref refs/heads/main "$c"; }
'

tools() {
	cat <<-'E'
	import struct, sys, hashlib
	if sys.argv[1] == "raw":
	    name = sys.argv[2].encode(); oid = bytes.fromhex(sys.argv[3]); mode = int(sys.argv[4], 8)
	    d = open(".git/index", "rb").read()
	    n = struct.unpack(">I", d[8:12])[0]; p = 12; ents = []
	    for i in range(n):
	        q = p + 62; e = d.index(b"\0", q); l = (e - p + 8) // 8 * 8
	        ents.append((d[q:e], d[p:p + l])); p += l
	    b = struct.pack(">10I", 0, 0, 0, 0, 0, 0, mode, 0, 0, 0) + oid + struct.pack(">H", min(len(name), 0xfff)) + name
	    b += b"\0" * (8 - len(b) % 8)
	    ents.append((name, b)); ents.sort()
	    o = b"DIRC" + struct.pack(">II", 2, len(ents)) + b"".join(e[1] for e in ents)
	    open(".git/index", "wb").write(o + hashlib.sha1(o).digest())
	else:
	    for l in sys.stdin.buffer:
	        mode, oid, name = l.rstrip(b"\n").split(b" ", 2)
	        sys.stdout.buffer.write(mode + b" " + name + b"\0" + bytes.fromhex(oid.decode()))
	E
}

# attackers: as in_box, with what they bring along.
plant() {
	local dir=$1 script=$2
	shift 2
	in_box "$dir" "$prelude
	exec 2>/dev/null
	$script" -v TOOLS=/tools.py -m "$BATS_TEST_TMPDIR/tools.py:/tools.py:ro" "$@"
}

bare() (
	cd "$1" && TOOLS=$BATS_TEST_TMPDIR/tools.py sh -c "$prelude
	exec 2>/dev/null
	$2"
)

# What a developer does on the host, afterwards. Its own failures do not matter here.
host_work() (
	cd "$1" || return
	export GIT_EDITOR=true GIT_SEQUENCE_EDITOR=true
	{
		git status
		git log -1
		git show-branch
		echo more >>f
		git diff
		git stash
		git stash pop
		git add f
		git commit -m two --allow-empty
		git commit --amend --no-edit
		git fetch up
		git pull --no-rebase
		git merge --continue
		git cherry-pick --continue
		git rebase --continue
		git am --continue
		git checkout -q -b other
		git checkout -q main
		git checkout -- .
		git push up HEAD:refs/heads/x
		git notes list
		git submodule update
		git bisect log
		git worktree list
		git worktree prune --expire now
		git -c gc.auto=1 gc --auto
		git gc --prune=now
		git status
	} </dev/null >/dev/null 2>&1 || true
)

# attack NAME SCRIPT: bare it works; from the sandbox the host's .git is not changed, and its git does nothing.
attack() {
	fresh p
	bare p "$2" >/dev/null 2>&1 || true
	${work:-host_work} p
	hit || fail "$1: does nothing even without a sandbox"
	fresh p
	git_look p/.git >was
	plant p "$2" >out 2>err || true
	! hit || fail "$1: ran inside"
	# But for refs: commits come home, and what moved to nowhere stays beside.
	git_look p/.git | grep -vE ' ?(refs|logs|HEAD|ORIG_HEAD|index|packed-refs|p/\.git/(refs|logs)/.*)|/(HEAD|index|packed-refs)$' >now.rest
	grep -vE ' ?(refs|logs|HEAD|ORIG_HEAD|index|packed-refs|p/\.git/(refs|logs)/.*)|/(HEAD|index|packed-refs)$' was | cmp -s - now.rest ||
	    fail "$1: $(diff was <(git_look p/.git))"
	# Nothing of git's changed: what is left is the work tree.
	(cd p && git status; git add f; git commit --allow-empty -m two; git checkout -q -b other; git stash) >/dev/null 2>&1 || true
	! hit || fail "$1: the host's git ran what was planted; $(cat err)"
}

# The host's things, outside of the project.
untouched() {
	[ "$(cat home/.ssh/id_ed25519)" = PRIVATE-KEY ] && [ "$(cat home/Documents/thesis)" = thesis ] && [ -d home/Documents/sub ] || fail "$1: gone"
	[ "$(cat home/.bashrc)" = $'# first\n# second\nalias ll=ls' ] || fail "$1: ~/.bashrc: $(cat home/.bashrc)"
}

# --- what is planted in the git directory

@test "config and hooks: written, replaced, linked, included, by a common dir or a work tree's" {
	attack "hooks" 'all_hooks .git/hooks'
	attack "hooks replaced" 'mv .git/hooks .git/h; all_hooks .git/hooks'
	attack "hooks a link" 'all_hooks h; rm -rf .git/hooks; ln -s ../h .git/hooks'
	attack "config" 'evil_config >>.git/config'
	attack "config by rename" 'cp .git/config c; evil_config >>c; mv -f c .git/config'
	attack "config a link" 'cp .git/config c; evil_config >>c; ln -sf ../c .git/config'
	attack "git config" 'git config core.fsmonitor "touch $CANARY;:"'
	attack "included" 'evil_config >.git/inc; git config include.path inc'
	attack "hooksPath" 'all_hooks .git/h2; git config core.hooksPath .git/h2'
	attack "commondir" 'cp -a .git .evil; evil_config >>.evil/config; echo ../.evil >.git/commondir'
	attack "config.worktree" 'git config extensions.worktreeConfig true; evil_config >.git/config.worktree'
	attack "an alias of git's own: pager, editor" 'git config core.pager "touch $CANARY;cat"; git config core.editor "touch $CANARY;:"; git config sequence.editor "touch $CANARY;:"; git config core.hooksPath /dev/null; evil_config >>.git/config'
	attack "filter" 'git config filter.x.clean "touch $CANARY;cat"; mkdir -p .git/info; echo "* filter=x" >.git/info/attributes'
	attack "diff" 'git config diff.external "touch $CANARY;:"'
	attack "merge driver, gpg" 'git config commit.gpgsign true; evil .git/gpg; git config gpg.program "$PWD/.git/gpg"'
	attack "remote" 'git config remote.up.uploadpack "touch $CANARY; git-upload-pack"'
	attack "receive-pack" 'git config remote.up.receivepack "touch $CANARY; git-receive-pack"'
	attack "another's URL" 'git init -q --bare .git/e; all_hooks .git/e/hooks; evil .git/e/hooks/pre-receive; git config remote.up.url "$PWD/.git/e"'
	attack "ext::" 'git config protocol.ext.allow always; git config remote.up.url "ext::touch $CANARY"'
}

@test "remotes, branches, rebases, sequences, modules, fsmonitor in the index" {
	attack "remotes" 'git remote remove up; git init -q --bare .git/ev; evil .git/ev/hooks/pre-receive; mkdir -p .git/remotes; printf "URL: %s/.git/ev\n" "$PWD" >.git/remotes/up'
	attack "branches" 'git remote remove up; git init -q --bare .git/ev; evil .git/ev/hooks/pre-receive; mkdir -p .git/branches; echo "$PWD/.git/ev" >.git/branches/up'
	attack "rebase-merge" 'git commit -q --allow-empty -m x; GIT_SEQUENCE_EDITOR="sed -i 1ibreak" git rebase -q -i HEAD~1; echo "exec touch $CANARY" >>.git/rebase-merge/git-rebase-todo; git update-ref refs/heads/main v0; git checkout -q --detach v0; true'
	attack "modules" 'mkdir -p .git/modules; git init -q s; git -C s commit -q --allow-empty -m s; mv s/.git .git/modules/s; git -C .git/modules/s config core.worktree ../../../s
	    evil_config >>.git/modules/s/config; echo "gitdir: ../.git/modules/s" >s/.git; git update-index --add --cacheinfo 160000,$(git --git-dir .git/modules/s rev-parse HEAD),s'
	attack "a repository that is a gitlink of the index" 'git init -q s; git -C s commit -q --allow-empty -m s; evil_config >>s/.git/config; git update-index --add --cacheinfo 160000,$(git -C s rev-parse HEAD),s'
}

@test "names in the index that lead out: nothing is run, written, or read by the host" {
	out='b=$(printf "touch %s\n" "$CANARY" | git hash-object -w --stdin)'
	written() { grep -q touch "$1/home/.bashrc" || [ -e "$1/p/.git/hooks/post-checkout" ] || grep -qs '^touch' "$1/p/.git/config"; }
	checkout() (cd "$1" && git checkout -q -- . >/dev/null 2>&1 || true)
	commit() (cd "$1" && echo y >>g && git commit -qam work >/dev/null 2>&1 || true)
	for script in "$out"'; raw ../home/.bashrc $b 100644' "$out"'; raw .git/hooks/post-checkout $b 100755' "$out"'; raw .git/config $b 100644'; do
		# Without a sandbox, in a copy of this world.
		rm -rf w
		mkdir w
		cp -a tpl w/p
		cp -a home w/home
		bare w/p "$script" >/dev/null 2>&1 || true
		checkout w/p
		written w || fail "does nothing without a sandbox: $script"
		hit || true   # of the world without
		fresh p
		git_look p/.git >was
		plant p "$script" >out 2>err || true
		same_git p/.git was
		checkout p
		! written . || fail "written: $script"
		commit p
		untouched "$script"
		! hit || fail "ran: $script"
	done
	fresh p
	bare p 'b=$(echo x | git hash-object -w --stdin); raw ../home/.ssh/id_ed25519 $b 100644'
	commit p
	[ -n "$(cd p && git cat-file --batch-all-objects --batch | grep -a PRIVATE-KEY)" ] || fail "the key is not read without a sandbox"
	fresh p
	plant p 'b=$(echo x | git hash-object -w --stdin); raw ../home/.ssh/id_ed25519 $b 100644' >out 2>err || true
	commit p
	[ -z "$(cd p && git cat-file --batch-all-objects --batch | grep -a PRIVATE-KEY)" ] || fail "the key is in the repository"
	# A gitlink of an absolute name.
	fresh p
	bare p 'git init -q ../ev; git -C ../ev commit -q --allow-empty -m x; evil_config >>../ev/.git/config; raw "$PWD/../ev" $(git -C ../ev rev-parse HEAD) 160000'
	git -C p status >/dev/null 2>&1
	hit || fail "an absolute gitlink does nothing without a sandbox"
	fresh p
	plant p "raw $PWD/ev $(git -C ev rev-parse HEAD) 160000" >out 2>err || true
	host_work p
	! hit || fail "an absolute gitlink"
}

@test "names in trees that lead out: the commit does not come home, and it is said; the next run works" {
	b='b=$(printf "touch %s\n" "$CANARY" | git hash-object -w --stdin); c=$(git rev-parse HEAD)'
	for lines in '100644 $b .git' '40000 $t .git' '100644 $b ..' '100644 $b .' '40000 $t ..' '100644 $b a/b' '100644 $b ../x' '40000 $t .GIT' '100644 $b git~1' \
	    '120000 $l .gitmodules' '100644 $m .gitmodules' '100644 $b x\n100644 $b x' '100644 0000000000000000000000000000000000000000 n'; do
		fresh p
		git_look p/.git >was
		refused p "$prelude$b"'; t=$(printf "100755 blob $b\tpost-checkout\n" | git mktree); l=$(printf ../.git/config | git hash-object -w --stdin)
		    m=$(printf "[submodule \"x\"]\n\tpath = x\n\turl = -u./x\n" | git hash-object -w --stdin)
		    x=$(printf "'"$lines"'\n" | tree); commit_tree $x' -v TOOLS=/tools.py -m "$PWD/tools.py:/tools.py:ro"
		is p main one
		same_git p/.git was
		private
		rm -rf state
		quiet p 'git commit -q --allow-empty -m next'
		is p main next
		[ -z "$(git -C p for-each-ref refs/wrapix)" ] || fail "$(git -C p for-each-ref)"
	done
}

@test "refused, and kept: the good branch beside it is not lost, and a later run begins" {
	fresh p
	refused p "$prelude"'git branch good; git switch -q good; git commit -q --allow-empty -m good; git switch -q main
	    b=$(echo x | git hash-object -w --stdin); x=$(printf "100644 $b .git\n" | tree); commit_tree $x' -v TOOLS=/tools.py -m "$PWD/tools.py:/tools.py:ro"
	is p main one
	private
	kept=$(cat kept.dirs)
	GIT_ALTERNATE_OBJECT_DIRECTORIES=$PWD/p/.git/objects GIT_DIR=$kept git -c safe.directory='*' log -1 --format=%s good | grep -qx good || [ "$(git -C p log -1 --format=%s good)" = good ]
	rc=0
	in_box p 'git commit -q --allow-empty -m next' >out 2>err || rc=$?
	[ "$rc" -eq 0 ] || fail "$rc: $(cat err)"
	is p main next
	[ -d "$kept" ] || git -C p log -1 good >/dev/null || fail "what was kept is gone"
}

@test "objects that are not what they say, that are missing, FIFOs, links: refused, soon; nothing comes" {
	file='f=.git/objects/$(git rev-parse HEAD^{tree} | sed "s,..,&/,")'
	for script in \
	    "$file; chmod u+w \$f; echo garbage >\$f" \
	    "$file; rm -f \$f" \
	    "$file; rm -f \$f; mkfifo \$f" \
	    "$file; rm -f \$f; ln -s /etc/passwd \$f" \
	    "$file; o=\$(echo other | git hash-object -w --stdin); cp -f .git/objects/\$(echo \$o | sed 's,..,&/,') \$f" \
	    'git repack -adq; p=$(ls .git/objects/pack/*.pack); chmod u+w $p; printf "\377\377\377\377" | dd of=$p bs=1 seek=60 conv=notrunc' \
	    'git repack -adq; i=$(ls .git/objects/pack/*.idx); chmod u+w $i; printf "\0\0\0\0\377" | dd of=$i bs=1 seek=1032 conv=notrunc' \
	    'git repack -adq; p=$(ls .git/objects/pack/*.pack); rm -f $p; mkfifo $p' \
	    'git repack -adq; p=$(ls .git/objects/pack/*.idx); rm -f $p; mkfifo $p' \
	    'rm -rf .git/objects; mkfifo .git/objects' \
	    'rm -rf .git/objects; ln -s /run/wrapix/objects .git/objects'; do
		fresh p
		git_look p/.git >was
		rc=0
		start=$SECONDS
		in_box p "exec >/dev/null 2>&1; for i in 1 2 3; do echo \$i >>f; git add f; git commit -qm c\$i; done; $script" >out 2>err || rc=$?
		[ $((SECONDS - start)) -lt 180 ] || fail "$((SECONDS - start)) s: $script"
		# git may not have wanted what is damaged: then all is there.
		if [ "$rc" -eq 0 ]; then
			is p main c3
			git -C p fsck
			continue
		fi
		[ "$rc" -eq 125 ] || fail "status $rc: $script: $(cat err)"
		is p main one
		same_git p/.git was
		private
		git -C p fsck
		rm -rf state
		git -C p checkout -q -f
		quiet p 'git commit -q --allow-empty -m next'
		is p main next
	done
}

@test "FIFOs, links, folders, sockets, garbage for HEAD, index, packed-refs, refs, config, shallow: no wait, no following" {
	commit='exec >/dev/null 2>&1; git commit -q --allow-empty -m x; git pack-refs --all --no-prune'
	n=0
	for f in HEAD index packed-refs config refs refs/heads refs/heads/main shallow info info/alternates objects/info objects/info/alternates objects/pack logs commondir gitdir modules worktrees; do
		for make in 'mkfifo $f' 'ln -s /dev/zero $f' 'ln -s '"$HOME"'/.ssh/id_ed25519 $f' 'ln -s '"$HOME"'/Documents $f' 'mkdir $f' 'printf "\\0\\377garbage" >$f' 'truncate -s 3G $f'; do
			# One in three, and others each time; all with WX_WHOLE.
			n=$((n + 1))
			[ -n "${WX_WHOLE-}" ] || [ $(((n + $$) % 3)) -eq 0 ] || continue
			fresh p
			git_look p/.git >was
			rc=0
			start=$SECONDS
			in_box p "$commit; cd .git; f=$f; rm -rf \$f; mkdir -p \$(dirname \$f); $make" >out 2>err || rc=$?
			[ $((SECONDS - start)) -lt 180 ] || fail "$((SECONDS - start)) s: $f: $make"
			[ "$rc" -eq 0 ] || [ "$rc" -eq 125 ] || fail "$f: $make: status $rc: $(cat err)"
			# It came whole, or it did not and is kept and said.
			got=$(git -C p log -1 --format=%s main)
			[ "$got" = x ] || { [ "$got" = one ] && same_git p/.git was; } || fail "$f: $make: main is $got"
			[ "$got" = x ] || [ "$rc" -eq 125 ] || said deleted-branch refs/heads/main
			untouched "$f: $make"
			run ! grep -q PRIVATE err
			git -C p fsck >/dev/null 2>&1
			rm -rf state
		done
	done
	fresh p
	quiet p 'git commit -q --allow-empty -m next'
}

@test "names of refs that git refuses, symbolic refs, HEADs that lead elsewhere: none does anything" {
	o=$(git -C tpl rev-parse main)
	for plant in 'mkdir -p .git/refs/heads/a; echo $o >".git/refs/heads/a/b..c"' 'echo $o >.git/refs/heads/x.lock' "echo \$o >\".git/refs/heads/\$(printf 'e\\033[2J')\"" \
	    "echo \$o >'.git/refs/heads/a b'" "echo \$o >'.git/refs/heads/a~1'" 'printf "%s refs/heads/../../hooks/pre-commit\n" $o >>.git/packed-refs' 'printf "%s ../../x\n" $o >>.git/packed-refs' \
	    'printf "%s refs/heads/x\n\n\n^%s\n" $o $o >>.git/packed-refs' 'printf "%s refs/heads/nl\r\n" $o >>.git/packed-refs' "printf '%s refs/heads/q\\0r\\n' \$o >>.git/packed-refs" \
	    'echo "ref: refs/heads/../../../x" >.git/refs/heads/sym' 'echo "ref: refs/wrapix/x" >.git/refs/heads/sym' 'echo "ref: HEAD" >.git/refs/heads/sym' \
	    'git symbolic-ref refs/heads/sym refs/heads/main' 'git symbolic-ref refs/heads/loop refs/heads/loop' 'ln -s ../../config .git/refs/heads/link' \
	    'echo "ref: refs/heads/../../config" >.git/HEAD' 'echo "ref: refs/heads/none/../main" >.git/HEAD' 'echo "ref: refs/remotes/up/main" >.git/HEAD' 'echo "ref: ../../x" >.git/HEAD' \
	    'echo "ref: refs/heads/-x" >.git/HEAD; git update-ref refs/heads/-x $o' 'printf "ref: refs/heads/main\n[core]\nx=y\n" >.git/HEAD' 'echo 1234 >.git/HEAD' 'echo 0123456789012345678901234567890123456789 >.git/HEAD' \
	    'echo "ref: refs/heads/$(head -c 5000 /dev/zero | tr "\0" a)" >.git/HEAD' 'rm .git/HEAD; ln -s refs/heads/../../config .git/HEAD' 'git update-ref refs/heads/HEAD $o' 'git update-ref refs/tags/HEAD $o' 'git update-ref refs/heads/refs/heads/main $o'; do
		fresh p
		git -C p for-each-ref --format='%(refname)' refs/heads refs/tags >was
		find p/.git -path '*/objects' -prune -o -path '*/refs/*' -prune -o -path '*/logs/*' -prune -o -type f ! -name index ! -name HEAD ! -name packed-refs -print0 | sort -z | xargs -0 sha256sum >other
		rc=0
		in_box p "exec >/dev/null 2>&1; o=$o; git commit -q --allow-empty -m x; $plant; true" >out 2>err || rc=$?
		[ "$rc" -eq 0 ] || [ "$rc" -eq 125 ] || fail "$plant: status $rc: $(cat err)"
		# All names that are there are good, HEAD leads to a branch or a commit that is there.
		git -C p for-each-ref --format='%(refname)' | while read -r r; do git check-ref-format "$r" || fail "$plant: $r"; done
		git -C p rev-parse -q --verify 'HEAD^{commit}' >/dev/null || fail "$plant: HEAD is $(cat p/.git/HEAD)"
		[ "$(wc -c <p/.git/HEAD)" -lt 300 ] && [ "$(wc -l <p/.git/HEAD)" -eq 1 ] || fail "$plant: $(cat p/.git/HEAD)"
		case $(git -C p symbolic-ref -q HEAD || echo none) in refs/heads/* | none) ;; *) fail "$plant: HEAD: $(cat p/.git/HEAD)" ;; esac
		xargs -0 sha256sum --quiet -c other < /dev/null || sha256sum --quiet -c other || fail "$plant: changed"
		[ "$(git -C p log -1 --format=%s main)" = x ] || [ "$rc" -eq 125 ] || [ -s err ] || fail "$plant: nothing came, unsaid"
		[ "$(LC_ALL=C tr -d '\n\t -~' <err | wc -c)" -eq 0 ] || fail "$plant: $(cat -v err)"
		git -C p fsck >/dev/null || fail "$plant: fsck"
		git -C p status >/dev/null
		[ ! -e x ] && [ ! -e home/x ] || fail "$plant: written outside"
		rm -rf state
	done
}

@test "a hundred thousand refs, a hundred thousand files in the git directory: bounded, said" {
	fresh p
	git_look p/.git >was
	rc=0
	start=$SECONDS
	in_box p 'exec 2>/dev/null; o=$(git rev-parse HEAD); { echo "# pack-refs with: peeled fully-peeled sorted"; seq -f "$o refs/heads/n/%06.0f" 100000; } >.git/packed-refs; rm -rf .git/refs/heads/*' >out 2>err || rc=$?
	[ "$rc" -eq 125 ] || fail "$rc: $(cut -c 1-300 err | head -n 3)"
	[ "$(wc -l <err)" -le 60 ] && [ "$(wc -c <err)" -lt 20000 ] || fail "$(wc err)"
	same_git p/.git was
	private
	[ $((SECONDS - start)) -lt 300 ] || fail "$((SECONDS - start)) s"
	rm -rf state
	quiet p 'git commit -q --allow-empty -m next; cd .git; mkdir many; cd many; seq 100000 | xargs touch; mkdir -p a/b; cd a/b; i=0; while [ $i -lt 500 ]; do mkdir d; cd d; i=$((i+1)); done'
	is p main next
	nothing_kept
}

@test "files of a terabyte, that cost nothing to make, where git reads a line or a list: refused; nothing is waited for" {
	for file in packed-refs shallow logs/refs/stash HEAD worktrees/x/HEAD objects/info/alternates config; do
		fresh p
		box_rc=0
		in_box p "git commit -q --allow-empty -m a; mkdir -p .git/logs/refs .git/worktrees/x; truncate -s 1T .git/$file; echo done" >out 2>err || box_rc=$?
		[ "$box_rc" -eq 125 ] && grep -qx done out && grep -q "it holds a file that is too large for what it is; it is kept in" err ||
		    fail "$file: $box_rc, $(cat out err)"
		is p main one
		wx-run -C p --forget --no-import
	done
	# Of no use to git, and in nobody's way.
	fresh p
	box p 'git commit -q --allow-empty -m a; truncate -s 1T .git/index .git/MERGE_MSG .git/none'
	is p main a
}

@test "what upload-pack obeys in his configuration, and reads through his alternates, stays in its sandbox" {
	git init -q home/secret
	echo s3cret >home/secret/s
	git -C home/secret add s
	git -C home/secret commit -qm s3cret
	o=$(git -C home/secret rev-parse HEAD)
	fresh p
	plant p 'git commit -q --allow-empty -m x; all_hooks .git/hooks; evil .git/e; for k in uploadpack.packObjectsHook core.alternateRefsCommand core.fsmonitor core.pager core.sshCommand core.gitProxy; do git config $k "$PWD/.git/e"; done
	    git config uploadpack.hideRefs refs/heads; git config transfer.hideRefs refs/tags; git config include.path "$CANARY"; git config uploadpack.advertiseBundleURIs true; git config bundle.version 1; git config bundle.mode all; git config bundle.x.uri "file://$CANARY"' >out 2>err || true
	! hit || fail "ran out of its sandbox"
	host_work p
	! hit || fail "ran later"
	# His settings do not decide what comes home.
	for c in 'core.worktree /nowhere' 'uploadpack.hideRefs refs/heads' 'transfer.hideRefs refs' 'core.bare true' 'log.showSignature true'; do
		fresh p
		box p "git commit -q --allow-empty -m x; git config $c"
		is p main x
	done
	# Another repository's objects, by a path of the host's.
	for a in "$PWD/home/secret/.git/objects" "../../../../../../../..$PWD/home/secret/.git/objects"; do
		fresh p
		rc=0
		in_box p "echo '$a' >>.git/objects/info/alternates; echo $o >.git/refs/heads/stolen" >out 2>err || rc=$?
		run -128 git -C p cat-file -t "$o"
		[ "$rc" -eq 125 ] || [ -s err ] || fail "unsaid: $rc"
		rm -rf state
	done
	for l in refs/heads/l refs/tags objects/info/alternates objects/pack objects/aa packed-refs HEAD; do
		fresh p
		in_box p "exec 2>/dev/null; git commit -q --allow-empty -m x; rm -rf .git/$l; ln -s $PWD/home/secret/.git/$l .git/$l; ln -s $PWD/home/secret/.git/refs/heads/main .git/refs/heads/stolen" >out 2>err || true
		run ! git -C p cat-file -t "$o"
		rm -rf state
	done
	# A commit whose parent is nowhere, said to be shallow: the host's repository stays whole.
	fresh p
	in_box p 't=$(git rev-parse HEAD^{tree}); c=$(printf "tree %s\nparent 0123456789012345678901234567890123456789\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nevil\n" $t |
	    git hash-object -t commit -w --stdin); echo $c >.git/shallow; git update-ref refs/heads/evil $c' >out 2>err || true
	run -0 git -C p fsck
	git -C p gc -q --prune=now
	[ ! -e p/.git/shallow ]
	rm -rf state
	# The host's is not made shallow, nor grafted, nor replaced.
	fresh p
	git -C p commit -q --allow-empty -m two
	rc=0
	in_box p 'git commit -q --allow-empty -m three; git rev-parse HEAD~1 >.git/shallow; mkdir -p .git/info; git rev-parse HEAD >.git/info/grafts' >out 2>err || rc=$?
	[ ! -e p/.git/shallow ] && [ ! -e p/.git/info/grafts ] && [ "$(git -C p rev-list --count main)" -ge 2 ] || fail "shallow: $(ls p/.git)"
	git -C p fsck
}

@test "the private directory goes without following a link, whatever its modes" {
	fresh p
	quiet p 'git commit -q --allow-empty -m x; cd .git; mkdir a; ln -s '"$HOME"'/Documents a/d; ln -s '"$HOME"'/.bashrc a/b; ln -s '"$HOME"'/.ssh worktrees; ln -s '"$HOME"'/.ssh modules
	    mkdir closed; touch closed/x; chmod 0 closed; mkdir ro; touch ro/x; chmod 500 ro; ln -s / root; rm -rf logs; ln -s '"$HOME"'/Documents logs'
	is p main x
	untouched "removal"
	nothing_kept
	# Another time with what git itself would go through.
	fresh p
	quiet p 'git commit -q --allow-empty -m y; mkdir -p .git/a/b/c/worktrees; ln -s ../../../home/Documents .git/a/b/c/worktrees/w1; ln -s ../../../home/.ssh .git/a/b/c/worktrees/w2'
	quiet p 'mkdir -p .git/worktrees; ln -s '"$HOME"'/Documents .git/worktrees/w1; git commit -q --allow-empty -m z'
	host_work p
	untouched "worktrees"
}

@test "rerere, reflogs, message files, autostash that are links or lead out: ~/.bashrc and ~/.ssh are not read or written" {
	a=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
	b=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
	fresh p
	git_look p/.git >was
	plant p "mkdir -p .git/rr-cache/$a .git/rr-cache/$b; echo x >.git/rr-cache/$a/preimage; printf '$a\\t../home/.ssh/id_ed25519\\0$b.-1\\t../home/.bashrc\\0' >.git/MERGE_RR
	    printf '# first\\n# second\\n' >.git/rr-cache/$b/preimage; printf '# first\\ntouch \$CANARY\\n# second\\n' >.git/rr-cache/$b/postimage" >out 2>err
	[ ! -s err ] || fail "$(cat err)"
	same_git p/.git was
	host_work p
	untouched rerere
	! grep -rqs PRIVATE p/.git/rr-cache || fail "rerere copied the key"
	for f in COMMIT_EDITMSG FETCH_HEAD ORIG_HEAD logs/HEAD logs/refs/heads/main MERGE_MSG SQUASH_MSG MERGE_HEAD MERGE_AUTOSTASH AUTO_MERGE index.lock HEAD.lock packed-refs.lock config.lock gc.pid gc.log shallow.lock description; do
		fresh p
		git_look p/.git >was
		plant p "rm -rf .git/$f; mkdir -p .git/\$(dirname $f); ln -s $HOME/.bashrc .git/$f" >out 2>err || true
		same_git p/.git was
		host_work p
		untouched "$f"
		fresh p
		plant p "git rev-parse HEAD >.git/$f" >out 2>err || true
		same_git p/.git was
		git -C p commit -q --allow-empty -m host
		is p main host
	done
	# A rebase-merge that is a link: a prompt of git's reads it.
	fresh p
	git_look p/.git >was
	plant p 'mkdir rm; ln -s ../rm .git/rebase-merge; echo refs/heads/main >rm/head-name; echo "\$(touch $CANARY)" >rm/msgnum; echo 2 >rm/end' >out 2>err || true
	same_git p/.git was
}

# --- in the work tree, and beside it

# no_hit_unsaid NAME WORD: it did nothing, or the path was said.
no_hit_unsaid() {
	! hit || grep 'wx-run: found: ' err | grep -qF -- "$2" || fail "$1: ran, unsaid: $(cat err)"
}

@test "hooks of the host's that are links into the tree, or hooksPath by includes: held, or said" {
	mkdir tpl/tools
	printf '#!/bin/sh\nexit 0\n' >tpl/tools/pre-commit
	chmod +x tpl/tools/pre-commit
	git -C tpl add .
	git -C tpl commit -qm tools
	ln -s ../../tools/pre-commit tpl/.git/hooks/pre-commit
	for script in 'printf "#!/bin/sh\ntouch $CANARY\n" >tools/pre-commit' 'rm -f tools/pre-commit; evil tools/pre-commit' 'mv tools t; evil tools/pre-commit'; do
		fresh p
		plant p "$script" >out 2>err || true
		git -C p commit -q --allow-empty -m y || true
		no_hit_unsaid "$script" pre-commit
	done
	# A folder of hooks that is a link.
	rm -rf tpl/.git/hooks
	ln -s ../tools tpl/.git/hooks
	fresh p
	plant p 'printf "#!/bin/sh\ntouch $CANARY\n" >tools/pre-commit; evil tools/post-commit' >out 2>err || true
	git -C p commit -q --allow-empty -m y || true
	no_hit_unsaid "hooks a link" tools
	rm tpl/.git/hooks
	hooks='all_hooks .githooks'
	for how in includeIf system link local; do
		fresh p
		cp home/.gitconfig g
		printf '[core]\n\thooksPath = .githooks\n' >home/inc
		case $how in
		includeIf) printf '[includeIf "gitdir:%s/"]\n\tpath = inc\n' "$PWD" >>home/.gitconfig ;;
		system) export GIT_CONFIG_SYSTEM=$HOME/inc; unset GIT_CONFIG_NOSYSTEM ;;
		link) ln -sfn "$PWD/p" link; git -C p config core.hooksPath "$PWD/link/.githooks" ;;
		local) git -C p config core.hooksPath .githooks ;;
		esac
		plant p "$hooks" >out 2>err || true
		git -C p commit -q --allow-empty -m x || true
		no_hit_unsaid "$how" .githooks
		unset GIT_CONFIG_SYSTEM
		export GIT_CONFIG_NOSYSTEM=1
		cp g home/.gitconfig
	done
}

@test "nested repositories of the host's: their config, hooks, includes, remotes are protected whole" {
	git init -q tpl/vendored
	mkdir tpl/vendored/.githooks
	printf '#!/bin/sh\n' >tpl/vendored/.githooks/post-commit
	chmod +x tpl/vendored/.githooks/post-commit
	printf '[x]\n\ty = z\n' >tpl/vendored/.gitconfig
	git -C tpl/vendored add .
	git -C tpl/vendored commit -qm v
	git -C tpl/vendored config core.hooksPath .githooks
	git -C tpl/vendored config include.path ../.gitconfig
	work=vendored_work
	vendored_work() { host_work "$1/vendored"; host_work "$1"; }
	for script in 'evil_config >>vendored/.git/config' 'all_hooks vendored/.git/hooks; evil vendored/.githooks/post-commit' 'evil_config >>vendored/.gitconfig' \
	    'mv vendored v; cp -a v vendored; evil_config >>vendored/.git/config' 'mv vendored/.git vendored/g; cp -a vendored/g vendored/.git; evil_config >>vendored/.git/config' \
	    'cd vendored/.git; git init -q --bare logs/evil; evil logs/evil/hooks/pre-receive; mkdir remotes; printf "URL: .git/logs/evil\nPush: HEAD:refs/heads/x\n" >remotes/up' \
	    'cp -a vendored/.git vendored/ev; evil_config >>vendored/ev/config; echo ../ev >vendored/.git/commondir'; do
		fresh p
		plant p "$script" >out 2>err || true
		vendored_work p
		no_hit_unsaid "$script" vendored
	done
	# In two runs, by way of a folder that moves.
	fresh p
	plant p 's=vendored/.git/objects/st/a; mkdir -p $s/deep/proj || exit; cd $s/deep/proj; git init -q .; git commit -q --allow-empty -m x; evil_config >>.git/config
	    oid=$(git rev-parse HEAD); cd /workspace; git update-index --add --cacheinfo 160000,$oid,lib/deep/proj; git commit -qm x' >out 2>err || true
	cat err >errs
	plant p 'mv vendored/.git/objects/st/a lib' >out 2>err || true
	cat errs >>err
	host_work p
	no_hit_unsaid "two runs" lib/deep/proj
}

@test "another repository that is mounted writable: a git directory of the run's own too, or refused" {
	git init -q lib
	git -C lib commit -q --allow-empty -m x
	cp -a lib/.git git.was
	fresh p
	rc=0
	plant p 'cd /lib2 || exit 3; all_hooks .git/hooks; evil_config >>.git/config; echo x >.envrc; exec 2>&1; git -c core.hooksPath= -c core.fsmonitor=false commit -q --allow-empty -m inside' -m "$PWD/lib:/lib2:rw" >out 2>err || rc=$?
	is lib main inside
	diff -rq -x objects git.was lib/.git | sed 's,^Files git.was/\(.*\) and .*,\1,' | sort >differ
	[ "$(paste -sd ' ' differ)" = "logs/HEAD logs/refs/heads/main refs/heads/main" ] || fail "$(cat differ)"
	host_work lib
	! hit || fail "ran: $(cat err)"
	said protected-kind lib2/.envrc
	# And one further down, and one that is made there.
	git init -q lib/deep/er
	git -C lib/deep/er commit -q --allow-empty -m x
	git_look lib/deep/er/.git >was
	plant p 'cd /lib2/deep/er || exit 3; all_hooks .git/hooks; evil_config >>.git/config; mv .git g; mv ../../deep ../../d; git init -q ../new; true' -m "$PWD/lib:/lib2:rw" >out 2>err || fail "$? $(cat err)"
	same_git lib/deep/er/.git was
	said nested-repository lib2/deep/new/.git
}

@test "a repository that was made inside leads git nowhere: links for the index, reflogs, refs, objects; a commondir" {
	mkdir victim
	git init -q host
	git -C host commit -q --allow-empty -m x
	git_look host/.git >was
	for how in 'rm -f .git/index; ln -s "$v/profile" .git/index' 'rm .git/logs/refs/heads/main; ln -s "$v/log" .git/logs/refs/heads/main' \
	    'rm .git/logs/HEAD; ln -s "$v/log" .git/logs/HEAD' 'mv .git/refs/heads .git/h; ln -s "$v" .git/refs/heads' 'mv .git/refs .git/h; ln -s "$v" .git/refs' \
	    'rm -r .git/objects/pack; ln -s "$v" .git/objects/pack' 'rm -rf .git/objects/ab; ln -s "$v" .git/objects/ab' 'git pack-refs --all; mv .git/packed-refs .git/r; ln -s "$v/r" .git/packed-refs' \
	    'echo "$v/../host/.git" >.git/commondir' 'mkdir -p .git/modules/a; cp -r .git/HEAD .git/objects .git/refs .git/modules/a; ln -s "$v/i" .git/modules/a/index' \
	    'git worktree add -q w; rm -f .git/worktrees/w/index; ln -s "$v/i" .git/worktrees/w/index' 'mkdir .git/lfs; ln -s "$v" .git/lfs/objects'; do
		rm -rf new q
		mkdir new
		fresh q
		in_box new "set -e; v=$PWD/victim; git init -q; echo 1 >f; git add f; git commit -qm one; $how" >out 2>err || fail "$how: $(cat out err)"
		rc=0
		in_box new 'rm -f .git/index; git reset -q; git branch b; echo x >"$(printf "a\ntouch pwned\n")"; git add -A; git commit -qm two; git stash -q; true' >out 2>err || rc=$?
		[ "$rc" -eq 125 ] && grep -q "cannot use '$PWD/new/.git': its '" err && [ "$(wc -l <err)" -eq 1 ] || fail "$how: $rc, $(cat err)"
		in_box q 'cd /n; ! touch .git/x 2>/dev/null' -m "$PWD/new:/n:rw" >out 2>err || fail "$how: $(cat err)"
		grep -q "'$PWD/new/.git' is read-only inside" err || fail "$how: $(cat err)"
		[ -z "$(ls -A victim)" ] || fail "$how: $(ls -lA victim)"
		same_git host/.git was
	done
	# One that came meanwhile, in the user's own: what was committed is kept, until it is gone.
	fresh p
	held a p
	ln -s "$PWD/victim/r" p/.git/packed-refs
	let a 'git commit -q --allow-empty -m inside'
	ended "$pid"
	[ "$rc" -eq 125 ] && grep -q "its 'packed-refs' is a symbolic link; it is kept" err.a || fail "$rc: $(cat err.a)"
	rm p/.git/packed-refs
	wx-run -C p --import
	is p main inside
	# As is: hooks, settings and lists that are links are the user's.
	fresh p
	mkdir hooks
	rm -rf p/.git/hooks
	ln -s "$PWD/hooks" p/.git/hooks
	mv p/.git/config own
	ln -s "$PWD/own" p/.git/config
	mv p/.git/info/exclude exclude
	ln -s "$PWD/exclude" p/.git/info/exclude
	quiet p 'git commit -q --allow-empty -m inside'
	is p main inside
}

@test "a file that the settings include is made a pipe: neither the start nor the end hangs, and what was committed is kept" {
	git -C tpl config include.path ../team.inc
	fresh p
	held a p
	let a 'sed -i "s,team.inc,none," .git/config; mkfifo team.inc; git commit -q --allow-empty -m inside; touch /ctl/done'
	until_true [ -e ctl.a/done ]
	until_true pgrep -P "$pid" -f 'git -c core.hooksPath'
	kill "$pid"
	timeout 30 tail --pid="$pid" -f /dev/null || fail "it hangs: $(cat err.a)"
	ended "$pid"
	grep -q "git does not end; is a file that its settings include a pipe?; it is kept" err.a || fail "$rc: $(cat err.a)"
	[ -z "$(find p/.git -name '*.lock')" ]
	rc=0
	timeout 30 wx-run -n none -C p -- true >out 2>err || rc=$?
	[ "$rc" -eq 125 ] && grep -q "does not end to read its settings; is a file that they include a pipe?" err || fail "$rc: $(cat err)"
	rm p/team.inc
	wx-run -C p --import
	is p main inside
	run ! pgrep -u "$(id -u)" -f "$PWD/p/.git"
}

# --- the host's side fails

# committed NAME SUBJECT: it has made this commit, and waits for a line.
committed() {
	let "$1" "git commit -q --allow-empty -m $2; touch /ctl/done; read -r x </ctl/end"
	until_true [ -e "ctl.$1/done" ]
	rm "ctl.$1/done"
}

@test "the repository gone, or another in its place: one line, kept and named; what comes back gets it" {
	fresh p
	held a p
	committed a inside
	mv p/.git away
	echo >ctl.a/end
	ended "$pid"
	cp err.a err
	[ "$rc" -eq 125 ] || fail "$rc: $(cat err)"
	private
	[ ! -e p/.git ] || [ -z "$(ls -A p/.git)" ] || fail "something was made: $(ls p/.git)"
	rm -rf p/.git
	mv away p/.git
	wx-run -C p --import >out 2>err || fail "$? $(cat err)"
	is p main inside
	nothing_kept
	held b p
	committed b inside2
	mv p/.git away
	git init -q p
	git -C p commit -q --allow-empty -m another
	git_look p/.git >was
	echo >ctl.b/end
	ended "$pid"
	cp err.b err
	[ "$rc" -eq 125 ] || fail "$rc: $(cat err)"
	same_git p/.git was
	private
	rm -rf p/.git
	mv away p/.git
	wx-run -C p --import >out 2>err || fail "$? $(cat err)"
	is p main inside2
	# The whole project, away.
	held c p
	committed c inside3
	mv p q
	echo >ctl.c/end
	ended "$pid"
	cp err.c err
	if [ "$rc" -eq 125 ]; then
		private
	else
		is q main inside3
	fi
}

@test "the disk is full on the host: one line, nothing half done, kept; later it comes" {
	mkdir small
	cat >full.sh <<-'E'
	cp -a tpl small/p
	rc=0
	wx-run -n none -C small/p -- sh -c 'head -c 20000000 /dev/urandom >/tmp/b; b=$(git hash-object -w /tmp/b); git update-index --add --cacheinfo 100644,$b,big; git commit -qm big' >out 2>err || rc=$?
	echo "rc=$rc $(git -C small/p log -1 --format=%s main)"
	git -C small/p fsck 2>&1 | grep -v dangling
	find small/p/.git -name 'tmp_*' | head -n 3
	git -C small/p status --porcelain
	cp -a small/p after
	E
	bwrap --dev-bind / / --size 12000000 --tmpfs "$PWD/small" --chdir "$PWD" -- bash full.sh >said 2>&1 3>&- 4>&- || skip "no small file system here: $(head -n 1 said)"
	grep -q '^rc=' said || skip "no nested sandbox here: $(head -n 3 said)"
	[ "$(cat said)" = 'rc=125 one' ] || fail "$(cat said err)"
	private
	[ "$(grep -vc '^wx-run: found' err)" -le 2 ] || fail "$(cat err)"
}

@test "a read-only repository, locks of the host's, a ref that cannot be written: said, kept, and later it comes" {
	fresh p
	held a p
	: >p/.git/refs/heads/main.lock
	let a 'git commit -q --allow-empty -m inside; git branch b'
	ended "$pid"
	cp err.a err
	is p main one
	[ "$rc" -eq 125 ] || kept heads main
	rm p/.git/refs/heads/main.lock
	wx-run -C p --import >out 2>err || fail "$(cat err)"
	git -C p log --all --format=%s | grep -qx inside || fail "$(git -C p for-each-ref)"
	fresh p
	rm -rf state
	: >p/.git/index.lock
	rc=0
	in_box p 'git commit -q --allow-empty -m inside' >out 2>err || rc=$?
	[ "$rc" -ne 0 ] || { is p main inside; clean p; } || [ -s err ]
	[ -e p/.git/index.lock ] || fail "the host's lock was taken away"
	rm p/.git/index.lock
	fresh p
	rm -rf state
	held c p
	chmod -R a-w p/.git
	let c 'git commit -q --allow-empty -m inside'
	ended "$pid"
	chmod -R u+w p/.git
	cp err.c err
	[ "$rc" -eq 125 ] || fail "$rc: $(cat err)"
	private
	wx-run -C p --import >out 2>err || fail "$(cat err)"
	is p main inside
}

@test "what the host's git would run while commits come: its hooks, its fsmonitor, gc, maintenance: none is run" {
	fresh p
	for h in reference-transaction post-checkout post-index-change post-merge pre-auto-gc post-rewrite; do
		printf '#!/bin/sh\ntouch %s\n' "$CANARY" >p/.git/hooks/$h
		chmod +x p/.git/hooks/$h
	done
	git -C p config core.fsmonitor "touch $CANARY;:"
	git -C p config gc.auto 1
	git -C p config filter.x.smudge "touch $CANARY;cat"
	git -C p config filter.x.clean "touch $CANARY;cat"
	git -C p config merge.x.driver "touch $CANARY"
	git -C p config diff.external "touch $CANARY;:"
	git -C p config core.pager "touch $CANARY;cat"
	in_box p 'exec 2>/dev/null; git config core.fsmonitor false; rm -f .git/hooks/*; echo "* filter=x diff=x merge=x" >.gitattributes; echo y >>f; git add -A; git commit -qm inside; git tag t; git switch -qc b; git commit -q --allow-empty -m b' --commits >out 2>err || fail "$(cat err)"
	! hit || fail "ran on the host"
	[ "$(cat p/.git/HEAD)" = 'ref: refs/heads/b' ]
}
