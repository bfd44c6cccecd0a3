# SPDX-License-Identifier: MIT
# wx-run on bubblewrap: plan and argv, profile, command, environment, mounts,
# secrets, limits, bad input, --check. What the sandbox holds back is the
# business of conformance.bats, the workspace of others.
load lib/helper

# $T is the test's folder, $T/p the project and the current folder.
local_setup() {
	T=$BATS_TEST_TMPDIR
	unset GIT_CONFIG_GLOBAL GIT_SSH_COMMAND ENV BASH_ENV
	mkdir "$T/p"
	cd "$T/p"
}

# in_box ARG...: the everyday call, without a network.
in_box() {
	wx-run -n none "$@"
}

plan() {
	wx-run -n none --print-plan "$@"
}

# refuses STATUS PATTERN ARG...: it ends so, and says so (a fixed string).
refuses() {
	local rc=0 want=$1 pattern=$2
	shift 2
	wx-run "$@" >"$T/out" 2>"$T/err" </dev/null || rc=$?
	[ "$rc" -eq "$want" ] || fail "$*: status $rc, not $want: $(cat "$T/err")"
	[ ! -s "$T/out" ] || fail "$*: wrote on stdout: $(cat "$T/out")"
	grep -qF -- "$pattern" "$T/err" || fail "$*: no '$pattern' in: $(cat "$T/err")"
}

# bad PATTERN JSON: a profile that is refused, with its name.
bad() {
	printf '%s' "$2" >"$T/prof"
	refuses 125 "profile '$T/prof': $1" -n none -p "$T/prof" -- true
}

# of JSON JQ [ARG...]: what a profile (and options) make of the plan.
of() {
	local json=$1 query=$2
	shift 2
	printf '%s' "$json" >"$T/prof"
	wx-run -p "$T/prof" "$@" --print-plan -- true | jq -rc "$query"
}

# same GOT WANT
same() {
	[ "$1" = "$2" ] || fail "got: $1
want: $2"
}

# script FILE: stdin, made executable.
script_at() {
	mkdir -p "$(dirname "$1")"
	cat >"$1"
	chmod 755 "$1"
}

# --- plan and argv

# What is the machine's or this run's, taken out of a plan or of an argv whose
# words were joined to one option a line.
normal() {
	sed -E -e "s#$T/home/\.local/state/wrapix/[0-9a-f]{16}#STATE#g; s#$T#T#g" \
	    -e "s#\"uid\": $(id -u), \"gid\": $(id -g)#\"uid\": UID, \"gid\": GID#; s#^--(uid|gid) [0-9]+#--\1 ID#" \
	    -e "s#\"$(id -un)\"#\"USER\"#g; s#^--setenv (USER|LOGNAME) .*#--setenv \1 USER#" \
	    -e 's#("SHELL": |--setenv SHELL ).*#\1SHELL#' \
	    -e '/"dest": "(\/bin|\/sbin|\/lib[0-9a-z]*|\/nix\/store|\/run\/current-system|\/etc\/[^"]*)",.*"system"/d' \
	    -e '/^--(ro-bind|symlink) [^ ]+ (\/bin|\/sbin|\/lib[0-9a-z]*|\/nix\/store|\/run\/current-system|\/etc\/[^ ]*)$/d' \
	    -e 's#("dest": "/etc/(passwd|group|resolv.conf)".*"bytes": )[0-9]+#\1N#'
}

one_a_line() {
	awk '/^--/ && NR > 1 { printf "\n" } { printf "%s%s", (/^--/ || NR == 1 ? "" : " "), $0 } END { print "" }'
}

