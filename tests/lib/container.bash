# SPDX-License-Identifier: MIT
# For the tests of the engine container: a stand-in of its client (tests/lib/container)
# on PATH, and its record. To be loaded after helper and run.

container_setup() {
	REC=$BATS_TEST_TMPDIR/record
	export IMAGE=docker.io/library/made:1
	mkdir -p "$REC" "$BATS_TEST_TMPDIR/bin"
	echo "$IMAGE" >"$REC/images"
	printf '#!/bin/sh\nexec /usr/bin/python3 %s/tests/lib/container %s "$@"\n' "$WX_TREE" "$REC" \
	    >"$BATS_TEST_TMPDIR/bin/container"
	chmod 755 "$BATS_TEST_TMPDIR/bin/container"
	PATH=$PATH:$BATS_TEST_TMPDIR/bin
}

# in_container OPTIONS -- COMMAND
in_container() {
	wx-run -e container -i "$IMAGE" -n none "$@"
}

# The same in the place of a background shell, so that $! is wx-run.
exec_container() {
	exec wx-run -e container -i "$IMAGE" -n none "$@"
}

# run_argv: the argv of the last "container run", one word a line
run_argv() {
	local f
	for f in "$REC"/argv.*; do
		[ "$(head -z -n 1 "$f" | tr -d '\0')" = run ] && tr '\0' '\n' <"$f"
	done
}

# called VERB: how often the client was called so
called() {
	local f n=0
	for f in "$REC"/argv.*; do
		[ "$(head -z -n 1 "$f" | tr -d '\0')" != "$1" ] || n=$((n + 1))
	done
	echo "$n"
}

staged() {
	find "$HOME" -path '*.run/container-*'
}

# nothing_left: no container, no staged file.
nothing_left() {
	[ -z "$(ls "$REC/live" 2>/dev/null)" ] || fail "containers: $(ls "$REC/live")"
	[ -z "$(staged)" ] || fail "staged: $(staged)"
}
