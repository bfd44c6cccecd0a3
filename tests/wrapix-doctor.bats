# SPDX-License-Identifier: MIT
# sanitizers: no, of a script
load lib/helper
load lib/run

local_setup() {
	git init -q p
	# A folder with a link to each of our tools, for one to be missing.
	mkdir bin
	for t in "$WX_BUILD"/wx-* "$WX_TREE"/scripts/*; do
		case ${t##*/} in *.*) ;; *) [ ! -x "$t" ] || [ -d "$t" ] || ln -s "$t" bin/ ;; esac
	done
}

@test "what is there is ok, what is not is no, with a command; all of what --status and --check look at" {
	run -1 wrapix doctor p
	for n in tools git ssh kernel bwrap sandbox; do
		grep -q "^ok $n: " <<<"$output" || fail "no ok $n: $output"
	done
	grep -q '^no key: .*setup-deploy-key' <<<"$output"
	grep -q "^no token: .*$HOME/.config/wrapix/CLAUDE_CODE_OAUTH_TOKEN, mode 0600" <<<"$output"
	(umask 077; mkdir -p ~/.config/wrapix; echo sk-ant-oat01-MADEUP >~/.config/wrapix/CLAUDE_CODE_OAUTH_TOKEN)
	run -1 wrapix doctor p
	grep -q '^ok token: ' <<<"$output" || fail "$output"
}

@test "a tool that is missing, one of another release" {
	rm bin/wx-allow
	PATH=$PWD/bin:/usr/bin:/bin run -1 wrapix doctor p
	grep -q '^no tools: not on PATH: wx-allow;' <<<"$output" || fail "$output"
	printf '#!/bin/sh\necho wx-allow 0.0.1\n' >bin/wx-allow
	chmod +x bin/wx-allow
	PATH=$PWD/bin:/usr/bin:/bin run -1 wrapix doctor p
	grep -q "^no tools: not .*'$PWD/bin/wx-allow' (0.0.1)" <<<"$output" || fail "$output"
}

@test "a record that was changed, and a key that others can read" {
	(cd p && wrapix -q --no-push --no-token -n none -- true)
	wx-keygen -o ~/.ssh/deploy_keys/k >/dev/null
	run -1 wrapix doctor p
	grep -q '^ok record: 2 lines' <<<"$output" || fail "$output"
	grep -q '^ok keys: 1 in ' <<<"$output" || fail "$output"
	sed -i '1s/true/false/' ~/.local/state/wrapix/.log/record
	chmod 644 ~/.ssh/deploy_keys/k
	run -1 wrapix doctor p
	grep -q '^no record: .*line 2' <<<"$output" || fail "$output"
	grep -q '^no keys: ' <<<"$output" || fail "$output"
}

@test "where there is no project the rest is looked at; wrong arguments are 2" {
	run -1 wrapix doctor "$HOME"
	grep -q '^ok tools: ' <<<"$output"
	grep -q '^no project: ' <<<"$output"
	run -2 wrapix doctor --nonsense
}
