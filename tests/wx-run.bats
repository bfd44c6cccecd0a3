# SPDX-License-Identifier: MIT
# takes: 80 s
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

# A login's systemd would hold the limits by a scope: in tests/vm.
no_systemd() {
	unset XDG_RUNTIME_DIR
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
	local of='(chromium.d|crypto-policies|debian_version|fonts|gitconfig|groff|man_db.conf|manpath.config|maven/[a-z0-9.]+|mime.types|npmrc|pip.conf|redhat-release)'
	sed -E -e "\\#\"dest\": \"/etc/$of\", \"kind\": \"file\"#d" -e "/^--perms 0644\$/{N;\\#\n--file [0-9]+ /etc/$of\$#d;P;D}" |
	sed -E -e "s#$T/home/\.local/state/wrapix/[0-9a-f]{16}#STATE#g; s#$T#T#g" \
	    -e "s#\"uid\": $(id -u), \"gid\": $(id -g)#\"uid\": UID, \"gid\": GID#; s#^--(uid|gid) [0-9]+#--\1 ID#" \
	    -e 's#("cpus": \{"count": )[0-9]+#\1CPUS#' -e "s#\"$(id -un)\"#\"USER\"#g; s#^--setenv (USER|LOGNAME) .*#--setenv \1 USER#" \
	    -e 's#^--(file|ro-bind-data) [0-9]+#--\1 N#' -e 's#("SHELL": |--setenv SHELL ).*#\1SHELL#' \
	    -e '/"dest": "(\/bin|\/sbin|\/lib[0-9a-z]*|\/nix\/store|\/run\/current-system|\/etc\/[^"]*)",.*"system"/d' \
	    -e '/^--(ro-bind|symlink) [^ ]+ (\/bin|\/sbin|\/lib[0-9a-z]*|\/nix\/store|\/run\/current-system|\/etc\/[^ ]*)$/d' \
	    -e 's#("dest": "/(etc/(passwd|group|resolv.conf|protocols|services|ssl/openssl.cnf)|run/wrapix/policy)".*"bytes": )[0-9]+#\1N#'
}

one_a_line() {
	awk '/^--/ && NR > 1 { printf "\n" } { printf "%s%s", (/^--/ || NR == 1 ? "" : " "), $0 } END { print "" }'
}

# bare NAME=VALUE... COMMAND: in that environment alone (and what SAN=1 needs).
bare() {
	env -i ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} "$@"
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
	bare HOME="$HOME" PATH=/usr/bin:/bin LANG=C.UTF-8 TERM=dumb C=hush "$(command -v wx-run)" -p "$T/prof" \
	    -m "$T/data:/data:rw" -m "$T/odd:na me:/odd" -v A=mine -v D='two words' -u .npmrc -E 0 "$@" -- sh -c 'echo "$A"'
}

base() {
	bare HOME="$HOME" PATH=/usr/bin:/bin LANG=C.UTF-8 TERM=dumb "$(command -v wx-run)" -n none "$@" -- true
}

@test "--print-plan and --print-argv are as they were agreed" {
	for call in base full; do
		diff -u "$WX_TREE/tests/golden/$call.plan" <($call --print-plan | normal) || fail "$call: plan"
		diff -u "$WX_TREE/tests/golden/$call.argv" <($call --print-argv | one_a_line | normal) || fail "$call: argv"
	done
}

# Our own program and its libraries are the build's.
normal_podman() {
	normal | sed -E -e '/"dest": "\/run\/wrapix\/(init|lib)/d; /dst=\/run\/wrapix\/(init|lib)/d' \
	    -e 's#^--user=[0-9]+:[0-9]+#--user=UID:GID#; s#^(--entrypoint=).*#\1INIT#' \
	    -e 's#--library-path /run/wrapix/lib /run/wrapix/init#INIT#; s#STAGE/[0-9]+#STAGE/N#'
}

@test "podman: the same" {
	for call in base full; do
		diff -u "$WX_TREE/tests/golden/$call-podman.plan" <($call -i localhost/made:1 --print-plan | normal_podman) ||
		    fail "$call: plan"
		diff -u "$WX_TREE/tests/golden/$call-podman.argv" \
		    <($call -i localhost/made:1 --print-argv | one_a_line | normal_podman) || fail "$call: argv"
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
	no_systemd
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
	no_systemd
	cat >look <<-'S'
	cat /proc/1/environ 2>/dev/null && echo "pid 1 lets itself be read"
	tr '\0' ' ' </proc/1/cmdline
	S
	same "$(in_box -v X=MADEUP -- sh look | sed 's/init [0-9]* [0-9]* [0-9a-f]* own /init N /')" "/run/wrapix/init N /usr/bin/sh sh look "
	mkfifo ready go
	exec 9<>ready 8<>go
	wx-run -n none -T 20 -v X=MADEUP -- sh -c 'echo >ready; read x <go' 3>&- 8>&- 9>&- &
	pid=$!
	read -r -t 60 _ <&9 || fail "it did not start"
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
	same "$(jq -c '.network.mode, .limits.memory.bytes, .limits.pids.count, (.limits.seconds | . + 0)' "$T/plan" | paste -sd' ')" '"none" 3221225472 33 1.5'
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

@test "--git-config has the last word over the project's settings, and stands behind the user's -v" {
	git init -q
	git config user.email project@example.org
	git config url.a.insteadOf b
	same "$(wx-run -n none --git-config user.email=me@example.org --git-config 'a.b c.d=e=f' -- sh -c 'git config user.email; git config "a.b c.d"')" "me@example.org
e=f"
	same "$(wx-run -n none -v GIT_CONFIG_COUNT=1 -v GIT_CONFIG_KEY_0=x.y -v GIT_CONFIG_VALUE_0=z --git-config x.y=last -- sh -c 'git config --get-all x.y' | paste -sd' ')" "z last"
	for bad in x x.y =z .y=z x.=z; do
		run -125 wx-run -n none --git-config "$bad" -- true
		[[ $output == *"'$bad' is no setting of git's: SECTION.NAME=VALUE"* ]] || fail "$bad: $output"
	done
	run -125 wx-run -n none -v GIT_CONFIG_COUNT=many --git-config x.y=z -- true
	[[ $output == *"'many' is no GIT_CONFIG_COUNT"* ]]
}

@test "--signing-key: each commit is signed by the agent's key, and verifies inside and outside" {
	ssh-keygen -q -t ed25519 -N '' -C c -f "$T/k"
	git init -q
	git config user.name A
	git config user.email a@example.org
	git config commit.gpgsign false
	mkdir -m 700 "/tmp/wx-sk.$$"
	export XDG_RUNTIME_DIR=/tmp/wx-sk.$$
	run -0 wx-ssh-agent -k "$T/k" sh -c 'wx-run -n none -k "$SSH_AUTH_SOCK" --signing-key "$1" -- sh -c "git commit -q --allow-empty -m one && git verify-commit HEAD"' x "$T/k.pub"
	[[ $output == *'Good "git" signature'* ]] || fail "$output"
	printf 'a@example.org %s\n' "$(cat "$T/k.pub")" >"$T/allowed"
	git -c gpg.ssh.allowedSignersFile="$T/allowed" verify-commit HEAD
	rm -rf "/tmp/wx-sk.$$"
	for bad in "$T/k:it holds a private key" "$T/none:No such file" "$T/allowed:"; do
		run -125 wx-run -n none --signing-key "${bad%%:*}" -- true
		[[ $output == *"'${bad%%:*}'"*"${bad##*:}"* ]] || fail "$bad: $output"
		[[ $output != *OPENSSH* ]]
	done
}

@test "--supervised: nothing is run if the script that asked for it has ended" {
	run -0 sh -c 'wx-run -n none --supervised $$ -- echo ran'
	[ "$output" = ran ]
	run -125 sh -c 'wx-run -n none --supervised 4194304 -- echo ran; exit $?'
	[[ $output == *"the process that started this one is gone"* ]] || fail "$output"
	run -125 wx-run --supervised x -- true
	[[ $output == *"'x' is no process for --supervised: a number"* ]]
}

# wrong_agents JSON:KEY...: a profile with this agent is refused, and the key is named.
wrong_agents() {
	for bad; do
		echo "{\"agent\": ${bad%:agent*}}" >"$T/q"
		run -125 wx-run -p "$T/q" -- true
		[[ $output == *"key 'agent${bad##*:agent}': "* ]] || fail "$bad: $output"
	done
}

@test "profile: an agent runs where no command is given, with its prompt; its state is where it says" {
	printf '#!/bin/sh\nfor a; do echo "<$a>"; done\n' >"$HOME/ag" && chmod 755 "$HOME/ag"
	echo "{\"network\": \"none\", \"agent\": {\"command\": [\"$HOME/ag\", \"one\"], \"prompt\": \"--words\", \"state\": \"~/.ag\", \"token\": \"AG_TOKEN\"}}" >"$T/prof"
	wx-run -p "$T/prof" --agent-prompt 'two words' >"$T/got"
	same "$(head -n 2 "$T/got" | paste -sd' ')" "<one> <--words>"
	[[ $(sed -n 3p "$T/got") == '<You work in a sandbox made by wrapix. '*' There is no network. Read-only in the project are '*'. two words>' ]] || fail "$(cat "$T/got")"
	jq '.network_names = ["a.example", "b.example"]' "$T/prof" >"$T/q"
	[[ $(wx-run -p "$T/q" --agent-prompt '') == *' The work may want a.example, b.example. Read-only in the project are '*'.>' ]]
	wx-run -p "$T/prof" --agent-prompt x -L | jq -e '.command[2] == "--words" and (.command[3] | endswith(" x"))' >/dev/null
	same "$(wx-run -p "$T/prof" | paste -sd' ')" "<one>"
	wx-run -p "$T/prof" -- sh -c 'echo kept >~/.ag/file; echo "${CLAUDE_CONFIG_DIR-unset}"; ls -d ~/.claude 2>/dev/null; true' >"$T/got"
	same "$(cat "$T/got")" unset
	same "$(wx-run -p "$T/prof" --agent-prompt x -- sh -c 'cat ~/.ag/file')" kept
	wx-run -p "$T/prof" --print-summary >"$T/got"
	same "$(grep -E '^(command|token|agent_state)' "$T/got" | paste -sd' ')" "command	$HOME/ag token	AG_TOKEN agent_state	~/.ag"
	jq '.command = ["echo", "own"]' "$T/prof" >"$T/q"
	same "$(wx-run -p "$T/q" --agent-prompt x)" own
	wrong_agents '{}:agent.command' '{"command": []}:agent.command' '{"command": ["a"], "state": "/x"}:agent.state' \
	    '{"command": ["a"], "state": "~/../x"}:agent.state' '{"command": ["a"], "token": "A B"}:agent.token' \
	    '{"command": ["a"], "other": 1}:agent.other' '{"command": ["a"], "prompt": ""}:agent.prompt' '[]:agent'
}

@test "the agent: arguments alone are added to its own; --continue and --resume too; the words it is told stay" {
	printf '#!/bin/sh\nfor a; do echo "<$a>"; done\n' >"$HOME/ag" && chmod 755 "$HOME/ag"
	echo "{\"network\": \"none\", \"agent\": {\"command\": [\"$HOME/ag\", \"--one\"], \"prompt\": \"--words\", \"continue\": [\"-c\", \"{project}\"], \"resume\": [\"-r\"], \"state\": \"~/.ag\"}}" >"$T/prof"
	ag() { wx-run -p "$T/prof" "$@" | grep -v '^<You work' | paste -sd' '; }
	same "$(ag -- -p 'do it')" "<--one> <-p> <do it>"
	same "$(ag --agent-prompt x -- -p 'do it')" "<--one> <--words> <-p> <do it>"
	same "$(ag --agent-prompt x -- --words mine)" "<--one> <--words> <mine>"
	same "$(ag --continue)" "<--one> <-c> <$T/p>"
	same "$(ag --resume ID -- -p more)" "<--one> <-r> <ID> <-p> <more>"
	same "$(ag --agent-prompt x --continue)" "<--one> <--words> <-c> <$T/p>"
	run -125 wx-run -p "$T/prof" --continue -- ls
	[[ $output == *"are for the profile's agent: leave 'ls' out" ]] || fail "$output"
	run -125 wx-run -n none --continue
	[[ $output == *"are for an agent: take a profile that has one (-p)" ]] || fail "$output"
	run -127 wx-run -n none -- -x
	jq 'del(.agent.continue, .agent.resume)' "$T/prof" >"$T/q"
	for o in continue resume; do
		run -125 wx-run -p "$T/q" $([ "$o" = continue ] && echo --continue || echo --resume=x)
		[[ $output == *"--$o: the profile has no agent that can do that (agent.$o)" ]] || fail "$output"
	done
}

@test "the agent is told by a text of its state, before what the user tells it there; read-only, and the user's stays" {
	mkdir -p "$HOME/.ag"
	echo 'be brief' >"$HOME/.ag/AGENTS.md"
	echo '{"network": "none", "agent": {"command": ["cat", "AGENTS.md"], "state": "~/.ag", "told": "~/.ag/AGENTS.md", "share": ["~/.ag/AGENTS.md"]}}' >"$T/prof"
	run -0 wx-run -p "$T/prof" --agent-prompt 'two words' -- sh -c 'cat ~/.ag/AGENTS.md; echo x >>~/.ag/AGENTS.md; true'
	[[ ${lines[0]} == 'You work in a sandbox made by wrapix. '*' two words' && ${lines[1]} == "be brief" && ${lines[2]} == *"Permission denied" ]] || fail "$output"
	same "$(cat "$HOME/.ag/AGENTS.md")" "be brief"
	# Without instructions it is the user's alone; without one of the user's, ours.
	same "$(wx-run -p "$T/prof" -- sh -c 'cat ~/.ag/AGENTS.md')" "be brief"
	rm "$HOME/.ag/AGENTS.md"
	run -0 wx-run -p "$T/prof" --agent-prompt 'two words' -- sh -c 'cat ~/.ag/AGENTS.md'
	[[ $output == 'You work in a sandbox made by wrapix. '*' two words' ]] || fail "$output"
	# A link in its place, which an agent may have left, is not followed.
	wx-run -p "$T/prof" -- sh -c 'rm -f ~/.ag/AGENTS.md; ln -s ../../aim ~/.ag/AGENTS.md'
	run -125 wx-run -p "$T/prof" --agent-prompt x -- true
	[[ $output == *"a symbolic link is in the way"* ]] || fail "$output"
	wrong_agents '{"command": ["a"], "told": "~/x.md"}:agent.told' '{"command": ["a"], "state": "~/.ag", "told": "~/.ag/a.json"}:agent.told' \
	    '{"command": ["a"], "otherwise": "a/b"}:agent.otherwise' '{"command": ["a"], "continue": []}:agent.continue' '{"command": ["a"], "resume": "x"}:agent.resume'
}

@test "profile: the agent's state is seeded: what is missing is added, what is there stays; no link is followed; several states" {
	echo '{"network": "none", "agent": {"command": ["true"], "state": ["~/.ag", "~/.config/ag"], "seed": {
	    "~/.ag/a.json": {"done": true, "projects": {"{project}": {"trust": true}}, "list": [1]}, "~/.config/ag/deep/er/b.json": {"x": {"y": "in {project}"}}}}}' >"$T/prof"
	ag() { in_box -p "$T/prof" sh -c "$1"; }
	same "$(ag 'cat ~/.ag/a.json ~/.config/ag/deep/er/b.json; stat -c %a ~/.ag/a.json' | jq -c . | paste -sd' ')" \
	    "{\"done\":true,\"projects\":{\"$T/p\":{\"trust\":true}},\"list\":[1]} {\"x\":{\"y\":\"in $T/p\"}} 600"
	ag 'echo "{\"done\": false, \"projects\": {\"/other\": 1}, \"list\": [], \"own\": \"ä\"}" >~/.ag/a.json; echo kept >~/.config/ag/f'
	same "$(ag 'cat ~/.config/ag/f')" kept
	same "$(ag 'cat ~/.ag/a.json' | jq -c .)" "{\"done\":false,\"projects\":{\"/other\":1,\"$T/p\":{\"trust\":true}},\"list\":[],\"own\":\"ä\"}"
	# Nothing changes: the file is not written anew.
	one=$(ag 'stat -c %i ~/.ag/a.json')
	same "$(ag 'stat -c %i ~/.ag/a.json')" "$one"
	# What the agent may have left in the way.
	echo mine >"$HOME/victim"
	for left in 'ln -sf '"$HOME"'/victim ~/.ag/a.json' 'rm -f ~/.ag/a.json; mkfifo ~/.ag/a.json' 'rm -f ~/.ag/a.json; mkdir -p ~/.ag/a.json' 'rm -rf ~/.ag/a.json; echo "[1" >~/.ag/a.json' \
	    'echo "[1]" >~/.ag/a.json' 'printf "{\"a\":\"\\0\"}" >~/.ag/a.json' 'head -c 2000000 /dev/zero | tr "\0" "[" >~/.ag/a.json' 'rm -rf ~/.config/ag/deep; ln -s '"$HOME"' ~/.config/ag/deep'; do
		ag "$left"
		timeout 20 wx-run -C "$T/p" -p "$T/prof" -- true 2>err || fail "$left: $?"
		same "$(cat "$HOME/victim")" mine
		[ ! -e "$HOME/er" ] || fail "$left: followed"
	done
	grep -q "cannot prepare '~/.config/ag/deep/er/b.json'" err || fail "$(cat err)"
	wrong_agents '{"command": ["a"], "seed": []}:agent.seed' '{"command": ["a"], "seed": {"/x": {}}}:agent.seed./x' '{"command": ["a"], "seed": {"~/.x": 1}}:agent.seed.~/.x' \
	    '{"command": ["a"], "seed": {"~/.x/y": {}}}:agent.seed' '{"command": ["a"], "state": []}:agent.state' '{"command": ["a"], "state": ["~/a", "/b"]}:agent.state[1]'
}

