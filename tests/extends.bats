# SPDX-License-Identifier: MIT
# takes: 10 s
# A profile that extends another, and a project's .wrapix.json, which only tightens.
load lib/helper

local_setup() {
	T=$BATS_TEST_TMPDIR
	mkdir p prof
	cd p
}

# prof NAME JSON
prof() {
	printf '%s' "$2" >"$T/prof/$1.json"
}

# plan QUERY [ARG...]: of the profile a.
plan() {
	local query=$1
	shift
	wx-run -p "$T/prof/a.json" "$@" --print-plan -- true | jq -rc "$query"
}

# installed: wx-run as make install has it, with the profiles that come along.
installed() {
	mkdir -p "$T/inst/bin" "$T/inst/share/wrapix"
	cp "$WX_BUILD/wx-run" "$T/inst/bin"
	cp -r "$WX_TREE/nix/profiles" "$T/inst/share/wrapix"
	printf '#!/bin/sh\n' >"$T/inst/bin/cargo"
	chmod 755 "$T/inst/bin/cargo"
	cp "$T/inst/bin/cargo" "$T/inst/bin/rustc"
	cp "$T/inst/bin/cargo" "$T/inst/bin/claude"
	PATH=$T/inst/bin:$PATH
	hash -r
}

same() {
	[ "$1" = "$2" ] || fail "got: $1
want: $2"
}

# refused PATTERN [ARG...]: with 125, one line, and nothing run.
refused() {
	local rc=0 want=$1
	shift
	wx-run "$@" -- touch ran >out 2>err || rc=$?
	[ "$rc" -eq 125 ] || fail "status $rc: $(cat err)"
	[[ $(cat err) == *"$want"* ]] || fail "$(cat err)"
	[ "$(wc -l <err)" = 1 ] || fail "$(cat err)"
	[ ! -e ran ]
	rm -f out err
}

# --- extends

@test "extends: lists are the other's and then its own, variables merge, all else is its own" {
	prof a '{"extends": "b", "network": "none", "env": {"X": "a", "Y": "a"}, "hide": ["a1"], "protect": ["pa"], "memory": "1G"}'
	prof b '{"env": {"Y": "b", "Z": "b"}, "hide": ["b1", "b2"], "protect": ["pb"], "memory": "2G", "pids": 55, "unprotect": ["ub"]}'
	same "$(plan '[.hide, .protect, .unprotect, .limits.memory.bytes, .limits.pids.count]')" \
	    '[["b1","b2","a1"],["pb","pa"],["ub"],1073741824,55]'
	same "$(plan '[.environment.X, .environment.Y, .environment.Z]')" '["a","a","b"]'
	# Options come last, as ever.
	same "$(plan '[.hide, .limits.pids.count, .environment.Y]' -H o -P 7 -v Y=o)" '[["b1","b2","a1","o"],7,"o"]'
}

@test "extends: an agent and a command are its own as a whole, or the other's" {
	prof b '{"network": "none", "agent": {"command": ["sh", "-c", "echo b"], "token": "B_TOKEN", "state": "~/.b"}}'
	prof a '{"extends": "b"}'
	same "$(wx-run -p "$T/prof/a.json")" b
	prof a '{"extends": "b", "agent": {"command": ["sh", "-c", "echo a"]}}'
	same "$(wx-run -p "$T/prof/a.json")" a
	# Neither token nor state is left of the other.
	same "$(wx-run -p "$T/prof/a.json" --print-summary | grep -E '^(token|agent_state)' | paste -sd' ')" "$(printf 'token\t- agent_state\t-')"
	prof a '{"extends": "b", "command": ["echo", "c"]}'
	same "$(wx-run -p "$T/prof/a.json")" c
}

@test "extends: an agent without a command is the other's, with its own keys in their place" {
	prof b '{"network": "none", "agent": {"command": ["sh", "-c", "cat ~/.b/s"], "token": "B_TOKEN", "state": "~/.b", "seed": {"~/.b/s": {"x": "b", "y": "b"}}}}'
	prof a '{"extends": "b", "agent": {"token": "A_TOKEN", "seed": {"~/.b/s": {"x": "a"}}}}'
	same "$(wx-run -p "$T/prof/a.json" | jq -c .)" '{"x":"a","y":"b"}'
	same "$(wx-run -p "$T/prof/a.json" --print-summary | grep -E '^(token|agent_state)' | paste -sd' ')" "$(printf 'token\tA_TOKEN agent_state\t~/.b')"
	prof a '{"agent": {"token": "A_TOKEN"}}'
	run -125 wx-run -p "$T/prof/a.json" -- true
	[[ $output == *"profile '$T/prof/a.json': key 'agent.command': is missing" ]] || fail "$output"
}

