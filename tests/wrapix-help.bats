# SPDX-License-Identifier: MIT
# sanitizers: no, of a script
load lib/helper

# The pager is the terminal's; here man writes to a file.
@test "a topic opens the page of that name, or one that has it as a word" {
	command -v man >/dev/null || command -v mandoc >/dev/null || skip "no man"
	for pair in network:WRAPIX-NETWORK workspace:WRAPIX-WORKSPACE wx-run:WX-RUN run:WX-RUN log:WRAPIX-LOG egress:WX-EGRESS \
	    deploy:SETUP-DEPLOY-KEY wrapix:WRAPIX; do
		run -0 wrapix help "${pair%:*}"
		[[ ${lines[0]} == "${pair#*:}("* ]] || fail "$pair: ${lines[0]}"
	done
}

@test "without one: each page that is installed, with what it is about, and no other" {
	wrapix help >list
	want=$(cd "$WX_TREE/man" && for f in *.[1-8]; do echo "${f%.*}(${f##*.})"; done | grep -v '^install-deps\|^quickstart' | sort)
	[ "$(cut -d ' ' -f 1 list | sort)" = "$want" ] || fail "$(diff <(cut -d ' ' -f 1 list | sort) <(echo "$want"))"
	run ! grep -v ')  *[a-z]' list
}

@test "installed, with pages that are compressed" {
	mkdir -p p/bin p/share/man/man1
	cp "$WX_TREE/scripts/wrapix-help" p/bin
	gzip -c "$WX_TREE/man/wx-log.1" >p/share/man/man1/wx-log.1.gz
	run -0 p/bin/wrapix-help
	[ "$output" = "wx-log(1)                append to a record in which each line holds the hash of the one before" ] || fail "$output"
}

@test "no page on that: the list on stderr, status 1; a path or an option is 2" {
	rc=0
	wrapix-help nothing-of-that >out 2>err || rc=$?
	[ "$rc" -eq 1 ] && [ ! -s out ] && grep -q 'wx-run(1)' err
	run -2 wrapix-help ../../etc/passwd
	run -2 wrapix-help a b
}
