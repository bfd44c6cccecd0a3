# SPDX-License-Identifier: MIT
# For the network tests: services of the host (tests/lib/net-services) and a way to
# ask for them from inside. To be loaded after helper and run.

# The address that the suite's namespace has beside its uplink (tests/run). The
# uplink's gateway is never asked.
OUTSIDE=203.0.113.53
OWN=198.51.100.2

services() {
	mkdir -p "$BATS_TEST_TMPDIR/services"
	mkfifo "$BATS_TEST_TMPDIR/services/life"
	"$WX_TREE/tests/lib/net-services" "$BATS_TEST_TMPDIR/services" "$@" \
	    <"$BATS_TEST_TMPDIR/services/life" 3>&- 9>&- &
	exec 9>"$BATS_TEST_TMPDIR/services/life"
	until_true test -e "$BATS_TEST_TMPDIR/services/ready"
	cp "$WX_TREE/tests/lib/net-ask" .
	ABSTRACT=wxnet-$(printf %s "$BATS_TEST_TMPDIR/services" | tail -c 12)
}

services_end() {
	exec 9>&-
	wait
}

# guests PATTERN: did one come that matches?
guests() {
	grep -qE -- "$1" "$BATS_TEST_TMPDIR/services/guests" 2>/dev/null
}
