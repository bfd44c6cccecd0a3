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

# --- profile

@test "profile: every key is honoured" {
	mkdir "$HOME/d" "$T/tool"
	echo | script_at "$T/tool/bin/t1"
	cat >"$T/all" <<-J
	{"command": ["echo", "from profile"], "engine": "auto", "env": {"A": "x", "H": null, "E": "", "GONE": null},
	 "hide": ["secret*"], "home_size": "64M", "known_hosts": ["example.org ssh-ed25519 AAAA"], "memory": "3G",
	 "mounts": [{"source": "~/d"}, {"source": "~/d", "dest": "~/e", "mode": "rw"}, {"source": "/absent", "optional": true},
	            {"source": "$T/tool", "dest": "/t/../u", "mode": "ro", "optional": false}],
	 "network": "none", "pids": 33, "protect": ["keep"], "shm_size": "1M", "timeout": 1.5, "tmp_size": "2m",
	 "tools": ["$T/tool/bin/t1"], "unprotect": [".npmrc"]}
	J
	H=host wx-run -p "$T/all" --print-plan >"$T/plan"
	same "$(jq -c '.command, .environment.A, .environment.H, .environment.E, (.environment | has("GONE")), .hide, .protect, .unprotect' "$T/plan" | paste -sd' ')" \
	    '["echo","from profile"] "x" null "" false ["secret*"] ["keep"] [".npmrc"]'
	same "$(jq -c '.network.mode, .limits.memory.bytes, .limits.pids.count, .limits.seconds' "$T/plan" | paste -sd' ')" '"none" 3221225472 33 1.5'
	same "$(jq -c '.mounts[] | select(.for == "mount") | [.kind, .source, .dest]' "$T/plan")" \
	    "[\"ro\",\"$HOME/d\",\"$HOME/d\"]
[\"rw\",\"$HOME/d\",\"$HOME/e\"]
[\"ro\",\"$T/tool\",\"/u\"]"
	same "$(jq -c '.mounts[] | select(.kind == "tmpfs") | .size' "$T/plan" | paste -sd' ')" "2097152 67108864"
	same "$(jq -r '.mounts[] | select(.for == "tool") | .source' "$T/plan")" "$T/tool/bin/t1"
	H=host wx-run -p "$T/all" >"$T/got"
	same "$(cat "$T/got")" "from profile"
	same "$(H=host wx-run -p "$T/all" -- sh -c 'echo "$A $H [$E] ${GONE-unset}"; df --output=size -B1M /dev/shm ~ /tmp | tail -n 3 | paste -sd" " | tr -s " "; grep -c ^example.org /etc/ssh/ssh_known_hosts' | paste -sd' ')" \
	    "x host [] unset  1 64 2 1"
}

@test "profile: options replace its scalars and extend its lists" {
	mkdir "$T/one" "$T/two"
	echo | script_at "$T/one/a"
	json='{"network": "none", "memory": "1G", "pids": 5, "timeout": 5, "engine": "bwrap", "env": {"A": "p", "B": "p"},
	    "hide": ["p"], "protect": ["p"], "unprotect": ["p"], "mounts": [{"source": "'$T/one'"}], "command": ["p"], "tools": ["sh"]}'
	same "$(of "$json" '[.network.mode, .limits.memory.bytes, .limits.pids.count, .limits.seconds, .environment.A, .environment.B,
	    .hide, .protect, .unprotect, [.mounts[] | select(.for == "mount" or .for == "tool") | .dest], .command]' \
	    -n host -M 2G -P 6 -T 7 -v A=o -H o -w o -u o -m "$T/two" -t "$T/one/a" -t "sh")" \
	    '["host",2147483648,6,7,"o","p",["p","o"],["p","o"],["p","o"],["'"$T/one"'","'"$T/two"'"],["true"]]'
	A=host of "$json" .environment.A -v A | grep -qx null
}

