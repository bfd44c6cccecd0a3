# SPDX-License-Identifier: MIT
# sanitizers: no, they make an agent slow
# takes: 60 s
# Agents other than Claude Code, as npm has them, in the profiles that come along, against a scripted API on loopback of
# the wire format that each speaks: a turn with a commit, a second run that resumes it, and the prompt on a terminal, with
# nothing asked before.
load lib/helper
load lib/git

local_setup() {
	export PYTHONDONTWRITEBYTECODE=1
	mkdir p
	git init -q -b main p
	git -C p config user.name Tester
	git -C p config user.email tester@example.org
	git -C p commit -q --allow-empty -m one
}

teardown() {
	[ -z "${api_PID-}" ] || kill "$api_PID" 2>/dev/null || :
}

# have NAME: on PATH; else the test is skipped, and says so.
have() {
	if [ ! -x "$WX_AGENTS/$1/node_modules/.bin/$1" ]; then
		echo "# NO $1: its test is skipped (tests/lib/get-agents)" >&3
		skip "no $1 to run"
	fi
	PATH=$WX_AGENTS/$1/node_modules/.bin:$PATH
	hash -r
}

# serve API STEPS: the scripted API, a program of tests/fake; its address in $url.
serve() {
	local port
	# Of messages-api that is a subscription's token, and not the key that they have here.
	[ "$1" = messages-api ] || set -- "$@" --token-sha256 "$hash"
	printf '%s' "$2" >script.json
	coproc api { exec "$WX_TREE/tests/fake/$1" --log api.log "${@:3}" script.json 3>&-; }
	read -r port <&"${api[0]}"
	url=http://127.0.0.1:$port
}

# profile NAME [JQ]: the one that comes along, the route of its API sent to ours. Its command in $argv, its token's line
# in $line; $way is how it has its API.
profile() {
	local broker
	jq --arg url "$url" "${2-.}" "$WX_TREE/nix/profiles/$1.json" >profile.json
	mkdir -p ~/.config/wrapix/profiles ~/.config/wrapix/routes
	cp "$WX_TREE/nix/profiles/base.json" ~/.config/wrapix/profiles
	broker=$(jq -r '.agent.broker // ""' profile.json)
	way=(-n host -E)
	if [ -n "$broker" ]; then
		jq --arg u "$url" '.upstream = $u' "$WX_TREE/nix/routes/$broker.json" >~/.config/wrapix/routes/"$broker.json"
		way=(-n none -B)
	fi
	line=$(jq -r .agent.token profile.json)=$token
	mapfile -t argv < <(wx-run -C p -p profile.json "${way[@]}" 0 -L <<<"$line" | jq -r '.command[]')
}

# agent ARG...: the profile's command with these, with a token that is made up; 100 s at the most.
agent() {
	wx-run -C p "${way[@]}" 0 -p profile.json -T 100 -- "${argv[@]}" "$@" <<<"$line" >out 2>err || fail "status $?: $(cat out err)"
}

# prompt [COMMAND...]: the agent on a terminal, as it comes up, or that; what is to be seen is on stdin, see tests/lib/pty.
# It is left by hanging up: some draw themselves anew after their prompt, and hear no key meanwhile.
prompt() {
	TERM=xterm-256color "$WX_TREE/tests/lib/pty" bash -c 'exec wx-run -C p -p profile.json "${@:2}" 9< <(printf "%s\n" "$1")' \
	    bash "$line" "${way[@]}" 9 ${1+--} "$@"
}

# every request carried the token, and the steps came in their order.
steps() {
	jq -se --arg hash "sha256:$hash" 'length > 0 and
	    all(.[]; .status == 200 and ([.x_api_key, .x_goog_api_key, .authorization] | any(. == $hash or . == "Bearer " + $hash)))' \
	    api.log >/dev/null || fail "$(cat api.log)"
	[ "$(jq -sc '[.[] | select(.step != null).step]' api.log)" = "$1" ] || fail "$(cat api.log)"
}

# greeted: the one turn committed, and said what it was to say.
greeted() {
	grep -q 'The world is greeted\.' out || fail "$(cat out err)"
	[ "$(git -C p log --format=%s | paste -sd' ')" = "greet one" ]
	[ "$(git -C p show HEAD:greeting)" = hello ]
	jq -se 'any(.[].tool_results // [] | .[]; test("greet\\W+n?one"))' api.log >/dev/null || fail "$(cat api.log)"
}

# The token is in no file of the project's, and of the state's.
no_token_left() {
	run ! grep -rlF "$token" p home --exclude=profile.json
}

token=sk-made-up-for-the-tests
hash=$(printf %s "$token" | sha256sum | cut -d' ' -f1)
greet='echo hello >greeting; git add greeting; git commit -qm greet; git log --format=%s'

