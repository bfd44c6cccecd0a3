# SPDX-License-Identifier: MIT
# takes: 60 s
# The look after a run, and what of the work tree is read-only before it: what was moved is
# new, what was left out is remembered, what was found is told, and nothing hides behind
# something else.
load lib/helper
load lib/held

local_setup() {
	export XDG_STATE_HOME=$PWD/state GIT_CONFIG_NOSYSTEM=1
	git config --global user.name Tester
	git config --global user.email tester@example.org
	git config --global init.defaultBranch main
	mkdir -p p/src
	git -C p init -q
	echo c >p/src/c
	git -C p add .
	git -C p commit -qm one
}

# in_box SCRIPT [OPTION...]: run it in the sandbox, in p; what is said goes to err.
in_box() {
	# mv would copy where it cannot rename.
	local script='ren() { /usr/bin/python3 -c "import os, sys; os.rename(sys.argv[1], sys.argv[2])" "$@" 2>/dev/null; }; '$1
	shift
	wx-run -n none -C p -W 60 "$@" -- sh -c "$script" >out 2>err
}

said() {
	grep -qF "wx-run: found: $1 \"$2\"" err || fail "not said: $1 $2; but: $(cat err)"
}

# silent WORDS: the run before said nothing.
silent() {
	[ ! -s err ] || fail "${1-}: said: $(cat err)"
}