@test "profile: what is wrong with a key is said with its path" {
	bad "key 'nett': unknown; see wrapix-profile(5)" '{"nett": "none"}'
	bad "key 'Network': unknown" '{"Network": "none"}'
	bad "must be a JSON object" '[]'
	bad "must be a JSON object" 'null'
	bad "key 'network': must be \"open\", \"none\" or \"host\"" '{"network": "no"}'
	bad "key 'network': must be" '{"network": true}'
	bad "key 'engine': must be" '{"engine": "docker"}'
	bad "key 'env': must be an object of names" '{"env": ["A"]}'
	bad "key 'env.A': must be one printable line" '{"env": {"A": 1}}'
	bad "key 'env.A': must be one printable line" '{"env": {"A": "x\ny"}}'
	bad "key 'env.A-B': not a name of a variable" '{"env": {"A-B": "x"}}'
	bad "key 'env.': not a name of a variable" '{"env": {"": "x"}}'
	bad "key 'env.LD_PRELOAD': not a name of a variable, or one that the loader obeys" '{"env": {"LD_PRELOAD": "x"}}'
	bad "key 'mounts': must be a list" '{"mounts": {}}'
	bad "key 'mounts[0]': must be an object" '{"mounts": ["/x"]}'
	bad "key 'mounts[1].source': is missing" '{"mounts": [{"source": "/x"}, {"dest": "/y"}]}'
	bad "key 'mounts[0].src': unknown" '{"mounts": [{"src": "/x"}]}'
	for path in '"relative"' '""' '"~user"' 7; do
		bad "key 'mounts[0].source': must be an absolute path" "{\"mounts\": [{\"source\": $path}]}"
		bad "key 'mounts[0].dest': must be an absolute path" "{\"mounts\": [{\"source\": \"/x\", \"dest\": $path}]}"
	done
	bad "key 'mounts[0].mode': must be \"ro\" or \"rw\"" '{"mounts": [{"source": "/x", "mode": "RW"}]}'
	bad "key 'mounts[0].optional': must be true or false" '{"mounts": [{"source": "/x", "optional": 1}]}'
	for key in hide protect unprotect tools known_hosts command; do
		bad "key '$key': must be a list of strings" "{\"$key\": \"x\"}"
		bad "key '$key[1]': must be a string, not empty" "{\"$key\": [\"x\", 2]}"
		bad "key '$key[0]': must be a string, not empty" "{\"$key\": [\"\"]}"
	done
	bad "key 'command': must not be empty" '{"command": []}'
	for key in memory home_size tmp_size shm_size; do
		for size in 1 '"x"' '"0"' '"-1"' '"1X"' '"1.5G"' '"99999999T"' '""'; do
			bad "key '$key': must be a size" "{\"$key\": $size}"
		done
	done
	for n in 0 -1 1.5 '"1"' 1e9 true; do
		bad "key 'pids': must be a whole number from 1 to 4194304" "{\"pids\": $n}"
		bad "key 'cpus': must be a whole number from 1 to 4096" "{\"cpus\": $n}"
	done
	for n in 0 -1 0.0001 1e9 1e999 '"1"'; do
		bad "key 'timeout': must be a number of seconds" "{\"timeout\": $n}"
	done
	# Each is accepted at its edge.
	of '{"pids": 4194304, "timeout": 0.001, "network": "none"}' '.limits.pids.count' | grep -qx 4194304
}

@test "profile: a key that stands twice is refused, at every level" {
	bad "key 'network': stands twice" '{"network": "none", "pids": 1, "network": "host"}'
	bad "key 'env': stands twice" '{"env": {}, "env": {}}'
	bad "key 'env.A': stands twice" '{"env": {"A": "1", "A": "2"}}'
	bad "key 'mounts[0].mode': stands twice" '{"mounts": [{"source": "/x", "mode": "ro", "mode": "rw"}]}'
}

@test "profile: not JSON, empty, trailing words, a NUL, not UTF-8: where it is" {
	bad "byte 1: not JSON" ''
	bad "byte 1: not JSON" 'network = none'
	bad "byte 19: not JSON" '{"network": "none"'
	bad "byte 20: not JSON" '{"network": "none"}x'
	bad "byte 21: not JSON" '{"network": "none"} {}'
	bad "byte 14: not JSON" '{"pids": 1, // no'
	bad "byte 12: a NUL" '{"tools":["\u0000"]}'
	bad "byte 4: a control character in a string" $'{"a\n": 1}'
	bad "byte 3: not UTF-8" $'{"\xff": 1}'
	printf '{"network": "none"}\0' >"$T/prof"
	refuses 125 "byte 20: a NUL" -p "$T/prof" -- true
	# A backslash that is itself escaped is none.
	same "$(of '{"network": "none", "env": {"A": "\\u0000"}}' .environment.A)" '\u0000'
}

