# SPDX-License-Identifier: MIT
# Keys that a repository has while one command runs: wx-ssh-agent -K, wx-deploykey-push -S and -R,
# against tests/fake/github over TLS on loopback. Tokens are made up, and hold the word MADEUP.
load lib/helper
load lib/sshd
load lib/forge

setup_file() {
	forge_setup_file
	export dir=$BATS_FILE_TMPDIR
	mkfifo "$dir/hold"
	"$WX_TREE/tests/fake/github" --log "$dir/log" "$dir/certs" <"$dir/hold" >"$dir/ports" 2>"$dir/fake.err" 3>&- &
	exec 9>"$dir/hold"
	until [ -s "$dir/ports" ]; do
		kill -0 $! || { cat "$dir/fake.err" >&2; return 1; }
		sleep 0.02
	done
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host"
}

teardown_file() {
	forge_teardown_file
}

local_setup() {
	umask 077
	local p
	for p in $(cat "$dir/ports"); do export "port_${p%=*}=${p#*=}"; done
	export host=127.0.0.1:$port_main
	XDG_RUNTIME_DIR=$(mktemp -d /tmp/wx-sk.XXXXXX)
	export XDG_RUNTIME_DIR SSL_CERT_FILE=$dir/certs/ca.pem GH_ENTERPRISE_TOKEN=ghp_MADEUPclassic
	unset GITHUB_ENTERPRISE_TOKEN NIX_SSL_CERT_FILE GH_CONFIG_DIR GH_HOST XDG_STATE_HOME
	known=$PWD/known
	printf 'git.example %s\n' "$(cut -d' ' -f1,2 "$dir/host.pub")" >known
	sessions=$HOME/.local/state/wrapix/sessions
	machine=$(uname -n | tr -c 'A-Za-z0-9._\n-' -)
	exec 8<>"/dev/tcp/127.0.0.1/$port_control"
	ctl '{"op":"reset"}'
}

teardown() {
	[ -z "${door-}" ] || kill "$door" 2>/dev/null || true
	rm -rf "$XDG_RUNTIME_DIR"
	! grep -rl MADEUP "$sessions" 2>/dev/null || fail "a token was written down"
}

# ctl JSON: one order to the fake; what it says is in $reply.
ctl() {
	printf '%s\n' "$1" >&8
	read -r reply <&8
}

# titles: of the keys that me/it has.
titles() {
	wx-deploykey-push -l -H "$host" me/it | jq -r .title
}

# session ARG...: with the key of a session, for an hour if nothing else is said.
session() {
	local seconds=3600
	case ${1-} in [0-9]*) seconds=$1; shift ;; esac
	wx-ssh-agent -H "$known" -d git@git.example -K wx-deploykey-push -S "$seconds" -H "$host" -m 5 me/it "$@"
}

# settled: no key, no journal, no process of a session.
settled() {
	local end=$((SECONDS + 20))
	until [ -z "$(titles)" ] && [ -z "$(ls -A "$sessions")" ]; do
		[ "$SECONDS" -lt "$end" ] || fail "left: $(titles; ls -A "$sessions")"
		sleep 0.1
	done
}

# begin [SECONDS]: a session in the background: its command in $run, who looks after its key in $keeper.
begin() {
	rm -f ready
	session "${1-3600}" sh -c 'echo $$ >ready; exec sleep 100' 3>&- 8>&- >said 2>&1 &
	until [ -s ready ]; do
		kill -0 $! || fail "$(cat said)"
		sleep 0.02
	done
	run=$(cat ready)
	keeper=$(pgrep -u "$(id -u)" -f "^wx-deploykey-push -S .* -H $host")
	[ "$(wc -w <<<"$keeper")" = 1 ] || fail "keepers: $keeper"
}

