# SPDX-License-Identifier: MIT
# makeWrapper FILE WRAPPER ARGS... (also makeBinaryWrapper), as nixpkgs': set, set-default, unset, prefix,
# suffix, add-flags, append-flags, run, inherit-argv0, argv0.
makeWrapper() {
	local original=$1 wrapper=$2 flags= append= argv0= body= v
	shift 2
	[ -x "$original" ] || { echo "Builder called die: Cannot wrap '$original' because it is not an executable file" >&2; exit 1; }
	while [ $# -gt 0 ]; do
		case $1 in
		--set) body+="export $2=$(printf %q "$3")"$'\n'; shift 3 ;;
		--set-default) body+="export $2=\${$2-$(printf %q "$3")}"$'\n'; shift 3 ;;
		--unset) body+="unset $2"$'\n'; shift 2 ;;
		--prefix) v=$(printf %q "$4"); body+="$2=$v\${$2:+$(printf %q "$3")\$$2}"$'\n'"export $2"$'\n'; shift 4 ;;
		--suffix) v=$(printf %q "$4"); body+="$2=\${$2:+\$$2$(printf %q "$3")}$v"$'\n'"export $2"$'\n'; shift 4 ;;
		--run) body+="$2"$'\n'; shift 2 ;;
		--add-flags) flags+=" $2"; shift 2 ;;
		--append-flags) append+=" $2"; shift 2 ;;
		--inherit-argv0) argv0='"$0"'; shift ;;
		--argv0) argv0=$(printf %q "$2"); shift 2 ;;
		*) echo "makeWrapper doesn't understand the arg $1" >&2; exit 1 ;;
		esac
	done
	mkdir -p "$(dirname "$wrapper")"
	printf '#! %s -e\n%sexec %s%s%s "$@"%s\n' "$(command -v bash)" "$body" "${argv0:+-a $argv0 }" "\"$original\"" "$flags" "$append" >"$wrapper"
	chmod +x "$wrapper"
}

makeBinaryWrapper() { makeWrapper "$@"; }

wrapProgram() {
	local prog=$1 hidden
	hidden=$(dirname "$prog")/.$(basename "$prog")-wrapped
	mv "$prog" "$hidden"
	shift
	makeWrapper "$hidden" "$prog" --inherit-argv0 "$@"
}