@test "profile: 10,000 levels deep, and 256 KiB and a byte, are refused; 256 KiB are not" {
	bad "byte 9: nested deeper than 8" "$(head -c 10000 /dev/zero | tr '\0' '[')"
	bad "byte 43: nested deeper than 8" "{\"env\":$(yes '{"a":' | head -n 10000 | tr -d '\n')"
	{ printf '{"network": "none"}'; head -c $((262144 - 19)) /dev/zero | tr '\0' ' '; } >"$T/prof"
	wx-run -p "$T/prof" -L -- true >"$T/out"
	echo >>"$T/prof"
	refuses 125 "profile '$T/prof' is longer than 262144 bytes" -p "$T/prof" -- true
	bad "key 'hide': must be a list of strings, 1024 at the most" "{\"hide\": [$(yes '"x",' | head -n 1024 | tr -d '\n')\"x\"]}"
}

@test "profile: a key cannot drive the terminal, nor fill it" {
	printf '{"\\u001b]0;owned\\u0007\\u009b": 1}' >"$T/prof"
	refuses 125 "key '\\u001b]0;owned\\u0007\\u009b': unknown" -p "$T/prof" -- true
	for json in '{"env": {"\u001b[2J": "x"}}' '{"mounts": [{"a\u001bb": 1}]}' '{"mounts": [{"\u001bb": 1, "\u001bb": 1}]}'; do
		printf '%s' "$json" >"$T/prof"
		refuses 125 '\u001b' -p "$T/prof" -- true
		run ! grep -q $'\x1b' "$T/err"
	done
	printf '{"%s": 1}' "$(head -c 9999 /dev/zero | tr '\0' k)" >"$T/prof"
	refuses 125 "kkk...': unknown" -p "$T/prof" -- true
	[ "$(wc -c <"$T/err")" -lt 300 ]
}

@test "profile: missing, a folder, a FIFO, unreadable; a pipe is a profile" {
	refuses 125 "cannot open profile '$T/none': No such file" -p "$T/none" -- true
	refuses 125 "cannot read profile '$T': is a folder" -p "$T" -- true
	mkfifo "$T/fifo"
	ln -s fifo "$T/link"
	refuses 125 "cannot read profile '$T/link': is a FIFO" -p "$T/link" -- true
	refuses 125 "profile '/dev/zero' is longer" -p /dev/zero -- true
	touch "$T/shut"
	chmod 000 "$T/shut"
	refuses 125 "cannot open profile '$T/shut': Permission denied" -p "$T/shut" -- true
	same "$(wx-run -p <(echo '{"network": "none", "pids": 7}') -L -- true | jq .limits.pids.count)" 7
	same "$(echo '{"network": "none", "pids": 8}' | wx-run -p /dev/stdin -L -- true | jq .limits.pids.count)" 8
}

@test "profile: one in the project is refused by every name, unless trusted" {
	mkdir "$T/other" sub
	echo '{"network": "none", "pids": 9}' >p.json
	cp p.json sub
	ln -s "$T/p/p.json" "$T/other/file"
	ln -s "$T/p/sub" "$T/other/folder"
	ln -s ../other/real.json from-inside
	cp p.json "$T/other/real.json"
	for f in p.json ./p.json "$T/p/p.json" "$T/other/../p/p.json" sub/../p.json "$T/other/file" "$T/other/folder/p.json" from-inside; do
		refuses 125 "profile '$f' lies in the project" -p "$f" -- true
		same "$(wx-run -y -p "$f" -L -- true | jq .limits.pids.count)" 9
	done
	same "$(wx-run --trust-profile --profile p.json -L -- true | jq .limits.pids.count)" 9
	cd "$T/other"
	refuses 125 "lies in the project" -C ../p -p ../p/p.json -- true
	same "$(wx-run -C ../p -p real.json -L -- true | jq .limits.pids.count)" 9
}