@test "the key is there while the command runs, and in the agent alone; then it is deleted; status and streams are the command's" {
	export WX_SESSION_KEY=old
	run -7 session -- bash -c 'ssh-add -L; wx-deploykey-push -l -H "$host" me/it; echo "${WX_SESSION_KEY-unset}"; cat; exit 7' <<<words
	[ "${#lines[@]}" = 4 ] && [ "${lines[2]}" = unset ] && [ "${lines[3]}" = words ] || fail "$output"
	[[ ${lines[0]} == "ssh-ed25519 "*" session" ]]
	title=$(jq -r .title <<<"${lines[1]}")
	[ "$(jq -r .fingerprint <<<"${lines[1]}")" = "$(ssh-keygen -lf - <<<"${lines[0]}" | cut -d' ' -f2)" ]
	[ "$(jq -r .read_only <<<"${lines[1]}")" = false ]
	[[ $title =~ ^"wrapix session $machine "20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z\ [A-Za-z0-9+/]{8}$ ]] || fail "$title"
	[ "${title: -8}" = "$(jq -r .fingerprint <<<"${lines[1]}" | cut -c8-15)" ]
	settled
	run ! grep -rl "PRIVATE KEY" "$HOME" "$XDG_RUNTIME_DIR" .
	# It logs in at the one host, and signs nothing.
	run -0 session bash -c 'ssh-keygen -Y sign -q -n git -f <(ssh-add -L) <known || echo no'
	[[ $output == *no ]] || fail "$output"
	# -r: it may not write.
	run -0 wx-ssh-agent -H "$known" -d git@git.example -K wx-deploykey-push -S 60 -r -H "$host" me/it wx-deploykey-push -l -H "$host" me/it
	[ "$(jq -r .read_only <<<"$output")" = true ]
	run -127 session no-such-command
	run -126 session ./known
	settled
}

@test "however the command ends the key is deleted; also where the time is over before" {
	for s in TERM KILL; do
		begin
		[ "$(titles | wc -l)" -eq 1 ]
		[ "$(ls "$sessions" | wc -l)" -eq 1 ]
		# What is looked after is left alone.
		wx-deploykey-push -R -H "$host" me/it
		[ "$(titles | wc -l)" -eq 1 ] && [ "$(ls "$sessions" | wc -l)" -eq 1 ]
		kill -$s "$run"
		settled
	done
	begin 2
	settled
	kill -0 "$run"
	kill "$run"
}

@test "who looks after the key is killed: the next session, or -R, deletes it by the journal" {
	for next in "wx-deploykey-push -R -H 127.0.0.1" "session true"; do
		begin
		kill -KILL "$keeper"
		kill "$run"
		wait
		until [ ! -e "/proc/$keeper" ] || grep -q '^State:.Z' "/proc/$keeper/status"; do sleep 0.02; done
		[ "$(titles | wc -l)" -eq 1 ]
		$next
		settled
	done
	# The forge is not there: it is said, and tried again the next time.
	begin
	kill -KILL "$keeper"
	kill "$run"
	until [ ! -e "/proc/$keeper" ] || grep -q '^State:.Z' "/proc/$keeper/status"; do sleep 0.02; done
	run -1 env GH_ENTERPRISE_TOKEN=ghp_MADEUPgone wx-deploykey-push -R -H "$host"
	[[ $output == *"the key of a session that is over, 'wrapix session $machine "*"', may be in force at 'me/it': see 'wx-deploykey-push -l'"* ]] || fail "$output"
	[ "$(ls "$sessions" | wc -l)" -eq 1 ]
	wx-deploykey-push -R
	settled
}

