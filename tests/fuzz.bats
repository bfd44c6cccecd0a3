# SPDX-License-Identifier: MIT
# A second of each harness of tests/fuzz, on the seeds and from there; make fuzz does more.
# sanitizers: no
load lib/helper

@test "every fuzzer: its seeds, and what a second makes of them" {
	ls "$WX_BUILD"/fuzz/* >/dev/null 2>&1 || skip "no clang here to build them"
	mkdir seen
	unset ASAN_OPTIONS
	for c in "$WX_TREE"/tests/fuzz/*.c; do
		n=$(basename "$c" .c)
		[ -x "$WX_BUILD/fuzz/$n" ] || fail "$n was not built"
		mkdir "$n"
		ls "$WX_TREE/tests/fuzz/corpus/$n"/* >/dev/null || fail "$n has no seeds"
		echo "$n"
	done | xargs -P "$(nproc)" -I {} sh -c '"$1/fuzz/$3" -max_total_time=1 -timeout=5 -rss_limit_mb=1024 -verbosity=0 \
	    -artifact_prefix="$PWD/$3/" "$PWD/$3" "$2/tests/fuzz/corpus/$3" >"$3.out" 2>&1 && touch "seen/$3"' sh "$WX_BUILD" "$WX_TREE" {} ||
		fail "$(grep -hE 'ERROR|SUMMARY|runtime error' ./*.out)"
	for c in "$WX_TREE"/tests/fuzz/*.c; do
		[ -e "seen/$(basename "$c" .c)" ] || fail "$(basename "$c" .c) did not run"
	done
}
