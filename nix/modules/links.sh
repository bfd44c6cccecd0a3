# SPDX-License-Identifier: MIT
# Of a script that has set PATH and wanted: a file of lines "FROM<tab>TO", FROM below
# ~/.config/wrapix. A file that is no link is the user's, and stays. What was made is kept in
# .nix-links, so that it can go when it is not wanted any more.
set -eu
umask 077
tab=$(printf '\t')
dir=${XDG_CONFIG_HOME:-$HOME/.config}/wrapix
made=$dir/.nix-links
mkdir -p "$dir/profiles"

is_wanted() {
	while IFS=$tab read -r name _; do
		[ "$name" != "$1" ] || return 0
	done <"$wanted"
	return 1
}

if [ -f "$made" ]; then
	while IFS=$tab read -r from to; do
		is_wanted "$from" || [ ! -L "$dir/$from" ] || [ "$(readlink "$dir/$from")" != "$to" ] || rm "$dir/$from"
	done <"$made"
fi
while IFS=$tab read -r from to; do
	if [ -e "$dir/$from" ] && [ ! -L "$dir/$from" ]; then
		echo "wrapix: '$dir/$from' is a file of its own, and stays: move it away to have the one of programs.wrapix" >&2
	else
		ln -sfn "$to" "$dir/$from"
	fi
done <"$wanted"
cat "$wanted" >"$made.new"
mv "$made.new" "$made"
