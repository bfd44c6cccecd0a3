# SPDX-License-Identifier: MIT
# engines: bwrap podman-whole
# takes: 70 s
# sanitizers: no, of a script
# The everyday command, against a real sshd with git-shell behind it, real keys and a real
# ssh-agent. A shell does the agent's work here; tests/agent-pushes.bats has the agent.
load lib/helper
load lib/run
load lib/sshd
load lib/forge
load lib/container

setup_file() {
	forge_setup_file
}

teardown_file() {
	forge_teardown_file
}

local_setup() {
	forge_setup
}

teardown() {
	forge_teardown
}

# --- the main path

@test "git push, git fetch and a signed commit inside; the host verifies them" {
	give_key
	run -0 in_p p -- sh -c '
	    git commit -q --allow-empty -m one && git verify-commit HEAD && git push -q origin HEAD:main && git fetch origin'
	[ "$(git -C "$dir/repos/me/it.git" log -1 --format=%s main)" = one ] || fail "$output"
	printf 'tester@example.org %s\n' "$(cut -d' ' -f1,2 "$keys/it-here-signing.pub")" >allowed
	run -0 git -C p -c gpg.ssh.allowedSignersFile="$PWD/allowed" verify-commit HEAD
	[[ $output == *'Good "git" signature for tester@example.org'* ]]
}

@test "-n listed: the host of the key is allowed by itself, and no other" {
	give_key
	run -0 in_p p -n listed -- curl -s http://wrapix.internal/policy.json
	[ "$(jq -c '.allow | map(select(.private) | [.host, .ports])' <<<"$output")" = "[[\"127.0.0.1\",[$SSHD_PORT]]]" ] || fail "$output"
	echo '{"network": "listed"}' >alone.json
	run -0 in_p p -p "$PWD/alone.json" -n listed -- curl -s http://wrapix.internal/policy.json
	[ "$(jq -c '.allow | map([.host, .ports, .private])' <<<"$output")" = "[[\"127.0.0.1\",[$SSHD_PORT],true]]" ] || fail "$output"
	run -0 in_p p -n none -- cat /etc/resolv.conf
	[ -z "$output" ] || fail "$output"
}

@test "the deploy key is found by the origin, whatever folder and key are called" {
	give_key
	mv "$keys/it-here" "$keys/other" && mv "$keys/it-here.pub" "$keys/other.pub"
	mv p "it's elsewhere"
	run -0 in_p "it's elsewhere" -- git push -q origin HEAD:main
	# A key for another repository of that name is none.
	wx-keygen -f -C 127.0.0.1/you/it -o "$keys/other" >/dev/null
	run -128 in_p "it's elsewhere" -- git push -q origin HEAD:main
	run -0 wrapix -n none "it's elsewhere" -- true
	[[ $output == *"no push: no deploy key for '127.0.0.1/me/it'; make one with: setup-deploy-key -H 127.0.0.1"* ]] || fail "$output"
}