@test "profile: one in the project is known under a bind mount's other name" {
	mkdir "$T/other"
	echo '{"network": "none"}' >p.json
	bwrap --dev-bind / / --bind "$T/p" "$T/other" -- wx-run -p "$T/other/p.json" -L -- true 2>"$T/err" && fail "taken"
	grep -q "profile '$T/other/p.json' lies in the project" "$T/err" || fail "$(cat "$T/err")"
}

# --- the command

# tools [ARG...]: what the plan brings of places that the sandbox hides: "kind path".
tools() {
	plan "$@" | jq -r '.mounts[] | select(.for == "tool") | .kind + " " + .dest'
}

# nothing_wide ARG...: no bind of HOME, nor of what holds more than a tool.
nothing_wide() {
	local dest
	plan "$@" | jq -r '.mounts[] | select(.kind == "ro" or .kind == "rw") | .source' | while read -r dest; do
		case $dest in
		/ | "$T" | "$HOME" | "$HOME/.local" | "$HOME/.local/share" | "$HOME/.config" | "$HOME/.ssh"* | /tmp | /opt | /home)
			fail "$*: binds $dest" ;;
		esac
	done
}

@test "command: of the system, by name and by path; its arguments are its own" {
	same "$(in_box -- printf '%s|' -n -V -- --check '' 'a b')" "-n|-V|--|--check||a b|"
	same "$(in_box echo -h)" -h
	same "$(in_box /usr/bin/printf x)" x
	same "$(tools echo)" ""
	same "$(plan -- sh | jq -r .program)" "$(command -v sh)"
	run -7 in_box -- sh -c 'exit 7'
	run -143 in_box -- sh -c 'kill -TERM $$'
}

@test "command: bash, make, python3 and node run as they do outside" {
	printf 'all:\n\t@echo made by $(MAKE_VERSION)\n' >Makefile
	echo 'import sys, json, ssl, sqlite3; print("py", sys.argv[1:])' >x.py
	echo 'const fs = require("fs"), os = require("os"), crypto = require("crypto"); console.log("js", process.argv.slice(2), crypto.randomBytes(4).length)' >x.js
	same "$(in_box bash -c 'a=(1 2); echo "${a[@]}" <(:)' | cut -d/ -f1)" "1 2 "
	same "$(in_box make)" "$(make)"
	same "$(in_box /usr/bin/python3 x.py a)" "py ['a']"
	if command -v node >/dev/null; then
		same "$(in_box node x.js a)" "js [ 'a' ] 4"
	else
		skip "no node here"
	fi
}

@test "command: none is the user's shell, which reads what is piped in" {
	same "$(echo 'echo "$0 in $PWD"' | in_box)" "$(getent passwd "$(id -u)" | cut -d: -f7) in /workspace"
	same "$(plan | jq -c .command)" "[\"$(getent passwd "$(id -u)" | cut -d: -f7)\"]"
}

@test "command: a file in ~/.local/bin, and what it calls; HOME stays empty" {
	script_at "$HOME/.local/bin/mine" <<<'#!/bin/sh
echo "mine $0 $1"; ls -A ~ ~/.local ~/.local/bin | paste -sd" "'
	echo secret >"$HOME/.local/bin/other"
	PATH=$HOME/.local/bin:$PATH
	same "$(in_box mine x | paste -sd' ')" "mine $HOME/.local/bin/mine x $HOME: .claude .local  $HOME/.local: bin  $HOME/.local/bin: mine"
	same "$(tools mine)" "ro $HOME/.local/bin/mine"
	run ! in_box -- sh -c 'echo x >>~/.local/bin/mine'
	same "$(in_box "$HOME/.local/bin/mine" y | head -n 1)" "mine $HOME/.local/bin/mine y"
	nothing_wide mine
}