# unseen: how many runs are still to be looked after.
unseen() {
	find state/wrapix/*.run -name 'unseen-*' | wc -l
}

# --- new, or moved

@test "a directory that was moved is new with all in it; one that changed is not" {
	mkdir -p p/old/deep
	ln -s ../../../x p/old/deep/link
	ln -s .. p/old/deep/in
	mkdir -p p/sub/.vscode
	echo '{}' >p/sub/.vscode/tasks.json
	in_box 'touch old/new old/deep/new sub/new; mkdir old/other; echo x >top'
	silent "changed directories"
	in_box 'mv old new'
	said symlink-out new/deep/link
	[ "$(wc -l <err)" -eq 1 ] || fail "$(cat err)"
	in_box true
	silent "the next run"
	in_box 'mkdir -p k; mv new/deep k/d'
	said symlink-out k/d/link
	# A name that counts, on contents that are old.
	in_box 'mkdir -p x/workflows; echo x >x/workflows/w; mkdir -p y/hooks; echo x >y/hooks/h'
	silent
	in_box 'mv x .github'
	said protected-kind .github/workflows
	in_box 'mkdir z; mv y z/.claude'
	said protected-kind z/.claude/hooks
	# In the place of one that was there.
	mkdir -p p/a/.circleci p/b/c
	ln -s /nowhere/at/all p/b/c/l
	in_box 'mv a aa; mv b a'
	said symlink-out a/c/l
	said protected-kind aa/.circleci
}

@test "a repository in a directory that was moved is said, of a killed run too" {
	in_box 'mkdir -p one/two; cd one/two; git init -q three; echo x >three/f'
	said nested-repository one/two/three/.git
	in_box 'mv one/two lib' -u one
	said nested-repository lib/three/.git
	held a p -u lib
	let a 'mv lib moved; touch ready; exec sleep 60'
	until_true [ -e p/ready ]
	kill -9 "$pid"
	wait "$pid" || :
	in_box true
	said nested-repository moved/three/.git
	in_box true
	silent "once told"
}

@test "a run that is killed while another is at work, which began after it did its work: that one says what it left" {
	held a p
	a=$pid
	let a 'git init -q evil; touch .envrc ready; exec sleep 60'
	until_true [ -e p/ready ]
	sleep 0.05   # a tick of the clock of files
	held b p
	kill -9 "$a"
	wait "$a" || :
	let b true
	ended "$pid"
	cp err.b err
	said nested-repository evil/.git
	said protected-kind .envrc
	[ "$(unseen)" -eq 0 ]
	in_box true
	silent "once told"
}

# --- what a look left out

@test "what was left out is looked at by the next runs, until it was seen" {
	in_box 'i=0; while [ $i -lt 60 ]; do i=$((i+1)); mkdir -p d$i/e; (cd d$i && seq 100 | xargs touch); done; touch d60/e/.envrc' -W 0.0001
	grep -q 'unfinished-walk "."' err || fail "$(cat err)"
	run ! grep -q envrc err
	[ "$(unseen)" -eq 1 ]
	in_box 'echo x >more' -W 0.0001
	[ "$(unseen)" -eq 1 ] || fail "$(ls state/wrapix/*.run)"
	in_box true -W 60
	said protected-kind d60/e/.envrc
	[ "$(unseen)" -eq 0 ]
	in_box true -W 60
	silent "seen"
	# None at all is left out, too.
	in_box 'git init -q n; ln -s /x l' -W 0
	silent "-W 0"
	in_box true
	said nested-repository n/.git
	said symlink-out l
	in_box true
	silent "seen"
}

@test "what was left out gets on from run to run, with time for a part only" {
	in_box 'i=0; while [ $i -lt 150 ]; do i=$((i+1)); mkdir d$i; (cd d$i && seq 30 | xargs touch); done; touch d150/.envrc d1/.envrc' -W 0
	for i in $(seq 100); do
		in_box true -W 0.003
		! grep -q 'd150/.envrc' err || break
	done
	[ "$i" -lt 100 ] || fail "$(cat err)"
	# What it was at when the time was over it says once more.
	in_box true -W 60
	in_box true -W 60
	[ "$(unseen)" -eq 0 ]
	silent
}

@test "a place that was left out and is gone: everything is looked at" {
	in_box 'i=0; while [ $i -lt 60 ]; do i=$((i+1)); mkdir -p d$i/e; (cd d$i && seq 100 | xargs touch); done; touch d60/e/.envrc' -W 0.0001
	run ! grep -q envrc err
	mkdir p/elsewhere
	mv p/d60 p/elsewhere
	in_box true -W 60
	said protected-kind elsewhere/d60/e/.envrc
}

@test "a directory that was closed is said each time, and looked into when it is open" {
	in_box 'mkdir closed; touch closed/.envrc; chmod 0 closed'
	said unfinished-walk closed
	in_box true
	said unfinished-walk closed
	chmod 755 p/closed
	in_box true
	said protected-kind closed/.envrc
	in_box true
	silent
}

@test "a signal ends a long look, and the next run looks at the rest" {
	mkdir p/d
	(cd p/d && for i in $(seq 100); do mkdir "$i"; (cd "$i" && seq 300 | xargs touch); done)
	wx-run -n none -C p -W 600 -r "$PWD/report" -- sh -c 'find . -exec touch {} +; git init -q zz' 2>err &
	pid=$!
	until_true [ -e p/zz/.git/HEAD ]
	kill -TERM "$pid" 2>/dev/null || :
	wait "$pid" || :
	# Early, it ended the command, else the look; in both cases nothing is lost.
	in_box true -W 600
	cat report err >>both
	grep -q 'nested-repository.*zz/.git' both || fail "$(cat both)"
}

# --- told

@test "findings that nobody could read are said by the next run" {
	wx-run -n none -C p -- sh -c 'git init -q evil; ln -s /x l' 2>/dev/null
	wx-run -n none -C p -- true 2>/dev/null
	[ "$(unseen)" -eq 1 ] || fail "$(unseen)"
	in_box true
	said nested-repository evil/.git
	said symlink-out l
	[ "$(unseen)" -eq 0 ]
	in_box true
	silent
	# A report is read.
	wx-run -n none -C p -r "$PWD/report" -- ln -s /x m 2>/dev/null
	grep -q symlink-out report
	in_box true
	silent
	# Nothing was found: nothing is kept.
	wx-run -n none -C p -- touch f 2>/dev/null
	[ "$(unseen)" -eq 0 ]
}

@test "findings are said before a lock that another run holds is waited for" {
	in_box true
	held a p
	exec 9<"$(echo state/wrapix/*.run/mutex)"
	flock -w 20 9
	let a 'git init -q evil'
	until_true grep -q found: err.a
	cp err.a err
	said nested-repository evil/.git
	kill -0 "$pid" || fail "it did not wait"
	exec 9<&-
	wait "$pid"
}

# --- the report

@test "the worst first, each kind and tool on a line, the others counted" {
	in_box 'i=0; while [ $i -lt 70 ]; do i=$((i+1)); ln -s /x l$i; mkdir d$i; touch d$i/.npmrc; done
	    mkdir -p far/down/there/d; touch far/down/there/d/.envrc; cp src/c suid; chmod u+s suid; git init -q far/down/evil; echo all: >Makefile' -r "$PWD/report"
	[ "$(wc -l <err)" -eq 50 ] || fail "$(wc -l <err)"
	[ "$(head -n 1 err | cut -d' ' -f 1-4)" = 'wx-run: found: nested-repository "far/down/evil/.git":' ] || fail "$(head -n 1 err)"
	said protected-kind far/down/there/d/.envrc
	[ "$(grep -c '/.npmrc"' err)" -eq 44 ] || fail "$(cat err)"
	said set-uid suid
	[ "$(grep -c 'symlink-out "l' err)" -eq 1 ] || fail "$(cat err)"
	said completion Makefile
	grep -qE 'and 95 more \((69 symlink-out, 26 protected-kind|26 protected-kind, 69 symlink-out)\)' err || fail "$(tail -n 1 err)"
	[ "$(tail -n 2 err | head -n 1 | cut -d' ' -f 3)" = completion ] || fail "$(tail -n 2 err)"
	[ "$(wc -l <report)" -eq 144 ] || fail "$(wc -l <report)"
	[ "$(jq -r .kind report | uniq | tr '\n' ' ')" = 'nested-repository protected-kind set-uid symlink-out completion ' ] || fail "$(jq -r .kind report | uniq)"
}

@test "a changed Makefile is one remark, and no failure by --strict" {
	echo all: >p/Makefile
	in_box 'echo x: >>Makefile; mkdir sub; touch sub/Makefile' -s
	said completion Makefile
	[ "$(wc -l <err)" -eq 1 ]
	in_box 'touch other' -s
	silent
	rc=0
	in_box 'echo y: >>Makefile; touch sub/.envrc' -s || rc=$?
	[ "$rc" -eq 125 ]
}

@test "links to files of the system are none of a finding; to what the user can write they are" {
	in_box 'mkdir -p v/bin; ln -s /usr/bin/env v/bin/env; ln -s env v/bin/e2; ln -s /bin/sh sh' -s
	silent "system"
	in_box 'ln -s /usr/bin usrbin; ln -s /usr/bin/none-such none; ln -s /usr/bin/../../tmp/x up; ln -s usrbin/env through; ln -s /usr u; ln -s u/../tmp t; ln -s /etc/passwd e'
	for l in usrbin none up u e t; do said symlink-out $l; done
}

# --- what is read-only before

@test "each protected kind is read-only inside where it is, and said where it appears" {
	kinds=$(grep -o '^	{ "[^"]*"' "$WX_TREE/cmd/wx-run/kinds/kinds.c" | cut -d'"' -f 2)
	[ "$(wc -l <<<"$kinds")" -ge 70 ]
	for k in $kinds; do
		k=${k//\*/z}
		mkdir -p "p/$(dirname "$k")" "p/sub"
		echo '{}' >"p/$k"   # one of them is read by wx-run: .wrapix.json
	done
	wx-run -n none -C p -W 60 -r "$PWD/report" -- /usr/bin/python3 -c '
