# SPDX-License-Identifier: MIT
# Programs of which the N-th call fails. To be loaded after helper.

# nth_make DIR NAME...: they are made in DIR, for PATH; each counts in DIR/calls, made by nth_set.
nth_make() {
	local n real
	mkdir -p "$1"
	for n in "${@:2}"; do
		real=$(type -P "$n")
		cat >"$1/$n" <<-C
		#!/bin/sh
		n=1
		until mkdir $1/calls/\$n 2>/dev/null; do n=\$((n + 1)); done
		if [ \$n = \$(cat $1/fails) ]; then
			echo "$n \$*" >$1/calls/\$n/words
			[ \$(cat $1/mode) = before ] || $real "\$@" >/dev/null 2>&1
			echo 'Error: made up' >&2
			exit 125
		fi
		exec $real "\$@"
		C
		chmod 755 "$1/$n"
	done
}

# nth_set DIR N MODE: from now on the N-th call fails; in MODE before nothing is done then, after all is. 0: none does.
nth_set() {
	rm -rf "$1/calls"
	mkdir "$1/calls"
	echo "$2" >"$1/fails"
	echo "$3" >"$1/mode"
}

# nth_failed DIR: did it come to that? Its words.
nth_failed() {
	cat "$1"/calls/*/words 2>/dev/null
}