@test "state: an agent has its own in each project; none reads the login of another; --forget removes all" {
	for a in gemini codex config/x; do
		echo "{\"network\": \"none\", \"agent\": {\"command\": [\"true\"], \"state\": \"~/.$a\"}}" >"$T/prof-${a##*/}"
	done
	in_box sh -c 'echo login >~/.claude/.credentials.json'
	for a in gemini codex config/x; do
		same "$(in_box -p "$T/prof-${a##*/}" sh -c "ls -A ~/.$a; echo $a >~/.$a/login")" ''
		same "$(in_box -p "$T/prof-${a##*/}" sh -c "cat ~/.$a/login")" "$a"
	done
	same "$(in_box sh -c 'ls -A ~/.claude | grep -v "^[^.]"')" .credentials.json
	same "$(ls "$HOME/.local/state/wrapix" | wc -l)" 5
	wx-run -C "$T/p" --forget
	same "$(ls "$HOME/.local/state/wrapix")" ""
}

@test "profile: options replace its scalars and extend its lists" {
	mkdir "$T/one" "$T/two"
	echo | script_at "$T/one/a"
	json='{"network": "none", "memory": "1G", "pids": 5, "timeout": 5, "engine": "bwrap", "env": {"A": "p", "B": "p"},
	    "hide": ["p"], "protect": ["p"], "unprotect": ["p"], "mounts": [{"source": "'$T/one'"}], "command": ["p"], "tools": ["sh"]}'
	same "$(of "$json" '[.network.mode, .limits.memory.bytes, .limits.pids.count, (.limits.seconds | . + 0), .environment.A, .environment.B,
	    .hide, .protect, .unprotect, [.mounts[] | select(.for == "mount" or .for == "tool") | .dest], .command]' \
	    -n host -M 2G -P 6 -T 7 -v A=o -H o -w o -u o -m "$T/two" -t "$T/one/a" -t "sh")" \
	    '["host",2147483648,6,7,"o","p",["p","o"],["p","o"],["p","o"],["'"$T/one"'","'"$T/two"'"],["true"]]'
	A=host of "$json" .environment.A -v A | grep -qx null
}

@test "profile: a cache is kept from run to run, of this project alone; --forget removes it" {
	echo '{"network": "none", "cache": ["~/.npm", "~/.cargo/registry", "~/.npm"]}' >"$T/c"
	mkdir "$HOME/.npm" "$T/other"
	echo host >"$HOME/.npm/host"
	wx-run -p "$T/c" -- sh -c 'set -e; [ -z "$(ls ~/.npm ~/.cargo/registry | grep -v :)" ]; echo one >~/.npm/x; echo two >~/.cargo/registry/x; echo gone >~/y'
	same "$(wx-run -p "$T/c" -- sh -c 'cat ~/.npm/x ~/.cargo/registry/x; ls ~' | paste -sd' ')" "one two"
	same "$(wx-run -n none -- sh -c 'ls ~/.npm ~/.cargo 2>&1 | grep -c "No such"')" 2
	same "$(wx-run -p "$T/c" -C "$T/other" -- ls -A .npm .cargo/registry 2>&1 | grep -c x)" 0
	wx-run -p "$T/c" -C "$T/other" -- sh -c '! [ -e ~/.npm/x ]'
	same "$(wx-run -p "$T/c" --print-plan -- true | jq -r '.mounts[] | select(.for == "cache") | .kind + " " + .dest' | paste -sd' ')" \
	    "rw $HOME/.npm rw $HOME/.cargo/registry"
	same "$(stat -c %a "$HOME"/.local/state/wrapix/*-~* | sort -u)" 700
	same "$(ls "$HOME/.npm")" host
	same "$(wx-run -p "$T/c" -m "$HOME/.npm/host:~/.npm/in/it" -- sh -c 'cat ~/.npm/in/it ~/.npm/x' | paste -sd' ')" "host one"
	wx-run --forget
	wx-run -p "$T/c" -- sh -c '! [ -e ~/.npm/x ]'
	echo '{"network": "none", "cache": ["~/.claude/x"]}' >"$T/c"
	refuses 125 "cannot keep '~/.claude/x' (cache): the agent's state is '$HOME/.claude'" -p "$T/c" -- true
	echo '{"network": "none", "cache": ["~/.gem"], "agent": {"command": ["true"], "state": "~/.gem/ini"}}' >"$T/c"
	refuses 125 "cannot keep '~/.gem' (cache): the agent's state is '$HOME/.gem/ini'" -p "$T/c" -- true
}

