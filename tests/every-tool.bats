# SPDX-License-Identifier: MIT
# takes: 20 s
load lib/helper

all() {
	printf '%s\n' $WX_TOOLS $WX_SCRIPTS
}

page_of() {
	printf '%s\n' "$WX_TREE"/man/"$1".[158] | head -n 1
}

# The SYNOPSIS of a page, or what -h printed, as one line of words.
words() {
	sed 's/^usage://' | tr -s ' \n\t' '   ' | sed 's/  */ /g; s/^ //; s/ $//'
}

@test "every tool and script has a man page and a test file" {
	for t in $(all); do
		[ -f "$(page_of "$t")" ] || fail "no man/$t.1"
		[ -f "$WX_TREE/tests/$t.bats" ] || fail "no tests/$t.bats"
	done
}

@test "every page, tool and script names its licence" {
	cd "$WX_TREE"
	for f in Makefile cmd/*/*.[ch] cmd/*/*/*.[ch] libcommon/*.[ch] libcommon/tool/*.[ch] scripts/* scripts/packaging/* man/*.[1578] tests/*.bats tests/*/*.[ch] tests/run tests/lint tests/bench tests/lib/jobs tests/lib/pair tests/lib/user.sh .ci/run; do
		[ ! -f "$f" ] || echo "$f"
	done >"$BATS_TEST_TMPDIR/all"
	# shellcheck disable=SC2046 # words
	awk 'FNR <= 5 && /SPDX-License-Identifier: MIT/ { print FILENAME }' $(cat "$BATS_TEST_TMPDIR/all") |
	    diff "$BATS_TEST_TMPDIR/all" - || fail "no SPDX line, as said above"
}

@test "every tool and script: -h and --help are the SYNOPSIS, on stdout, status 0" {
	for t in $(all); do
		want=$(mandoc -Tascii "$(page_of "$t")" | col -b |
		    sed -n '/^SYNOPSIS/,/^DESCRIPTION/{/^[A-Z]/d;p;}' | words)
		for o in -h --help; do
			got=$("$t" "$o" 2>err </dev/null) || fail "$t $o: status $?"
			[ ! -s err ] || fail "$t $o wrote on stderr: $(cat err)"
			got=$(printf '%s\n' "$got" | words)
			[ "$got" = "$want" ] || fail "$t: page [$want] $o [$got]"
		done
	done
}

@test "every tool and script: -V and --version name it and the one version" {
	v=$(sed -n 's/.*WX_VERSION "\(.*\)".*/\1/p' "$WX_TREE/libcommon/version.h")
	for t in $(all); do
		for o in -V --version; do
			[ "$("$t" "$o" </dev/null | head -n 1)" = "$t $v" ] || fail "$t $o: $("$t" "$o")"
		done
	done
}

@test "every tool and script: an unknown option is a usage error, stdout empty" {
	for t in $(all); do
		want=2
		! chain_loader "$t" || want=125
		for o in -Z --no-such-option; do
			rc=0
			out=$("$t" "$o" 2>err </dev/null) || rc=$?
			[ "$rc" -eq "$want" ] || fail "$t $o: status $rc"
			[ -z "$out" ] || fail "$t $o wrote on stdout: $out"
			grep -q usage err || fail "$t $o does not show its usage: $(cat err)"
		done
	done
}

@test "every tool: of a word that is near an option that one is named, of another none" {
	for t in $WX_TOOLS wrapix; do
		[ "$t" = wrapix ] && typo=--netwrok near=--network || { typo=--verison near=--version; }
		run "$t" "$typo" </dev/null
		[[ $output == *"$t: did you mean '$near'?"* ]] || fail "$t $typo: $output"
		run "$t" --nothing-of-that-kind </dev/null
		[[ $output != *"did you mean"* ]] || fail "$t: $output"
	done
	run wx-run --memroy=1G -- true
	[[ $output == *"did you mean '--memory'?"* ]] || fail "$output"
	run wx-run --memory
	[[ $output != *"did you mean"* ]] || fail "$output"
	run wx-builder strat
	[[ $output == *"did you mean 'start'?"* ]] || fail "$output"
}

