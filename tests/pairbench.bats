# SPDX-License-Identifier: MIT
load lib/helper

@test "pairbench: each command as often as asked and by turns, and the ratio" {
	run -0 "$WX_BUILD/lib/pairbench" -n 4 -l 'a label' sh -c 'echo out; echo a >>log' --vs sh -c 'sleep 0.1; echo b >>log'
	[[ ${lines[0]} == "a label (4 pairs)" && $output != *out$'\n'* ]]
	[[ ${lines[3]} =~ "ratio a/b, median of pairs: 0."[0-9][0-9]$ ]] || fail "$output"
	# Two pairs to warm up, then the first changes.
	[ "$(tr -d '\n' <log)" = abababbaabba ] || fail "$(cat log)"
}

@test "pairbench: the time of a failure is none" {
	run -1 "$WX_BUILD/lib/pairbench" -n 2 true --vs false
	[[ $output == *"'false' failed"* && $output != *ratio* ]]
	run -2 "$WX_BUILD/lib/pairbench" true
}