import os, sys
for k in sys.argv[1].split():
    for how in (lambda: open(k, "a"), lambda: os.unlink(k), lambda: os.rename(k, "gone")):
        try: how(); print(k)
        except OSError: pass
    os.makedirs(os.path.dirname("sub/" + k), exist_ok=True)
    open("sub/" + k, "w").write("x")' "${kinds//\*/z}" >out 2>err
	[ ! -s out ] || fail "$(cat out)"
	for k in $kinds; do
		grep -qF "{\"kind\":\"protected-kind\",\"path\":\"sub/${k//\*/z}\",\"detail\":\"" report || fail "NOTSAID $k"
	done
}

@test "a protected kind that is a link, or behind one, is what it leads to" {
	mkdir -p p/conf/claude/hooks p/tools out-there
	echo x >p/tools/envrc
	echo x >p/conf/claude/settings.json
	echo x >out-there/npmrc
	ln -s tools/envrc p/.envrc
	ln -s conf/claude p/.claude
	ln -s "$PWD/out-there/npmrc" p/.npmrc
	ln -s tools/later p/.yarnrc
	ln -s "$PWD/p/tools/vim" p/.vimrc
	echo x >p/tools/vim
	ln -s loop p/.exrc
	ln -s .exrc p/loop
	ln -s . p/.idea
	in_box 'for f in tools/envrc conf/claude/settings.json conf/claude/hooks/h tools/vim .npmrc; do (echo y >>$f) 2>/dev/null && echo $f; done
	    ren tools t && echo tools; ren conf c && echo conf; true'
	[ ! -s out ] || fail "writable: $(cat out)"
	silent
	in_box 'echo x >tools/later; echo x >conf/claude/settings.local.json; mkdir -p conf/claude/agents; touch src/x'
	said protected-kind tools/later
	said protected-kind conf/claude/settings.local.json
	said protected-kind conf/claude/agents
	[ "$(wc -l <err)" -eq 3 ] || fail "$(cat err)"
	in_box 'for l in .envrc .claude .npmrc; do rm $l; done; ln -s src/c .envrc; cp src/c .npmrc; ln -s src .claude'
	for l in .envrc .claude .npmrc; do said protected-kind $l; done
	# By name, and released.
	ln -s src/c p/ci
	in_box 'echo y >src/c' -w ci && fail "written"
	rm p/.envrc
	in_box 'echo y >src/c; rm .vimrc; echo x >tools/vim' -u .vimrc
	silent
}

