# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# For tests/run, as root: whose user the suite is, so that two at once on one machine do not meet.
# To be sourced; wants say.

# make_user NAME FIRST-SUBUID: numbers of users in its containers are for rootless podman.
make_user() {
	id "$1" >/dev/null 2>&1 || useradd --no-create-home --home-dir /nonexistent --shell /bin/sh "$1"
	grep -q "^$1:" /etc/subuid || usermod --add-subuids "$2-$(($2 + 65535))" --add-subgids "$2-$(($2 + 65535))" "$1" ||
	    say "no subuids for $1: podman's tests will be skipped"
}

# make_users NAME...: unless they are there.
make_users() {
	first=4000000
	for u; do
		make_user "$u" "$first"
		first=$((first + 65536))
	done
}

# have_users NAME...: are all there?
have_users() {
	for u; do
		id "$u" >/dev/null 2>&1 && grep -q "^$u:" /etc/subuid || return 1
	done
}

# free_user NAME...: the first that is there and that no suite has: WX_USER. Its lock is descriptor
# 9, held as long as this process, or what it execs, is there.
free_user() {
	for WX_USER; do
		id "$WX_USER" >/dev/null 2>&1 || continue
		exec 9>>"$locks/$WX_USER"
		! flock -n 9 || return 0
	done
	return 1
}

# take_user: sets WX_USER: $WX_SUITE_USER, which is the caller's to look after, or one that is free.
# Waits where none is. Missing users are made together, and only while no suite is at work:
# useradd puts a new file in the place of /etc/passwd, and that undoes the mounts on the old
# one. A suite at work has a share of the lock "made", descriptor 8.
take_user() {
	locks=/var/cache/wrapix-tests/users
	users=${WX_SUITE_USER:-wxtest wxtest2}
	mkdir -p "$locks"
	exec 8>>"$locks/made"
	# shellcheck disable=SC2086 # words
	while :; do
		if ! have_users $users && flock -n 8; then
			make_users $users
		fi
		flock -s 8
		! free_user $users || return 0
		if [ -n "${WX_SUITE_USER-}" ] && id "$WX_SUITE_USER" >/dev/null 2>&1; then
			say "another suite has the user $WX_SUITE_USER too"
			return 0
		fi
		say "waiting for another suite to end"
		if id "${users%% *}" >/dev/null 2>&1; then
			exec 9>>"$locks/${users%% *}"
			flock 9
		else
			flock 8
		fi
	done
}