@test "command: a chain of links into ~/.local/share/X/versions" {
	script_at "$HOME/.local/share/x/versions/1/bin/x" <<<'#!/bin/sh
here=$(dirname "$(readlink -f "$0")"); cat "$here/../lib/data"; ls ~/.local/share'
	mkdir "$HOME/.local/share/x/versions/1/lib" "$HOME/.local/share/keyrings" "$HOME/.local/bin"
	echo data >"$HOME/.local/share/x/versions/1/lib/data"
	ln -s 1 "$HOME/.local/share/x/versions/current"
	ln -s ../share/x/versions/current/bin/x "$HOME/.local/bin/x1"
	ln -s "$HOME/.local/bin/x1" "$HOME/.local/bin/x"
	PATH=$HOME/.local/bin:$PATH
	same "$(in_box x | paste -sd' ')" "data x"
	same "$(tools x | tail -n 1)" "ro $HOME/.local/share/x/versions/1"
	nothing_wide x
	# One file, as Claude Code is installed.
	printf '#!/bin/sh\necho claude\n' >"$HOME/.local/share/x/versions/2"
	chmod +x "$HOME/.local/share/x/versions/2"
	ln -sf ../share/x/versions/2 "$HOME/.local/bin/x"
	same "$(in_box x)" claude
	same "$(tools x)" "symlink $HOME/.local/bin/x
ro $HOME/.local/share/x/versions/2"
}

# A node that says what it is, in a folder as nvm makes it.
fake_node() {
	script_at "$HOME/.nvm/versions/node/v1/bin/node" <<<'#!/bin/sh
echo "node of nvm: $(cat "$(dirname "$0")/../lib/v") $(basename "$1") $(cat "$(dirname "$(readlink -f "$1")")/../dep/index.js")"'
	mkdir "$HOME/.nvm/versions/node/v1/lib"
	echo v1 >"$HOME/.nvm/versions/node/v1/lib/v"
	echo secret >"$HOME/.nvm/alias"
}

@test "command: an npm prefix, a node of nvm's, a dependency in node_modules" {
	fake_node
	for prefix in .npm-global .local; do
		script_at "$HOME/$prefix/lib/node_modules/x/cli.js" <<<'#!/usr/bin/env node'
		mkdir -p "$HOME/$prefix/lib/node_modules/dep" "$HOME/$prefix/bin"
		echo "dep of $prefix" >"$HOME/$prefix/lib/node_modules/dep/index.js"
		ln -s ../lib/node_modules/x/cli.js "$HOME/$prefix/bin/x"
	done
	nvm=$HOME/.nvm/versions/node/v1
	PATH=$HOME/.npm-global/bin:$nvm/bin:$PATH
	same "$(in_box x)" "node of nvm: v1 x dep of .npm-global"
	same "$(tools x)" "ro $HOME/.npm-global
ro $nvm"
	same "$(in_box x --version; in_box -t x -- sh -c 'echo $PATH; ls -A ~/.nvm')" "node of nvm: v1 x dep of .npm-global
$HOME/.npm-global/bin:$nvm/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
versions"
	PATH=$HOME/.local/bin:$PATH
	same "$(in_box x)" "node of nvm: v1 x dep of .local"
	same "$(tools x)" "symlink $HOME/.local/bin/x
ro $HOME/.local/lib/node_modules
ro $nvm"
	nothing_wide x
}

@test "command: a script whose interpreter is in HOME; env -S in its three forms" {
	fake_node
	PATH=$HOME/bin:$HOME/.nvm/versions/node/v1/bin:$PATH
	mkdir -p "$HOME/dep"
	echo d >"$HOME/dep/index.js"
	for line in "$HOME/.nvm/versions/node/v1/bin/node" '/usr/bin/env node' '/usr/bin/env -S node' '/usr/bin/env -Snode' \
	    '/usr/bin/env -S A=b node' '/usr/bin/env -S -u A node'; do
		script_at "$HOME/bin/s" <<<"#!$line"
		same "$(in_box -m "$HOME/dep" s)" "node of nvm: v1 s d"
	done
	# An interpreter that is itself a script with one.
	script_at "$HOME/bin/inner" <<<'#!/usr/bin/env node'
	script_at "$HOME/bin/s" <<<"#!$HOME/bin/inner"
	same "$(tools s)" "ro $HOME/bin/s
ro $HOME/bin/inner
ro $HOME/.nvm/versions/node/v1"
	# One that calls itself ends.
	script_at "$HOME/bin/loop" <<<"#!$HOME/bin/loop"
	same "$(tools loop)" "ro $HOME/bin/loop"
	ln -s l2 "$HOME/bin/l1"
	ln -s l1 "$HOME/bin/l2"
	refuses 127 "cannot run 'l1'" -n none -- l1
}

