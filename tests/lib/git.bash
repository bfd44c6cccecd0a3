# SPDX-License-Identifier: MIT
# For the tests of the run's own git directory: what works in it, what comes home from it,
# and what does not. To be loaded after helper. Real git, real sandboxes.

# A template with one commit, a branch, a tag and a hook of the host's; XDG_STATE_HOME.
git_setup() {
	export XDG_STATE_HOME=$PWD/state CANARY=$PWD/canary/hit GIT_CONFIG_NOSYSTEM=1
	unset GIT_OPTIONAL_LOCKS
	mkdir canary
	git config --global user.name Tester
	git config --global user.email tester@example.org
	git config --global init.defaultBranch main
	git config --global protocol.file.allow always
	git config --global advice.detachedHead false
	git config --global gc.autoDetach false
	git config --global maintenance.autoDetach false
	git init -q tpl
	mkdir tpl/src
	echo one >tpl/f
	echo two >tpl/g
	echo code >tpl/src/c
	git -C tpl add .
	git -C tpl commit -qm one
	git -C tpl branch old
	git -C tpl tag v0
}

git_teardown() {
	local p
	for p in ${pids-}; do
		kill "$p" 2>/dev/null || true
	done
	chmod -R u+rwx "$BATS_TEST_TMPDIR" 2>/dev/null || true
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
	wx-run -n none -C "$dir" -v "CANARY=$CANARY" "$@" -- sh -c "$script"
}

# quiet DIR SCRIPT [OPTION...]: it succeeds, and not a word of wx-run's comes of it. The
# script's first failure is its end; what it says on stderr goes where its stdout goes.
quiet() {
	local dir=$1 script=$2
	shift 2
	in_box "$dir" "exec 2>&1; set -e; $script" "$@" >out 2>err || fail "status $?: $(cat out err)"
	[ ! -s err ] || fail "said: $(cat err)"
}

# box DIR SCRIPT [OPTION...]: it succeeds; what wx-run says is in err.
box() {
	local dir=$1 script=$2
	shift 2
	in_box "$dir" "exec 2>&1; set -e; $script" "$@" >out 2>err || fail "status $?: $(cat out err)"
}

# refused DIR SCRIPT [OPTION...]: the script succeeds, wx-run says why not all is well in one
# line that is not a finding, and ends with 125.
refused() {
	local dir=$1 script=$2 rc=0
	shift 2
	in_box "$dir" "exec 2>&1; set -e; { $script
	} && echo script-done" "$@" >out 2>err || rc=$?
	grep -qx script-done out || fail "the script itself failed: $(cat out err)"
	[ "$rc" -eq 125 ] || fail "status $rc, not 125: $(cut -c 1-300 err)"
	[ "$(grep -c '^wx-run: ' err)" -ge 1 ] || fail "not a line"
	[ "$(grep -vc '^wx-run: found: ' err)" -le 2 ] || fail "more than a line or two: $(cut -c 1-300 err)"
}

# said KIND PATH: this finding is on stderr, in err.
said() {
	grep -qxF "wx-run: found: $1 \"$2\"" err || grep -qF "wx-run: found: $1 \"$2\": " err ||
	    fail "not said: $1 $2; but: $(cat err)"
}

# kept KIND NAME: that it stays under refs/wrapix is said, with a git command, and so it is.
# The ref's full name is in $ref.
kept() {
	local line
	line=$(grep "^wx-run: found: kept-ref \"refs/wrapix/[^\"/]*/$1/$2\": " err | head -n 1)
	[ -n "$line" ] || fail "not said: kept $1/$2; but: $(cat err)"
	ref=${line#*\"}
	ref=${ref%%\"*}
	grep -q 'git ' <<<"${line#*\": }" || fail "no git command: $line"
	git -C "${3:-p}" rev-parse -q --verify "$ref" >/dev/null || fail "'$ref' is not there: $(git -C "${3:-p}" for-each-ref)"
}

# is DIR REF SUBJECT: what REF names has this subject.
is() {
	local got
	got=$(git -C "$1" log -1 --format=%s "$2" --) || fail "$1: no $2: $(git -C "$1" for-each-ref)"
	[ "$got" = "$3" ] || fail "$1: $2 is '$got', not '$3'; said: $(cat err)"
}

# clean DIR: nothing to commit, nothing staged, nothing unknown.
clean() {
	[ -z "$(git -C "$1" status --porcelain)" ] || fail "$1 is not clean: $(git -C "$1" status --porcelain | head)"
}

# git_look DIR: all of a git directory but its objects: names, modes, links, contents.
git_look() {
	find "$1" -path '*/objects' -prune -o -printf '%P %m %y %l\n' | sort
	find "$1" -path '*/objects' -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
}

# same_git DIR SAVED: it is what git_look wrote to SAVED.
same_git() {
	git_look "$1" >"$2.now"
	cmp -s "$2" "$2.now" || fail "$1 changed: $(diff "$2" "$2.now")"
}

# nothing_kept: no private directory is left in the state.
nothing_kept() {
	local left
	left=$(find state/wrapix -path '*.run/*' -name git -type d -prune 2>/dev/null)
	[ -z "$left" ] || fail "left in the state: $left"
}

# private: the one private directory that was kept, which err names.
private() {
	find state/wrapix -path '*.run/*' -name git -type d -prune >kept.dirs
	[ "$(wc -l <kept.dirs)" -eq 1 ] || fail "not one private directory: $(cat kept.dirs); said: $(cut -c 1-300 err)"
	grep -qF "${PWD}/$(dirname "$(cat kept.dirs)")" err || fail "$(cat kept.dirs) is not named: $(cut -c 1-300 err)"
}

hit() {
	if [ -e "$CANARY" ]; then
		rm -f "$CANARY"
		return 0
	fi
	return 1
}