# Of npm, or wherever it is installed (tests/lib/get-claude).
@test "claude: a turn with a commit, which comes home; the next run goes on; its prompt on a terminal" {
	if [ -z "$WX_CLAUDE" ]; then
		echo "# NO claude: its test is skipped (tests/lib/get-claude)" >&3
		skip "no claude to run"
	fi
	PATH=${WX_CLAUDE%/*}:$PATH
	token=sk-ant-oat01-made-up hash=$(printf %s sk-ant-oat01-made-up | sha256sum | cut -d' ' -f1)
	serve messages-api '[{"tool": "Bash", "input": {"description": "greet", "command": "'"$greet"'"}}, {"text": "The world is greeted."}, {"text": "Farewell."}]'
	profile base
	agent -p 'Greet the world'
	greeted
	agent --continue -p 'Bye'
	[ "$(cat out)" = Farewell. ] || fail "$(cat out err)"
	steps '[0,1,2]'
	no_token_left
	prompt <<-'S'
	expect bypass permissions on
	hangup
	S
}

@test "pi: a turn with a commit, which comes home; the next run goes on; its prompt on a terminal" {
	have pi
	serve messages-api '[{"tool": "bash", "input": {"command": "'"$greet"'"}}, {"text": "The world is greeted."}, {"text": "Farewell."}]'
	profile pi
	agent -p 'Greet the world'
	[ "$(cat out)" = "The world is greeted." ] || fail "$(cat out err)"
	greeted
	agent --continue -p 'Bye'
	[ "$(cat out)" = Farewell. ]
	steps '[0,1,2]'
	no_token_left
	prompt <<-'S'
	expect escape
	expect claude-
	hangup
	S
}

@test "opencode: a turn with a commit, which comes home; the next run goes on; its prompt on a terminal" {
	have opencode
	serve messages-api '[{"tool": "bash", "input": {"description": "greet", "command": "'"$greet"'"}}, {"text": "The world is greeted."}, {"text": "Farewell."}]'
	profile opencode
	agent run -m anthropic/claude-sonnet-4-5 'Greet the world'
	greeted
	agent run -m anthropic/claude-sonnet-4-5 --continue 'Bye'
	grep -q Farewell out || fail "$(cat out err)"
	steps '[0,1,2]'
	no_token_left
	prompt <<-'S'
	expect Ask anything
	expect Claude Sonnet
	hangup
	S
}

# Its model has one tool for programs that call the others.
@test "codex: a turn with a commit, which comes home; the next run goes on; its prompt on a terminal" {
	have codex
	serve model-api "$(jq -n --arg c "$greet" '[{tool: "exec", input: "text((await tools.exec_command({cmd: \($c | tojson)})).output)"},
	    {text: "The world is greeted."}, {text: "Farewell."}]')"
	profile codex
	agent exec 'Greet the world'
	greeted
	agent exec resume --last 'Bye'
	[ "$(cat out)" = Farewell. ] || fail "$(cat out err)"
	steps '[0,1,2]'
	no_token_left
	prompt <<-'S'
	expect YOLO mode
	hangup
	S
}

@test "gemini: a turn with a commit, which comes home; the next run goes on; its prompt on a terminal" {
	have gemini
	serve model-api '[{"tool": "run_shell_command", "input": {"description": "greet", "command": "'"$greet"'"}},
	    {"text": "The world is greeted."}, {"text": "Farewell."}]'
	profile gemini
	agent -p 'Greet the world'
	greeted
	agent --resume latest -p 'Bye'
	[ "$(cat out)" = Farewell. ] || fail "$(cat out err)"
	steps '[0,1,2]'
	no_token_left
	prompt <<-'S'
	expect Type your message
	hangup
	S
}

@test "qwen: a turn with a commit, which comes home; the next run goes on; its prompt on a terminal" {
	have qwen
	serve model-api '[{"tool": "run_shell_command", "input": {"description": "greet", "is_background": false, "command": "'"$greet"'"}},
	    {"text": "The world is greeted."}, {"text": "Farewell."}]'
	# What it remembers of a turn it asks by itself.
	profile qwen '.agent.seed["~/.qwen/settings.json"].memory.enableManagedAutoMemory = false'
	agent 'Greet the world'
	greeted
	agent --continue 'Bye'
	[ "$(cat out)" = Farewell. ] || fail "$(cat out err)"
	steps '[0,1,2]'
	no_token_left
	prompt <<-'S'
	expect Type your message
	hangup
	S
}

# Its own API wants a login at github.com; a provider of the user's own is the same program, with another endpoint.
@test "copilot: with a provider of one's own, a turn with a commit, which comes home; the next run goes on; its prompt on a terminal" {
	have copilot
	serve model-api '[{"tool": "bash", "input": {"description": "greet", "command": "'"$greet"'"}},
	    {"text": "The world is greeted."}, {"text": "Farewell."}]'
	profile copilot '.env += {COPILOT_OFFLINE: "true", COPILOT_MODEL: "gpt-5.4", COPILOT_PROVIDER_BASE_URL: ($url + "/v1")}
	    | .agent.token = "COPILOT_PROVIDER_API_KEY"'
	agent -p 'Greet the world'
	greeted
	agent --continue -p 'Bye'
	grep -q '^Farewell\.' out || fail "$(cat out err)"
	steps '[0,1,2]'
	no_token_left
	prompt <<-'S'
	expect Allow All|allow all
	hangup
	S
}

# It goes on with a session on a terminal alone.
@test "cline: a turn with a commit, which comes home; its prompt on a terminal, where the session is there again" {
	local id
	have cline
	serve model-api '[{"tool": "run_commands", "input": {"commands": ["'"$greet"'"]}}, {"text": "The world is greeted."}]'
	profile cline
	agent 'Greet the world'
	greeted
	prompt <<-'S'
	expect Auto-approve all enabled
	hangup
	S
	# Advertisements that want a key: none was shown.
	[ -z "$(find home -name cli-notices.json)" ]
	wx-run -C p -n none -p profile.json -- "${argv[@]}" history --json >out 2>err
	id=$(jq -r '.[0].sessionId' out)
	prompt "${argv[@]}" --id "$id" <<-'S'
	expect greeted\.
	hangup
	S
	steps '[0,1]'
	no_token_left
}
