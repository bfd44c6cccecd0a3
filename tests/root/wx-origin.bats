# SPDX-License-Identifier: MIT
# What takes root to set up: things of another user.
load ../lib/helper

local_setup() {
	git init -q p
	git -C p config remote.origin.url git@github.com:me/it
}

@test "another user's configuration is refused, root's and the user's own are read" {
	[ "$(wx-origin p | cut -f1)" = me/it ]
	chown "$WX_USER" p/.git/config
	run -1 wx-origin p
	[[ $output == *"belongs to uid $(id -u "$WX_USER"), not to you"* ]] || fail "$output"
	chmod go+rX . .. ../.. p p/.git
	as_user() { setpriv --reuid "$WX_USER" --regid "$(id -g "$WX_USER")" --clear-groups "$@"; }
	as_user test -r "$PWD/p/.git/config" || skip "the folders above are closed to $WX_USER"
	[ "$(as_user "$WX_BUILD/wx-origin" p | cut -f1)" = me/it ]
	chown root p/.git/config
	[ "$(as_user "$WX_BUILD/wx-origin" p | cut -f1)" = me/it ]
}
