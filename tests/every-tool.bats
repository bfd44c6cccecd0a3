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

# Of each include of a header of another room: TOOL ROOM HEADER; a tool's own directory is "main".
room_includes() {
	grep -oH '^#include "[^"/]*/[^"/]*"' cmd/*/*.[ch] cmd/*/*/*.[ch] | awk -F'[/":]' '{
		room = NF > 7 ? $3 : "main"; to = $(NF - 2); header = $(NF - 1)
		if (to != "libcommon" && to != room) print $2, room, to, header }'
}

@test "a room is entered by its door: ROOM/ROOM.h is all that another room includes of it" {
	cd "$WX_TREE"
	[ "$(room_includes | wc -l)" -gt 200 ]
	room_includes | awk '$4 != $3 ".h" { print "cmd/" $1 ": " $2 " includes " $3 "/" $4; bad = 1 } END { exit bad }' ||
	    fail "past a door, as said above"
}

@test "includes of rooms go downwards: no circle, and nothing of the tool's own directory" {
	cd "$WX_TREE"
	room_includes | awk '{ print $1 "/" $2, $1 "/" $3 }' | tsort >/dev/null 2>"$BATS_TEST_TMPDIR/circle" ||
	    fail "$(cat "$BATS_TEST_TMPDIR/circle")"
	grep -oH '^#include "[^"/]*"' cmd/*/*/*.[ch] | grep -vE '\.(gen|small)\.h"' | tr ':"' '  ' | while read -r f _ h; do
		[ -e "${f%/*}/$h" ] || fail "$f includes $h, which is not of its room"
	done
}

# What is not as it should be so far, with a size that may only shrink.
too_large() {
	case $1 in
	cmd/wx-builder/) echo 6154 ;;
	cmd/wx-deploykey-push/forge/) echo 2237 ;;
	scripts/setup-deploy-key) echo 664 ;;
	scripts/wrapix) echo 576 ;;
	scripts/wrapix-builder) echo 571 ;;
	scripts/wrapix-builder-image | scripts/deploy-key-git) echo 295 ;;
	scripts/wrapix-log) echo 197 ;;
	*) echo "$2" ;;
	esac
}

@test "sizes: a room is below 2,000 lines, a function has 60 at the most, a script 150" {
	cd "$WX_TREE"
	for d in cmd/*/ cmd/*/*/; do
		n=$(cat "$d"*.[ch] | wc -l)
		[ "$n" -lt "$(too_large "$d" 2000)" ] || fail "$d: $n lines"
	done
	for f in scripts/*; do
		[ -f "$f" ] || continue
		[ "$(wc -l <"$f")" -le "$(too_large "$f" 150)" ] || fail "$f: $(wc -l <"$f") lines"
	done
	awk 'FNR == 1 { n = 0 } /^\{$/ { n = FNR } /^\}/ { if (n && FNR - n - 1 > 60) { print FILENAME ":" n ": " FNR - n - 1 " lines"; bad = 1 }; n = 0 }
	    END { exit bad }' cmd/*/*.c cmd/*/*/*.c libcommon/*.c libcommon/tool/*.c || fail "too long, as said above"
}

@test "wx-run: nobody asks which engine it is but its row; the plan is const once it is made" {
	cd "$WX_TREE/cmd/wx-run"
	for f in *.c */*.c; do
		case $f in engine/*) continue ;; esac
		run ! grep -nE 'engine [!=]= [^N-]|ENGINE_[A-Z]|strcmp\([^,;]*engine[^,;]*, "(bwrap|podman|container)"' "$f"
	done
	# Those that come after make_plan.
	for d in audit fetch/fetch.c home image inside mountns net publish run secret show tty; do
		run ! grep -rnE '(^|[^t ]|[^t] )struct plan \*' "$d" --include='*.[ch]'
	done
	grep -q 'session_run(const struct request \*r, const struct plan \*p' session.h
}

@test "the Makefile names no tool and no room" {
	cd "$WX_TREE"
	for n in cmd/*/ cmd/*/*/; do
		n=${n%/}
		run ! grep -nF -e "$n/" -e "${n#cmd/}.c" Makefile
	done
	for t in cmd/*/; do
		run ! grep -nwF "$(basename "$t")" Makefile
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
