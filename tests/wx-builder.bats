# SPDX-License-Identifier: MIT
load lib/helper

@test "a builder that was never started is said to be so, by each command" {
	for c in config machine authorize; do
		run -1 wx-builder $c
		[ "$output" = "wx-builder: builder 'default' was never started; start it with: wx-builder start" ] || fail "$c: $output"
	done
	run -125 wx-builder exec -N it true
	[ "$output" = "wx-builder: builder 'it' was never started; start it with: wx-builder start -N it" ] || fail "$output"
	[ ! -e "$HOME/.local" ]
}