@test "command: a missing interpreter is named before anything starts" {
	script_at "$HOME/bin/s" <<<'#!/no/such/python'
	refuses 127 "cannot run '$HOME/bin/s': its interpreter '/no/such/python': No such file" -n none -- "$HOME/bin/s"
}

@test "command: a virtual environment of python, in HOME and in the project" {
	/usr/bin/python3 -m venv --without-pip "$HOME/venvs/v" 2>/dev/null || skip "no python3 -m venv here"
	/usr/bin/python3 -m venv --without-pip "$T/p/venv"
	for v in "$HOME/venvs/v" "$T/p/venv"; do
		echo 'NAME = "mod"' >"$(echo "$v"/lib/python3*/site-packages)/mod.py"
		script_at "$v/bin/tool" <<<"#!$v/bin/python3
import sys, mod
print(mod.NAME, sys.prefix != sys.base_prefix, sys.argv[1:])"
	done
	PATH=$HOME/venvs/v/bin:$PATH
	same "$(in_box tool a)" "mod True ['a']"
	same "$(tools tool)" "ro $HOME/venvs/v"
	same "$(in_box python3 -c 'import mod; print(mod.NAME)')" mod
	PATH=$T/p/venv/bin:$PATH
	same "$(in_box tool b)" "mod True ['b']"
	same "$(in_box ./venv/bin/tool c)" "mod True ['c']"
	same "$(in_box "$T/p/venv/bin/tool" d)" "mod True ['d']"
	same "$(tools tool)" "symlink $T/p"
	nothing_wide tool
}

@test "command: a shim of a version manager; a prefix anywhere; a lone file in a folder called bin" {
	script_at "$HOME/.pyenv/shims/py" <<<"#!/bin/sh
exec $HOME/.pyenv/libexec/pyenv \"\$@\""
	script_at "$HOME/.pyenv/libexec/pyenv" <<<'#!/bin/sh
echo pyenv "$@"'
	script_at "$T/opt/tool/bin/t" <<<'#!/bin/sh
cat "$(dirname "$0")/../share/t"'
	mkdir "$T/opt/tool/share"
	echo shared >"$T/opt/tool/share/t"
	script_at "$HOME/work/bin/lone" <<<'#!/bin/sh
ls ~/work'
	echo secret >"$HOME/work/secret"
	script_at "$HOME/.config/bin/c" <<<'#!/bin/sh
ls ~/.config'
	mkdir "$HOME/.config/share"
	PATH=$HOME/.pyenv/shims:$T/opt/tool/bin:$HOME/work/bin:$HOME/.config/bin:$PATH
	same "$(in_box py 1)" "pyenv 1"
	same "$(in_box t)" shared
	same "$(tools t)" "ro $T/opt/tool"
	same "$(in_box lone; in_box c)" $'bin\nbin'
	nothing_wide c
	run ! in_box -t t -- touch "$T/opt/tool/share/new"
}

@test "command: a HOME that is a link, a bin that is a link" {
	mkdir "$HOME/dotfiles" "$HOME/.local"
	script_at "$HOME/dotfiles/bin/d" <<<'#!/bin/sh
echo "d $HOME"; cat "$(dirname "$(readlink -f "$0")")/../lib/x" 2>/dev/null || :'
	script_at "$HOME/.local/bin/e" <<<'#!/bin/sh
echo e'
	mkdir "$HOME/.local/lib"
	ln -s dotfiles/bin "$HOME/bin"
	ln -s home "$T/alias"
	for h in "$HOME" "$T/alias"; do
		same "$(HOME=$h PATH=$h/bin:$PATH in_box d)" "d $T/home"
		same "$(HOME=$h PATH=$h/.local/bin:$PATH in_box e)" e
		HOME=$T/home PATH=$h/.local/bin:$PATH nothing_wide e
		HOME=$T/home PATH=$h/bin:$PATH nothing_wide d
	done
}