@test "repositories that are there at the start are read-only, and what they name" {
	git init -q p/v
	mkdir -p p/v/.githooks p/v/tools
	for f in .githooks/post-commit tools/diff tools/hook inc inc2; do echo x >p/v/$f; done
	printf '[include]\n\tpath = inc2\n' >p/v/inc
	printf '[diff "x"]\n\tcommand = tools/diff --now\n' >p/v/inc2
	git -C p/v config core.hooksPath .githooks
	git -C p/v config include.path ../inc
	git -C p/v config alias.x '!tools/none'
	git -C p/v config remote.origin.url ../up
	git init -q --bare p/up
	ln -s ../../tools/hook p/v/.git/hooks/pre-push
	git init -q p/deep/er/w
	git -C p/deep/er/w config core.hooksPath "$PWD/p/hooks-of-all"
	git init -q p/one --separate-git-dir p/elsewhere
	in_box 'for f in v/.git/config v/.git/hooks/x v/.githooks/post-commit v/.githooks/pre-push v/inc v/inc2 v/tools/diff v/tools/hook up/hooks/update up/config \
	    deep/er/w/.git/HEAD one/.git elsewhere/config elsewhere/hooks/pre-commit; do (echo y >>$f) 2>/dev/null && echo $f; done
	    for d in v deep deep/er v/tools; do ren $d gone && echo $d; done; echo x >v/file; echo x >deep/er/w/file'
	[ ! -s out ] || fail "writable: $(cat out)"
	silent
	in_box 'echo x >v/tools/none; mkdir hooks-of-all; echo x >hooks-of-all/pre-commit'
	said protected-kind v/tools/none
	said protected-kind hooks-of-all/pre-commit
	in_box 'echo x >>v/.git/config; git -C v status >/dev/null' -u v || fail "$(cat err)"
	said nested-repository v/.git/config
}

@test "more repositories than can be protected: a warning, and the others are looked at" {
	mkdir p/many
	git init -q tpl
	for i in $(seq 70); do cp -r tpl "p/many/r$i"; done
	in_box 'for i in $(seq 70); do (echo x >>many/r$i/.git/config) 2>/dev/null && echo r$i; done; true'
	grep -q 'only 64 of 70 nested repositories are protected' err || fail "$(cat err)"
	[ "$(wc -l <out)" -eq 6 ] || fail "$(cat out)"
	[ "$(grep -c 'found: nested-repository' err)" -eq 6 ] || fail "$(cat err)"
}