@test "an origin by https, and by an alias of ssh_config, is pushed to by ssh" {
	give_key
	printf '[127.0.0.1]:%s %s\n127.0.0.1 %s\n' "$SSHD_PORT" "$(cut -d' ' -f2- "$dir/sshd/known_hosts")" \
	    "$(cut -d' ' -f2- "$dir/sshd/known_hosts")" >~/.config/wrapix/known_hosts
	printf 'Host work\n\tHostName 127.0.0.1\n\tPort %s\n\tUser %s\n' "$SSHD_PORT" "$(id -un)" >~/.ssh/config
	for url in git@work:me/it.git ssh://work/me/it work:me/it; do
		git -C p remote set-url origin "$url"
		[ "$url" = "${url#git@}" ] || sed -i "s/User .*/User git/" ~/.ssh/config
		run -0 in_p p -- git remote get-url origin
		want=ssh://$([ "$url" = "${url#git@}" ] && id -un || echo git)@127.0.0.1:$SSHD_PORT/me/it
		[ "${output%.git}" = "$want" ] || fail "$url: $output, not $want"
		sed -i "s/User .*/User $(id -un)/" ~/.ssh/config
	done
	run -0 in_p p -- git push -q origin HEAD:main
	git -C p remote set-url origin https://127.0.0.1/me/it.git
	run -0 in_p p -- git remote get-url origin
	[ "$output" = ssh://git@127.0.0.1:22/me/it.git ] || fail "$output"
}

@test "to another host the key does not open the door, though it is let in there" {
	give_key
	local port=$SSHD_PORT pid=
	sshd_start "$PWD/second"
	pid=$SSHD_PID
	cp "$dir/sshd/authorized_keys" second/authorized_keys
	cat second/known_hosts >>~/.config/wrapix/known_hosts
	[ "$port" != "$SSHD_PORT" ]
	run -128 in_p p -- git push -q "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/me/it.git" HEAD:main
	[[ $output == *"Permission denied"* ]] || fail "$output"
	grep -q "Connection from" second/log || fail "$(cat second/log)"
	# The same door opens to the key itself.
	sshd_ssh "$keys/it-here" true 2>err || grep -q 'git-shell\|unrecognized' err || fail "$(cat err)"
	kill "$pid"
}

@test "inside there is no private key, no ~/.ssh and no GitHub token, and the agent holds two keys" {
	give_key
	give_token
	export GH_TOKEN=ghp_MADEUP GITHUB_TOKEN=ghp_MADEUP2
	run -0 in_p p -- sh -c 'ssh-add -l | cut -d" " -f3 | grep -vc /; env | grep -c MADEUP; ls -d ~/.ssh 2>&1; ls /etc/ssh
	    grep -rsl -e "OPENSSH PRIVATE KEY" -e ghp_MADEUP / --exclude-dir=proc --exclude-dir=usr --exclude-dir=sys --exclude-dir=dev | head; grep -als ghp_MADEUP /proc/*/environ; true'
	[ "${lines[0]}" = 2 ]
	[ "${lines[1]}" = 1 ]
	[[ ${lines[2]} == *"No such file"* ]]
	[ "${lines[3]} ${lines[4]}" = "allowed_signers ssh_known_hosts" ]
	[ "${#lines[@]}" -eq 5 ] || fail "$output"
}

@test "the token comes as a variable, or with --token-file as Claude Code's file, 0400, with an end" {
	give_token
	[ "$(in_p p -- sh -c 'echo $CLAUDE_CODE_OAUTH_TOKEN')" = "$token" ]
	in_p --token-file p -- sh -c 'echo "${CLAUDE_CODE_OAUTH_TOKEN-unset}"; cat ~/.claude/.credentials.json; echo; stat -Lc %a ~/.claude/.credentials.json' >out
	[ "$(sed -n 1p out)" = unset ]
	[ "$(sed -n 3p out)" = 400 ]
	sed -n 2p out | jq -e --arg t "$token" '.claudeAiOauth | .accessToken == $t and (has("refreshToken") | not) and .expiresAt > now * 1000' >/dev/null || fail "$(cat out)"
	! grep -rl "$token" ~/.local || fail "the token is on disk"
	# A second run finds the first one's link; one without it can log in by itself, and keeps that.
	in_p --token-file p -- sh -c 'test -s ~/.claude/.credentials.json'
	in_p p -- sh -c 'echo login >~/.claude/.credentials.json'
	run -125 in_p --token-file p -- sh -c true
	[[ $output == *"the agent has logged in by itself"* ]] || fail "$output"
	[ "$(in_p p -- cat "$HOME/.claude/.credentials.json")" = login ]
}

# api: the scripted API, and the route of Claude Code's to it; its log is in ./api.log.
api() {
	local port
	echo '[{"text": "Hello."}]' >script.json
	coproc api { exec "$WX_TREE/tests/fake/messages-api" --log api.log script.json 3>&-; }
	read -r port <&"${api[0]}"
	mkdir -p ~/.config/wrapix/routes
	jq --arg u "http://127.0.0.1:$port" '.upstream = $u' "$WX_TREE/nix/routes/anthropic.json" >~/.config/wrapix/routes/anthropic.json
	ask='curl -s -o /dev/null -w "%{http_code}\n" -A claude-cli/1 -H "Authorization: Bearer $CLAUDE_CODE_OAUTH_TOKEN" -H "anthropic-version: 1" -H "content-type: application/json" -d "{\"model\": \"m\", \"messages\": []}" "$ANTHROPIC_BASE_URL/v1/messages"'
}

# sent TOKEN: the API had it last.
sent() {
	[ "$(tail -n 1 api.log | jq -r .authorization)" = "Bearer sha256:$(printf %s "$1" | sha256sum | cut -d' ' -f1)" ] || fail "$(cat api.log)"
}

@test "the token stays outside, with a word in its place; --token-inside, and an agent without a route, have it" {
	give_token
	api
	run -0 wrapix -q -n none --no-push p -- sh -c 'echo "$CLAUDE_CODE_OAUTH_TOKEN"; '"$ask"
	[[ ${lines[0]} =~ ^[0-9a-f]{32}$ ]] && [ "${lines[1]}" = 200 ] || fail "$output"
	sent "$token"
	[ "$(wrapix -q -n none --no-push --token-inside p -- sh -c 'echo "$CLAUDE_CODE_OAUTH_TOKEN ${ANTHROPIC_BASE_URL-none}"')" = "$token none" ]
	echo '{"network": "none", "agent": {"command": ["printenv", "MINE"], "token": "MINE"}}' >own.json
	(umask 077; echo MADEUP-mine >~/.config/wrapix/MINE)
	[ "$(wrapix -q --no-push -p "$PWD/own.json" p)" = MADEUP-mine ]
	run wrapix --status p
	grep -qx "broker: anthropic; the token stays outside" <<<"$output" || fail "$output"
	kill "$api_PID"
}

@test "no login of Claude Code's, and a key: the profile that is for that; a command alone has it with --token" {
	api
	jq --arg u "$(jq -r .upstream ~/.config/wrapix/routes/anthropic.json)" '.upstream = $u' "$WX_TREE/nix/routes/anthropic-key.json" \
	    >~/.config/wrapix/routes/anthropic-key.json
	ask=${ask//CLAUDE_CODE_OAUTH_TOKEN/ANTHROPIC_AUTH_TOKEN}
	(umask 077; echo sk-ant-api03-MADEUP >~/.config/wrapix/ANTHROPIC_API_KEY)
	run -0 wrapix -q -n none --no-push p -- sh -c 'env | grep -c sk-ant; '"$ask"
	[ "$output" = $'0\n200' ] || fail "$output"
	[ "$(tail -n 1 api.log | jq -r .x_api_key)" = "sha256:$(printf sk-ant-api03-MADEUP | sha256sum | cut -d' ' -f1)" ] || fail "$(cat api.log)"
	run -1 wrapix -q -n none --no-push p -- printenv ANTHROPIC_AUTH_TOKEN
	run -0 wrapix -q -n none --no-push --token p -- printenv ANTHROPIC_AUTH_TOKEN
	run -0 wrapix -q -n none --no-push --token --token-inside p -- printenv ANTHROPIC_API_KEY
	[ "$output" = sk-ant-api03-MADEUP ]
	# The login comes first.
	give_token
	run -0 wrapix -q -n none --no-push p -- sh -c 'echo "${ANTHROPIC_AUTH_TOKEN-none}"'
	[ "$output" = none ] || fail "$output"
	kill "$api_PID"
}

@test "arguments alone are the agent's; --continue and --resume; a profile's name is not a folder" {
	printf '#!/bin/sh\nfor a; do echo "<$a>"; done\n' >"$PWD/claude" && chmod 755 claude
	PATH=$PWD:$PATH
	give_token
	ag() { wrapix -q -n none --no-push "$@" | grep -v '^<You work' | paste -sd' '; }
	[ "$(ag p -- -p 'do it')" = "<--dangerously-skip-permissions> <--append-system-prompt> <-p> <do it>" ]
	[ "$(ag --continue p)" = "<--dangerously-skip-permissions> <--append-system-prompt> <--continue>" ]
	[ "$(ag --resume 12-ab p)" = "<--dangerously-skip-permissions> <--append-system-prompt> <--resume> <12-ab>" ]
	[ "$(ag --resume=12-ab p -- -p x)" = "<--dangerously-skip-permissions> <--append-system-prompt> <--resume> <12-ab> <-p> <x>" ]
	run -125 wrapix codex
	[ "$output" = "wrapix: no folder 'codex'; a profile comes after -p (wrapix -p codex), a command after -- (wrapix -- codex)" ] || fail "$output"
	run -125 wrapix ls
	[ "$output" = "wrapix: no folder 'ls'; a profile comes after -p (wrapix -p ls), a command after -- (wrapix -- ls)" ] || fail "$output"
	# It is the agent, and wants its token.
	rm ~/.config/wrapix/CLAUDE_CODE_OAUTH_TOKEN
	run -125 wrapix -q -n none --no-push p -- -p x
	[[ $output == *"the agent has no token"* ]] || fail "$output"
}

@test "--paste: files for the agents of the project, at work or to come, which they only read" {
	echo one >one.txt
	cd p
	wrapix -q -n none --no-push --no-token . -- sh -c 'touch up; until [ -e /run/wrapix/inbox/one.txt ]; do sleep 0.05; done
	    cat /run/wrapix/inbox/one.txt; echo x >/run/wrapix/inbox/new; true' >../out 2>../err 3>&- &
	run=$!
	until_true test -e up
	[ "$(wrapix --paste ../one.txt)" = /run/wrapix/inbox/one.txt ]
	wait "$run"
	[ "$(cat ../out)" = one ] && grep -q 'Read-only file system' ../err || fail "$(cat ../out ../err)"
	# Of the same name, from standard input, and what cannot be.
	echo two >one.txt
	[ "$(wrapix --paste one.txt ../one.txt | paste -sd' ')" = "/run/wrapix/inbox/1-one.txt /run/wrapix/inbox/2-one.txt" ]
	name=$(echo piped | wrapix --paste)
	[ "$(wrapix -q -n none --no-push --no-token . -- cat /run/wrapix/inbox/1-one.txt "$name" | paste -sd' ')" = "two piped" ]
	run -1 wrapix --paste nosuch
	[ "$output" = "wrapix: 'nosuch' is no file" ] || fail "$output"
	on_tty env -u DISPLAY -u WAYLAND_DISPLAY wrapix --paste <<-'S'
	expect nothing in a clipboard that
	status 1
	S
	wrapix --forget .
	[ -z "$(find ~/.local/state -name 'one.txt')" ]
}

@test "a login that is renewed on the host during the run counts at once" {
	login() {
		(umask 077; jq -n --arg t "$1" '{claudeAiOauth: {accessToken: $t, expiresAt: 9999999999999}}' >~/.claude/new; mv ~/.claude/new ~/.claude/.credentials.json)
	}
	api
	mkdir -p ~/.claude
	login sk-ant-oat01-MADEUP-first
	wrapix -q -n none --no-push p -- sh -c "$ask; touch asked; until [ -e again ]; do sleep 0.05; done; $ask" >out 2>err 3>&- &
	run=$!
	until_true test -e p/asked
	sent sk-ant-oat01-MADEUP-first
	login sk-ant-oat01-MADEUP-second
	until_true grep -q '"generation":2}' ~/.local/state/wrapix/*.run/uses.ndjson
	touch p/again
	wait "$run"
	[ "$(paste -sd' ' out)" = "200 200" ] || fail "$(cat out err)"
	sent sk-ant-oat01-MADEUP-second
	kill "$api_PID"
	until_true no_follower
}

# What followed the login ends with its reader.
no_follower() {
	[ -z "$(pgrep -u "$(id -u)" -x wx-token-env)" ]
}

@test "--token-file: a link that an agent left for it is replaced, not followed" {
	give_token
	mkdir "$dir/aim"
	in_p p -- sh -c 'ln -s "$1" ~/.claude/.credentials.json' sh "$dir/aim"
	run -0 in_p --token-file p -- sh -c 'test -s ~/.claude/.credentials.json'
	[ -z "$(ls -A "$dir/aim")" ] || fail "$(ls -lA "$dir/aim")"
}

@test "the token is for the agent and a shell, for no other command" {
	give_token
	[ -n "$(in_p p -- sh -c 'printenv CLAUDE_CODE_OAUTH_TOKEN')" ]
	run -1 in_p p -- printenv CLAUDE_CODE_OAUTH_TOKEN
	echo '{"agent": {"command": ["printenv", "CLAUDE_CODE_OAUTH_TOKEN"], "token": "CLAUDE_CODE_OAUTH_TOKEN"}}' >own.json
	[ "$(in_p -p "$PWD/own.json" p)" = "$token" ]
	[ "$(in_p -p "$PWD/own.json" p -- printenv CLAUDE_CODE_OAUTH_TOKEN)" = "$token" ]
}

@test "the command has the user's locale, a folder may have any letters, a word for a folder is told of --" {
	unset LC_ALL
	[ "$(LANG=C.UTF-8 in_p --no-token p -- sh -c 'echo "$LANG ${LC_ALL-unset}"')" = "C.UTF-8 unset" ]
	[ "$(LC_ALL=C.UTF-8 in_p --no-token p -- printenv LC_ALL)" = C.UTF-8 ]
	mkdir "Übung \"x\" \\u00dc"
	run -0 in_p --no-token "Übung \"x\" \\u00dc" -- touch here
	[ -e "Übung \"x\" \\u00dc/here" ] || fail "$output"
	run -125 in_p env
	[[ $output == *"no folder 'env'; a profile comes after -p (wrapix -p env), a command after -- (wrapix -- env)" ]] || fail "$output"
}

@test "what is read from standard input reaches the command" {
	give_key
	give_token
	[ "$(echo words | in_p p -- cat)" = words ]
	[ "$(in_p p -- cat </dev/null)" = "" ]
}

@test "the command's status comes back, and its own by 125" {
	run -7 in_p p -- sh -c 'exit 7'
	run -143 in_p p -- sh -c 'kill -TERM $$'
	run -127 in_p p -- no-such-command
	run -125 wrapix -q --nonsense
	run -125 wrapix -q p q
	run -125 wrapix -q nowhere
	[[ $output == *"no folder 'nowhere'"* ]]
	run -125 wrapix -q -n
	run -125 wrapix -q -p nowhere p
	[[ $output == *"no profile 'nowhere'"*" it is not one of ours (base, claude-key, cline, codex, copilot, gemini, opencode, pi, python, qwen, rust)" ]] || fail "$output"
}

# --- signals and death

# begin COMMAND...: in the background, its pid in $run, up to the moment when the command
# has made the file ready.
begin() {
	wrapix -q -n none p -- sh -c "touch ready; $*" 3>&- >out 2>err &
	run=$!
	until_true test -e p/ready
	rm p/ready
	folder=$(echo "$base"/run.*)
	agent=$(pgrep -n -f "^ssh-agent -a $folder/real")
	kill -0 "$agent"
}

ended() {
	! kill -0 "$1" 2>/dev/null
}

# agent_ended: at once, and not only when the ssh-agent sees by itself that it has to.
agent_ended() {
	local end=$((SECONDS + 60))
	until ended "$agent"; do
		[ "$SECONDS" -lt "$end" ] || fail "the ssh-agent is still there"
		sleep 0.05
	done
}

# nothing_left: no process that has to do with the run's folder, no folder. Who removes it
# does so when wrapix has ended.
nothing_left() {
	local end=$((SECONDS + 60))
	while pgrep -f "$base" >left || [ -n "$(find "$base" -mindepth 1 2>/dev/null)" ]; do
		[ "$SECONDS" -lt "$end" ] || fail "left: $(find "$base"; ps -o pid,args -p "$(paste -sd, left)")"
		sleep 0.05
	done
}

@test "SIGTERM to wrapix reaches the command, and all goes" {
	give_key
	rc=0
	begin 'trap "echo terminated >got; exit 9" TERM; while :; do sleep 0.05; done'
	kill -TERM "$run"
	until_true ended "$run"
	wait "$run" || rc=$?
	[ "$rc" -eq 9 ] || fail "$rc: $(cat err)"
	[ "$(cat p/got)" = terminated ]
	agent_ended
	nothing_left
}

@test "SIGKILL of wrapix ends the command; agent and folder are gone after the next run" {
	give_key
	begin 'trap "" TERM; while :; do sleep 0.05; done'
	sandbox=$(pgrep -P "$run" -f supervised)
	kill -KILL "$run"
	wait "$run" || true
	# At once, while that one's grace goes on.
	wrapix -q -n none p -- true
	until_true ended "$sandbox"
	agent_ended
	nothing_left
}

@test "SIGKILL of wx-run, and of the ssh-agent: nothing is left" {
	give_key
	rc=0
	begin 'while :; do sleep 0.05; done'
	kill -KILL "$(pgrep -P "$run" -f supervised)"
	wait "$run" || rc=$?
	[ "$rc" -eq 137 ]
	agent_ended
	nothing_left
	begin 'while [ ! -e go ]; do sleep 0.05; done; ssh-add -l'
	kill -KILL "$agent"
	touch p/go
	rc=0
	wait "$run" || rc=$?
	[ "$rc" -eq 2 ] || fail "$rc: $(cat out err)"
	nothing_left
}

@test "two runs at once have an agent each" {
	give_key
	begin 'while [ ! -e go ]; do sleep 0.05; done; ssh-add -l | wc -l >n'
	run -0 wrapix -q -n none p -- sh -c 'ssh-add -l | wc -l'
	[ "$output" = 2 ]
	[ -d "$folder" ]
	touch p/go
	wait "$run"
	[ "$(cat p/n)" = 2 ]
}

@test "kill: wrapix at some of its system calls; after the next run nothing is left (all: make campaign)" {
	give_key
	give_token
	STRIDE=101 FIRST=23 KILLS=8 timeout 200 "$WX_TREE/tests/campaign.d/wrapix" >out 2>err || fail "$(cat out err)"
}

# --- on a terminal

@test "a few lines before, findings and commits after; colours only where they are seen" {
	give_key
	give_token
	touch p/.envrc
	mkdir -p ~/.claude/skills
	echo 'be brief' >~/.claude/CLAUDE.md
	read -r port same < <(python3 -c 'import socket; s = [socket.create_server(("127.0.0.1", 0)) for _ in "12"]; print(*(x.getsockname()[1] for x in s))')
	export PS1='H> '
	on_tty bash --norc --noediting -i <<-S
	expect H>
	send wrapix -n none p -- sh -c 'git commit -q --allow-empty -m "two words"; git init -q n; exit 6'; echo rc=\$?\r
	expect \x1b\[1msandbox:\x1b\[0m $p, by $engine, network none, 4 GiB, 4096 processes
	expect token:.* kept outside: what is inside uses the API \(anthropic\), and does not see it
	expect key:.* it-here, 0 days old, pushes to 127.0.0.1/me/it
	expect protected:.* \.envrc
	expect yours:.* ~/\.claude/CLAUDE\.md ~/\.claude/skills \(read-only\)
	expect found: nested-repository "n/.git"
	expect wx-run: commit [0-9a-f]{7,} two words
	expect rc=6
	foreground
	send NO_COLOR=1 wrapix -n none --publish $port:5173 --publish=$same p -- true; echo rc=\$?\r
	expect sandbox: /
	expect token: none
	expect published: http://127\.0\.0\.1:$port \(port 5173 inside\)\r\n
	expect published: http://127\.0\.0\.1:$same\r\n
	expect rc=0
	foreground
	send NO_COLOR=1 wrapix -n none --token-inside p -- sh -c true; echo rc=\$?\r
	expect token: CLAUDE_CODE_OAUTH_TOKEN, inside
	expect rc=0
	send exit\r
	status 0
	S
	run -0 wrapix -n none p -- true
	[ "$output" = "" ] || fail "$output"
	on_tty wrapix -q -n none p -- echo only <<-S
	expect ^only\r\n\$
	status 0
	S
}

@test "^C ends the command and wrapix, ^Z stops both and fg goes on" {
	give_key
	export PS1='H> '
	on_tty bash --norc --noediting -i <<-S
	expect H>
	send wrapix -q -n none p -- sh -c 'echo go; exec sleep 100'; echo rc=\$?\r
	expect go
	send \x03
	expect H>
	foreground
	send wrapix -q -n none p -- sh -c 'echo go; read x; echo "got \$x"'\r
	expect go
	send \x1a
	expect Stopped
	expect H>
	foreground
	send fg\r
	send words\r
	expect got words
	expect H>
	send exit\r
	status 0
	S
	nothing_left
}

# --- status, forget

@test "--status: all that a run needs, and 1 if something is missing" {
	give_key
	run -1 wrapix --status p
	[[ $output == *"ok $engine: "* ]]
	[[ $output == *"ok key: it-here, 0 days old, pushes to 127.0.0.1/me/it"* ]]
	grep -qx "no token: no token found for 'CLAUDE_CODE_OAUTH_TOKEN'; keep one in $HOME/.config/wrapix/CLAUDE_CODE_OAUTH_TOKEN, mode 0600" <<<"$output" || fail "$output"
	[[ $output == *"state: nothing"*"last run: never"* ]] || fail "$output"
	give_token
	wrapix -q -n none p -- true
	# What podman has is in another home.
	if [ -n "$WX_PODMAN" ]; then run wrapix --status p; else run -0 wrapix --status p; fi
	[[ $output == *"ok token: config, claude-oauth, ok, expires at a time not said"* ]] || fail "$output"
	[[ $output == *"KiB in $HOME/.local/state/wrapix/"*"last run: 20"* ]] || fail "$output"
	echo '{"agent": {"command": ["claude"]}, "cache": ["~/.npm"]}' >~/.config/cached.json
	wrapix -q -n none -p ~/.config/cached.json p -- sh -c 'echo >~/.npm/x'
	run wrapix -p ~/.config/cached.json --status p
	grep -q "^cache: [0-9]* KiB in $HOME/.local/state/wrapix/.*-~" <<<"$output" || fail "$output"
	touch -d '-100 days' "$keys/it-here"
	run -1 wrapix --status p
	[[ $output == *"no key: it-here, 100 days old"*"overdue: setup-deploy-key -f"* ]] || fail "$output"
	run -0 wrapix p -- true
	[[ $output == *"the key 'it-here' is 100 days old; replace it: setup-deploy-key -f"* ]] || fail "$output"
	run -125 wrapix --status p -- true
}

@test "--forget: the project's state goes, no other's, and not while a run is on" {
	give_key
	mkdir q
	wrapix -q -n none p -- sh -c 'mkdir -p ~/.claude/a/b; echo x >~/.claude/a/b/c; chmod 0 ~/.claude/a/b; ln -s / ~/.claude/root'
	wrapix -q -n none q -- sh -c 'echo x >~/.claude/c'
	[ "$(ls ~/.local/state/wrapix | grep -c run)" = 2 ]
	begin 'while [ ! -e go ]; do sleep 0.05; done'
	run -3 wrapix --forget p
	[[ $output == *"a run is at work"* ]]
	touch p/go
	wait "$run"
	run -0 wrapix --forget p
	[ "$(ls ~/.local/state/wrapix | grep -c run)" = 1 ] || fail "$(ls ~/.local/state/wrapix)"
	[ -e /etc/passwd ]
	run -0 wrapix --forget p
	[ "$(wrapix -q -n none q -- sh -c 'cat ~/.claude/c')" = x ]
	run -125 wrapix --forget -n none p
}

# --- what may be missing

@test "no token: the agent does not run, a command does; an expired one is named" {
	[ -z "$WX_PODMAN" ] || skip "an image has no program of the host's"
	printf '#!/bin/sh\necho agent\n' >claude
	chmod 755 claude
	PATH=$PWD:$PATH
	run -125 wrapix -n none p
	[[ $output == *"no token found"*"--no-token runs it without"* ]] || fail "$output"
	run -0 wrapix -q --no-token -n none p
	[ "$output" = agent ]
	run -0 wrapix -n none p -- sh -c true
	[[ $output == *"wrapix: no token: no token found for 'CLAUDE_CODE_OAUTH_TOKEN'"* ]]
	mkdir -p ~/.claude
	printf '{"claudeAiOauth":{"accessToken":"sk-ant-oat01-MADEUP","expiresAt":1000000000000}}' >~/.claude/.credentials.json
	chmod 600 ~/.claude/.credentials.json
	run -125 wrapix -n none p
	[[ $output == *"expired on 2001-09-09"* ]] || fail "$output"
	give_token
	run -0 wrapix -q -n none p
	[ "$output" = agent ]
}

@test "claude, ssh-agent, a forge, a branch, a repository that is not there: a line and a status each" {
	give_token
	run -127 wrapix -q -n none p
	[[ $output == *"cannot run 'claude'"*"install it (Claude Code: npm install -g "* ]] || fail "$output"
	OPENAI_API_KEY=made-up run -127 wrapix -q -n none -p codex p
	[[ $output == *"cannot run 'codex'"*"the agent of this profile, 'codex', is not there: install it, "* ]] || fail "$output"
	run ! grep -i claude <<<"$output"
	give_key
	git -C p remote set-url origin /somewhere/local
	run -0 wrapix -n none p -- true
	[[ $output == *"wrapix: no push: "* ]]
	[ "${#lines[@]}" -eq 1 ] || fail "$output"
	git -C p remote set-url origin "ssh://$(id -un)@127.0.0.1:$SSHD_PORT/me/it.git"
	git -C p checkout -q --detach
	run -0 in_p p -- git push -q origin HEAD:refs/heads/main
	mv ~/.config/wrapix/known_hosts .
	run -0 wrapix -n none p -- true
	[[ $output == *"no push: no host key of '[127.0.0.1]:$SSHD_PORT' is known; put it into '$HOME/.config/wrapix/known_hosts'"* ]] || fail "$output"
	run -125 wrapix -n none "$dir/repos/me/it.git" -- true
	[[ $output == *"is a bare repository"* ]]
	mkdir none
	run -0 wrapix -n none none -- true
	[[ $output == *"no push: no repository in '$PWD/none'"* ]]
	mkdir bin
	for t in /usr/bin/* /bin/*; do case $t in */ssh-agent) ;; *) ln -sf "$t" bin/ ;; esac; done
	PATH=$WX_BUILD:$WX_TREE/scripts:$PWD/bin
	run -125 wrapix -n none p -- true
	[[ $output == *"not found on PATH: ssh-agent"* ]]
}

