# SPDX-License-Identifier: MIT
# engines: bwrap podman
# takes: 10 s
# What a sandbox says of itself: /run/wrapix/policy, and wx-run --why. Each verdict is held against what a command meets.
load lib/helper

local_setup() {
	mkdir p
	cd p
	git init -q
	mkdir .vscode src
	touch .vscode/tasks.json .envrc .env x src/a
	mkdir ../data
	touch ../data/a
	opts=(-n none -H .env -w x -u .envrc -m "$BATS_TEST_TMPDIR/data:/data")
	at=$PWD
	[ -z "${WX_PODMAN-}" ] || at=/workspace
}

# why PATH: verdict and rule.
why() {
	wx-run "${opts[@]}" --why "$1" | cut -f 1,3
}

# is PATH VERDICT PATTERN
is() {
	local got
	got=$(why "$1")
	[[ ${got%%$'\t'*} == "$2" && ${got#*$'\t'} == $3 ]] || fail "$1: $got, and not $2, $3"
}

@test "--why: the verdict of a path, and the rule that decides" {
	is x protected "asked for: 'x' (-w*"
	is .vscode/tasks.json protected 'VS Code acts upon it on opening*'
	is .vscode protected 'VS Code acts upon it*'
	is .envrc writable "released: '.envrc' (-u)"
	is .npmrc writable '*not there; made inside it is a finding, for npm acts upon it*'
	is src/a writable 'the project'
	is src/new writable 'the project'
	is .env hidden "'.env' (-H*"
	is "$PWD/.env" hidden "'.env' (-H*"
	is /workspace/.env hidden "'.env' (-H*"
	is src/../.env hidden "'.env' (-H*"
	is .git/config writable '*git directory of this run*'
	is /data/a read-only 'a mount that was asked for*'
	is /data/b absent 'in /data, and not there'
	is /tmp/x writable 'gone at the end of the run'
	is "$HOME/.ssh/id" writable 'the home: gone*'
	is "$HOME/.claude/x" writable 'what the agent keeps*'
	is /run/wrapix/policy read-only '*'
	is /proc/1/mem read-only "the sandbox's own*"
	is / read-only 'a directory of the sandbox*'
	if [ -z "${WX_PODMAN-}" ]; then
		is /usr/bin/env read-only 'the system of this machine'
		is /usr/no-such absent 'in /usr, and not there'
		is /etc/shadow absent 'no rule shows it*'
		is /root absent 'no rule shows it*'
	else
		is /etc/shadow read-only 'the image*'
	fi
}

@test "--why: what it says is what a command meets" {
	for f in x .vscode/tasks.json .vscode/new .envrc src/a src/new .env .git/config .git/new /data/a /data/new \
	    /tmp/new "$HOME/new" "$HOME/.claude/new" /run/wrapix/policy /run/new /usr/bin/env /etc/passwd /no-such; do
		said=$(wx-run "${opts[@]}" --why "$f" | cut -f 1)
		met=$(wx-run "${opts[@]}" -- sh -c 'f=$1
		    if (: >>"$f") 2>/dev/null; then echo writable
		    elif [ -e "$f" ]; then [ -s "$f" ] && echo read-only || echo empty
		    else echo absent; fi' sh "$f" 2>/dev/null | tail -n 1)
		case $said:$met:$f in
		"$met:$met:"* | protected:read-only:* | protected:empty:* | hidden:empty:* | read-only:empty:* | protected:absent:.vscode/new) ;;
		absent:read-only:*|read-only:absent:*) [ -n "${WX_PODMAN-}" ] || [ "$f" = /run/new ] || fail "$f: said $said, met $met" ;;
		*) fail "$f: said $said, met $met" ;;
		esac
		git clean -qfd -e .envrc -e .env -e x -e src -e .vscode
	done
}

@test "--why --json: an object; a name that drives terminals is escaped in a line" {
	same=$(wx-run "${opts[@]}" --why x --json | jq -rc '[.verdict, .path]')
	[ "$same" = "[\"protected\",\"$at/x\"]" ]
	run ! grep -q "$(printf '\033')" <(wx-run "${opts[@]}" --why "$(printf 'a\033[7m')")
	run ! wx-run -n none --json -- true
	# Nothing was run, made or left.
	[ ! -e "$HOME/.local/state/wrapix" ] || [ -z "$(find "$HOME/.local/state/wrapix" -name '20*')" ]
}

@test "/run/wrapix/policy says what is written, protected, hidden, shown, reached and limited" {
	wx-run "${opts[@]}" -M 512M -P 77 -T 60 -- cat /run/wrapix/policy >../policy
	grep -qF "for the project $at, by" ../policy
	grep -qxF "  $at: the project: it is kept" ../policy
	grep -qxF "  $HOME/.claude: what the agent keeps: from run to run of this project" ../policy
	grep -qxF "  /tmp: gone at the end of the run; 1024 MiB at the most" ../policy
	grep -qF "  .vscode: VS Code acts upon it on opening the project" ../policy
	grep -qF "  x: asked for: 'x'" ../policy
	run ! grep -q '^  .envrc' ../policy
	sed -n '/^Hidden/,/^$/p' ../policy | grep -qx '  .env'
	grep -qF '  /data: a mount that was asked for' ../policy
	sed -n '/^Network/,/^$/p' ../policy | grep -q '  none: nothing can be reached'
	grep -qxF '  memory: 512 MiB, of all processes together' ../policy
	grep -qx '  processes: 77' ../policy
	grep -qx '  time: 60 seconds' ../policy
	rm -rf .vscode x
	wx-run -n host -- cat /run/wrapix/policy >../policy 2>err
	grep -qF "its services on loopback" ../policy
}

@test "nobody inside changes what it says" {
	run ! wx-run "${opts[@]}" -- sh -c 'echo x >/run/wrapix/policy || chmod 777 /run/wrapix/policy || mv /run/wrapix/policy /tmp || rm -f /run/wrapix/policy'
	wx-run "${opts[@]}" -- sh -c '(: >/run/wrapix/policy) 2>/dev/null; rm -f /run/wrapix/policy 2>/dev/null; test -s /run/wrapix/policy'
	# What it says of names is escaped.
	mkdir "$(printf '.mise\033')" 2>/dev/null || :
	touch "$(printf 'mise\033[7m.toml')"
	run ! grep -q "$(printf '\033')" <(wx-run "${opts[@]}" -- cat /run/wrapix/policy)
}