@test "a directory of the project on PATH: said at the start, and each program in it after" {
	mkdir -p p/.venv/bin p/tools "$HOME/links"
	ln -s "$PWD/p/node/bin" "$HOME/links/bin"
	mkdir -p p/node/bin
	printf '#!/bin/sh\n' >p/.venv/bin/old
	printf '#!/bin/sh\n' >p/tools/real
	chmod +x p/.venv/bin/old p/tools/real
	ln -s ../../tools/real p/.venv/bin/linked
	cp p/.venv/bin/old p/.venv/bin/same
	PATH=$PWD/p/.venv/bin:$HOME/links/bin:rel/bin:$PATH
	in_box true
	grep -qF "'.venv/bin' of the project is on your PATH" err
	grep -qF "'node/bin' of the project is on your PATH" err
	run ! grep -q found: err
	in_box 'for f in .venv/bin/git node/bin/ls rel/bin/x; do mkdir -p ${f%/*}; printf "#!/bin/sh\n" >$f; chmod +x $f; done; echo x >>.venv/bin/old; echo x >>tools/real; echo x >.venv/bin/data; ln -s ../../tools/real .venv/bin/new'
	for f in .venv/bin/git node/bin/ls rel/bin/x .venv/bin/old .venv/bin/linked .venv/bin/new; do said path-program $f; done
	[ "$(grep -c found: err)" -eq 6 ] || fail "$(cat err)"
	in_box 'mv .venv v2; mkdir -p w/bin; cp src/c w/bin/cc; ln -s w .venv; mv node n'
	said path-program .venv
	in_box 'rm .venv; mv v2 .venv'
	said path-program .venv/bin/same
}

@test "what .envrc sources is read-only, or said when it appears; other words are not" {
	mkdir -p p/env p/bin p/sub
	cat >p/.envrc <<-'X'
		# a comment: source comment.sh
		source_env_if_exists .envrc.mine
		[ -e env/a.sh ] && source env/a.sh; . "$PWD/env/b.sh"
		source_env sub
		dotenv
		PATH_add bin
		export X=$(tools/gen --now) Y=src/c
		use flake
		source_env ../outside; source $HOME/x; source ~/y
	X
	mkdir p/tools
	printf '#!/bin/sh\n' >p/tools/gen
	chmod +x p/tools/gen
	echo 'source env/c.sh' >p/env/a.sh
	for f in env/b.sh env/c.sh .env; do echo x >p/$f; done
	in_box 'for f in .envrc env/a.sh env/b.sh env/c.sh .env tools/gen; do (echo y >>$f) 2>/dev/null && echo $f; done
	    echo x >>src/c; for f in .envrc.mine sub/.envrc flake.nix bin/tool comment.sh; do echo x >$f; done; chmod +x bin/tool'
	[ ! -s out ] || fail "writable: $(cat out)"
	said protected-kind .envrc.mine
	said protected-kind sub/.envrc
	said protected-kind flake.nix
	said path-program bin/tool
	[ "$(grep -c found: err)" -eq 4 ] || fail "$(cat err)"
}

# --- nothing hangs

@test "leases, pipes and crowds that a run leaves do not hold the next" {
	echo x >p/.envrc
	printf 'x\n' >p/.mcp.json
	cat >p/lease.py <<-'X'
		import fcntl, os, signal, time
		signal.signal(signal.SIGIO, signal.SIG_IGN)
		fds = [os.open(f, os.O_RDONLY) for f in (".envrc", ".mcp.json")]
		for fd in fds: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
		open("up", "w")
		time.sleep(40)
	X
	wx-run -n none -C p -- /usr/bin/python3 lease.py 2>/dev/null &
	pid=$!
	until_true [ -e p/up ]
	start=$(date +%s)
	timeout 30 wx-run -n none -C p -- sh -c 'mkfifo pipe sub.pipe; mkdir x; mkfifo x/.envrc x/HEAD; mkdir x/objects x/refs' 2>err || fail "$? $(cat err)"
	took=$(($(date +%s) - start))
	kill "$pid"
	wait "$pid" || :
	[ "$took" -lt 25 ] || fail "$took s"
	timeout 30 wx-run -n none -C p -- true 2>err || fail "$? $(cat err)"
}
