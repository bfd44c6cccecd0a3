# SPDX-License-Identifier: MIT
load lib/helper

@test "unit programs pass" {
	n=0
	for u in "$WX_BUILD"/unit/*; do
		[[ $u != *.d ]] || continue
		run "$u"
		[ "$status" -eq 0 ] || fail "${u##*/}: $output"
		n=$((n + 1))
	done
	[ "$n" -gt 0 ]
}
