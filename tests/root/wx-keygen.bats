# SPDX-License-Identifier: MIT
# What only root can set up or see: other owners, full disks, a folder in which
# sshd's StrictModes can be on, and the paths in the trace of an undumpable process.
load ../lib/helper
load ../lib/sshd

local_setup() {
	umask 077
	chmod 711 . .. 2>/dev/null || true
	mkdir d
	printf 'pass words\n' >pass
}

teardown() {
	sshd_stop
	[ -z "${run-}" ] || rm -rf "$run"
}

# refuses STATUS PATTERN ARG...: it exits so and says so, and stdout is empty.
refuses() {
	local rc=0 want=$1 pattern=$2
	shift 2
	wx-keygen "$@" >out 2>err || rc=$?
	[ "$rc" -eq "$want" ] || fail "$*: status $rc, not $want: $(cat err)"
	[ ! -s out ] || fail "$*: wrote on stdout: $(cat out)"
	grep -q -- "$pattern" err || fail "$*: no '$pattern' in: $(cat err)"
}

# as_user CMD...: as the unprivileged user.
as_user() {
	setpriv --reuid "$(id -u "$WX_USER")" --regid "$(id -g "$WX_USER")" --clear-groups "$@"
}

@test "a folder or a key of another user is refused, to root too; the audit says so" {
	wx-keygen -o d/k >/dev/null
	uid=$(id -u "$WX_USER")
	chown "$WX_USER" d/k
	refuses 1 "refusing 'd/k': it belongs to uid $uid, not to you" -y d/k
	refuses 1 "refusing 'd/k': it belongs to uid $uid, not to you" -P -D 5 d/k 5<pass
	rc=0
	wx-keygen -l d >out 2>err || rc=$?
	[ "$rc" -eq 1 ] && [ "$(cut -f 6 out)" = mode ]
	grep -q "'d/k' belongs to uid $uid, not to you" err
	chown "$WX_USER" d
	refuses 1 "refusing folder 'd': it belongs to uid $uid, not to you" -o d/m
	refuses 1 "refusing folder 'd': it belongs to uid $uid, not to you" -s d/k
	rc=0
	wx-keygen -l d >out 2>err || rc=$?
	grep -q "folder 'd' belongs to uid $uid, not to you" err
}

@test "a full disk at every size: the old state, nothing left over, status 1" {
	cat >inside <<-'S'
	set -eu
	umask 077
	for room in 0 1 2 3 4; do
		mount -t tmpfs -o "size=$((room + 4))k,mode=700" none d
		wx-keygen -o d/k >line 2>err && rc=0 || rc=$?
		case $rc in
		0) cmp line d/k.pub; ssh-keygen -y -f d/k >/dev/null; echo made ;;
		1) [ -z "$(ls -A d)" ] && grep -q "cannot write 'd/k': No space left on device" err && echo full ;;
		*) cat err; exit 1 ;;
		esac
		umount d
	done
	# Nothing is written of what is there.
	mount -t tmpfs -o size=64k,mode=700 none d
	wx-keygen -o d/k >before
	cp d/k old
	head -c 1000000 /dev/zero >d/fill 2>/dev/null || :
	for args in '-f -o d/k' '-s d/k' '-n 4 -o d/m%d' '-P -D 5 d/k'; do
		wx-keygen $args >out 2>err 5<pass && exit 1 || [ $? -eq 1 ]
		grep -q 'No space left on device' err
		cmp old d/k
		cmp before d/k.pub
		[ "$(ls -A d | tr '\n' ' ')" = "fill k k.pub " ] || { ls -A d; exit 1; }
	done
	rm d/fill
	wx-keygen -s d/k >new
	head -c 1000000 /dev/zero >d/fill 2>/dev/null || :
	# A commit needs no room.
	wx-keygen -c d/k
	cmp new d/k.pub
	umount d
	# No inodes.
	mount -t tmpfs -o nr_inodes=2,mode=700 none d
	wx-keygen -o d/k >out 2>err && exit 1 || [ $? -eq 1 ]
	[ -z "$(ls -A d)" ]
	# Read-only.
	mount -o remount,ro d
	wx-keygen -o d/k >out 2>err && exit 1 || [ $? -eq 1 ]
	grep -q "Read-only file system" err
	echo end
	S
	out=$(PATH="$PATH" unshare -m sh inside 2>&1) || fail "$out"
	[[ $out == *full*made*end ]] || fail "$out"
}

