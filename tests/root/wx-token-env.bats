# SPDX-License-Identifier: MIT
# What only root can set up: files of other owners, and /run/secrets.
load ../lib/helper

local_setup() {
	umask 077
	chmod 711 . .. 2>/dev/null || true
	unset CLAUDE_CONFIG_DIR TOK
}

# as_user ARG...: the tool as the unprivileged user, with its group.
as_user() {
	setpriv --reuid "$(id -u "$WX_USER")" --regid "$(id -g "$WX_USER")" --clear-groups wx-token-env "$@"
}

# The file is handed over as a descriptor, so that no folder on the way matters.
@test "a file of another user is refused, to root too" {
	echo MADEUP >t
	chown "$WX_USER" t
	run -1 wx-token-env -n TOK -f t
	[[ $output == *"it belongs to uid $(id -u "$WX_USER"), neither yours nor root's"* && $output != *MADEUP* ]] || fail "$output"
	[ "$(as_user -n TOK -i <t)" = TOK=MADEUP ]
	chown 12345 t
	run -1 as_user -n TOK -i <t
	[[ $output == *"belongs to uid 12345"* ]]
}

@test "a file of root's may be readable by its group, and no more" {
	echo MADEUP >t
	chgrp "$WX_USER" t
	for mode in 400 440 600 640; do
		chmod "$mode" t
		[ "$(as_user -n TOK -i <t)" = TOK=MADEUP ] || fail "$mode"
	done
	for mode in 444 604 660 450; do
		chmod "$mode" t
		run -1 as_user -n TOK -i <t
		[[ $output == *"(mode 0$mode); mend it with: chmod g-wx,o= -- FILE"* ]] || fail "$mode $output"
	done
}

@test "/run/secrets/NAME comes after the credentials folder and before the user's own" {
	cat >inside <<-'S'
	set -eu
	mount -t tmpfs none /run
	mkdir -m 755 /run/secrets /run/cred /run/home /run/home/.config /run/home/.config/wrapix
	export HOME=/run/home CREDENTIALS_DIRECTORY=/run/cred
	for f in /run/cred /run/secrets /run/home/.config/wrapix; do
		echo MADEUP >$f/TOK
		chgrp "$WX_USER" $f/TOK
		chmod 440 $f/TOK
	done
	look() {
		setpriv --reuid "$WX_USER" --regid "$WX_USER" --clear-groups "$WX_BUILD/wx-token-env" -n TOK --status | jq -r .source
	}
	look
	rm /run/cred/TOK
	look
	chmod 700 /run/secrets
	look
	chmod 755 /run/secrets
	rm /run/secrets/TOK
	look
	S
	[ "$(unshare -m sh inside | tr '\n' ' ')" = "credentials-directory run-secrets config config " ]
}
