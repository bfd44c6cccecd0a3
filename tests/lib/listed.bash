# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For the tests of the network "listed": a world of its own (tests/lib/listed-world) in which wx-run runs, and what is
# reached out there. To be loaded after helper and run.

listed_setup() {
	[ -n "${WX_NETNS-}" ] || skip "needs a network namespace of the suite's own"
	run_setup
	WORLD=$BATS_TEST_TMPDIR/world
}

listed_teardown() {
	exec 9>&-
	[ -z "${RUNTIME-}" ] || rm -rf "$RUNTIME"
}

# certificates DIR: a CA, and what it signs, once for a file: DIR/ca.pem, DIR/tls.pem.
certificates() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=made up' \
	    -keyout "$1/ca.key" -out "$1/ca.pem" 2>/dev/null &&
	    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=one.example' -keyout "$1/tls.key" \
	        -out "$1/tls.csr" 2>/dev/null &&
	    printf 'subjectAltName=DNS:one.example,DNS:two.example,DNS:a.wild.example,DNS:private.example' >"$1/ext" &&
	    openssl x509 -req -in "$1/tls.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" -days 2 -extfile "$1/ext" \
	        -out "$1/tls.crt" 2>/dev/null &&
	    cat "$1/tls.crt" "$1/tls.key" >"$1/tls.pem"
}

# world: make it; with $WORLD/sshd_config also an sshd.
world() {
	mkdir -p "$WORLD"
	cp "$BATS_FILE_TMPDIR"/*.pem "$WORLD"
	cp "$BATS_FILE_TMPDIR/ca.pem" .
	mkfifo "$WORLD/life"
	unshare -U -c --keep-caps -n -m "$WX_TREE/tests/lib/listed-world" "$WORLD" <"$WORLD/life" >"$WORLD/said" 2>&1 3>&- 9>&- &
	exec 9>"$WORLD/life"
	until_true test -e "$WORLD/pid" || fail "$(cat "$WORLD/said")"
	ENTER=(-U --preserve-credentials -n -m -t "$(cat "$WORLD/pid")" --wd="$PWD")
}

# there COMMAND...: in that world.
there() {
	nsenter "${ENTER[@]}" "$@" 9>&-
}

# What came to the services: a line each.
requests() {
	cat "$WORLD/requests" 2>/dev/null || :
}

queries() {
	sort -u "$WORLD/queries" 2>/dev/null || :
}

# egresses: those that are there, of this test or left by another.
egresses() {
	pgrep -r D,R,S,T -x wx-egress -u "$(id -u)"
}

no_egress() {
	! egresses >/dev/null
}

# beside SCRIPT: RUN becomes a wx-run that has this program of bash for its wx-egress. Where it is asked to check, it has
# nothing to say.
beside() {
	mkdir -p "$BATS_TEST_TMPDIR/beside"
	cp "$WX_BUILD/wx-run" "$BATS_TEST_TMPDIR/beside/"
	printf '#!/bin/bash\n[ "$1" != --check ] || exit 0\n%s\n' "$1" >"$BATS_TEST_TMPDIR/beside/wx-egress"
	chmod +x "$BATS_TEST_TMPDIR/beside/wx-egress"
	RUN=$BATS_TEST_TMPDIR/beside/wx-run
}