@test "extends: through more than one; each place is searched in its turn" {
	prof a '{"extends": "b", "network": "none", "hide": ["a"]}'
	prof b '{"extends": "c", "hide": ["b"]}'
	mkdir -p ~/.config/wrapix/profiles
	echo '{"hide": ["c-user"]}' >~/.config/wrapix/profiles/c.json
	same "$(plan .hide)" '["c-user","b","a"]'
	prof c '{"hide": ["c-beside"]}'
	same "$(plan .hide)" '["c-beside","b","a"]'
	# One that came along, and the user's of the same name, which extends it.
	prof a '{"extends": "rust", "network": "none"}'
	echo '{"extends": "rust", "env": {"MINE": "yes"}}' >~/.config/wrapix/profiles/rust.json
	installed
	same "$(plan '[.environment.MINE, .environment.CARGO_TERM_COLOR, .environment.EDITOR, .limits.memory.bytes]')" '["yes","always","vi",8589934592]'
}

@test "extends: cycles, a long chain, no such name, a path and a wrong type are refused" {
	prof a '{"extends": "a"}'
	refused "'a' would extend itself" -n none -p "$T/prof/a.json"
	prof a '{"extends": "b"}'
	prof b '{"extends": "c"}'
	prof c '{"extends": "a"}'
	refused "profile '$T/prof/c.json': key 'extends': 'a' would extend itself ($T/prof/a.json, $T/prof/b.json, $T/prof/c.json)" -n none -p "$T/prof/a.json"
	# By another name it is the same file.
	ln "$T/prof/a.json" "$T/prof/d.json"
	prof c '{"extends": "d"}'
	refused "'d' would extend itself" -n none -p "$T/prof/a.json"
	for i in 1 2 3 4 5 6 7 8; do prof "n$i" "{\"extends\": \"n$((i + 1))\"}"; done
	prof n9 '{}'
	refused "more than 8 profiles extend each other" -n none -p "$T/prof/n1.json"
	wx-run -n none -p "$T/prof/n2.json" -- true
	prof a '{"extends": "nowhere"}'
	refused "there is no profile 'nowhere'" -n none -p "$T/prof/a.json"
	for bad in '"../b"' '"/etc/b"' '".b"' '"-b"' '""' '3' '["b"]' '"b.json/x"'; do
		prof a "{\"extends\": $bad}"
		refused "key 'extends': must be the name of a profile" -n none -p "$T/prof/a.json"
	done
	# What is wrong in the other names the other.
	prof a '{"extends": "b"}'
	prof b '{"memory": 3}'
	refused "profile '$T/prof/b.json': key 'memory'" -n none -p "$T/prof/a.json"
}

@test "extends: a file that the sandbox can write is refused, also by a link" {
	prof a '{"extends": "b"}'
	echo '{"network": "host"}' >b.json
	ln -s "$PWD/b.json" "$T/prof/b.json"
	refused "lies in the project" -n none -p "$T/prof/a.json"
	wx-run -n none -y -p "$T/prof/a.json" -- true
}

@test "extends: those that came along have base in them once" {
	for n in rust python; do
		[ "$(jq -r .extends "$WX_TREE/nix/profiles/$n.json")" = base ]
		[ "$(jq 'has("agent")' "$WX_TREE/nix/profiles/$n.json")" = false ]
	done
	installed
	for n in rust python; do
		wx-run -n none -p "$T/inst/share/wrapix/profiles/$n.json" --print-plan >"$T/$n.plan"
		[ "$(jq -rc .command "$T/$n.plan")" = '["claude","--dangerously-skip-permissions"]' ]
		[ "$(jq -rc '.environment.PAGER' "$T/$n.plan")" = cat ]
	done
	[ "$(jq -rc .environment.CARGO_TERM_COLOR "$T/rust.plan")" = always ]
	[ "$(wx-run -n none -p <(echo '{"extends": "base"}') --print-plan | jq -rc '.command[0]')" = claude ]
}

# --- .wrapix.json

