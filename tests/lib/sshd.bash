# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A real sshd on loopback, run by the user of the test, who is also the only one
# that can log in. Load it after helper, and call sshd_stop in teardown.

# sshd_start DIR [CONFIG-LINE...]: keep its files in DIR, which is made; sets
# SSHD_PORT. DIR/authorized_keys is the caller's to fill; DIR/known_hosts is for
# clients. StrictModes is on where the folders above DIR are such that it can be:
# below /tmp, which all may write, it refuses every key.
sshd_start() {
	local strict=yes d
	SSHD_DIR=$1
	shift
	mkdir -p "$SSHD_DIR"
	chmod 700 "$SSHD_DIR"
	d=$(realpath "$SSHD_DIR")
	while [ "$d" != / ]; do
		[ $((0$(stat -c %a "$d") & 022)) -eq 0 ] || strict=no
		d=$(dirname "$d")
	done
	[ -e "$SSHD_DIR/host" ] || wx-keygen -o "$SSHD_DIR/host" >/dev/null || return 1
	: >>"$SSHD_DIR/authorized_keys"
	chmod 600 "$SSHD_DIR/authorized_keys"
	for _ in 1 2 3 4 5; do
		SSHD_PORT=$((20000 + RANDOM % 20000))
		sshd_config "$strict" "$@" >"$SSHD_DIR/config"
		# Not bats's descriptors, which it would hold open.
		/usr/sbin/sshd -D -e -f "$SSHD_DIR/config" </dev/null >"$SSHD_DIR/log" 2>&1 3>&- 4>&- &
		SSHD_PID=$!
		if sshd_ready; then
			printf '[127.0.0.1]:%d %s\n' "$SSHD_PORT" "$(cut -d ' ' -f 1,2 "$SSHD_DIR/host.pub")" >"$SSHD_DIR/known_hosts"
			return 0
		fi
	done
	cat "$SSHD_DIR/log" >&2
	return 1
}

sshd_config() {
	printf 'ListenAddress 127.0.0.1:%d\nHostKey %s/host\nAuthorizedKeysFile %s/authorized_keys\nStrictModes %s\n' \
	    "$SSHD_PORT" "$SSHD_DIR" "$SSHD_DIR" "$1"
	printf '%s\n' 'PidFile none' 'UsePAM no' 'PasswordAuthentication no' 'KbdInteractiveAuthentication no' \
	    'LogLevel VERBOSE' "${@:2}"
}

# Until it has sent its banner, a minute at the most; false if it has ended.
sshd_ready() {
	local banner
	for _ in $(seq 1200); do
		kill -0 "$SSHD_PID" 2>/dev/null || return 1
		if { exec {fd}<>"/dev/tcp/127.0.0.1/$SSHD_PORT"; } 2>/dev/null; then
			banner=
			read -r -t 5 banner <&"$fd" || true
			exec {fd}>&-
			[[ $banner != SSH-2.0-* ]] || return 0
		fi
		sleep 0.05
	done
	return 1
}

# sshd_ssh KEY ARG...: log in with this key and no other, and with this host key only.
sshd_ssh() {
	ssh -F /dev/null -i "$1" -o IdentitiesOnly=yes -o IdentityAgent="${SSH_AUTH_SOCK:-none}" -o BatchMode=yes \
	    -o UserKnownHostsFile="$SSHD_DIR/known_hosts" -o StrictHostKeyChecking=yes -p "$SSHD_PORT" 127.0.0.1 "${@:2}"
}

sshd_stop() {
	[ -z "${SSHD_PID-}" ] || kill "$SSHD_PID" 2>/dev/null || true
}
