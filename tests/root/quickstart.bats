# SPDX-License-Identifier: MIT
load ../lib/helper

@test "root: it goes on as nobody, or as the user of sudo" {
	T=$(mktemp -d /tmp/wx-quick.XXXXXX)   # the suite's own folders are closed to others
	chmod 755 "$T"
	TMPDIR="$T" run --separate-stderr quickstart "$WX_BUILD"
	[ "$status" -eq 0 ] || fail "$output $stderr"
	[ "$(grep -c 'refused: ' <<<"$output")" -eq 5 ] || fail "$output"
	[ "$(grep -cE "(came home|stayed inside)$" <<<"$output")" -eq 3 ] || fail "$output"
	SUDO_UID=$(id -u "$WX_USER") SUDO_GID=$(id -g "$WX_USER") TMPDIR="$T" \
	    run --separate-stderr quickstart "$WX_BUILD"
	[ "$status" -eq 0 ] || fail "$output $stderr"
	rmdir "$T"
}