@test ".wrapix.json tightens: hide, protect, no network, smaller limits" {
	touch secret kept
	echo '{"hide": ["secret"], "protect": ["kept"], "network": "none", "memory": "1G", "pids": 99, "timeout": 100, "tmp_size": "8M", "home_size": "9M", "shm_size": "1M"}' >.wrapix.json
	prof a '{"network": "open", "hide": ["h"], "memory": "2G"}'
	same "$(plan '[.hide, .protect, .network.mode, .limits.memory.bytes, .limits.pids.count, .limits.seconds]' -n host)" \
	    '[["h","secret"],["kept"],"none",1073741824,99,100]'
	same "$(plan '[.mounts[] | select(.dest == "/tmp") | .size]' -n none)" '[8388608]'
	# An option that is smaller still stays.
	same "$(plan '[.limits.memory.bytes, .limits.pids.count, .limits.seconds]' -M 256M -P 9 -T 5)" '[268435456,9,5]'
	echo x >secret
	[ "$(wx-run -- cat secret | wc -c)" = 0 ]
	run ! wx-run -- sh -c 'echo x >kept'
	# In a subdirectory of a repository it is that of its top.
	git init -q .
	mkdir sub
	same "$(wx-run -C sub --print-plan -- true | jq -r .network.mode)" none
}

@test ".wrapix.json that would loosen is a refused run with one line" {
	try() {
		printf '%s' "$1" >.wrapix.json
		refused "$2" -n none "${@:3}"
	}
	try '{"memory": "8G"}' "'.wrapix.json' of the project: key 'memory': 8G would loosen the limit"
	try '{"pids": 5000}' "key 'pids': 5000 would loosen"
	try '{"tmp_size": "2G"}' "key 'tmp_size': 2G would loosen"
	try '{"network": "open"}' "key 'network'"
	try '{"network": "host"}' "key 'network'"
	for key in '"env": {"A": "b"}' '"mounts": []' '"tools": ["sh"]' '"unprotect": [".envrc"]' '"command": ["sh"]' '"engine": "podman"' \
	    '"extends": "base"' '"agent": {"command": ["sh"]}' '"known_hosts": []' '"image": "x"' '"cache": ["~/.x"]' '"nonsense": 1'; do
		try "{$key}" "is not for the project to say"
	done
	try '{"hide": "x"}' "key 'hide'"
	try '{' 'not JSON'
	try '[]' 'must be a JSON object'
	# Above a profile's, and above what an earlier profile of the chain says.
	prof b '{"memory": "1G", "timeout": 10}'
	prof a '{"extends": "b"}'
	try '{"memory": "2G"}' "2G would loosen the limit, which is 1G" -p "$T/prof/a.json"
	try '{"timeout": 11}' "would loosen the limit" -p "$T/prof/a.json"
	# What an option allows it may have.
	printf '{"memory": "8G"}' >.wrapix.json
	same "$(wx-run -n none -M 16G --print-plan -- true | jq .limits.memory.bytes)" 8589934592
	rm .wrapix.json
	ln -s ../prof/a.json .wrapix.json
	refused "is a symbolic link" -n none
	rm .wrapix.json
	mkfifo .wrapix.json
	refused "is no plain file" -n none
	rm .wrapix.json
	mkdir .wrapix.json
	refused "is no plain file" -n none
}

@test ".wrapix.json cannot be changed inside; one that is made there is a finding" {
	echo '{"network": "none"}' >.wrapix.json
	run ! wx-run -- sh -c 'echo "{}" >.wrapix.json'
	run ! wx-run -- rm -f .wrapix.json
	run ! wx-run -- mv .wrapix.json x
	[ "$(cat .wrapix.json)" = '{"network": "none"}' ]
	rm .wrapix.json
	wx-run -n none -- sh -c 'echo "{\"hide\": [\"*\"]}" >.wrapix.json' 2>err
	grep -q 'found: protected-kind ".wrapix.json": "wrapix acts upon it when it starts' err || fail "$(cat err)"
}

@test "-p NAME: the user's own, then ours, then a file here; with a slash a file alone" {
	mkdir -p ~/.config/wrapix/profiles
	pids() { wx-run -C p -n none -p "$1" -L -- true | jq .limits.pids.count; }
	mkdir p
	echo '{"pids": 11}' >rust
	echo '{"pids": 12}' >made
	[ "$(pids rust)" = 4096 ] && [ "$(pids ./rust)" = 11 ] && [ "$(pids made)" = 12 ]
	echo '{"pids": 13}' >~/.config/wrapix/profiles/rust.json
	echo '{"pids": 14}' >~/.config/wrapix/profiles/made.json
	[ "$(pids rust)" = 13 ] && [ "$(pids made)" = 14 ] && [ "$(pids ./made)" = 12 ]
	run -125 wx-run -C p -n none -p nowhere -- true
	[[ $output == "wx-run: no profile 'nowhere': there is none in ~/.config/wrapix/profiles, and it is not one of ours (base, "*")" ]] || fail "$output"
	run -125 wx-run -C p -n none -p '' -- true
	[ "$output" = "wx-run: the profile has no name" ] || fail "$output"
}