@test "profiles: ours by name, the user's own before, a file, and one that came with the project" {
	[ -z "$WX_PODMAN" ] || skip "an image has no program of the host's"
	mkdir -p ~/.config/wrapix/profiles ~/.cargo/registry ~/.claude/skills
	echo 'be brief' >~/.claude/CLAUDE.md
	printf '#!/bin/sh\n' >cargo && cp cargo rustc && chmod 755 cargo rustc
	PATH=$PWD:$PATH
	run -0 wrapix -q -n none -p rust p -- sh -c 'echo $CARGO_TERM_COLOR; ls -d ~/.cargo/*; touch ~/.cargo/registry/x; command -v cargo; cat ~/.claude/CLAUDE.md'
	[ "${lines[*]}" = "always $HOME/.cargo/git $HOME/.cargo/registry $PWD/cargo be brief" ] || fail "$output"
	[ "$(wrapix -q -n none -p rust p -- sh -c 'ls ~/.cargo/registry; ls ~/.claude')" = $'x\nCLAUDE.md\nsettings.json\nskills' ]
	[ ! -e ~/.cargo/registry/x ]
	echo '{"env": {"MINE": "yes"}}' >~/.config/wrapix/profiles/rust.json
	[ "$(wrapix -q -n none -p rust p -- printenv MINE)" = yes ]
	echo '{"env": {"MINE": "file"}}' >own.json
	[ "$(wrapix -q -n none --profile=./own.json p -- printenv MINE)" = file ]
	cp own.json p/
	run -125 wrapix -q -n none -p p/own.json p -- true
	[[ $output == *"lies in the project"* ]]
	[ "$(wrapix -qyn none -p p/own.json p -- printenv MINE)" = file ]
	# Each of ours is one that wx-run takes.
	for f in "$WX_TREE"/nix/profiles/*.json; do
		wx-run -n none -C p -p "$f" --print-summary -- true >out || [[ $f == *python* ]] || fail "$f"
	done
}

@test "Apple's container, its stand-in: the agent's socket, git's settings and the token get there" {
	[ -z "$WX_PODMAN" ] || skip "an engine of its own"
	give_key
	give_token
	container_setup
	run -0 --separate-stderr wrapix -q -e container -n open -i "$IMAGE" p -- sh -c 'ssh-add -l | wc -l; git config --get user.signingkey; echo ${#CLAUDE_CODE_OAUTH_TOKEN}; git config --get gpg.ssh.allowedSignersFile'
	[ "${lines[0]}" = 2 ] || fail "$output"
	[ "${lines[1]}" = "key::$(cut -d' ' -f1,2 "$keys/it-here-signing.pub")" ] || fail "$output"
	[ "${lines[2]}" = "${#token}" ] || fail "$output"
	[ "${lines[3]}" = /run/wrapix/allowed_signers ] || fail "$output"
	run_argv | grep -qx -- --ssh
	! grep -r "$token" "$REC"/argv.* || fail "the token is in an argument"
}