@test "every tool and script: a full disk on stdout is an error" {
	for t in $(all); do
		for o in -V -h; do
			rc=0
			"$t" "$o" >/dev/full 2>/dev/null </dev/null || rc=$?
			[ "$rc" -ne 0 ] || fail "$t $o lost its output and said nothing"
		done
	done
}

@test "every tool and script survives closed descriptors 0, 1, 2" {
	for t in $(all); do
		want=2
		! chain_loader "$t" || want=125
		rc=0
		"$t" -Z <&- >&- 2>&- || rc=$?
		[ "$rc" -eq "$want" ] || fail "$t -Z, all closed: status $rc"
		rc=0
		"$t" -V <&- 2>&- >out || rc=$?
		[ "$rc" -eq 0 ] && [ -s out ] || fail "$t -V, 0 and 2 closed: status $rc"
	done
}

@test "libcommon: libc only, prints nothing, never exits" {
	cd "$WX_TREE"
	run ! grep -nE '#include <(curl|libssh|cjson|seccomp|err\.h|getopt|openssl)' libcommon/*.[ch]
	run ! grep -nE '\b(exit|_exit|abort|printf|puts|perror|errx?|warnx?) *\(' libcommon/*.c
	run ! grep -nE '#include "(cmd/|\.\./|tests/|libcommon/tool/)' libcommon/*.[ch]
}

@test "no file of C has 500 lines" {
	cd "$WX_TREE"
	for f in cmd/*/*.c cmd/*/*/*.c libcommon/*.c libcommon/tool/*.c; do
		[ "$(wc -l <"$f")" -lt 500 ] || fail "$f: $(wc -l <"$f") lines"
	done
}

@test "includes: own header first; no tool includes another; one file, or room, a third-party header" {
	cd "$WX_TREE"
	run ! grep -nE '#include "(cmd/|\.\./)' cmd/*/*.[ch] cmd/*/*/*.[ch] libcommon/*.[ch] libcommon/tool/*.[ch]
	for c in cmd/*/*.c cmd/*/*/*.c libcommon/*.c libcommon/tool/*.c; do
		h=${c%.c}.h
		[ -f "$h" ] || continue
		first=$(grep -m1 '^#include' "$c")
		case $first in
		*"\"${h##*/}\""* | *"\"$h\""*) ;;
		*) fail "$c does not include ${h##*/} first: $first" ;;
		esac
	done
	# Of a tool with rooms: by one room; but for cJSON, by which each room reads the JSON that is its own.
	for d in cmd/*/; do
		for lib in cjson seccomp libssh curl; do
			[ "$lib" != cjson ] || [ -z "$(ls -d "$d"*/ 2>/dev/null)" ] || continue
			n=$(grep -lE "#include <($lib/|$lib\.h)" -r "$d" | sed "s,^$d,,; s,[^/]*\.gen\.c$,,; s,\(.*\)/.*,\1," | sort -u | wc -l)
			[ "$n" -le 1 ] || fail "$d: <$lib…> is included by $n"
		done
	done
}

@test "a room is entered by its door: ROOM/ROOM.h is all that another room includes of it" {
	cd "$WX_TREE"
	# Tools whose rooms have one.
	for t in wx-deploykey-push; do
		for f in cmd/$t/*.[ch] cmd/$t/*/*.[ch]; do
			here=$(basename "$(dirname "$f")")
			for q in $(sed -n 's,^#include "\([^/"]*/[^"]*\)"$,\1,p' "$f" | grep -v ^libcommon/); do
				[ "${q%%/*}" = "$here" ] || [ "${q#*/}" = "${q%%/*}.h" ] || fail "$f includes $q"
			done
		done
	done
}

@test "each tool links only what its PKGS names" {
	[ -z "$WX_SAN" ] || skip "sanitizers bring their own libraries"
	for t in $WX_TOOLS; do
		want=$(pkg-config --libs-only-l $(cat "$WX_TREE/cmd/$t/PKGS" 2>/dev/null) 2>/dev/null | sed 's/-l/lib/g')
		for so in $(readelf -d "$WX_BUILD/$t" | sed -n 's/.*(NEEDED).*\[\(.*\)\.so.*/\1/p'); do
			case " libc ld-linux-x86-64 ld-linux-aarch64 $want " in
			*" $so "*) ;;
			*) fail "$t links $so, PKGS: $want" ;;
			esac
		done
	done
}