# full: a call with about everything in it, on a project made for it.
full() {
	mkdir -p .vscode "$T/data" "$T/odd:na me"
	touch .env .npmrc
	cat >"$T/prof" <<-'J'
	{"network": "none", "env": {"A": "from profile", "B": "x", "C": null},
	 "mounts": [{"source": "~/absent", "optional": true}],
	 "protect": ["Makefile"], "hide": [".env"], "memory": "2G", "pids": 100, "timeout": 30,
	 "home_size": "64M", "tmp_size": "32M", "shm_size": "16M", "known_hosts": ["example.org ssh-ed25519 AAAA"]}
	J
	env -i HOME="$HOME" PATH=/usr/bin:/bin LANG=C.UTF-8 TERM=dumb C=hush "$(command -v wx-run)" -p "$T/prof" \
	    -m "$T/data:/data:rw" -m "$T/odd:na me:/odd" -v A=mine -v D='two words' -u .npmrc -E 0 "$@" -- sh -c 'echo "$A"'
}

base() {
	env -i HOME="$HOME" PATH=/usr/bin:/bin LANG=C.UTF-8 TERM=dumb "$(command -v wx-run)" -n none "$@" -- true
}

@test "--print-plan and --print-argv are as they were agreed" {
	for call in base full; do
		diff -u "$WX_TREE/tests/golden/$call.plan" <($call --print-plan | normal) || fail "$call: plan"
		diff -u "$WX_TREE/tests/golden/$call.argv" <($call --print-argv | one_a_line | normal) || fail "$call: argv"
	done
}

@test "both are the same to the byte when asked again, and write nothing" {
	for call in base full; do
		for o in --print-plan --print-argv; do
			$call $o >"$T/1"
			$call $o >"$T/2"
			cmp "$T/1" "$T/2"
		done
	done
	[ ! -e "$HOME/.local" ] || fail "$(find "$HOME")"
	jq -e . <(full -L) >/dev/null
}

@test "--print-argv -0 ends each word by NUL, so that any word can be read back" {
	mkdir $'new\nline'
	wx-run -n none -A0 -C $'new\nline' -- printf $'a\nb' '' >"$T/argv"
	mapfile -d '' words <"$T/argv"
	[ "${words[0]}" = bwrap ]
	same "${words[-3]}|${words[-2]}|${words[-1]}" $'printf|a\nb|'
	printf '%s\n' "${words[@]}" | grep -qxF "$T/p/new"
	same "$(wx-run -n none -A -- true | tr '\n' '\0' | md5sum)" "$(wx-run -n none -A0 -- true | md5sum)"
}

@test "no secret is in plan or argv: by -v NAME, by a profile's null, by -E, by -F" {
	export CANARY=MADEUP-host OTHER=MADEUP-other
	echo '{"env": {"OTHER": null}}' >"$T/prof"
	for o in --print-plan --print-argv; do
		printf 'TOK=MADEUP-e\n' | wx-run -n none -p "$T/prof" -v CANARY -E 0 -F 3 $o -- true >"$T/got" 3<<<TOK=MADEUP-f
		run ! grep MADEUP "$T/got"
		grep -q CANARY "$T/got"
		grep -q OTHER "$T/got"
	done
	same "$(in_box -p "$T/prof" -v CANARY -- sh -c 'echo "$CANARY $OTHER"')" "MADEUP-host MADEUP-other"
}

@test "the argv of --print-argv is what runs: options by a descriptor, an empty environment" {
	cat >look <<-'S'
	tr '\0' '\n' </proc/1/environ
	tr '\0' ' ' </proc/1/cmdline
	S
	same "$(in_box -v X=MADEUP -- sh look | sed 's/init [0-9]* [0-9]* [0-9a-f]* /init N /')" "bwrap --args 6 -- /run/wrapix/init N /usr/bin/sh sh look "
	mkfifo go
	wx-run -n none -T 20 -v X=MADEUP -- sh -c 'echo >go; read x <go' 3>&- &
	pid=$!
	read -r _ <go
	b=$(pgrep -P "$pid" bwrap)
	same "$(tr '\0' ' ' <"/proc/$b/cmdline" | cut -d' ' -f1-4)" "bwrap --args 6 --"
	same "$(tr -d '\0' <"/proc/$b/environ" | wc -c)" 0
	echo >go
	wait "$pid"
}
