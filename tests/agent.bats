# SPDX-License-Identifier: MIT
# The agent itself, at work on a real repository: Claude Code as users run it
# against a scripted Messages API on loopback (tests/fake/messages-api). It runs
# once, in setup_file, watched from the host; each test then looks at one thing.
# Under wx-run when that is built, else bare.
load lib/helper

prompt='Greet the world, not the moon.'

# Claude Code 2.1.330 needs no more than this to leave every other host alone:
# no look-up of a name, no probe of the API, no telemetry, no update; and without it
# seven look-ups. DISABLE_TELEMETRY alone leaves some. Not --bare: it takes no OAuth token.
quiet=CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1

sandboxed() {
	[ -x "$WX_BUILD/wx-run" ]
}

# The script of the API; $1 is the project as the agent sees it. The first command waits
# until the test has looked; the Edit tool refuses a file that was not read before.
script() {
	jq -n --arg file "$1/greeting" '[
	  {tool: "Read", input: {file_path: $file}},
	  {tool: "Edit", input: {file_path: $file, old_string: "moon", new_string: "world"}},
	  {tool: "Bash", input: {description: "Wait", command:
	    "touch ready; n=0; while [ ! -e looked ] && [ $n -lt 1200 ]; do sleep 0.1; n=$((n+1)); done
	     rm -f ready looked; echo \"waited $((n < 1200)), token ${CLAUDE_CODE_OAUTH_TOKEN-unset}, in $PWD\""}},
	  {tool: "Bash", input: {description: "Commit", command:
	    "git commit -q -m \"greeting: greet the world\" greeting && git log --oneline"}},
	  {text: "The world is greeted."}]'
}

# agent TOKEN: in $project, as a process of that id.
agent() {
	local -a claude=(claude -p "$prompt" --dangerously-skip-permissions)
	cd "$project"
	if sandboxed; then
		exec wx-run -C "$project" -n host -E 0 -v "$quiet" -v "ANTHROPIC_BASE_URL=$url" -- "${claude[@]}" \
		    < <(printf 'CLAUDE_CODE_OAUTH_TOKEN=%s\n' "$1")
	fi
	export "$quiet" "ANTHROPIC_BASE_URL=$url" "CLAUDE_CODE_OAUTH_TOKEN=$1"
	exec "${claude[@]}" </dev/null
}

# look: note which processes of this user show the token, and where. Builtins
# only: the token must not become an argument of ours. The agent is known by its
# program, not by its name: a thread of it that is about to exec has another.
look() {
	local p k v comm uid argv env
	for p in /proc/[0-9]*; do
		uid=
		{ while read -r k v; do
			case $k in Name:) comm=$v ;; Uid:) uid=${v%%[[:space:]]*} && break ;; esac
		done <"$p/status"; } 2>/dev/null || continue
		[ "$uid" = "$UID" ] || continue
		{ mapfile -d '' argv <"$p/cmdline"; } 2>/dev/null || continue
		[ ! "$p/exe" -ef "$WX_CLAUDE" ] || comm=agent
		case "${argv[*]}" in *"$prompt"*) echo "$comm" >>seen/prompt ;; esac
		case "${argv[*]}" in *"$token"*) echo "$comm" >>seen/argv ;; esac
		env=()
		if { mapfile -d '' env <"$p/environ"; } 2>/dev/null; then
			case "${env[*]}" in *"$token"*) echo "$comm" >>seen/environ ;; esac
		else
			# What is about to exit has no memory to look into; what has, was closed to us.
			{ mapfile -t env <"$p/status"; } 2>/dev/null || continue
			case "${env[*]}" in *VmSize:*) echo "$comm" >>seen/closed ;; esac
		fi
	done
}

# run_agent TOKEN: run it to its end under our eyes; 120 s at most. Leaves out, err, status.
run_agent() {
	local pid rc=0 end=$((SECONDS + 120)) looked=
	agent "$1" >out 2>err 3>&- &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		if [ "$SECONDS" -ge "$end" ]; then
			kill "$pid"
			break
		fi
		[ -n "$looked" ] || look
		if [ -z "$looked" ] && [ -e "$project/ready" ]; then
			look
			looked=1
			: >"$project/looked"
		fi
		sleep 0.05
	done
	wait "$pid" || rc=$?
	echo "$rc" >status
}

setup_file() {
	local api url hash token project
	[ -n "$WX_CLAUDE" ] || return 0
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR setup
	# Not in this file: bats keeps copies of it.
	token=sk-ant-oat01-made-up-for-tests-$(tr -dc 0-9a-f </dev/urandom | head -c 64)
	hash=$(printf %s "$token" | sha256sum)
	project=$PWD/project
	mkdir project tmp state seen
	touch seen/argv seen/environ seen/prompt seen/closed
	export TMPDIR="$PWD/tmp" XDG_STATE_HOME="$PWD/state" PATH="${WX_CLAUDE%/*}:$PATH"

	git init -q -b main project
	git -C project config user.name Tester
	git -C project config user.email tester@example.org
	echo 'hello, moon' >project/greeting
	git -C project add greeting
	git -C project commit -q -m 'greeting: greet the moon'

	if sandboxed; then script /workspace; else script "$project"; fi >script.json
	coproc api { exec "$WX_TREE/tests/fake/messages-api" --log api.log --token-sha256 "${hash%% *}" script.json 3>&-; }
	read -r url <&"${api[0]}"
	url=http://127.0.0.1:$url

	run_agent "$token"
	# Where it may have left the token; and, to see that this finds what is there, the prompt.
	set -- "$BATS_RUN_TMPDIR" /dev/shm
	grep -rlF -f <(printf '%s\n' "$token") "$@" >seen/files || true
	grep -rlF "$prompt" home state >seen/prompt-files || true
	mkdir first
	mv out err status first
	cp api.log first
	run_agent "$token-which-is-wrong"
	exec {api[1]}>&-
}