@test "profile: what of the user's own the agent reads: text, read-only, links below the home, no settings, no secrets" {
	mkdir -p "$HOME/.claude/skills/own" "$HOME/dot/skill" "$HOME/.ssh" "$HOME/keys"
	echo me >"$HOME/dot/C.md"
	ln -s ../dot/C.md "$HOME/.claude/CLAUDE.md"
	echo own >"$HOME/.claude/skills/own/SKILL.md"
	echo linked >"$HOME/dot/skill/SKILL.md"
	echo secret | tee "$HOME/.ssh/id" >"$HOME/keys/k"
	ln -s ../../dot/skill ../../.ssh ../../keys "$HOME/.claude/skills"
	echo '{"theirs": 1}' >"$HOME/.claude/settings.json"
	echo '{"network": "none", "agent": {"command": ["true"], "share": ["~/.claude/CLAUDE.md", "~/.claude/skills", "~/.claude/agents"]}}' >"$T/s"
	same "$(wx-run -p "$T/s" -- sh -c 'cd ~/.claude; cat CLAUDE.md skills/own/SKILL.md skills/skill/SKILL.md; ls; echo x 2>&- >CLAUDE.md || rm -rf skills/own 2>&- || cat ~/.ssh/id ~/keys/k skills/keys/k 2>&- || echo kept' | paste -sd' ')" \
	    "me own linked CLAUDE.md skills kept"
	same "$(wx-run -p "$T/s" --print-summary | sed -n "s|^share\t$HOME/||p" | paste -sd' ')" ".claude/CLAUDE.md .claude/skills dot/skill"
	echo 'CLAUDE.md of the agent' >"$HOME/rival"
	ln -s "$HOME/rival" out.md
	ln -sf "$T/p/out.md" "$HOME/.claude/CLAUDE.md"
	wx-run -p "$T/s" -- sh -c '[ ! -s ~/.claude/CLAUDE.md ]' 2>"$T/err"
	grep -qxF "wx-run: leaves out '$HOME/.claude/CLAUDE.md' (agent.share): it leads out of your home, or into the project" "$T/err" || fail "$(cat "$T/err")"
	for path in settings.json .claude.json .credentials.json hooks config.toml x/auth.json; do
		bad "key 'agent.share': '~/.claude/$path' would be settings or a login, which are not shared" \
		    "{\"agent\": {\"command\": [\"true\"], \"share\": [\"~/.claude/$path\"]}}"
	done
	bad "key 'agent.share': '~/.ssh/x' is in no state of the agent's" '{"agent": {"command": ["true"], "share": ["~/.ssh/x"]}}'
	bad "key 'agent.share[0]': must be a path below the home, ~/..." '{"agent": {"command": ["true"], "share": ["~/.claude/../.ssh"]}}'
}

