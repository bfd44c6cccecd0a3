# SPDX-License-Identifier: MIT
# For the tests that look at a run of wx-run from outside. To be loaded after
# helper; MARK stands as $0 in each command, and so in the argv of every process of
# the run but the network's helper.

run_setup() {
	MARK=wxmark-$$-$BATS_TEST_NUMBER
	export MARK PYTHONDONTWRITEBYTECODE=1
	mkdir -p "$BATS_TEST_TMPDIR/project"
	cd "$BATS_TEST_TMPDIR/project" || return
}

gone() {
	[ -z "$(pgrep -f "$MARK")" ]
}

# No process of the run is there, and none comes to its end only now.
none_left() {
	gone || fail "left: $(pgrep -af "$MARK")"
}

# on_tty COMMAND... < SCRIPT: see tests/lib/pty
on_tty() {
	TERM=xterm "$WX_TREE/tests/lib/pty" "$@"
}

# only_helper NAME: a PATH on which of the network's helpers is only NAME ('': none).
# It outlives the test: bats looks there for the rm with which it clears a red test.
only_helper() {
	local dir=$BATS_RUN_TMPDIR/only-$1 h
	if [ ! -d "$dir" ]; then
		mkdir "$dir"
		ln -sf -t "$dir" /usr/local/bin/* /usr/sbin/* /usr/bin/*
		for h in pasta passt slirp4netns; do
			[ "$h" = "$1" ] || rm -f "$dir/$h"
		done
	fi
	PATH=${WX_PODMAN:+$WX_PODMAN/bin:}$WX_BUILD:$dir
	hash -r
}