local_setup() {
	[ -n "$WX_CLAUDE" ] || skip "no Claude Code to run (tests/lib/get-claude says why)"
	cd "$BATS_FILE_TMPDIR"
}

names() {
	sort -u "$1" | paste -sd ' '
}

show() {
	cat first/out first/err >&2
	jq -c . first/api.log >&2
}

@test "the agent does its work and exits with 0" {
	[ "$(cat first/status)" -eq 0 ] || fail "status $(cat first/status): $(show)"
	[ "$(cat first/out)" = "The world is greeted." ] || fail "$(show)"
}

@test "what it edits and commits is there on the host" {
	[ "$(cat project/greeting)" = "hello, world" ] || fail "$(cat project/greeting)"
	[ "$(git -C project log -1 --format=%s)" = "greeting: greet the world" ] || fail "$(git -C project log)"
	[ "$(git -C project show HEAD:greeting)" = "hello, world" ] || fail "$(git -C project show)"
	[ -z "$(git -C project status --porcelain)" ] || fail "$(git -C project status)"
	[ "$(stat -c %u project/greeting)" -eq "$UID" ]
}

@test "what its commands print reaches the API, and nothing but messages is asked of it" {
	where=$BATS_FILE_TMPDIR/project
	[ -z "${WX_PODMAN-}" ] || where=/workspace
	jq -se --arg in "$where" '.[-1].tool_results | length == 4
	    and .[2] == "waited 1, token unset, in " + $in
	    and (.[3] | test("^[0-9a-f]+ greeting: greet the world\n"))' first/api.log >/dev/null || fail "$(show)"
	jq -se '[.[] | select(.step != null).step] == [0, 1, 2, 3, 4]' first/api.log >/dev/null || fail "$(show)"
	jq -se 'all(.[]; .path | startswith("/v1/messages"))' first/api.log >/dev/null || fail "$(show)"
}

@test "every request carries the token, in its Authorization header" {
	jq -se 'length > 4 and all(.[]; .status == 200 and .x_api_key == null)' first/api.log >/dev/null || fail "$(show)"
}

@test "the token is in no argv" {
	grep -qx agent seen/prompt || fail "the test did not see the agent's argv"
	[ ! -s seen/argv ] || fail "the token is in the argv of: $(names seen/argv)"
}

@test "the token is in no environment but the agent's" {
	[ "$(names seen/environ)" = agent ] || fail "the token is in the environment of: $(names seen/environ)"
	# Our own tools close their memory, to their user too; no other process may.
	[ -z "$(grep -v '^wx-' seen/closed)" ] || fail "could not look into: $(names seen/closed)"
}

@test "the token is in no file afterwards" {
	[ -s seen/prompt-files ] || fail "the test did not find the agent's own files"
	[ ! -s seen/files ] || fail "the token is in: $(cat seen/files)"
}

@test "a token that the API refuses: the agent's own status comes back" {
	jq -se '.[-1].status == 401' api.log >/dev/null || fail "$(tail -n 1 api.log)"
	[ "$(cat status)" -eq 1 ] || fail "status $(cat status): $(cat out err)"
}

# on_prompt NAME ARG...: the agent of the profile, on a terminal; the pty's script comes by stdin.
on_prompt() {
	TERM=xterm-256color "$WX_TREE/tests/lib/pty" bash -c 'exec wx-run -C tty -n host -p "$WX_TREE/nix/profiles/base.json" \
	    -E 9 -v '"$quiet"' -v "ANTHROPIC_BASE_URL=$url" "$@" 9< <(printf "CLAUDE_CODE_OAUTH_TOKEN=%s\n" "$token")' sh "$@"
}

@test "on a terminal, in a project that is new to it: it comes up at its prompt, takes a turn, and the next run continues" {
	sandboxed || skip "bare, it asks"
	[ -z "$WX_SAN" ] || skip "the sanitizers make it slow"
	export TMPDIR="$PWD/tmp" XDG_STATE_HOME="$PWD/state" PATH="${WX_CLAUDE%/*}:$PATH" url token
	token=sk-ant-oat01-made-up-for-tests-$(tr -dc 0-9a-f </dev/urandom | head -c 64)
	git init -q tty
	echo '[{"text": "Greetings."}, {"text": "Farewell."}]' >tty.json
	coproc api { exec "$WX_TREE/tests/fake/messages-api" --log tty.log --token-sha256 "$(printf %s "$token" | sha256sum | cut -d ' ' -f 1)" tty.json 3>&-; }
	read -r url <&"${api[0]}"
	url=http://127.0.0.1:$url
	# No theme, no login, no trust, no bypass is asked for.
	on_prompt <<-'S'
	expect bypass permissions on
	send hello
	expect hello
	send \r
	expect Greetings
	send \x03
	expect again
	send \x03
	status 0
	S
	on_prompt -- claude --dangerously-skip-permissions --continue <<-'S'
	expect Greetings
	expect bypass permissions on
	send bye
	expect bye
	send \r
	expect Farewell
	send \x03
	expect again
	send \x03
	status 0
	S
	exec {api[1]}>&-
}
