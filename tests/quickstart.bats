# SPDX-License-Identifier: MIT
load lib/helper

@test "the main job: what an agent may works, what it may not is refused" {
	mkdir tmp
	TMPDIR="$PWD/tmp" run --separate-stderr quickstart "$WX_BUILD"
	[ "$status" -eq 0 ]
	[ "$(grep -c 'works$' <<<"$output")" -eq 1 ] || fail "$output"
	[ "$(grep -c 'refused: ' <<<"$output")" -eq 5 ] || fail "$output"
	[[ $output == *"commit to the project"*works* ]]
	[ "$(grep -E '(home|inside)$' <<<"$output")" = "\
the commit                                  came home
a hook for the host to run                  stayed inside
what git runs (.git/config)                 stayed inside" ] || fail "$output"
	[[ $stderr == *nested-repository* ]] || fail "$stderr"
}

@test "it leaves nothing behind, and the tree as it was" {
	mkdir tmp
	before=$(git -C "$WX_TREE" --no-optional-locks log -1 --format=%H 2>/dev/null || :)
	TMPDIR="$PWD/tmp" quickstart "$WX_BUILD" >out 2>&1
	[ -z "$(ls -A tmp)" ]
	[ "$before" = "$(git -C "$WX_TREE" --no-optional-locks log -1 --format=%H 2>/dev/null || :)" ]
}

@test "without a build: one line that says make, status 1" {
	run quickstart "$PWD"
	[ "$status" -eq 1 ]
	[[ $output == *"run make first" ]]
}
