# SPDX-License-Identifier: MIT
# sanitizers: no, they make an agent slow
# takes: 100 s
# Agents other than Claude Code, as npm has them, in the profiles that come along, against a scripted API on loopback: a
# turn with a commit, a second run that goes on, and their prompt on a terminal with nothing asked before.
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

# api STEPS: the scripted API; its address in $url.
serve() {
	local port
	printf '%s' "$1" >script.json
	coproc api { exec "$WX_TREE/tests/fake/messages-api" --log api.log script.json 3>&-; }
	read -r port <&"${api[0]}"
	url=http://127.0.0.1:$port
}

# profile NAME JQ: the one that comes along, sent to our API.
profile() {
	jq --arg url "$url" "$2" "$WX_TREE/nix/profiles/$1.json" >profile.json
	mkdir -p ~/.config/wrapix/profiles
	cp "$WX_TREE/nix/profiles/base.json" ~/.config/wrapix/profiles
}

# agent COMMAND...: in the profile, with a token that is made up; 100 s at the most.
agent() {
	wx-run -C p -n host -p profile.json -T 100 -E 0 -- "$@" <<<"ANTHROPIC_API_KEY=$token" >out 2>err || fail "status $?: $(cat out err)"
}

# every request carried the token, and the steps came in their order.
steps() {
	jq -se --arg hash "sha256:$(printf %s "$token" | sha256sum | cut -d' ' -f1)" \
	    'length > 0 and all(.[]; .status == 200 and .x_api_key == $hash)' api.log >/dev/null || fail "$(cat api.log)"
	[ "$(jq -sc '[.[] | select(.step != null).step]' api.log)" = "$1" ] || fail "$(cat api.log)"
}

token=sk-made-up-for-the-tests

@test "pi: a turn with a commit, which comes home; the next run goes on; its prompt on a terminal" {
	have pi
	serve '[{"tool": "bash", "input": {"command": "echo hello >greeting; git add greeting; git commit -qm greet; git log --format=%s"}},
	    {"text": "The world is greeted."}, {"text": "Farewell."}]'
	profile pi '.agent.seed["~/.pi/agent/models.json"] = {providers: {anthropic: {baseUrl: $url}}}'
	agent pi --provider anthropic -p 'Greet the world'
	[ "$(cat out)" = "The world is greeted." ] || fail "$(cat out err)"
	[ "$(git -C p log --format=%s | paste -sd' ')" = "greet one" ]
	[ "$(git -C p show HEAD:greeting)" = hello ]
	jq -se '.[1].tool_results == ["greet\none\n"]' api.log >/dev/null || fail "$(cat api.log)"
	# What it knows was kept, and the token is nowhere.
	agent pi --provider anthropic --continue -p 'Bye'
	[ "$(cat out)" = Farewell. ]
	steps '[0,1,2]'
	run ! grep -rlF "$token" p home --exclude=profile.json
	TERM=xterm-256color "$WX_TREE/tests/lib/pty" bash -c 'exec wx-run -C p -n host -p profile.json -E 9 9< <(printf "ANTHROPIC_API_KEY=%s\n" "$0")' "$token" <<-'S'
	expect escape
	expect claude-
	send \x04
	status 0
	S
}

@test "opencode: a turn with a commit, which comes home; the next run goes on" {
	have opencode
	serve '[{"tool": "bash", "input": {"description": "greet", "command": "echo hello >greeting; git add greeting; git commit -qm greet; git log --format=%s"}},
	    {"text": "The world is greeted."}, {"text": "Farewell."}]'
	profile opencode '.agent.seed["~/.config/opencode/opencode.json"].provider.anthropic.options.baseURL = $url + "/v1"
	    | .env.OPENCODE_DISABLE_MODELS_FETCH = "1"'
	agent opencode run -m anthropic/claude-sonnet-4-5 'Greet the world'
	grep -q 'The world is greeted' out || fail "$(cat out err)"
	[ "$(git -C p log --format=%s | paste -sd' ')" = "greet one" ]
	agent opencode run -m anthropic/claude-sonnet-4-5 --continue 'Bye'
	grep -q Farewell out || fail "$(cat out err)"
	steps '[0,1,2]'
	run ! grep -rlF "$token" p home --exclude=profile.json
}