@test "command: in the project, relative, absolute, by PATH, and through a link from HOME" {
	script_at sub/run <<<'#!/bin/sh
echo "run $0 $PWD"'
	same "$(in_box ./sub/run)" "run ./sub/run /workspace"
	same "$(in_box sub/run)" "run sub/run /workspace"
	same "$(in_box "$T/p/sub/run")" "run /workspace/sub/run /workspace"
	same "$(in_box /workspace/sub/run)" "run /workspace/sub/run /workspace"
	same "$(cd / && wx-run -n none -C "$T/p" ./sub/run)" "run ./sub/run /workspace"
	PATH=$T/p/sub:$PATH
	same "$(in_box run)" "run /workspace/sub/run /workspace"
	same "$(in_box -- sh -c 'echo $PATH; run')" "/workspace/sub:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
run /workspace/sub/run /workspace"
	mkdir "$HOME/bin"
	ln -s "$T/p/sub/run" "$HOME/bin/linked"
	PATH=$HOME/bin:$PATH
	same "$(in_box linked)" "run /workspace/sub/run /workspace"
	same "$(tools linked)" ""
}

@test "command: a script of the project has no say in what is shown" {
	mkdir "$HOME/.ssh"
	script_at "$HOME/.ssh/key" <<<secret
	for f in "/usr/bin/env $HOME/.ssh/key" "$HOME/.ssh/key"; do
		script_at run <<<"#!$f"
		for c in ./run "$T/p/run" /workspace/run; do
			same "$(tools "$c")" ""
		done
	done
	refuses 127 "cannot run './run': No such file" -n none -- ./run
}

@test "command: what wx-run itself runs is never the project's, whatever PATH says" {
	for x in bwrap git pasta slirp4netns systemd-run env newuidmap; do
		script_at "bin/$x" <<<"#!/bin/sh
touch $T/ran-$x; exit 1"
	done
	printf '[user]\n\tname = "Quoted"\n' >"$HOME/.gitconfig"
	cd bin
	for path in "$T/p/bin:$PATH" ":$PATH" "./:$PATH" "../bin:$PATH" "$T/p/../p/bin:$PATH"; do
		PATH=$path wx-run -C .. -n none true
		PATH=$path wx-run -C .. -n open -L -- true >/dev/null 2>&1 || true
		PATH=$path wx-run -C .. --check >/dev/null || true
	done
	[ -z "$(find "$T" -maxdepth 1 -name 'ran-*')" ] || fail "$(find "$T" -maxdepth 1 -name 'ran-*')"
}

@test "command: not found is 127, not executable 126" {
	refuses 127 "cannot run 'no-such-command': No such file" -n none -- no-such-command
	refuses 127 "cannot run '/no/such': No such file" -n none -- /no/such
	refuses 127 "cannot run './no-such': No such file" -n none -- ./no-such
	refuses 127 "cannot run ''" -n none -- ''
	touch plain
	mkdir -p folder "$T/bin"
	touch "$T/bin/plain"
	refuses 126 "cannot run './plain': Permission denied" -n none -- ./plain
	refuses 126 "cannot run './folder': Permission denied" -n none -- ./folder
	refuses 126 "cannot run '/etc': Permission denied" -n none -- /etc
	refuses 126 "cannot run '/etc/passwd': Permission denied" -n none -- /etc/passwd
	PATH=$T/bin:$PATH refuses 126 "cannot run 'plain': Permission denied" -n none -- plain
	PATH=$T/bin:$PATH refuses 125 "cannot find tool 'plain' on PATH" -n none -t plain -- true
	refuses 127 "cannot run 'gone'" -n none -v PATH=/nowhere -- gone
	printf 'garbage' >plain
	chmod +x plain
	refuses 126 "cannot run './plain': Exec format error" -n none -- ./plain
}

@test "command: -v PATH=... is the PATH inside, and finds the command" {
	script_at bin/own <<<'#!/bin/sh
echo "own $PATH"'
	same "$(in_box -v PATH=/workspace/bin:/usr/bin own)" "own /workspace/bin:/usr/bin"
}
