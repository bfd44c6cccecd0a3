# SPDX-License-Identifier: MIT
# takes: 30 s
# The suite itself as root: a file's namespaces end with it, and two suites have two users.
load ../lib/helper
load ../lib/run

local_setup() {
	run_setup
	# The suite's user reads the files, and writes to d.
	base=$(mktemp -d /tmp/wx-self.XXXXXX)
	chmod 755 "$base"
	mkdir -m 1777 "$base/d" "$base/t"
	cd "$base"
}

teardown() {
	cd /
	rm -rf "$base"
}

# file NAME < TESTS: TEST is there what bats would take for a test of this file.
file() {
	{ printf 'load %s/tests/lib/helper\nat=%s\n' "$WX_TREE" "$base/d"; sed 's/^TEST /@test /'; } >"$1.bats"
}

suite() {
	env TMPDIR="$base/t" BUILD="$WX_BUILD" WX_SUITE_USER="$WX_USER" WX_ENGINES=bwrap WX_SAN= CI= "$WX_TREE/tests/run" "$@" >out 2>err 3>&- 4>&-
}

@test "a file is alone among its processes, and has its own network; what it leaves ends with it" {
	file a <<-E
	TEST "processes and network" {
		[ "\$(id -un)" = "$WX_USER" ]
		[ "\$(ps -e -o args= | grep -c '[b]ats-exec-file ')" -eq 1 ]
		python3 -c 'import socket, time; socket.create_server(("", 2222)); open("/'"\$at"'/bound", "w"); time.sleep(1000)' 3>&- &
		until [ -e "\$at/bound" ]; do read -rt 0.02 <> <(:) || :; done
		setsid -f sh -c 'trap "" TERM INT HUP; sleep 1000; true' $MARK 3>&- >/dev/null 2>&1
	}
	E
	sed 's/bound/bound2/g' a.bats >b.bats
	suite a.bats b.bats || fail "$(cat out err)"
	[ "$(tail -n 1 out)" = "2 passed, 0 failed, 0 skipped" ]
	none_left
	[ -z "$(ls t)" ]
}

@test "ended by a signal, even by SIGKILL: no process is left, and no mount" {
	file a <<-E
	TEST "long" {
		setsid -f sh -c 'trap "" TERM INT HUP; sleep 1000; true' $MARK 3>&- >/dev/null 2>&1
		echo >\$at/up
		sh -c 'sleep 1000; true' $MARK
	}
	E
	mount >before
	for s in TERM KILL; do
		rm -f d/up
		suite a.bats &
		pid=$!
		until_true test -e d/up
		kill -$s "$(pgrep -f "lib/jobs $base/t/" | head -n 1)"
		wait "$pid" || :
		until_true gone
		mount | diff before -
		[ $s = KILL ] || [ -z "$(ls t)" ] || fail "$(ls t)"
	done
}

@test "two suites at once have two users, made before; a third waits" {
	cat >user <<-E
	set -eu
	say() { echo "\$*"; }
	. "$WX_TREE/tests/lib/user.sh"
	take_user
	echo "\$WX_USER" >"\$1"
	[ "\$2" = - ] || read -r _ <"\$2"
	E
	cat >world <<-E
	set -eu
	cp -a /etc etc
	# The mount of the suite's is not in the copy; of the users, none is.
	sed -i '/^wxtest2*:/d' etc/passwd etc/group etc/shadow etc/gshadow etc/subuid etc/subgid
	mount --bind etc /etc
	mkdir -p /var/cache
	mount -t tmpfs tmpfs /var/cache
	mount -t tmpfs tmpfs /var/log
	mkfifo one two
	sh user first one & a=\$!
	until [ -s first ]; do sleep 0.02; done
	sh user second two & b=\$!
	until [ -s second ]; do sleep 0.02; done
	stat -c %i /etc/passwd
	sh user third - >said & c=\$!
	until [ -s said ]; do sleep 0.02; done
	[ ! -e third ]
	echo >one; wait \$a; wait \$c
	echo >two; wait \$b
	stat -c %i /etc/passwd
	cat first second third said
	grep -c '^wxtest2*:' /etc/passwd /etc/subuid /etc/subgid
	WX_SUITE_USER=$WX_USER sh user named -
	cat named
	E
	run -0 unshare -m --propagation private sh world
	printf '%s\n' "${lines[@]}" | grep -v '^[0-9]*$' >got
	printf '%s\n' wxtest wxtest2 wxtest "waiting for another suite to end" /etc/passwd:2 /etc/subuid:2 /etc/subgid:2 "$WX_USER" |
	    diff - got || fail "$output"
	[ "$(printf '%s\n' "${lines[@]}" | grep '^[0-9]*$' | sort -u | wc -l)" -eq 1 ] || fail "$output"
}