@test "a journal that was lost: the key goes by its title, of this machine, when its time is over" {
	begin 20
	# Before its time is over.
	kill -KILL "$keeper"
	kill "$run"
	rm "$sessions"/*
	for t in "wrapix session other 2020-01-01T00:00:00Z ABCDEFGH" "wrapix session $machine 2999-01-01T00:00:00Z ABCDEFGH" \
	    "wrapix session $machine 2020-01-01T00:00:00Z ABCDEFGHI" "my wrapix session $machine 2020-01-01T00:00:00Z ABCDEFGH" me@here; do
		ssh-keygen -q -t ed25519 -N '' -f k <<<y >/dev/null
		wx-deploykey-push -H "$host" -t "$t" me/it <k.pub >/dev/null
	done
	wx-deploykey-push -R -H "$host" me/it
	[ "$(titles | wc -l)" -eq 6 ]
	local end=$((SECONDS + 60))
	until [ "$(titles | wc -l)" -eq 5 ]; do
		[ "$SECONDS" -lt "$end" ] || fail "$(titles)"
		sleep 0.5
		wx-deploykey-push -R -H "$host"
		wx-deploykey-push -R -H "$host" me/it
	done
	run ! grep -F "wrapix session $machine $(date -u +%Y)" <(titles)
}

@test "the forge says no: 125, a line, and nothing is left" {
	for t in ghp_MADEUPgone; do
		GH_ENTERPRISE_TOKEN=$t run -125 session touch ran
		[ ! -e ran ] && [[ $output == *"wx-deploykey-push: "* ]] || fail "$output"
	done
	kept=$GH_ENTERPRISE_TOKEN
	unset GH_ENTERPRISE_TOKEN
	run -125 session touch ran
	[ ! -e ran ] || fail "$output"
	export GH_ENTERPRISE_TOKEN=$kept
	ctl '{"op":"fault","kind":"500","method":"POST","times":9}'
	run -125 session touch ran
	[ ! -e ran ] || fail "$output"
	ctl '{"op":"reset"}'
	settled
	# A journal cannot be written: the forge hears nothing.
	rm -rf "$sessions"
	touch "$sessions"
	before=$(wc -l <"$dir/log")
	run -125 session touch ran
	[ ! -e ran ] && [[ $output == *"cannot write down the session: Not a directory"* ]] || fail "$output"
	run ! grep POST <(tail -n +$((before + 1)) "$dir/log")
	rm "$sessions"
}

@test "wrapix --session-key: pushes from inside with a key that nobody had before, or has after" {
	rm -rf "$XDG_RUNTIME_DIR"
	forge_setup
	give_token
	mkdir -p ~/.config/wrapix
	cp "$dir/sshd/known_hosts" ~/.config/wrapix/known_hosts
	# The forge's door learns of its keys by and by.
	(while sleep 0.3; do
		ctl '{"op":"dump"}'
		jq -r --arg door "$dir/door" '."me/it"[]?.key | "restrict,command=\"" + $door + "\" " + .' <<<"$reply" >"$dir/new"
		mv "$dir/new" "$dir/sshd/authorized_keys"
	done) 3>&- 4>&- 9>&- >/dev/null 2>&1 &
	door=$!
	exec 8>&-
	cd p
	run -0 in_p --session-key="$host" -- sh -c 'ssh-add -l; git commit -q --allow-empty -m one && git push -q origin HEAD:main'
	[ "$(git -C "$dir/repos/me/it.git" log -1 --format=%s main)" = one ] || fail "$output"
	[[ $output == *" session (ED25519)"* ]] || fail "$output"
	settled
	[ ! -d "$keys" ]
	# A forge that the user did not name gets no token.
	run wrapix -n host --session-key -- true 3>&-
	[[ $output == *"no push: the origin is at '127.0.0.1', not at 'github.com'; if that is your forge, say so: --session-key=127.0.0.1"* ]] || fail "$output"
	# What a killed run left goes with the next one, whatever that is.
	begin
	kill -KILL "$keeper"
	kill "$run"
	until [ ! -e "/proc/$keeper" ] || grep -q '^State:.Z' "/proc/$keeper/status"; do sleep 0.02; done
	[ -n "$(ls "$sessions")" ]
	in_p --no-push -- true
	settled
	kill "$door"
}

@test "arguments: a line, the usage, 125 or 2" {
	for a in "-S 0 me/it true" "-S x me/it true" "-S 604801 me/it true"; do
		run -2 wx-deploykey-push $a
		[[ $output == *"the time of a session is not a number of seconds from 1 to 604800"* ]] || fail "$a: $output"
	done
	for a in "-S 9 me/it" "-S 9" "-S 9 me/it --" "-S 9 -R me/it true" "-S 9 -s true" "-S 9 -t x me/it true" "-S 9 -l me/it true" "-R -r" "-R me/it x" "-R -d"; do
		run -2 wx-deploykey-push $a
		[[ $output == *"usage: wx-deploykey-push"* ]] || fail "$a: $output"
	done
	run -125 env -u WX_SESSION_KEY wx-deploykey-push -S 9 -H "$host" me/it true
	[[ $output == *"no key for the session: WX_SESSION_KEY is not set; run it by 'wx-ssh-agent -d USER@HOST -K'"* ]] || fail "$output"
	WX_SESSION_KEY=nonsense run -125 wx-deploykey-push -S 9 -H "$host" me/it true
	[[ $output == *"refusing 'WX_SESSION_KEY': it is no public key"* ]] || fail "$output"
	for a in "-K true" "-d git@git.example -K -K true" "-A -d git@git.example -K true"; do
		SSH_AUTH_SOCK=/x run -125 wx-ssh-agent -H known $a
		[[ $output == *"usage: wx-ssh-agent"* ]] || fail "$a: $output"
	done
}

@test "kill: at some system calls of each process; after the next look nothing is left (all: make campaign)" {
	ctl '{"op":"dump"}'
	stride=61 kills=2 most=300
	[ -z "$WX_WHOLE" ] || stride=1 kills=1000000 most=7200
	BUILD=$WX_BUILD HOST=$host KNOWN=$PWD/known STRIDE=$stride KILLS=$kills timeout "$most" "$WX_TREE/tests/lib/kill-sessions" >out 2>err || fail "$(cat out err)"
}
