# SPDX-License-Identifier: MIT
# takes: 20 s
load lib/helper

# Every token here is made up, and looks it: it holds the word MADEUP.
local_setup() {
	umask 077
	unset CLAUDE_CONFIG_DIR TOK
	printf 'MADEUP-f\n' >token
}

# login FILE TOKEN [SECONDS-FROM-NOW]: what Claude Code writes.
login() {
	local at=
	[ $# -lt 3 ] || at=",\"expiresAt\":$((($(date +%s) + $3) * 1000))"
	mkdir -p "$(dirname "$1")"
	printf '{"claudeAiOauth":{"accessToken":"%s","refreshToken":"MADEUP-refresh"%s}}' "$2" "$at" >"$1"
}

# refuses STATUS PATTERN ARG...: it exits so, says so, and shows nothing of the secret.
refuses() {
	local rc=0 want=$1 pattern=$2
	shift 2
	wx-token-env "$@" >out 2>err || rc=$?
	[ "$rc" -eq "$want" ] || fail "$*: status $rc, not $want: $(cat err)"
	[ ! -s out ] || fail "$*: wrote on stdout: $(cat out)"
	grep -q -- "$pattern" err || fail "$*: no '$pattern' in: $(cat err)"
	! grep -q MADEUP err || fail "$*: shows the secret: $(cat err)"
}

# source_is WORD [ARG...]: what --status says of where it comes from.
source_is() {
	local got
	got=$(wx-token-env --status "${@:2}" | jq -r .source) || true
	[ "$got" = "$1" ] || fail "source '$got', not '$1'"
}

# --- sources

@test "-f: NAME=value, whatever ends the line" {
	for end in '' '\n' '\r\n'; do
		printf "MADEUP$end" >t
		[ "$(wx-token-env -n TOK -f t | od -An -c | tr -d ' ')" = 'TOK=MADEUP\n' ]
	done
	[ "$(wx-token-env --file token)" = CLAUDE_CODE_OAUTH_TOKEN=MADEUP-f ]
}

@test "-f: a symbolic link, a named pipe, /dev/stdin, a process substitution" {
	ln -s token link
	mkfifo -m 644 fifo
	[ "$(wx-token-env -n TOK -f link)" = TOK=MADEUP-f ]
	printf 'MADEUP-p\n' >fifo &
	[ "$(wx-token-env -n TOK -f fifo)" = TOK=MADEUP-p ]
	[ "$(wx-token-env -n TOK -f /dev/stdin <token)" = TOK=MADEUP-f ]
	[ "$(wx-token-env -n TOK -f <(printf MADEUP-s))" = TOK=MADEUP-s ]
}

@test "-i: a pipe, a file, a here-document; the command then finds /dev/null" {
	[ "$(printf MADEUP-i | wx-token-env -n TOK -i)" = TOK=MADEUP-i ]
	[ "$(wx-token-env -n TOK --stdin <token)" = TOK=MADEUP-f ]
	[ "$(wx-token-env -n TOK -i <<<MADEUP-h)" = TOK=MADEUP-h ]
	[ "$(wx-token-env -n TOK -i -- readlink /proc/self/fd/0 <token)" = /dev/null ]
	[ "$(wx-token-env -n TOK -d 0 readlink /proc/self/fd/0 <token)" = /dev/null ]
}

@test "-d: read, then closed; other descriptors and stdin reach the command" {
	got=$(printf 'in' | wx-token-env -n TOK --fd 7 sh -c \
	    'echo "$TOK $(cat) $(cat <&8)"; [ ! -e /proc/$$/fd/7 ] || echo open' 7<token 8<<<other)
	[ "$got" = "MADEUP-f in other" ] || fail "$got"
}

@test "-d: a memfd is not judged by its mode; a closed descriptor and 1, 2, x are refused" {
	cat >memfd.py <<-'P'
	import os
	m = os.memfd_create("x", 0)
	os.write(m, b"MADEUP-m\n")
	os.lseek(m, 0, 0)
	os.dup2(m, 9)
	os.execvp("wx-token-env", ["wx-token-env", "-n", "TOK", "-d", "9"])
	P
	[ "$(/usr/bin/python3 memfd.py)" = TOK=MADEUP-m ]
	refuses 1 "cannot read descriptor 77: Bad file descriptor" -d 77
	for d in 1 2 x '' -1 99999999999999999999; do
		refuses 125 usage -d "$d"
	done
}

@test "-x: shell code, with quotes and pipes, stdin /dev/null, the environment ours" {
	printf 'MADEUP-x\nuser: me\n' >'an entry'
	[ "$(A=entry wx-token-env -n TOK -x 'cat "an $A" - | head -n 1' <<<no)" = TOK=MADEUP-x ]
	[ "$(wx-token-env -n TOK --helper 'cat; echo MADEUP' <<<no)" = TOK=MADEUP ]
	refuses 1 "helper's output: it is empty" -n TOK -x ''
}

@test "-x: code that begins with a dash is code, not an option of sh" {
	refuses 1 'exit status 127' -n TOK -x '-c'
}

@test "-x: a helper that fails or is killed gives nothing; its words are seen" {
	refuses 1 'helper failed: exit status 3' -n TOK -x 'echo MADEUP; echo locked >&2; exit 3'
	grep -q '^locked' err
	refuses 1 'helper failed: signal 9' -n TOK -x 'echo MADEUP; kill -9 $$'
	refuses 125 'helper failed: exit status 1' -n TOK -x 'false' touch ran
	[ ! -e ran ]
}

@test "-x: endless output is cut off" {
	run -1 timeout 100 wx-token-env -n TOK -x 'yes MADEUP'
	[[ $output == *"prints more than 65536 bytes"* && $output != *MADEUP* ]]
}

@test "-x: the helper inherits no descriptor but 0 to 2" {
	got=$(wx-token-env -n TOK -x 'echo /proc/self/fd/* | tr -dc 0-9' 8<token 9<token)
	# Whatever opens the folder to list it may be there too, as 3.
	[[ $got == TOK=012 || $got == TOK=0123 ]] || fail "$got"
}

@test "-x: works where the parent ignores SIGCHLD, which the command still finds ignored" {
	got=$(bash -c 'trap "" CHLD; exec wx-token-env -n TOK -x "echo MADEUP" grep SigIgn /proc/self/status')
	mask=$((16#${got##*[[:space:]]}))
	[ $((mask >> 16 & 1)) -eq 1 ] || fail "$got"
}

@test "-c: Claude's login, under any name, with CLAUDE_CONFIG_DIR" {
	login "$HOME/.claude/.credentials.json" MADEUP-c 8640000
	[ "$(wx-token-env -c)" = CLAUDE_CODE_OAUTH_TOKEN=MADEUP-c ]
	[ "$(wx-token-env -n TOK --claude)" = TOK=MADEUP-c ]
	login elsewhere/.credentials.json MADEUP-e
	[ "$(CLAUDE_CONFIG_DIR=elsewhere wx-token-env -c 2>&1)" = CLAUDE_CODE_OAUTH_TOKEN=MADEUP-e ]
}

@test "-J: the text of Claude Code's file, which wx-token-env -c reads again; no refresh token" {
	printf '%s' '{"claudeAiOauth":{"accessToken":"MADEUP\"\\q","refreshToken":"MADEUP-r","expiresAt":4102444800000,"scopes":["user:inference"]}}' >in
	mkdir -p ~/.claude && cp in ~/.claude/.credentials.json && chmod 600 ~/.claude/.credentials.json
	wx-token-env -c -J >out
	[ "$(cut -d= -f1 out)" = CLAUDE_CODE_OAUTH_TOKEN ]
	cut -d= -f2- out | jq -S . >got
	jq -S 'del(.claudeAiOauth.refreshToken)' in | diff - got
	# Where the end is not said it is a year away.
	printf 'MADEUP\n' | wx-token-env -i -n TOK --json >out
	cut -d= -f2- out | jq -e '.claudeAiOauth | .accessToken == "MADEUP" and (.expiresAt / 1000 - now - 31536000 | fabs) < 100' >/dev/null
	run -125 wx-token-env -J -s
}

@test "-c: nobody logged in says how to log in" {
	refuses 1 "not in '$HOME/.claude/.credentials.json': No such file" -c
	grep -q 'claude setup-token' err
	mkdir "$HOME/.claude"
	echo '{"mcpOAuth":{}}' >"$HOME/.claude/.credentials.json"
	refuses 1 'nobody is logged in' -c
	refuses 125 'nobody is logged in' -c true
}

@test "two sources are a usage error" {
	refuses 125 'more than one source' -f token -i
	refuses 125 'more than one source' -c -x true
}

# --- the search

@test "search: the order, one source after the other" {
	export CREDENTIALS_DIRECTORY=$PWD/cred XDG_CONFIG_HOME=$PWD/conf
	n=CLAUDE_CODE_OAUTH_TOKEN
	mkdir -p cred conf/wrapix "$HOME/.config/wrapix"
	for f in cred conf/wrapix "$HOME/.config/wrapix"; do echo MADEUP >"$f/$n"; done
	login "$HOME/.claude/.credentials.json" MADEUP-c
	export CLAUDE_CODE_OAUTH_TOKEN=MADEUP-v
	source_is environment
	[ "$(wx-token-env)" = "$n=MADEUP-v" ]
	export CLAUDE_CODE_OAUTH_TOKEN=
	source_is credentials-directory
	rm "cred/$n"
	source_is config
	[ "$(wx-token-env --status | jq -r .path)" = "$PWD/conf/wrapix/$n" ]
	unset XDG_CONFIG_HOME
	[ "$(wx-token-env --status | jq -r .path)" = "$HOME/.config/wrapix/$n" ]
	rm "$HOME/.config/wrapix/$n"
	source_is claude
}

@test "search: Claude's login is for its own name only" {
	login "$HOME/.claude/.credentials.json" MADEUP-c
	source_is claude
	refuses 1 "no token found for 'GH_TOKEN'" -n GH_TOKEN
	run ! grep claude err
	mkdir -p "$HOME/.config/wrapix"
	echo MADEUP-g >"$HOME/.config/wrapix/GH_TOKEN"
	[ "$(wx-token-env -n GH_TOKEN)" = GH_TOKEN=MADEUP-g ]
}

@test "search: a relative XDG_CONFIG_HOME or CREDENTIALS_DIRECTORY is ignored; no HOME is no error" {
	mkdir -p wrapix cred "$HOME/.config/wrapix"
	for f in wrapix/TOK cred/TOK "$HOME/.config/wrapix/TOK"; do echo "MADEUP" >"$f"; done
	got=$(XDG_CONFIG_HOME=. CREDENTIALS_DIRECTORY=cred wx-token-env -n TOK -s | jq -r .path)
	[ "$got" = "$HOME/.config/wrapix/TOK" ]
	rc=0
	env -u HOME wx-token-env -n TOK 2>err || rc=$?
	[ "$rc" -eq 1 ]
	grep -q "no token found for 'TOK'" err
	run ! grep '\.config' err
}

@test "search: nothing found names every place" {
	CREDENTIALS_DIRECTORY=$PWD/cred refuses 1 'not in the environment'
	for p in "$PWD/cred/" /run/secrets/ "$HOME/.config/wrapix/"; do
		grep -qF "not in '${p}CLAUDE_CODE_OAUTH_TOKEN': No such file" err || fail "$p: $(cat err)"
	done
	grep -qF "'$HOME/.claude/.credentials.json'" err
	refuses 125 'no token found' true
}

@test "search: one that is there and bad ends it, though a good one is behind" {
	n=CLAUDE_CODE_OAUTH_TOKEN
	f=$HOME/.config/wrapix/$n
	login "$HOME/.claude/.credentials.json" MADEUP-c
	mkdir -p "$HOME/.config/wrapix"
	echo MADEUP >"$f"
	chmod 644 "$f"
	refuses 1 "refusing '$f'"
	chmod 600 "$f"
	: >"$f"
	refuses 1 "no token in '$f': it is empty (0 bytes)"
	chmod 000 "$f"
	refuses 1 "cannot open '$f': Permission denied"
	rm "$f"
	mkdir "$f"
	refuses 1 "refusing '$f': it is a directory"
	rmdir "$f"
	source_is claude
	export CLAUDE_CODE_OAUTH_TOKEN=$'MADEUP\n\nMADEUP'
	refuses 1 "no token in variable '$n'"
	CLAUDE_CODE_OAUTH_TOKEN=$(head -c 65537 /dev/zero | tr '\0' a)
	refuses 1 "variable '$n': it holds more than 65536"
}

@test "search: a folder that may not be searched hides what is in it and is passed by" {
	mkdir -p shut "$HOME/.config/wrapix"
	echo MADEUP >shut/TOK
	echo MADEUP-o >"$HOME/.config/wrapix/TOK"
	chmod 000 shut
	export CREDENTIALS_DIRECTORY=$PWD/shut
	[ "$(wx-token-env -n TOK)" = TOK=MADEUP-o ]
	rm "$HOME/.config/wrapix/TOK"
	refuses 1 "not in '$PWD/shut/TOK': Permission denied" -n TOK
	refuses 1 "cannot open '$PWD/shut/TOK': Permission denied" -n TOK -f "$PWD/shut/TOK"
	chmod 700 shut
}

# --- what is refused

@test "a file that others can read or write is refused, with the chmod that mends it" {
	f="it's a -> \$(touch ran) file"
	for mode in 640 604 620 602 610 601 644 666 777; do
		printf MADEUP >"$f"
		chmod "$mode" "$f"
		refuses 1 "others have access to it (mode 0$mode); mend it with: chmod go= -- " -n TOK -f "$f"
		sh -c "$(sed -n 's/.*mend it with: //p' err)"
		[ "$(wx-token-env -n TOK -f "$f")" = TOK=MADEUP ] || fail "not mended: $(cat err)"
	done
	[ ! -e ran ]
	for mode in 600 400 700; do
		chmod "$mode" "$f"
		wx-token-env -n TOK -f "$f" >/dev/null
	done
}

@test "the same by descriptor and by stdin" {
	chmod 644 token
	refuses 1 'refusing standard input: others have access' -n TOK -i <token
	refuses 1 'refusing descriptor 5: others have access' -n TOK -d 5 5<token
	refuses 125 "chmod go= -- 'token'" -n TOK -f token true
}

@test "root's file that all can read is refused, a directory too, an absent one is named" {
	refuses 1 'chmod g-wx,o= -- ' -n TOK -f /etc/passwd
	refuses 1 "refusing '/etc': it is a directory" -n TOK -f /etc
	refuses 1 "cannot open 'absent': No such file" -n TOK -f absent
	refuses 125 "cannot open 'absent': No such file" -n TOK -f absent true
}

@test "65536 bytes, and not one more" {
	head -c 65536 /dev/zero | tr '\0' a >big
	[ "$(wx-token-env -n TOK -f big | wc -c)" -eq $((4 + 65536 + 1)) ]
	[ "$(wx-token-env -n TOK -f big sh -c 'echo ${#TOK}')" -eq 65536 ]
	echo >>big
	refuses 1 "refusing 'big': it holds more than 65536 bytes" -n TOK -f big
	refuses 1 'refusing standard input: it holds more' -n TOK -i </dev/zero
	refuses 1 "prints more than 65536" -n TOK -x 'cat big'
}

@test "what is not one printable line is refused and not shown, from every source" {
	for bad in '' '\n' 'MADEUP\n\n' '\nMADEUP' 'MADEUP\nMADEUP' 'MADEUP\r' 'MADEUP\0' 'MADEUP\tx' \
	    'MADEUP\033[0m' 'MADEUP\177' 'MADEUP\377' 'MADEUP\300\200'; do
		printf "$bad" >t
		n=$(wc -c <t)
		refuses 1 "no token in 't': .*($n bytes)" -n TOK -f t
		refuses 1 "no token in standard input: .*($n bytes)" -n TOK -i <t
		refuses 1 "no token in the helper's output: .*($n bytes)" -n TOK -x 'cat t'
		refuses 125 "no token in 't'" -n TOK -f t touch ran
	done
	[ ! -e ran ]
	printf 'MADEUP tok\303\244n' >t
	[ "$(wx-token-env -n TOK -f t)" = "$(printf 'TOK=MADEUP tok\303\244n')" ]
}

@test "names: not one of a variable, or one that the loader or a shell obeys" {
	for n in '' 1A A-B A=MADEUP 'A B' ../x "$(head -c 256 /dev/zero | tr '\0' A)"; do
		refuses 125 'not one of a variable' -n "$n" -f token
	done
	for n in PATH HOME IFS ENV BASH_ENV LD_PRELOAD LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES GLIBC_TUNABLES; do
		refuses 125 'loader or a shell obeys' -n "$n" -f token true
	done
	[ "$(wx-token-env -n PATHS -f token)" = PATHS=MADEUP-f ]
}

# --- printing

@test "a terminal: refused before anything is read, printed with --force" {
	run script -qec 'wx-token-env -n TOK -x "touch ran; echo MADEUP"' /dev/null
	[ "$status" -eq 1 ] || fail "$status $output"
	[[ $output == *"refusing to print a secret to a terminal"* && $output != *MADEUP* ]]
	[ ! -e ran ]
	run -0 script -qec 'wx-token-env -n TOK -f token --force' /dev/null
	[[ $output == *TOK=MADEUP-f* ]]
	run -0 script -qec 'wx-token-env -n TOK -f token --status' /dev/null
	[[ $output == *'"source":"file"'* ]]
	run -0 script -qec 'wx-token-env -n TOK -f token sh -c "echo \$TOK"' /dev/null
	[[ $output == *MADEUP-f* ]]
}

@test "a terminal as source: refused, since it would show what is typed; read with --force" {
	run script -qec 'wx-token-env -n TOK -i true' /dev/null </dev/null
	[ "$status" -eq 125 ] || fail "$status $output"
	[[ $output == *"refusing to read a secret from a terminal"* ]]
	run -0 script -qec 'wx-token-env -n TOK -F -i sh -c "echo got-\$TOK"' /dev/null < <(echo MADEUP; sleep 1)
	[[ $output == *got-MADEUP* ]] || fail "$output"
}

@test "a file that others can read as stdout: a warning, and none with 0600 or --force" {
	umask 022
	wx-token-env -n TOK -f token >wide 2>err
	grep -q 'warning: standard output is a file that others have access to (mode 0644)' err
	[ "$(cat wide)" = TOK=MADEUP-f ]
	wx-token-env -n TOK -f token -F >wide 2>err
	[ ! -s err ]
	umask 077
	wx-token-env -n TOK -f token >narrow 2>err
	[ ! -s err ]
}

@test "a full disk is an error" {
	rc=0
	wx-token-env -n TOK -f token >/dev/full 2>err || rc=$?
	[ "$rc" -eq 1 ]
	grep -q 'cannot write' err
	rc=0
	wx-token-env -n TOK -f token --status >/dev/full 2>err || rc=$?
	[ "$rc" -eq 1 ]
	grep -q 'cannot write' err
}

# --- the command

@test "the command has the variable, and its arguments are its own" {
	[ "$(wx-token-env -n TOK -f token sh -c 'echo "$TOK" "$@"' x -n -V -- --status)" = "MADEUP-f -n -V -- --status" ]
	[ "$(wx-token-env -n TOK -f token -- echo -h)" = -h ]
	[ "$(wx-token-env -n TOK -f token --)" = TOK=MADEUP-f ]
}

@test "the secret is in no argument of any process" {
	strace -f -qq -e trace=execve,execveat -s 4096 -o trace wx-token-env -n TOK -x 'cat token' true 2>err ||
	    skip "strace does not work here: $(cat err)"
	grep -q execve trace
	run ! grep MADEUP trace
}

@test "the environment is otherwise untouched; the name is there once" {
	env | grep -v '^_=' | sort >before
	wx-token-env -n TOK -f token env | grep -v '^_=' | sort >after
	diff <(grep -v '^TOK=' after) before
	grep -qx TOK=MADEUP-f after
	got=$("$WX_BUILD/lib/dupenv" "$WX_BUILD/wx-token-env" -n TOK -f token /bin/cat /proc/self/environ | tr '\0' '\n' | sort | tr '\n' ' ')
	[ "$got" = "A=1 B=2 TOK=MADEUP-f odd " ] || fail "$got"
}

@test "exit status: the command's, or 125, 126, 127" {
	run -7 wx-token-env -n TOK -f token sh -c 'exit 7'
	run -143 wx-token-env -n TOK -f token sh -c 'kill -TERM $$'
	refuses 127 "cannot run 'no-such-command': No such file" -n TOK -f token no-such-command
	refuses 127 "cannot run ''" -n TOK -f token ''
	refuses 126 "cannot run './token': Permission denied" -n TOK -f token ./token
	refuses 126 "cannot run '/etc': Permission denied" -n TOK -f token /etc
	refuses 125 'takes no command' -n TOK -f token --status true
	refuses 125 usage -n
}

@test "exit status 3: the system is short of processes" {
	[ "$(id -u)" -ne 0 ] || skip "root is not limited"
	short='ulimit -u 1; exec "$@"'
	rc=0
	bash -c "$short" - wx-token-env -n TOK -x 'echo MADEUP' 2>err || rc=$?
	[ "$rc" -eq 3 ] || fail "$rc $(cat err)"
	rc=0
	bash -c "$short" - wx-token-env -n TOK -x 'echo MADEUP' true 2>err || rc=$?
	[ "$rc" -eq 125 ] || fail "$rc $(cat err)"
}

@test "nobody can look into it before the command, which is an ordinary process again" {
	[ "$(id -u)" -ne 0 ] || skip "root can look into all"
	peek='if cat /proc/$PPID/environ >/dev/null 2>&1; then echo open; else echo closed; fi'
	[ "$(wx-token-env -n TOK -x "$peek")" = TOK=closed ]
	got=$(wx-token-env -n TOK -f token sh -c 'ulimit -c; cat /proc/$$/environ | tr "\0" "\n" | grep ^TOK=')
	[ "$got" = "$(ulimit -c; echo TOK=MADEUP-f)" ] || fail "$got"
}

# --- Claude's file, expiry, --status

@test "expiry: ended is refused, under seven days a warning, later or unsaid silence" {
	f=$HOME/.claude/.credentials.json
	login "$f" MADEUP -60
	refuses 1 "token in '$f' expired on 20..-..-..T..:..:..Z" -c
	grep -q "start 'claude' once" err
	refuses 125 'expired on' -c touch ran
	refuses 125 'expired on' touch ran
	[ ! -e ran ]
	login "$f" MADEUP 3600
	wx-token-env -c >out 2>err
	[ "$(cat out)" = CLAUDE_CODE_OAUTH_TOKEN=MADEUP ]
	grep -q "warning: token in '$f' expires on .*, in less than 1 day\$" err
	login "$f" MADEUP $((7 * 86400 - 60))
	wx-token-env -c true 2>err
	grep -q 'warning: .*, in 6 days$' err
	login "$f" MADEUP $((7 * 86400 + 60))
	wx-token-env -c true 2>err
	[ ! -s err ]
	login "$f" MADEUP
	wx-token-env -c true 2>err
	[ ! -s err ]
}

@test "Claude's file: others can read it, or it is not what Claude Code writes" {
	f=$HOME/.claude/.credentials.json
	login "$f" MADEUP 8640000
	chmod 640 "$f"
	refuses 1 "chmod go= -- '$f'" -c
	chmod 600 "$f"
	for bad in '' 'MADEUP' '["MADEUP"]' '{"claudeAiOauth":"MADEUP"}' '{"claudeAiOauth":{"accessToken":["MADEUP"]}}' \
	    '{"claudeAiOauth":{"accessToken":"MADEUP","expiresAt":"soon"}}' '{"claudeAiOauth":{"accessToken":"MADEUP"}' \
	    '{"claudeAiOauth":{"accessToken":"MADEUP"}}x' '{"claudeAiOauth":{"accessToken":"MADEUP\u0000"}}' \
	    '{"claudeAiOauth":{"accessToken":"MADEUP","accessToken":"MADEUP"}}'; do
		printf '%s' "$bad" >"$f"
		refuses 1 "no Claude credentials in '$f': .*(${#bad} bytes)" -c
		refuses 1 "no Claude credentials in '$f'"
	done
	printf '{"claudeAiOauth":{"accessToken":"MADEUP\\nMADEUP"}}' >"$f"
	refuses 1 "no token in '$f': not one line" -c
	head -c 65537 /dev/zero | tr '\0' ' ' >"$f"
	refuses 1 "holds more than 65536" -c
}

@test "--status: one line of JSON, keys in order, never the value" {
	login "$HOME/.claude/.credentials.json" sk-ant-oat01-MADEUP $((30 * 86400 + 60))
	at=$(date -u -d "@$((($(jq .claudeAiOauth.expiresAt "$HOME/.claude/.credentials.json")) / 1000))" +%Y-%m-%dT%H:%M:%SZ)
	got=$(wx-token-env --status)
	[ "$got" = '{"name":"CLAUDE_CODE_OAUTH_TOKEN","source":"claude","path":"'"$HOME"'/.claude/.credentials.json","kind":"claude-oauth","length":19,"expires_at":"'"$at"'","days_left":30,"state":"ok"}' ] || fail "$got"
	got=$(printf ghp_MADEUP | wx-token-env -s -n GH_TOKEN -i)
	[ "$got" = '{"name":"GH_TOKEN","source":"stdin","path":null,"kind":"github-classic","length":10,"expires_at":null,"days_left":null,"state":"ok"}' ] || fail "$got"
	source_is helper -x 'echo MADEUP'
	source_is fd -d 5 5<token
	cp token $'a "b"\n'
	[ "$(wx-token-env -s -f $'a "b"\n' | wc -l)" -eq 1 ]
	[ "$(wx-token-env -s -f $'a "b"\n' | jq -j .path; echo .)" = $'a "b"\n.' ]
}

@test "--status: expiring is 0, expired is 1 and a line all the same, nothing found is 1 and none" {
	f=$HOME/.claude/.credentials.json
	login "$f" MADEUP 90000
	[ "$(wx-token-env -s 2>err | jq -r '.state, .days_left' | tr '\n' ' ')" = "expiring 1 " ]
	[ ! -s err ]
	login "$f" MADEUP -90000
	rc=0
	wx-token-env -s >out || rc=$?
	[ "$rc" -eq 1 ]
	[ "$(jq -r '.state, .days_left' <out | tr '\n' ' ')" = "expired -2 " ]
	run ! grep MADEUP out
	rm "$f"
	refuses 1 'no token found' -s
}

# --- following

# follows ARG...: into the file lines, by a pipe whose reader is $reader.
follows() {
	mkfifo pipe
	cat pipe >lines 3>&- 4>&- &
	reader=$!
	wx-token-env --follow "$@" >pipe 2>err 3>&- 4>&- &
	follower=$!
}

lines_are() {
	printf '%s\n' "$@" | cmp -s - lines
}

# No reader, no follower.
ended() {
	kill "$reader"
	rc=0
	wait "$follower" || rc=$?
	[ "$rc" -eq 0 ] || fail "status $rc: $(cat err)"
}

@test "--follow: the line again when the file is renamed over, written in place, or led elsewhere; not when it is the same" {
	mkdir a b
	echo MADEUP-1 >a/t
	ln -s a/t link
	follows -n TOK -f link
	until_true lines_are TOK=MADEUP-1
	echo MADEUP-2 >a/new
	mv a/new a/t
	until_true lines_are TOK=MADEUP-1 TOK=MADEUP-2
	echo MADEUP-2 >a/t
	touch a/other
	chmod 400 a/t
	echo MADEUP-3 >b/t
	ln -s b/t link2
	mv link2 link
	until_true lines_are TOK=MADEUP-1 TOK=MADEUP-2 TOK=MADEUP-3
	echo MADEUP-4 >b/t
	until_true lines_are TOK=MADEUP-1 TOK=MADEUP-2 TOK=MADEUP-3 TOK=MADEUP-4
	[ ! -s err ] || fail "$(cat err)"
	ended
}

@test "--follow: Claude's login as it is renewed, without a word on its hours; a bad file is said once and waited out" {
	login "$HOME/.claude/.credentials.json" MADEUP-1 7200
	follows
	until_true lines_are CLAUDE_CODE_OAUTH_TOKEN=MADEUP-1
	echo '{' >"$HOME/.claude/.credentials.json"
	until_true grep -q 'no Claude credentials' err
	rm "$HOME/.claude/.credentials.json"
	login "$HOME/.claude/new" MADEUP-2 7200
	mv "$HOME/.claude/new" "$HOME/.claude/.credentials.json"
	until_true lines_are CLAUDE_CODE_OAUTH_TOKEN=MADEUP-1 CLAUDE_CODE_OAUTH_TOKEN=MADEUP-2
	[ "$(wc -l <err)" -eq 1 ] || fail "$(cat err)"
	run ! grep -q MADEUP err
	ended
}

@test "--follow: what is no good at first is the end; no command, no pipe, no helper" {
	refuses 1 'cannot open' --follow -n TOK -f nowhere
	login "$HOME/.claude/.credentials.json" MADEUP-1 -5
	refuses 1 'expired' --follow -c
	refuses 125 'takes no command' --follow -f token true
	refuses 125 'takes no command' --follow -s
	refuses 125 'is for files' --follow -i
	refuses 125 'is for files' --follow -d 3
	refuses 125 'is for files' --follow -x true
}

@test "--follow: the secret is in no memory that stays" {
	[ -z "$WX_SAN" ] || skip "with a sanitizer there is too much of it"
	echo MADEUP-1 >t
	cat >inner <<-'E'
	mkfifo pipe
	wx-token-env --follow -n TOK -f t >pipe &
	exec 3<pipe
	read -r got <&3
	until [ -n "$(sed -n 's/.*(wx-token-env) \(S\) .*/\1/p' "/proc/$!/stat")" ]; do sleep 0.02; done
	python3 -c 'import re, sys
	n = 0
	with open("/proc/%s/maps" % sys.argv[1]) as maps, open("/proc/%s/mem" % sys.argv[1], "rb", 0) as mem:
	    for line in maps:
	        lo, hi, mode = re.match("([0-9a-f]+)-([0-9a-f]+) (....)", line).groups()
	        if mode[0] != "r" or "[v" in line: continue
	        mem.seek(int(lo, 16))
	        text = mem.read(int(hi, 16) - int(lo, 16))
	        n += text.count(b"MADEUP" + b"-1")
	        sys.argv.append("seen") if b"[-FhJsVw] [-n name]" in text else None
	print(n, *sys.argv[2:])' $!
	exec 3<&-
	wait $!
	E
	unshare -r bash inner >out 3>&- 4>&-
	[ "$(cat out)" = '0 seen' ] || fail "$(cat out)"
}