@test "sshd with StrictModes: log in with what wx-keygen made, where it made it" {
	run=$(mktemp -d /run/wx-keygen.XXXXXX)
	chmod 755 "$run"
	mkdir "$run/u"
	chown "$WX_USER:" "$run/u"
	cat >"$run/inside" <<-'S'
	set -eu
	umask 077
	cd "$1/u"
	PATH=$2:$PATH
	fail() { echo "$*"; exit 1; }
	. "$3/tests/lib/sshd.bash"
	trap sshd_stop EXIT
	sshd_start "$1/u/sshd"
	grep -q 'StrictModes yes' sshd/config || fail "not strict"
	wx-keygen -o keys/k >sshd/authorized_keys
	[ "$(sshd_ssh keys/k echo in)" = in ] || fail "no: $(cat sshd/log)"
	wx-keygen --stage keys/k >>sshd/authorized_keys
	wx-keygen --commit keys/k
	[ "$(sshd_ssh keys/k echo in)" = in ] || fail "no: $(cat sshd/log)"
	chmod 666 sshd/authorized_keys
	! sshd_ssh keys/k echo in 2>/dev/null || fail "StrictModes is off"
	S
	chmod 755 "$run/inside"
	out=$(as_user env HOME="$run/u" bash "$run/inside" "$run" "$WX_BUILD" "$WX_TREE" 2>&1) || fail "$out"
}

@test "on the disk before it has its name, and the folder after" {
	strace -qq -y -e trace=fsync,link,linkat,rename,renameat,renameat2 -o trace wx-keygen -o d/k >/dev/null
	seq=$(sed -E 's/[0-9]+<[^>]*\/([^\/>]*)>/\1/g; s/\) *= 0$/)/' trace | tr '\n' ' ')
	[ "$seq" = 'fsync(.k.wx-new) fsync(.k.pub.wx-new) renameat2(d, ".k.wx-new", d, "k", RENAME_NOREPLACE) renameat2(d, ".k.pub.wx-new", d, "k.pub", RENAME_NOREPLACE) fsync(d) ' ] || fail "$(cat trace)"
	strace -qq -y -e trace=fsync,rename,renameat,renameat2 -o trace wx-keygen -P -D 5 d/k 5<pass
	seq=$(sed -E 's/[0-9]+<[^>]*\/([^\/>]*)>/\1/g; s/\) *= 0$/)/' trace | tr '\n' ' ')
	[ "$seq" = 'fsync(.k.wx-new) renameat(d, ".k.wx-new", d, "k") fsync(d) ' ] || fail "$(cat trace)"
}

@test "--commit: a public half of another key is out of the way before the private one comes" {
	wx-keygen -o d/k >line
	wx-keygen -o other-folder/k >/dev/null
	wx-keygen -s d/k >/dev/null
	cp other-folder/k.pub d/k.pub
	strace -qq -e trace=unlinkat,renameat -o trace wx-keygen -c d/k
	[ "$(sed -nE 's/^([a-z]+)\([0-9]+, "([^"]*)".* = 0$/\1 \2/p' trace | tail -n 3 | tr '\n' ' ')" = \
	    'unlinkat k.pub renameat k.next renameat k.next.pub ' ] || fail "$(cat trace)"
	[ "$(cut -d ' ' -f 1,2 d/k.old.pub)" = "$(cut -d ' ' -f 1,2 line)" ]
	[ "$(ssh-keygen -y -f d/k | cut -d ' ' -f 1,2)" = "$(cut -d ' ' -f 1,2 d/k.pub)" ]
}

@test "confined before the key is made: to the folder by Landlock, and no exec, no socket" {
	# The version of Landlock, asked for by somebody else.
	/usr/bin/python3 -c 'import ctypes; exit(ctypes.CDLL(None).syscall(444, None, 0, 1) < 1)' || skip "no Landlock"
	strace -qq -o trace wx-keygen -o d/k >/dev/null
	grep -nE 'landlock_restrict_self|PR_SET_SECCOMP|k\.wx-new.*O_CREAT' trace | sed 's/^[0-9]*:\([a-z_]*\).*/\1/' | tr '\n' ' ' >order
	[ "$(cat order)" = "landlock_restrict_self prctl openat " ] || fail "$(cat order)"
	grep -q 'landlock_restrict_self(.*) *= 0$' trace
	run ! grep openssl.cnf trace
	ssh-keygen -y -f d/k >/dev/null
}