@test "profile: what is wrong with a key is said with its path" {
	bad "key 'cache': must be a list of paths below the home" '{"cache": "~/.npm"}'
	for path in '"/srv"' '"~"' '"~/"' '"~/../x"' '"~/a//b"' 7; do
		bad "key 'cache[0]': must be a path below the home, ~/..." "{\"cache\": [$path]}"
	done
	bad "key 'nett': unknown; see wrapix-profile(5)" '{"nett": "none"}'
	bad "key 'Network': unknown" '{"Network": "none"}'
	bad "must be a JSON object" '[]'
	bad "must be a JSON object" 'null'
	bad "key 'network': must be \"open\", \"none\", \"listed\" or \"host\"" '{"network": "no"}'
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
	# With a reader and a writer of ours it can be opened: red, and not a hang.
	exec 9<>"$T/fifo"
	echo x >&9
	run -125 timeout 100 wx-run -p "$T/link" -- true
	[[ $output == *"cannot read profile '$T/link': is a FIFO"* ]] || fail "$output"
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

@test "a link in the project, on the way to a mount, a profile, the known hosts: where it leads the sandbox may have chosen" {
	mkdir -p "$HOME/.ssh" "$HOME/.config/wrapix" "$HOME/.cargo" "$HOME/place/reg" "$T/elsewhere"
	echo PRIVATE-made-up >"$HOME/.ssh/id"
	ln -s "$HOME/.ssh" "$T/p/link"
	ln -s "$T/p/link" "$HOME/.cargo/registry"
	for src in "$HOME/.cargo/registry" "$T/p/link" link "$T/elsewhere/../p/link/id" "$T/p/../p/link"; do
		refuses 125 "cannot mount '$src': a link in the project leads to it" -n none -C "$T/p" -m "$src" -- true
	done
	echo '{"mounts": [{"source": "~/.cargo/registry", "optional": true}]}' >"$T/prof"
	refuses 125 "cannot mount '$HOME/.cargo/registry'" -n none -C "$T/p" -p "$T/prof" -- true
	# By other links, and in the project itself, as before.
	ln -sfn "$HOME/place/reg" "$HOME/.cargo/registry"
	in_box -p "$T/prof" -- ls "$HOME/.cargo/registry"
	in_box -m "$T/p:/again" -- ls /again
	# A profile.
	echo '{"env": {"FROM": "elsewhere"}}' >"$T/elsewhere/prof"
	ln -s "$T/elsewhere/prof" "$T/p/prof"
	ln -s "$T/p/prof" "$HOME/mine.json"
	refuses 125 "lies in the project" -n none -C "$T/p" -p "$HOME/mine.json" -- true
	same "$(in_box -y -p "$HOME/mine.json" -- printenv FROM)" elsewhere
	same "$(in_box -p <(echo '{"env": {"FROM": "pipe"}}') -- printenv FROM)" pipe
	same "$(in_box -p /dev/stdin -- printenv FROM <"$T/elsewhere/prof")" elsewhere
	# The user's host keys.
	ln -s "$HOME/.ssh/id" "$T/p/hosts"
	ln -s "$T/p/hosts" "$HOME/.config/wrapix/known_hosts"
	wx-run -n none -C "$T/p" -- cat /etc/ssh/ssh_known_hosts >out 2>err
	run ! grep PRIVATE-made-up out
	grep -q "leaves out the host keys of '$HOME/.config/wrapix/known_hosts'" err
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
	same "$(echo 'echo "$0 in $PWD"' | in_box)" "$(getent passwd "$(id -u)" | cut -d: -f7) in $T/p"
	same "$(plan | jq -c .command)" "[\"$(getent passwd "$(id -u)" | cut -d: -f7)\"]"
}

@test "command: a file in ~/.local/bin, and what it calls; HOME stays empty" {
	script_at "$HOME/.local/bin/mine" <<<'#!/bin/sh
echo "mine $0 $1"; ls -A ~ ~/.local ~/.local/bin | paste -sd" "'
	echo secret >"$HOME/.local/bin/other"
	PATH=$HOME/.local/bin:$PATH
	same "$(in_box mine x | paste -sd' ')" "mine $HOME/.local/bin/mine x $HOME: .claude .local  $HOME/.local: bin  $HOME/.local/bin: mine"
	same "$(tools mine)" "ro $HOME/.local/bin/mine"
	same "$(in_box -t mine -- sh -c 'mine z' | head -n 1)" "mine $HOME/.local/bin/mine z"
	run ! in_box -- sh -c 'echo x >>~/.local/bin/mine'
	same "$(in_box "$HOME/.local/bin/mine" y | head -n 1)" "mine $HOME/.local/bin/mine y"
	nothing_wide mine
}

@test "PATH: tools below HOME are there for any command: version managers whole, ~/bin by its programs, links by what they lead to; others are named" {
	base=$PATH
	fake_node
	script_at "$HOME/.local/bin/mytool" <<<'#!/bin/sh
echo mine'
	echo secret >"$HOME/.local/bin/token"
	script_at "$HOME/.local/share/uv/tools/ruff/bin/ruff" <<<"#!$HOME/.local/share/uv/tools/ruff/bin/python
ruff"
	script_at "$HOME/.local/share/uv/python/cpython-9/bin/python3.9" <<<'#!/bin/sh
echo "python runs $(basename "$1")"'
	ln -s "$HOME/.local/share/uv/python/cpython-9/bin/python3.9" "$HOME/.local/share/uv/tools/ruff/bin/python"
	ln -s ../share/uv/tools/ruff/bin/ruff "$HOME/.local/bin/ruff"
	ln -s /etc/hostname "$HOME/.local/bin/no-program"
	ln -s ../../.ssh/id "$HOME/.local/bin/key"
	mkdir -p "$HOME/.ssh" "$HOME/private/bin" "$HOME/.cargo/bin" "$HOME/.rustup/toolchains/x/bin" "$HOME/multishell"
	echo PRIVATE >"$HOME/.ssh/id"
	script_at "$HOME/private/bin/p" <<<'#!/bin/sh'
	ln -s "$HOME/.rustup/toolchains/x/bin/cargo" "$HOME/.cargo/bin/cargo"
	script_at "$HOME/.rustup/toolchains/x/bin/cargo" <<<'#!/bin/sh
echo cargo x'
	echo token >"$HOME/.cargo/credentials.toml"
	ln -s "$HOME/.nvm/versions/node/v1/bin" "$HOME/multishell/bin"
	PATH=$HOME/.local/bin:$HOME/multishell/bin:$HOME/private/bin:$HOME/.cargo/bin:$PATH
	same "$(in_box sh -c 'mytool; ruff; cargo; command -v node; cat ~/.nvm/versions/node/v1/lib/v; ls -A ~/.local/bin | paste -sd" "; ls -A ~/.cargo ~/.nvm/versions/node | paste -sd" "; command -v p || echo no-p; ls -A ~/.ssh ~/private 2>&1 | grep -c "No such"')" "mine
python runs ruff
cargo x
$HOME/multishell/bin/node
v1
mytool ruff
$HOME/.cargo: bin  $HOME/.nvm/versions/node: v1
no-p
2"
	same "$(in_box --print-summary -- true | grep path_left)" "path_left_out	$HOME/private/bin"
	run ! in_box -- sh -c 'echo x >>~/.local/bin/mytool || echo x >>~/.cargo/bin/cargo'
	# Where a link in the project leads to is not the sandbox's to choose.
	mkdir -p "$HOME/other/lib"
	script_at "$HOME/other/bin/run" <<<'#!/bin/sh'
	ln -s "$HOME/other/bin/run" "$T/p/prog"
	ln -s "$HOME/.cargo/bin" "$T/p/dir"
	ln -s "$T/p/prog" "$HOME/.local/bin/prog"
	same "$(PATH=$T/p/dir:$HOME/.local/bin:$base in_box sh -c 'ls -A ~/.local/bin | paste -sd" "; ls -d ~/other ~/.cargo 2>/dev/null || echo none')" "mytool ruff
none"
	rm "$T/p/prog" "$T/p/dir" "$HOME/.local/bin/prog"
	# A PATH of the user's own brings nothing.
	same "$(in_box -v PATH=/usr/bin:/bin sh -c 'ls -A ~ | paste -sd" "')" .claude
	nothing_wide sh
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
	same "$(tools tool)" ""
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

@test "command: below ~/.claude, and that is a link: also the second time" {
	script_at "$HOME/dotfiles/claude/local/node_modules/x/x" <<<'#!/bin/sh'
	ln -s dotfiles/claude "$HOME/.claude"
	mkdir "$HOME/.claude/local/node_modules/.bin"
	ln -s ../x/x "$HOME/.claude/local/node_modules/.bin/x"
	PATH=$HOME/.claude/local/node_modules/.bin:$PATH
	for _ in 1 2; do
		in_box x 2>err || fail "status $?: $(cat err)"
	done
}

@test "command: in the project, relative, absolute, by PATH, and through a link from HOME" {
	script_at sub/run <<<'#!/bin/sh
echo "run $0 $PWD"'
	same "$(in_box ./sub/run)" "run ./sub/run $T/p"
	same "$(in_box sub/run)" "run sub/run $T/p"
	same "$(in_box "$T/p/sub/run")" "run $T/p/sub/run $T/p"
	same "$(in_box /workspace/sub/run)" "run /workspace/sub/run $T/p"
	same "$(cd / && wx-run -n none -C "$T/p" ./sub/run)" "run ./sub/run $T/p"
	PATH=$T/p/sub:$PATH
	same "$(in_box run)" "run $T/p/sub/run $T/p"
	same "$(in_box -- sh -c 'echo $PATH; run')" "$T/p/sub:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
run $T/p/sub/run $T/p"
	mkdir "$HOME/bin"
	ln -s "$T/p/sub/run" "$HOME/bin/linked"
	PATH=$HOME/bin:$PATH
	same "$(in_box linked)" "run $T/p/sub/run $T/p"
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
	refuses 126 "cannot run '/etc': Permission denied" -n none -L -- /etc
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

@test "command: found by the PATH inside as execvp(3) finds it" {
	mkdir -p bin other
	P=/workspace/none:/workspace/bin:/workspace/other
	printf 'echo "shell $0 $1 $2"\n' >other/plain
	printf '#!/bin/sh\necho two\n' >other/twice
	chmod +x other/*
	# Without an interpreter of its own it is a script of the shell's.
	same "$(in_box -v PATH=$P -- plain 'a b' c)" "shell /workspace/other/plain a b c"
	# One that may not be run is passed by, and the reason if none comes after it.
	printf '#!/bin/sh\necho one\n' >bin/twice
	same "$(in_box -v PATH=$P -- twice)" two
	chmod -x other/twice
	refuses 126 "cannot run 'twice': Permission denied" -n none -v PATH=$P -- twice
	refuses 127 "cannot run 'bin': No such file" -n none -v PATH=$P -- bin
	# An empty entry is the working folder.
	printf 'echo "here $0"\n' >here
	chmod +x here
	same "$(in_box -v PATH=:/usr/bin -- here)" "here here"
	same "$(in_box -v PATH=/usr/bin: -- here)" "here here"
	refuses 127 "cannot run 'here': No such file" -n none -v PATH=/usr/bin -- here
}

@test "the first process inside is small, where the build can make it so" {
	same "$(in_box -- cat /proc/1/comm)" wx-run
	[ -z "$WX_SAN" ] || skip "sanitizers need their own libc"
	command -v musl-gcc >/dev/null || skip "no musl-gcc"
	size=$(in_box -- stat -c %s /run/wrapix/init)
	[ "$size" -le 65536 ] || fail "$size bytes"
}

# --- environment and descriptors

@test "environment: built from nothing; locale, TERM and TZ come, nothing else does" {
	got=$(bare HOME="$HOME" PATH="$PATH" LANG=de_DE.UTF-8 LC_ALL=C LC_TIME=C TERM=vt100 TZ=Europe/Berlin COLORTERM=x NO_COLOR=1 \
	    LC_BAD=$'a\nb' AWS_SECRET_ACCESS_KEY=MADEUP SSH_AUTH_SOCK=/x DISPLAY=:0 XDG_RUNTIME_DIR=/run/x DBUS_SESSION_BUS_ADDRESS=x \
	    LD_LIBRARY_PATH=/nowhere "$(command -v wx-run)" -n none env | grep -v '^PWD=\|^_=\|^SHLVL=' | sort)
	same "$got" "CLAUDE_CONFIG_DIR=$HOME/.claude
COLORTERM=x
HOME=$HOME
LANG=de_DE.UTF-8
LC_ALL=C
LC_TIME=C
LOGNAME=$(id -un)
NO_COLOR=1
PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
SHELL=$(getent passwd "$(id -u)" | cut -d: -f7)
TERM=vt100
TZ=Europe/Berlin
USER=$(id -un)"
	same "$(bare HOME="$HOME" "$(command -v wx-run)" -n none -- sh -c 'echo $LANG $TERM $PATH')" "C.UTF-8 dumb /usr/local/bin:/usr/bin:/bin"
}

@test "-v: a value, an empty one, the host's, one that is not set; the last counts" {
	same "$(A=host B=host in_box -v A -v B=mine -v C= -v GONE -v D=1 -v D='x = y' -- sh -c 'echo "$A $B [$C] ${GONE-unset} $D"')" "host mine [] unset x = y"
	same "$(in_box -v HOME=/tmp -- sh -c 'echo ~')" /tmp
	same "$(A=$'two\nlines' in_box -v A -- sh -c 'echo "$A"')" $'two\nlines'
	for name in '' 1A A-B 'A B' LD_PRELOAD LD_LIBRARY_PATH GLIBC_TUNABLES; do
		refuses 125 "cannot set '$name' (-v): not a name of a variable, or one that the loader obeys" -n none -v "$name=x" -- true
	done
}

@test "descriptors: none but 0 to 2 arrive, wherever they lead" {
	echo secret >"$T/secret"
	same "$(in_box -- sh -c 'echo /proc/self/fd/*' 3<"$T/secret" 7<"$T/secret" 9<"$T" 20<"$T/secret")" \
	    "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3"
	same "$(in_box -E 5 -- sh -c 'cat <&5 || echo closed' 5<<<A=b 2>/dev/null)" closed
	same "$(echo through | in_box -- cat)" through
	same "$(in_box -- sh -c 'echo out; echo err >&2' 2>&1 >/dev/null)" err
	in_box -- sh -c 'readlink /proc/self/fd/0' <&- | grep -qx /dev/null
}

@test "the user: made passwd and group, the same uid and gid, no host name" {
	same "$(in_box -- sh -c 'id -un; id -gn; id -u; id -g; hostname; cat /etc/hostname' | paste -sd' ')" \
	    "$(id -un) $(id -un) $(id -u) $(id -g) wrapix wrapix"
	same "$(in_box -- cat /etc/passwd | cut -d: -f1,6)" "root:/
$(id -un):$HOME
nobody:/nonexistent"
	in_box -- touch made
	same "$(stat -c %u:%g made)" "$(id -u):$(id -g)"
	mkdir "$T/a:b"
	same "$(HOME="$T/a:b" in_box -- sh -c 'echo ~; getent passwd $(id -u) | cut -d: -f6')" "/home/$(id -un)
/home/$(id -un)"
}

# --- mounts

@test "-m: read-only by default, rw, a destination, colons in the name" {
	mkdir "$T/a" "$T/c:d" "$T/e:ro" "$T/f"
	echo file >"$T/f/x"
	same "$(in_box -m "$T/a" -- sh -c 'touch "$1/x" 2>&1 || ls -d "$1"' - "$T/a" | tail -n 1)" "$T/a"
	in_box -m "$T/a:$T/a:rw" -- touch "$T/a/1"
	in_box -m "$T/a::rw" -- true 2>"$T/err" && fail "an empty destination was taken"
	in_box -m "$T/a:rw" -- touch "$T/a/2"
	in_box -m "$T/a:/srv/x:rw" -- touch /srv/x/3
	run ! in_box -m "$T/a:/srv/x:ro" -- touch /srv/x/4
	same "$(ls "$T/a" | paste -sd' ')" "1 2 3"
	same "$(in_box -m "$T/c:d" -m "$T/c:d:/c" -m "$T/e:ro:/e" -m "$T/f/x:/f:with:colons" -- sh -c 'ls -d "$1" /c /e; cat /f:with:colons' - "$T/c:d")" \
	    "/c
/e
$T/c:d
file"
	cd "$T"
	same "$(wx-run -C p -n none -m f -m 'f:/g' -- cat "$T/f/x" /g/x)" $'file\nfile'
	refuses 125 "'$T/a:relative' is no mount" -n none -C p -m "$T/a:relative" -- true
	refuses 125 "'' is no mount" -n none -C p -m '' -- true
}

@test "-m: what is refused as a source" {
	mkdir -p "$HOME/.local/state/wrapix" sub "$T/rw"
	refuses 125 "cannot mount '/absent': No such file" -n none -m /absent:/x -- true
	ln -s "$HOME" "$T/home-link"
	for src in / "$HOME" "$T" "$T/p/.." "$T/home-link" '~'; do
		refuses 125 "your home with all its keys is in it" -n none -m "$src:/x" -- true
	done
	in_box -- true
	state=$(echo "$HOME"/.local/state/wrapix/*.run)
	for src in "$HOME/.local" "$HOME/.local/state/wrapix" "$state" "$state/users"; do
		refuses 125 "wx-run's own state is there" -n none -m "$src:/x" -- true
	done
	for src in "$T/p" "$T/p/sub"; do
		refuses 125 "it overlaps with the project" -n none -m "$src:/x:rw" -- true
		in_box -m "$src:/x" -- true
	done
	mkdir -p "$T/q/r"
	refuses 125 "it overlaps with the project" -n none -C "$T/q/r" -m "$T/q:/x:rw" -- true
}

@test "-m: a source in the project that is a link out of it" {
	echo secret >../secret
	in_box sh -c 'ln -s ../secret link; mkdir d; ln -s ../.. d/up; echo mine >f; ln -s f near' 2>err
	for src in link d/up/secret "$PWD/link"; do
		rc=0
		in_box -m "$src:/x" cat /x >out 2>err || rc=$?
		[ "$rc" -eq 125 ] || fail "$src: $rc"
		grep -qxF "wx-run: cannot mount '$src': a link in the project leads to it, and the sandbox could have made that; name the place itself, '$T/secret'" err || fail "$(cat err)"
	done
	[ "$(in_box -m near:/x cat /x)" = mine ]
	[ "$(in_box -m ../secret:/x cat /x)" = secret ]
	[ "$(in_box -m d/../../secret:/x cat /x)" = secret ]
}

@test "-m: what is refused as a destination" {
	mkdir "$T/a"
	for dest in /workspace /workspace/sub /tmp/../workspace //workspace; do
		refuses 125 "it is the project's" -n none -m "$T/a:$dest" -- true
	done
	for dest in / /proc /proc/self /dev /dev/shm /run /run/secrets/x /run/wrapix /usr /etc /tmp /home; do
		refuses 125 "cannot mount on '$dest': it is the sandbox's own" -n none -m "$T/a:$dest" -- true
	done
	for dest in "$HOME" "$T"; do
		refuses 125 "the home inside is in it" -n none -m "$T/a:$dest" -- true
	done
	same "$(in_box -m "$T/a:~/x" -- sh -c 'ls ~')" x
}

@test "-m: into what can be written, where an earlier run left a link" {
	cd ..
	mkdir -p src target rw
	wx-run -n none -C p -m "$PWD/rw:/rw:rw" sh -c "ln -s /oldroot$PWD/target ~/.claude/d; ln -s /oldroot$PWD/target /rw/d"
	for m in "$PWD/src:~/.claude/d/new" "$PWD/src:~/.claude/d" "$PWD/src:/rw/d/new"; do
		rc=0
		wx-run -n none -C p -m "$PWD/rw:/rw:rw" -m "$m" true 2>err || rc=$?
		[ "$rc" -eq 125 ] || fail "$m: $rc"
		grep -q "a symbolic link is in the way, which an earlier run may have left; remove '.*/d'" err || fail "$(cat err)"
	done
	[ -z "$(ls target)" ] || fail "made on the host: $(ls target)"
	wx-run -n none -C p -m "$PWD/src:~/.claude/ok/new" ls -d "$HOME/.claude/ok/new"
}

@test "/run, /nix/var and ~/.ssh are not there; /nix/store is where the host has it" {
	mkdir "$HOME/.ssh"
	echo key >"$HOME/.ssh/id_ed25519"
	same "$(in_box -- sh -c 'ls -A /run /run/wrapix; ls -d /nix/var ~/.ssh /sys /boot /root /var/* /home 2>/dev/null' | paste -sd' ')" \
	    "/run: wrapix  /run/wrapix: init policy /var/tmp"
	if [ -d /nix/store ]; then
		same "$(in_box -- ls /nix)" store
	fi
}

# --- ssh-agent

@test "-k: an agent's socket, and a git that uses it alone" {
	command -v ssh-agent >/dev/null || skip "no ssh-agent here"
	ssh-keygen -q -t ed25519 -N '' -C agent-key -f "$T/key"
	mkdir -m 700 "$T/agent"
	eval "$(ssh-agent -a "$T/agent/sock")" >/dev/null
	ssh-add -q "$T/key"
	got=$(in_box -k "$T/agent/sock" -- sh -c 'ssh-add -l; echo "$SSH_AUTH_SOCK"; echo "$GIT_SSH_COMMAND"; ssh-keygen -F github.com -f /etc/ssh/ssh_known_hosts | grep -c " ssh-ed25519 "; ls -A ~' 2>&1 | grep -v "no filter before it")
	kill "$SSH_AGENT_PID"
	same "$got" "$(ssh-keygen -lf "$T/key.pub")
/run/wrapix/ssh-agent.sock
ssh -F /dev/null -o IdentityAgent=/run/wrapix/ssh-agent.sock -o IdentityFile=none -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/etc/ssh/ssh_known_hosts -o BatchMode=yes -o ForwardAgent=no
1
.claude"
	same "$(SSH_AUTH_SOCK=$T/agent/sock in_box -- sh -c 'echo ${SSH_AUTH_SOCK-unset} ${GIT_SSH_COMMAND-unset}')" "unset unset"
}

@test "-k: an agent without a filter is handed over with a line that says how many keys it has" {
	command -v ssh-agent >/dev/null || skip "no ssh-agent here"
	ssh-keygen -q -t ed25519 -N '' -C one -f "$T/one"
	ssh-keygen -q -t ed25519 -N '' -C two -f "$T/two"
	mkdir -m 700 "$T/agent"
	eval "$(ssh-agent -a "$T/agent/sock" 3>&-)" >/dev/null
	export SSH_AUTH_SOCK=$T/agent/sock
	for n in 0 1 2; do
		[ "$n" = 0 ] || ssh-add -q "$T/$([ "$n" = 1 ] && echo one || echo two)"
		s=$([ "$n" = 1 ] || echo s)
		same "$(in_box -k "$T/agent/sock" -- true 2>&1)" "wx-run: the ssh-agent of -k has no filter before it: the command can use its $n key$s at any host, sign anything, and remove or lock them; put 'wx-ssh-agent -A -k KEY.pub' before it"
	done
	same "$(wx-ssh-agent -A -k "$T/one.pub" sh -c 'exec "$@"' x bash -c "$(declare -f in_box); "'in_box -k "$SSH_AUTH_SOCK" -- ssh-add -l 2>&1' | cut -d' ' -f3)" one
	same "$(wx-ssh-agent -k "$T/one" bash -c "$(declare -f in_box); "'in_box -k "$SSH_AUTH_SOCK" -- ssh-add -l 2>&1' | cut -d' ' -f3)" one
	kill "$SSH_AGENT_PID"
	# One that has ended.
	rm -f "$T/agent/sock"
	same "$(in_box -k "$(dead_socket)" -- true 2>&1)" "wx-run: the ssh-agent of -k does not answer"
}

# dead_socket: one that nobody listens at.
dead_socket() {
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/agent/dead"
	echo "$T/agent/dead"
}

@test "-k: missing, a file, a folder are refused" {
	touch "$T/file"
	refuses 125 "cannot find ssh-agent socket '$T/none'" -n none -k "$T/none" -- true
	refuses 125 "'$T/file' is not a socket" -n none -k "$T/file" -- true
	refuses 125 "'$T' is not a socket" -n none -k "$T" -- true
}

@test "pinned hosts: GitHub's, the user's file, the profile's" {
	mkdir -p "$HOME/.config/wrapix"
	printf 'mine.example ssh-ed25519 AAAA' >"$HOME/.config/wrapix/known_hosts"
	echo '{"known_hosts": ["[h.example]:22 ssh-ed25519 BBBB"]}' >"$T/prof"
	got=$(in_box -p "$T/prof" -- cat /etc/ssh/ssh_known_hosts)
	[[ $got == "github.com,"*$'\n''mine.example ssh-ed25519 AAAA'$'\n''[h.example]:22 ssh-ed25519 BBBB' ]] || fail "$got"
	# The list is the one that GitHub publishes, where the tree has it beside it.
	f=$WX_SHARED/data/known_hosts.github
	[ -r "$f" ] || return 0
	awk '!/^#/ { print $NF }' "$f" | while read -r blob; do
		grep -qF -- "$blob" <<<"$got" || fail "not pinned: $blob"
	done
}

# --- git identity

# identity: what git says inside, and nothing else of a configuration.
identity() {
	in_box -- git config --list --show-scope
}

@test "git: the user's name and address, quoted as they need to be" {
	same "$(identity)" ""
	in_box -- test ! -e "$HOME/.gitconfig"
	for name in 'Ann Example' 'a "quoted" \back\ name' '  spaces  ' 'Änn ☃' '# hash; semi' "it's"; do
		git config --global user.name "$name"
		git config --global user.email a@example.org
		git config --global alias.x '!touch ran'
		same "$(in_box -- git config user.name)" "$name"
		same "$(identity)" "global	user.name=$name
global	user.email=a@example.org"
	done
}

@test "git: an include, both of the user's files, GIT_CONFIG_GLOBAL" {
	mkdir -p "$HOME/.config/git" "$T/xdg/git"
	printf '[user]\n\tname = From XDG\n\temail = x@example.org\n' >"$HOME/.config/git/config"
	same "$(identity | paste -sd' ')" "global	user.name=From XDG global	user.email=x@example.org"
	printf '[alias]\n\tx = y\n[include]\n\tpath = ~/inc\n' >"$HOME/.gitconfig"
	printf '[user]\n\temail = inc@example.org\n' >"$HOME/inc"
	same "$(identity | paste -sd' ')" "global	user.name=From XDG global	user.email=inc@example.org global	alias.x=y"
	printf '[user]\n\tname = Elsewhere\n' >"$T/xdg/git/config"
	same "$(XDG_CONFIG_HOME=$T/xdg in_box -- git config user.name)" Elsewhere
	printf '[user]\n\tname = "One"\n' >"$T/one"
	same "$(GIT_CONFIG_GLOBAL=$T/one identity)" "global	user.name=One"
	printf '\xef\xbb\xbf[user]\n\tname = Bom\n' >"$HOME/.gitconfig"
	same "$(in_box -- git config user.name)" Bom
	printf '[user]\n\tname\n\temail = "e@example.org"\n' >"$HOME/.gitconfig"
	same "$(in_box -- git config user.email)" e@example.org
	# The system's comes first.
	printf '[user]\n\tname = System\n\temail = s@example.org\n' >"$T/sys"
	printf '[user]\n\tname = Own\n' >"$HOME/.gitconfig"
	rm "$HOME/.config/git/config"
	same "$(unset GIT_CONFIG_NOSYSTEM; GIT_CONFIG_SYSTEM=$T/sys identity | paste -sd' ')" "global	user.name=Own global	user.email=s@example.org"
}

@test "git: a name of two lines is no name, and sets nothing else" {
	git config --global user.name $'x\n[core]\n\tfsmonitor = touch ran'
	git config --global user.email a@example.org
	same "$(identity)" "global	user.email=a@example.org"
}

@test "git: name and address are those of the repository; nothing of its configuration is run" {
	git init -q .
	printf '[core]\n\tfsmonitor = touch %s/ran\n[include]\n\tpath = %s/p/inc\n[user]\n\tname = Local\n' "$T" "$T" >>.git/config
	printf '[user]\n\tname = "Real"\n\temail = r@example.org\n' >"$HOME/.gitconfig"
	for o in -L -A -K; do
		wx-run -n none $o -- true >"$T/out"
	done
	same "$(in_box -- cat "$HOME/.gitconfig")" $'[user]\n\tname = "Local"\n\temail = "r@example.org"'
	[ ! -e "$T/ran" ]
	( export GIT_DIR=$T/p/.git GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=Planted
	same "$(in_box -- cat "$HOME/.gitconfig")" $'[user]\n\tname = "Local"\n\temail = "r@example.org"' )
	# One that git cannot read says nothing.
	cp .git/config inc
	same "$(in_box -- cat "$HOME/.gitconfig")" $'[user]\n\tname = "Real"\n\temail = "r@example.org"'
}

# --- secrets: each is made up, and holds the word MADEUP

@test "-E: by pipe, by descriptor, by a here-document; the command has them, all" {
	same "$(printf 'A=MADEUP-a\nB=MADEUP b=c\n' | in_box -E 0 -- sh -c 'echo "$A|$B"')" "MADEUP-a|MADEUP b=c"
	same "$(in_box -E 7 -- sh -c 'echo "$A"; cat' 7< <(printf A=MADEUP-7) <<<stdin)" $'MADEUP-7\nstdin'
	same "$(in_box --env-fd 0 -- printenv A <<<A=MADEUP-h)" MADEUP-h
	umask 077
	echo MADEUP-t >"$T/tok"
	same "$(wx-token-env -n TOK -f "$T/tok" | in_box -E 0 -- env | grep TOK)" TOK=MADEUP-t
	echo A=MADEUP-f >"$T/line"
	same "$(in_box -E 3 -- printenv A 3<"$T/line")" MADEUP-f
}

@test "-F: files of mode 0400 under /run/secrets, exact, and no variables" {
	same "$(printf 'A=MADEUP-a\nB_2=MADEUP b\n' | in_box -F 0 -- sh -c 'cd /run/secrets; stat -c "%n %a %s" *; cat A B_2; echo " ${A-unset}"; echo x >A 2>/dev/null || echo closed')" \
	    "A 400 8
B_2 400 8
MADEUP-aMADEUP b unset
closed"
	same "$(in_box -E 3 -F 4 -- sh -c 'echo "$A $(cat /run/secrets/A) ${B-unset} $(ls /run/secrets)"' 3<<<A=MADEUP-e 4<<<A=MADEUP-f)" "MADEUP-e MADEUP-f unset A"
}

@test "-E: standard input afterwards is the terminal, or nothing" {
	same "$(in_box -E 0 -- sh -c 'readlink /proc/self/fd/0; cat' <<<A=MADEUP)" /dev/null
	same "$(in_box -F 0 -- sh -c 'readlink /proc/self/fd/0; cat' <<<A=MADEUP)" /dev/null
	run -0 script -qec "printf 'A=MADEUP-tty\n' | wx-run -n none -E 0 -- sh -c 'test -t 0 && read -r x && echo got \$x \$A'" /dev/null <<<typed
	[[ $output == *"got typed MADEUP-tty"* ]] || fail "$output"
}

@test "-E, -F: nothing of a secret is in any argv, in the environment of a process of ours, or on disk" {
	secret=MADEUP-$RANDOM$RANDOM
	printf '%s' "$secret" >"$T/pattern"
	mkfifo ready go
	exec 9<>ready 8<>go
	wx-run -n none -T 30 -E 5 -F 6 -- sh -c 'echo >ready; read x <go; cat /proc/1/environ; cat /proc/1/cmdline' \
	    5< <(printf 'A=%s' "$secret") 6< <(printf 'B=%s' "$secret") >"$T/one" 3>&- 8>&- 9>&- &
	pid=$!
	read -r -t 60 _ <&9 || fail "it did not start"
	for p in /proc/[0-9]*; do
		# The command itself has it, as it should.
		case $(cat "$p/comm" 2>/dev/null) in sh | bats* | bash) continue ;; esac
		! grep -qaF -f "$T/pattern" "$p/cmdline" "$p/environ" 2>/dev/null || fail "$p: $(tr '\0' ' ' <"$p/cmdline")"
	done
	run ! grep -rlF -f "$T/pattern" "$HOME" "$T/p" /dev/shm
	echo >go
	wait "$pid"
	run ! grep -F -f "$T/pattern" "$T/one"
	grep -q /run/wrapix/init "$T/one"
}

# no_secret PATTERN LINES...: refused, and not shown.
no_secret() {
	printf "$2" >"$T/lines"
	chmod 600 "$T/lines"
	for o in -E -F; do
		refuses 125 "$1" -n none $o 3 -- touch ran 3<"$T/lines"
		run ! grep MADEUP "$T/err"
		[ ! -e ran ]
	done
}

@test "-E, -F: what is no NAME=value is refused, and never shown" {
	no_secret 'no secret on descriptor 3: the left side of the pipe said nothing' ''
	no_secret 'line 1 of the secrets is not NAME=value' 'MADEUP\n'
	no_secret 'line 2 of the secrets is not NAME=value' 'A=MADEUP\nMADEUP\n'
	no_secret 'line 2 of the secrets is not NAME=value' 'A=MADEUP\n\nB=MADEUP\n'
	no_secret 'line 1 of the secrets is not NAME=value' '=MADEUP\n'
	no_secret 'line 1 of the secrets is not NAME=value' '../A=MADEUP\n'
	no_secret 'line 1 of the secrets is not NAME=value' 'MADEUP-A=x\n'
	no_secret 'line 1 of the secrets is not NAME=value' 'LD_PRELOAD=MADEUP\n'
	no_secret 'line 1 of the secrets is not NAME=value' 'GLIBC_TUNABLES=MADEUP\n'
	no_secret "secret 'A' is empty or not one printable line (0 bytes)" 'A=\n'
	no_secret "secret 'A' is empty or not one printable line (7 bytes)" 'A=MADEUP\r\n'
	no_secret "secret 'A' is empty or not one printable line (10 bytes)" 'A=MADEUP\033[0m\n'
	no_secret "secret 'A' is empty or not one printable line (7 bytes)" 'A=MADEUP\377\n'
	no_secret 'secrets from descriptor 3 hold a NUL' 'A=MADEUP\0\n'
	for name in HOME PATH USER LANG CLAUDE_CONFIG_DIR; do
		no_secret "secret '$name' has the name of a variable of the sandbox" "$name=MADEUP\n"
	done
	no_secret "secret 'A' stands twice" 'A=MADEUP\nAB=MADEUP\nA=MADEUP\n'
	no_secret "more than 64 secrets" "$(printf 'N%s=MADEUP\\n' {1..65})"
	refuses 125 "secret 'X' has the name" -n none -v X=y -E 3 -- true 3<<<X=MADEUP
}

@test "-E: 64 KiB and not a byte more" {
	umask 077
	{ printf A=; head -c 65534 /dev/zero | tr '\0' a; } >"$T/max"
	same "$(in_box -E 3 -- sh -c 'echo ${#A}' 3<"$T/max")" 65534
	echo >>"$T/max"
	refuses 125 "secrets from descriptor 3 are longer than 65536 bytes" -n none -E 3 -- true 3<"$T/max"
	refuses 125 "are longer than 65536" -n none -E 3 -- true 3</dev/zero
}

@test "-E: a file that others can read, and a terminal, are refused" {
	echo A=MADEUP >"$T/wide"
	for mode in 604 640 644 660; do
		chmod "$mode" "$T/wide"
		refuses 125 "others have access to the file (mode 0$mode); mend it with: chmod go= -- FILE" -n none -E 3 -- true 3<"$T/wide"
	done
	run script -qec 'wx-run -n none -E 0 -- true' /dev/null </dev/null
	[ "$status" -eq 125 ] && [[ $output == *"refusing to read secrets from a terminal"* ]] || fail "$status $output"
}

@test "-E, -F: descriptors that cannot be" {
	for fd in 1 2 -1 x '' 1024 99999999999; do
		refuses 125 "is no descriptor for -E" -n none -E "$fd" -- true
		refuses 125 "is no descriptor for -F" -n none -F "$fd" -- true
	done
	refuses 125 "descriptor 9 of -E is not open" -n none -E 9 -- true
	refuses 125 "-E and -F cannot read the same descriptor" -n none -E 5 -F 5 -- true 5<<<A=b
	refuses 125 "cannot read secrets from descriptor 5" -n none -E 5 -- true 5<"$T"
}

# --- limits

# Forks until it cannot, and says how many there are at once; then waits for a line.
counter() {
	cat >"$T/p/count.py" <<-'P'
	import os, sys, threading
	r, w = os.pipe()
	n = 1
	try:
	    while n < 500:
	        if sys.argv[1] == "threads":
	            threading.Thread(target=lambda: os.read(r, 1), daemon=True).start()
	        elif os.fork() == 0:
	            os.close(w)
	            os.read(r, 1)
	            os._exit(0)
	        n += 1
	except (OSError, RuntimeError):
	    pass
	print(n, flush=True)
	sys.stdin.readline()
	os._exit(0)
	P
}

@test "-P: exactly so many processes or threads at once" {
	counter
	for n in 1 2 10; do
		same "$(in_box -P "$n" -- /usr/bin/python3 count.py processes </dev/null)" "$n"
	done
	same "$(in_box -P 10 -- /usr/bin/python3 count.py threads </dev/null)" 10
	same "$(echo '{"pids": 7}' | in_box -p /dev/stdin -- /usr/bin/python3 count.py processes)" 7
}

@test "-P: two sandboxes, and what else the user runs, are not counted together" {
	counter
	mkfifo "$T/one" "$T/hold"
	wx-run -n none -T 30 -P 20 -- /usr/bin/python3 count.py processes <"$T/hold" >"$T/one" 3>&- &
	exec 8>"$T/hold"
	read -r first <"$T/one"
	second=$(in_box -P 20 -- /usr/bin/python3 count.py processes </dev/null 8>&-)
	echo >&8
	wait $!
	same "$first $second" "20 20"
}

# hog.py HOW MEGABYTES: has them, in that way, and says so.
hog() {
	no_systemd
	cat >hog.py <<-'P'
	import mmap, os, sys, time
	how, n = sys.argv[1], int(sys.argv[2]) << 20
	def write(m):
	    for i in range(0, len(m), 4096):
	        m[i] = 1
	if how == "alone":
	    x = bytearray(n); write(x)
	elif how == "shared":                  # by no limit of a process
	    x = mmap.mmap(-1, n); write(x)
	elif how == "tables":                  # of pages that are but read, and so are no memory of its own
	    m = mmap.mmap(-1, n << 9, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, mmap.PROT_READ)
	    for i in range(0, len(m), 2 << 20):
	        m[i]
	elif how == "many":                    # each of them little
	    for i in range(8):
	        if os.fork() == 0:
	            x = bytearray(n // 8); write(x); time.sleep(3600); os._exit(0)
	    while os.waitpid(-1, 0)[1] != 9:
	        pass
	elif how == "forked":                  # one that all see
	    x = bytearray(n); write(x); kids = []
	    r, w = os.pipe()
	    for i in range(8):
	        p = os.fork()
	        if p == 0:
	            os.close(w); os.read(r, 1); os._exit(0)
	        kids.append(p)
	    time.sleep(2); os.close(w)
	    for p in kids:
	        assert os.waitpid(p, 0)[1] == 0
	elif how == "again":                   # who is killed comes again, twenty times
	    killed = 0
	    live = 0
	    while killed < 20:
	        if live < 8:
	            live += 1
	            if os.fork() == 0:
	                x = bytearray(n); write(x); time.sleep(60); os._exit(0)
	            continue
	        live -= 1
	        killed += os.waitpid(-1, 0)[1] == 9
	print("had it")
	P
}

@test "-M: who has more than that is killed, alone or all together, and it is said" {
	hog
	same "$(in_box -M 1G -- /usr/bin/python3 hog.py alone 512)" "had it"
	for how in alone shared tables; do
		run -137 in_box -M 256M -T 60 -- /usr/bin/python3 hog.py $how 512
		[[ $output == *"its memory ran out; -M gives more"* && $output != *had* ]] || fail "$how: $output"
	done
	run -0 in_box -M 256M -T 60 -- sh -c '/usr/bin/python3 hog.py alone 512; echo "$?"'
	[[ $output == *137* && $output == *"of the processes inside were killed"*"-M gives more"* ]] || fail "$output"
}

@test "-M: many processes have it together; what forks share is counted once" {
	hog
	in_box -M 256M -- /usr/bin/python3 hog.py many 512 >out 2>err || :
	grep -q "processes inside were killed: their memory ran out; -M gives more" err || fail "$(cat out err)"
	same "$(in_box -M 256M -- /usr/bin/python3 hog.py forked 128 2>&1)" "had it"
	rc=0
	in_box -M 256M -- /usr/bin/python3 hog.py again 64 >out 2>err || rc=$?
	if [ "$rc" -eq 0 ]; then
		grep -Eq "[2-9][0-9] of the processes inside were killed" err || fail "$(cat out err)"
	else
		[ "$rc" -eq 137 ] && grep -q "its memory ran out" err || fail "$rc: $(cat out err)"
	fi
}

@test "-M: what only reserves addresses runs: a program built with ASan" {
	no_systemd
	echo 'int main(void) { return 7; }' >x.c
	gcc -fsanitize=address x.c -o x || skip "no ASan here"
	run -7 in_box -M 256M -- ./x
}

@test "-T: 124; TERM first, and what does not go by that is killed" {
	run -124 in_box -T 0.2 -- sleep 60
	same "$(in_box -T 0.2 -- sh -c 'trap "echo cleaned; exit 3" TERM; sleep 60 & wait' || echo $?)" $'cleaned\n124'
	start=$SECONDS
	same "$(in_box -T 0.2 -- bash -c 'trap "echo no" TERM; while :; do sleep 0.1; done' || echo $?)" $'no\n124'
	[ $((SECONDS - start)) -lt 50 ]
	run -5 in_box -T 60 -- sh -c 'exit 5'
	run ! pgrep -u "$(id -u)" -f "sleep 60$"
}

@test "limits: no core dumps, and no way to raise any" {
	no_systemd
	same "$(in_box -P 50 -M 1G -- bash -c 'ulimit -Hc; ulimit -Hu; ulimit -c 1 2>/dev/null || echo no; ulimit -Hu 99 2>/dev/null || echo no' | paste -sd' ')" "0 51 no no"
}

@test "limits: what is no number, and what cannot be held here, is an error" {
	no_systemd
	for v in 0 x '' -1 1.5G 99999999T 1Q; do
		refuses 125 "'$v' is no size for -M: say 512M or 4G" -n none -M "$v" -- true
	done
	for v in 0 x '' -1 1.5 4194305; do
		refuses 125 "'$v' is no number of processes for -P" -n none -P "$v" -- true
	done
	for v in 0 x '' -1 nan inf 1e9; do
		refuses 125 "'$v' is no number of seconds for -T" -n none -T "$v" -- true
	done
	refuses 125 "'4097' is no number of processors for -c" -n none -c 4097 -- true
	refuses 125 "cannot limit processors (-c): that needs a user systemd" -n none -c 2 -- true
	echo '{"network": "none", "cpus": 2}' >"$T/prof"
	refuses 125 "cannot limit processors" -p "$T/prof" -- true
	refuses 125 "'x' is no network: open, none, listed or host" -n x -- true
	refuses 125 "engine 'podman' needs an image (-i)" -n none -e podman -- true
	refuses 125 "'docker' is no engine: auto, bwrap, podman or container" -n none -e docker -- true
}

@test "limits: a socket that looks like a user systemd's is not enough for cgroups" {
	mkdir -p "$T/run/systemd"
	/usr/bin/python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/run/systemd/private"
	[ ! -e "/sys/fs/cgroup/user.slice/user-$(id -u).slice/user@$(id -u).service" ] || skip "a real one is here"
	same "$(XDG_RUNTIME_DIR=$T/run plan -- true | jq -r .limits.memory.by)" "looks of the first process (no RLIMIT_DATA)"
}

# --- bad input

@test "project: missing, a file, unreadable" {
	refuses 125 "cannot find project '$T/none': No such file" -n none -C "$T/none" -- true
	touch "$T/file"
	refuses 125 "cannot use project '$T/file': not a folder" -n none -C "$T/file" -- true
	refuses 125 "cannot find project '$T/file/x': Not a directory" -n none -C "$T/file/x" -- true
	mkdir "$T/shut"
	chmod 000 "$T/shut"
	refuses 125 "cannot read project '$T/shut': Permission denied" -n none -C "$T/shut" -- true
	ln -s loop "$T/loop"
	refuses 125 "cannot find project '$T/loop': Too many levels" -n none -C "$T/loop" -- true
}

@test "project: a link to it is it; any name will do" {
	for name in 'a b' a:b $'a\nb' 100%s 'ünï☃' $'x\xffy' "-n" "it's" '$(touch ran)' 'a"b\c'; do
		mkdir "$T/$name"
		same "$(wx-run -n none -C "$T/$name" -- sh -c 'touch made; pwd')" "$T/$name"
		[ -e "$T/$name/made" ] || fail "$name"
		wx-run -n none -L -C "$T/$name" -- true | jq -e .project >/dev/null || fail "$name"
	done
	[ ! -e ran ]
	mkdir -p "$T/real/.local/bin"
	ln -s real "$T/link"
	wx-run -n none -C "$T/link" -- touch made
	[ -e "$T/real/made" ]
	same "$(wx-run -n none -L -C "$T/link" -- true | jq -r .project)" "$T/real"
	same "$(cd "$T/link" && wx-run -n none -L -- true | md5sum)" "$(wx-run -n none -L -C "$T/real" -- true | md5sum)"
}

@test "project: /, HOME, what holds it, key stores and system folders are refused" {
	mkdir -p "$HOME/.ssh/sub" "$HOME/.gnupg" "$HOME/.local/state/wrapix/x" "$HOME/.config/wrapix" "$T/xdg/wrapix/x"
	for d in / /tmp /var/tmp /usr /usr/lib /etc /proc /dev /run /home /opt /bin; do
		[ ! -d "$d" ] || refuses 125 "as the project" -n none -C "$d" -- true
	done
	for d in "$HOME" "$T" "$HOME/.local/.."; do
		refuses 125 "as the project: your home is in it" -n none -C "$d" -- true
	done
	for d in .ssh .ssh/sub .gnupg; do
		refuses 125 "holds your keys or settings" -n none -C "$HOME/$d" -- true
	done
	for d in .local .local/state .config; do
		refuses 125 "it holds the settings of all your programs" -n none -C "$HOME/$d" -- true
	done
	for d in .local/state/wrapix .local/state/wrapix/x .config/wrapix; do
		refuses 125 "is wx-run's own" -n none -C "$HOME/$d" -- true
	done
	XDG_STATE_HOME=$T/xdg refuses 125 "is wx-run's own" -n none -C "$T/xdg/wrapix/x" -- true
	XDG_CONFIG_HOME=$T/xdg refuses 125 "is wx-run's own" -n none -C "$T/xdg/wrapix" -- true
	cd "$HOME"
	refuses 125 "your home is in it" -n none -- true
	# HOME says otherwise than passwd does: both count.
	home=$(getent passwd "$(id -u)" | cut -d: -f6)
	if [ -d "$home" ]; then
		refuses 125 "as the project" -n none -C "$home" -- true
	fi
	same "$(find "$HOME" -name '*.run')" ""
}

# only PROGRAM...: the programs of a PATH of its own.
only() {
	mkdir -p "$T/only"
	for c in "$@"; do
		ln -s "$(command -v "$c")" "$T/only/$c"
	done
	PATH=$T/only
}

@test "bwrap missing: 125, and the package that has it" {
	wx=$(command -v wx-run)
	rc=0
	(only git; "$wx" -n none -- /usr/bin/true) 2>"$T/err" || rc=$?
	[ "$rc" -eq 125 ]
	same "$(cat "$T/err")" "wx-run: bwrap is not on PATH: install bubblewrap (apt install bubblewrap)"
	[ ! -e "$HOME/.local" ]
}

# fake_bwrap LINE: one that says so and fails.
fake_bwrap() {
	script_at "$T/fake/bwrap" <<<"#!/bin/sh
echo 'bwrap: $1' >&2
exit 1"
	PATH=$T/fake:$PATH
}

@test "user namespaces off (as bwrap says it): 125 and --check, which has the mend" {
	fake_bwrap 'setting up uid map: Permission denied'
	refuses 125 "wx-run: cannot start the sandbox; wx-run --check says what is missing" -n none -- true
	grep -q 'bwrap: setting up uid map: Permission denied' "$T/err"
	for line in 'setting up uid map: Permission denied' 'loopback: Failed RTM_NEWADDR: Operation not permitted'; do
		fake_bwrap "$line"
		run -1 wx-run -n none --check
		[[ $output == *"no sandbox: bwrap: $line; mend: "*"/etc/apparmor.d/bwrap"* ]] || fail "$output"
	done
	fake_bwrap 'Unknown option --disable-userns'
	run -1 wx-run -n none --check
	[[ $output == *"mend: bubblewrap 0.8.0 or newer"* ]] || fail "$output"
	fake_bwrap 'No permissions to create a new namespace'
	run -1 wx-run -n none --check
	[[ $output == *"mend: sysctl -w user.max_user_namespaces=15000"* ]] || fail "$output"
}

@test "user namespaces off, really" {
	off() {
		unshare --map-current-user --keep-caps sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' - "$@"
	}
	off true 2>/dev/null || skip "unshare cannot do that here"
	run -125 off wx-run -n none -- true
	[[ $output == *"cannot start the sandbox; wx-run --check says"* ]] || fail "$output"
	run -1 off wx-run -n none --check
	[[ $output == *"no user namespaces: switched off (user.max_user_namespaces = 0); mend: sysctl -w user.max_user_namespaces=15000"* ]] || fail "$output"
	[[ $output == *"no sandbox: "* ]]
}

@test "no network helper: the package, and -n none" {
	wx=$(command -v wx-run)
	rc=0
	(only bwrap; "$wx" -- /usr/bin/true) 2>"$T/err" || rc=$?
	[ "$rc" -eq 125 ]
	same "$(cat "$T/err")" "wx-run: network 'open' needs pasta or slirp4netns: install passt (apt install passt), or use -n none"
	(only; "$wx" -n none -L -- /usr/bin/true) | jq -e '.network.helper == null' >/dev/null
}

@test "a network helper that fails: 125, a hint, no command" {
	script_at "$T/fake/pasta" <<<'#!/bin/sh
exit 1'
	PATH=$T/fake:$PATH refuses 125 "cannot bring up the network with pasta; run wx-run --check, or use -n none" -- touch ran
	[ ! -e ran ]
}

@test "a full tmpfs is the sandbox's own trouble" {
	echo '{"network": "none", "home_size": "1M", "tmp_size": "2M", "shm_size": "512K"}' >"$T/prof"
	same "$(wx-run -p "$T/prof" -- sh -c 'for d in ~ /tmp /dev/shm; do
	    head -c 9M /dev/zero >$d/x 2>/dev/null && echo fits; stat -c %s $d/x; done; echo ok >kept')" \
	    "1048576
2097152
524288"
	same "$(cat kept)" ok
}

@test "100,000 files in the project: the way to the command reads each directory once at the most" {
	strace -f -qq -o /dev/null true 2>/dev/null || skip "strace does not work here"
	export GIT_CONFIG_NOSYSTEM=1   # git would be asked
	# Calls that list a folder, up to the exec of bwrap.
	listed() {
		strace -f -qq -e trace=getdents64,execve -o "$T/trace" wx-run -n none -W 0 -- true
		# The first exec is wx-run's, the second bwrap's: strace cannot read its name.
		awk '/execve\(/ && ++n == 2 { exit } /getdents64\(/ { c++ } END { print c " by " n }' "$T/trace"
	}
	mkdir -p few many/deep
	touch few/1
	in_box -- true
	few=$(listed)
	[[ $few == [1-9]*" by 2" ]] || fail "$few"
	/usr/bin/python3 - <<-'P'
	import os
	for i in range(100):
	    os.mkdir(f"many/{i}")
	    for k in range(1000):
	        os.mknod(f"many/{i}/{k}")
	P
	many=$(listed)
	# A thousand names are three calls, and one that says that there are no more.
	[ "${many%% *}" -le $((${few%% *} + 102 * 4)) ] || fail "$many, with few files $few"
}

@test "git is not asked about a project as git init makes it, and is where it could matter" {
	no_systemd
	strace -f -qq -o /dev/null true 2>/dev/null || skip "strace does not work here"
	export GIT_CONFIG_NOSYSTEM=1
	asked() {   # Of the programs that ran, those that wx-run, bwrap, init and true are not.
		strace -f -qq -e trace=execve -o "$T/trace" wx-run -C asked -n none -- true
		echo $(($(grep -c '= 0$' "$T/trace") - 4))
	}
	git init -q asked
	grep -q 'logallrefupdates = true' asked/.git/config
	same "$(asked)" 0
	# The system's file too; what it includes is not known without git, nor is one that lies in the project.
	printf '[credential "https://forge.example"]\n\thelper = h.sh\n' >system
	same "$(unset GIT_CONFIG_NOSYSTEM; export GIT_CONFIG_SYSTEM=$PWD/system; asked)" 0
	printf '[include]\n\tpath = x\n' >>system
	same "$(unset GIT_CONFIG_NOSYSTEM; export GIT_CONFIG_SYSTEM=$PWD/system; asked)" 1
	same "$(unset GIT_CONFIG_NOSYSTEM; export GIT_CONFIG_SYSTEM=$PWD/asked/.git/config; asked)" 1
	printf '[submodule "logallref"]update = !x\n' >>asked/.git/config
	same "$(asked)" 1
	printf '[submodule "s"]\n\tUPDATE=!x\n' >asked/.git/config
	same "$(asked)" 1
	printf '[core]\n\tlogAllRefUpdates = true\n[x]\n\tcmd=logallrefupdate\n' >asked/.git/config
	same "$(asked)" 1
}

@test "etc: what programs do not start without is there; hosts has the host's lines where they lead somewhere" {
	want=$(for f in chromium.d fonts groff manpath.config maven/m2.conf mime.types debian_version gitconfig npmrc pip.conf; do
		[ ! -e "/etc/$f" ] || echo "/etc/$f"; done)
	[ -n "$want" ] || skip "none of them is here"
	# shellcheck disable=SC2086
	same "$(in_box -- ls -d $want)" "$(ls -d $want)"
	same "$(in_box -- ls -A /etc/maven 2>/dev/null | grep -c settings)" 0
	lines() { sed 's/#.*//' /etc/hosts | grep '^[0-9a-f:]' | grep "$@" -e '^127\.' -e '^::1' -e '^0\.0\.0\.0'; true; }
	same "$(in_box -- sed 1,2d /etc/hosts)" ""
	same "$(wx-run -n host -C . -- sed 1,2d /etc/hosts 2>/dev/null | sort)" "$( (lines; lines -v) | sort)"
	same "$(wx-run -C . -- sed 1,2d /etc/hosts 2>/dev/null)" "$(lines -v)"
}

@test "--agent-prompt: for the agent, also where the user gives its words, and once" {
	printf '{"agent":{"command":["echo","X","-y"],"prompt":"--say"}}' >"$T/agent.json"
	got() { in_box -p "$T/agent.json" --agent-prompt hello "$@"; }
	[[ $(got) == "X -y --say You work in a sandbox"*" hello" ]] || fail "$(got)"
	[[ $(got -- echo X -p -- task) == "X --say You work in a sandbox"*" hello -p -- task" ]] || fail "$(got -- echo X -p -- task)"
	same "$(got -- echo X --say mine)" "X --say mine"
	same "$(got -- echo Y)" Y
	same "$(got -- printf X)" X
}

@test "state: one folder a project, 0700, at XDG_STATE_HOME, seen as ~/.claude" {
	in_box -- sh -c 'echo kept >~/.claude/x'
	state=$(echo "$HOME"/.local/state/wrapix/*[0-9a-f])
	same "$(cat "$state/x")" kept
	same "$(stat -c %a "$state" "$state.run" | paste -sd' ')" "700 700"
	same "$(in_box -- cat "$HOME/.claude/x")" kept
	XDG_STATE_HOME=$T/xdg in_box -- touch "$HOME/.claude/y"
	[ -e "$(echo "$T"/xdg/wrapix/*[0-9a-f])/y" ]
	XDG_STATE_HOME=relative in_box -- test -e "$HOME/.claude/x"
	[ ! -e relative ]
	mkdir "$T/q"
	wx-run -n none -C "$T/q" -- test ! -e "$HOME/.claude/x"
}

@test "state: unwritable, a mode of the agent's, a link, in the project" {
	mkdir "$T/shut" "$T/xdg" st
	chmod 500 "$T/shut"
	XDG_STATE_HOME=$T/shut refuses 125 "set XDG_STATE_HOME to a folder of yours" -n none -- true
	XDG_STATE_HOME=/proc refuses 125 "set XDG_STATE_HOME" -n none -- true
	export XDG_STATE_HOME=$T/xdg
	in_box -- true
	state=$(echo "$T"/xdg/wrapix/*[0-9a-f])
	for mode in 755 000 2700 500; do
		in_box -- chmod "$mode" "$HOME/.claude"
		in_box -- true
		same "$(stat -c %a "$state")" 700
	done
	chmod 701 "$state.run"
	in_box -- chmod 000 "$HOME/.claude"
	wx-run -C . --forget
	[ ! -e "$state" ] && [ ! -e "$state.run" ] || fail "$(ls -la "$T/xdg/wrapix")"
	in_box -- true
	mv "$state" "$T/moved"
	ln -s "$T/moved" "$state"
	refuses 125 "cannot use '$state': not a folder of yours" -n none -- true
	ln -s "$T/p/st" "$T/into"
	for d in "$T/p" "$T/p/st" "$T/into" "$T/into/absent" "$T/q/../p"; do
		XDG_STATE_HOME=$d refuses 125 "it lies in the project; set XDG_STATE_HOME" -n none -- true
	done
	same "$(find "$T/p" -name wrapix)" ""
}

# --- --check

@test "--check: ok lines, and 0; the helper is asked about where one is needed" {
	run -0 wx-run -n none --check
	[[ $output == *"ok kernel: has openat2"*"ok bwrap: "*"/bwrap"*"ok sandbox: bwrap makes all the namespaces"*"ok network: no helper needed"*"ok state: $HOME/.local/state/wrapix/"*"ok limits: "* ]] || fail "$output"
	run ! grep -v '^ok ' <<<"$output"
	[ ! -e "$HOME/.local" ]
	if command -v pasta >/dev/null && [ -w /dev/net/tun ]; then
		run -0 wx-run --check
		[[ $output == *"ok network: pasta"* ]]
	fi
}

@test "--check: each failure has its mend, and 1" {
	wx=$(command -v wx-run)
	(only slirp4netns; "$wx" --check) >"$T/out" && fail "no bwrap was ok"
	grep -qx 'no bwrap: not on PATH; mend: apt install bubblewrap' "$T/out" || fail "$(cat "$T/out")"
	rm -r "$T/only"
	(only bwrap; "$wx" --check) >"$T/out" && fail "no helper was ok"
	grep -qx 'no network: neither pasta nor slirp4netns is on PATH; mend: apt install passt, or use -n none' "$T/out"
	bwrap --dev-bind / / --dev /dev -- wx-run --check >"$T/out" && fail "no tun was ok"
	grep -q '^no network: /dev/net/tun cannot be opened, .*; mend: sudo modprobe tun' "$T/out" || fail "$(cat "$T/out")"
	mkdir "$T/shut"
	chmod 500 "$T/shut"
	XDG_STATE_HOME=$T/shut wx-run -n none --check >"$T/out" && fail "no place for state was ok"
	grep -q "^no state: $T/shut/wrapix/.*; mend: set XDG_STATE_HOME to a folder that you can write to" "$T/out"
}

# --- a part of the Nix store

# name N: of the N-th path of a made store.
stored() {
	printf '/nix/store/%032d-pkg-%d' "$1" "$1"
}

# a store at $T/nix, for at_root: 1 and 2 are folders with a program, 3 a file, 4 a link,
# 5 a folder; 1, 3 and 4 are in the list that the profile $T/prof names.
make_store() {
	local i
	cd "$T"
	for i in 1 2 5; do
		script_at "$T$(stored $i)/bin/prog$i" <<<"#!/bin/sh
echo program $i"
	done
	echo words >".$(stored 3)"
	ln -s "$(stored 1)" ".$(stored 4)"
	printf '%s\n' "$(stored 4)" "$(stored 1)" "$(stored 3)" >list
	printf '{"store_paths": "%s"}' "$T/list" >prof
	cd p
	at_root "$T/nix" bwrap --ro-bind / / true || skip "no namespaces in namespaces here"
}

# in_store ARG...: there, with that profile.
in_store() {
	at_root "$T/nix" wx-run -n none -p "$T/prof" "$@"
}

@test "store_paths: of the Nix store that is there, whole, and nothing else" {
	make_store
	same "$(in_store -- sh -c 'ls /nix/store; ls -d /nix/*')" "$(for i in 1 3 4; do basename "$(stored $i)"; done; echo /nix/store)"
	same "$(in_store -- sh -c "cat $(stored 3); $(stored 1)/bin/prog1; $(stored 4)/bin/prog1; readlink $(stored 4)")" \
	    "words
program 1
program 1
$(stored 1)"
	for i in 2 5; do
		run -2 in_store -- ls "$(stored $i)"
		run ! in_store -- cat "$(stored $i)/bin/prog$i"
	done
	# Nothing of it can be written, made, or taken away.
	run ! in_store -- sh -c "echo >>$(stored 3) || touch $(stored 1)/x || mkdir $(stored 2) || rm $(stored 4) || chmod 777 /nix/store || umount $(stored 1) || umount /nix/store"
	same "$(cat "$T$(stored 3)")" words
	same "$(in_store -- awk '$5 ~ "^/nix/store/" && $6 !~ "^ro,nosuid,nodev" { n++ } END { print n + 0 }' /proc/self/mountinfo)" 0
	# Without the key, the whole.
	same "$(at_root "$T/nix" wx-run -n none -- ls /nix/store | wc -l)" 5
	# With a network too, whose helper enters the sandbox as well.
	if command -v pasta >/dev/null || command -v slirp4netns >/dev/null; then
		same "$(at_root "$T/nix" wx-run -p "$T/prof" -- ls /nix/store | wc -l)" 3
	fi
	same "$(ls -A "$T/p")" ""
}

@test "store_paths: the plan says the file and how many, to the byte" {
	make_store
	same "$(in_store --print-plan -- true | grep -e store_paths -e '"/nix/store"')" \
	    "  \"store_paths\": {\"file\": \"$T/list\", \"count\": 3},
    {\"dest\": \"/nix/store\", \"kind\": \"ro\", \"source\": \"/nix/store\", \"for\": \"system\"},"
	cmp <(in_store --print-plan -- true) <(in_store --print-plan -- true)
	same "$(in_store --print-plan -- true | jq -r .store_paths.count)" 3
	run ! grep store_paths <(at_root "$T/nix" wx-run -n none --print-plan -- true)
}

@test "store_paths: a wrong list is an error that names file and line" {
	make_store
	wrong_list() {
		run -125 in_store -- true
		[ "$output" = "wx-run: '$T/list'$1" ] || fail "$output"
	}
	local line not=': not a path right below /nix/store'
	for line in '' x "${T}" /nix/store /nix/store/ "$(stored 1)/bin" "$(stored 1)/" "/nix/store/../$(stored 1)" \
	    "/nix//store/${T##*/}" "/nix/store/$(printf %031d 1)-pkg" "/nix/store/$(printf %031de 1)-pkg" \
	    "/nix/store/$(printf %032d 1)-" "/nix/store/$(printf %032d 1)pkg-1" "$(stored 1) " "$(stored 1)\$(id)" \
	    "/nix/store/$(printf %032d 1)-$(printf %0212d 1)" ; do
		printf '%s\n%s\n' "$(stored 2)" "$line" >"$T/list"
		wrong_list ", line 2$not"
	done
	printf '%s\n\0\n' "$(stored 1)" >"$T/list"
	wrong_list ", line 2$not"
	printf '%s\0%s\n' "$(stored 1)" "$(stored 2)" >"$T/list"
	wrong_list ", line 1$not"
	printf '%s\n' "$(stored 1)" "$(stored 2)" "$(stored 9)" >"$T/list"
	wrong_list ", line 3: cannot find '$(stored 9)': No such file or directory"
	printf '%s\n' "$(stored 1)" "$(stored 2)" "$(stored 1)" >"$T/list"
	wrong_list ", line 3: '$(stored 1)' stands twice"
	: >"$T/list"
	wrong_list " lists no path of the Nix store"
	yes "$(stored 1)" | head -n 8193 >"$T/list"
	wrong_list ", line 8193: more than 8192 paths"
	yes x | head -c 1048577 >"$T/list"
	wrong_list " is longer than 1048576 bytes"
	rm "$T/list"
	run -125 in_store -- true
	[ "$output" = "wx-run: cannot open '$T/list' (store_paths): No such file or directory" ] || fail "$output"
	# The last line need not end.
	printf %s "$(stored 1)" >"$T/list"
	same "$(in_store -- ls /nix/store)" "$(basename "$(stored 1)")"
	if [ ! -e /nix ]; then
		refuses 125 "cannot show what '$T/list' lists of '/nix/store': No such file" -n none -p "$T/prof" -- true
	fi
}

@test "store_paths: a list in the project, or for an engine that cannot, is refused" {
	make_store
	cp "$T/list" list
	bad "key 'store_paths': must be an absolute path, or ~/..." '{"store_paths": "list"}'
	printf '{"store_paths": "%s"}' "$T/p/list" >"$T/prof"
	run -125 in_store -- true
	[[ $output == *"'$T/p/list' (store_paths) lies in the project, where the sandbox can write it"* ]] || fail "$output"
	in_store -y -- true
	for e in podman container; do
		run -125 in_store -e $e -i localhost/made:1 --print-plan -- true
		[[ $output == *"engine '$e' shows nothing of this machine's Nix store: it cannot honour the profile's store_paths"* ]] || fail "$output"
	done
	printf '{"store_paths": "%s"}' "$T/list" >"$T/prof"
	run -125 in_store -m "$T/p:$(stored 1)/x" -- true
	[[ $output == *"cannot mount on '$(stored 1)/x': what is there '$T/list' lists (store_paths)"* ]] || fail "$output"
}

@test "store_paths: what is run and not listed is an error where nobody knows what it needs" {
	make_store
	mkdir "$T/only"
	ln -s "$(command -v bwrap)" "$T/only/bwrap"
	said="wx-run: cannot show '$(stored 2)', which '$T/list' does not list: "
	mend="list it, or take a profile without store_paths"
	for call in "-- $(stored 2)/bin/prog2" "-t $(stored 2)/bin/prog2 -- /bin/true"; do
		# shellcheck disable=SC2086 # words
		run -125 at_root "$T/nix" env PATH="$T/only" "$(command -v wx-run)" -n none -p "$T/prof" $call
		[ "$output" = "${said}nix-store, which knows what it needs, is not on PATH; $mend" ] || fail "$output"
		if command -v nix-store >/dev/null; then
			# shellcheck disable=SC2086 # words
			run -125 in_store $call
			[ "$output" = "${said}'nix-store --query --requisites' does not say what it needs; $mend" ] || fail "$output"
		fi
	done
	# What a link in the project leads to is not brought, and not asked for.
	ln -s "$(stored 2)" result
	run -127 in_store -- ./result/bin/prog2
	run -127 in_store -- "$PWD/result/bin/prog2"
	run ! grep '"kind": "ro".*"tool"' <(in_store --print-plan -- "$PWD/result/bin/prog2")
}
