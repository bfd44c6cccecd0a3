# SPDX-License-Identifier: MIT
# What only root can set up for the networks: another resolv.conf, IPv6, no tun
# device, and a look at descriptors. Each in a mount and a network namespace of its
# own, below the suite's, that lead nowhere.
load ../lib/helper
load ../lib/run
load ../lib/net

local_setup() {
	run_setup
	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR" 2>/dev/null || true
	chown -R "$WX_USER:" .
	STATE=$BATS_TEST_TMPDIR/state
	mkdir "$STATE"
	chown "$WX_USER:" "$STATE"
	HELPERS="pasta slirp4netns"
}

# world SCRIPT: run it in the new namespaces, as root; `as COMMAND...` there is the
# suite's user. 203.0.113.53 and 2001:db8:53::53 are outside.
world() {
	cat >"$BATS_TEST_TMPDIR/world" <<-W
	set -eu
	ip link set lo up
	ip link add wxup type veth peer name wxup1
	ip addr add 198.51.100.2/24 dev wxup
	ip link set wxup up; ip link set wxup1 up
	ip route add default via 198.51.100.1 dev wxup
	ip link add far type veth peer name far1
	ip addr add 203.0.113.53/32 dev far
	ip link set far up; ip link set far1 up
	echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
	v6() {
	    ip -6 addr add 2001:db8:1::2/64 dev wxup nodad
	    ip -6 route add default via 2001:db8:1::1 dev wxup
	    ip -6 addr add 2001:db8:53::53/128 dev far nodad
	}
	resolver() {
	    printf '%s\n' "\$@" >"$BATS_TEST_TMPDIR/resolv.conf"
	    mount --bind "$BATS_TEST_TMPDIR/resolv.conf" "\$(realpath /etc/resolv.conf)"
	}
	as() {
	    setpriv --reuid "$(id -u "$WX_USER")" --regid "$(id -g "$WX_USER")" --clear-groups \
		env HOME=/nonexistent XDG_STATE_HOME="$STATE" "\$@"
	}
	serve() {
	    rm -rf "$BATS_TEST_TMPDIR/services"; mkdir "$BATS_TEST_TMPDIR/services"
	    mkfifo "$BATS_TEST_TMPDIR/services/life"
	    "$WX_TREE/tests/lib/net-services" "$BATS_TEST_TMPDIR/services" "\$@" <"$BATS_TEST_TMPDIR/services/life" 3>&- 9>&- &
	    exec 9>"$BATS_TEST_TMPDIR/services/life"
	    until [ -e "$BATS_TEST_TMPDIR/services/ready" ]; do sleep 0.02; done
	}
	$1
	W
	cp "$WX_TREE/tests/lib/net-ask" "$WX_BUILD/lib/syscalls" .
	run --separate-stderr unshare -m -n --propagation private sh "$BATS_TEST_TMPDIR/world"
}

@test "a resolver on the host's loopback: names are found by the helper" {
	for h in $HELPERS; do
		only_helper "$h"
		world 'resolver "nameserver 127.0.0.53" "search example.test" "options edns0"
		serve 127.0.0.53#53 127.0.0.1#7007
		as wx-run -n open -- sh -c "cat /etc/resolv.conf; getent ahostsv4 answer.test | head -n 1; getent hosts absent.test; echo \$?
		    ./net-ask tcp 127.0.0.53 7007; ./net-ask tcp 127.0.0.1 7007; true"'
		[ "$status" -eq 0 ] || fail "$h: $status $output $stderr"
		addr=169.254.1.1
		[ "$h" = pasta ] || addr=10.0.2.3
		[[ $output == *"nameserver $addr"* && $output != *"nameserver 127"* ]] || fail "$h: $output"
		[[ $output == *"search example.test"*"192.0.2.7 "*"answer.test"*"2"* ]] || fail "$h: $output $stderr"
		[[ $output != *open* ]] || fail "$h: $output"
		grep -q 'udp 127.0.0.53 53' "$BATS_TEST_TMPDIR/services/guests"
		run ! grep 7007 "$BATS_TEST_TMPDIR/services/guests"
		PATH=$WX_BUILD:/usr/bin:/bin:/usr/sbin:/sbin
	done
}

@test "two resolvers, one of them on loopback: names are found" {
	for h in $HELPERS; do
		only_helper "$h"
		world 'resolver "nameserver 127.0.0.53" "nameserver 203.0.113.53"
		serve 127.0.0.53#53 203.0.113.53#53
		as wx-run -n open -- sh -c "getent ahostsv4 answer.test | head -n 1"'
		[[ $output == 192.0.2.7* ]] || fail "$h: $output $stderr"
		PATH=$WX_BUILD:/usr/bin:/bin:/usr/sbin:/sbin
	done
}

@test "network host, and a resolver on loopback: it is used as it stands" {
	world 'resolver "nameserver 127.0.0.53"
	serve 127.0.0.53#53
	as wx-run -n host -- sh -c "cat /etc/resolv.conf; getent ahostsv4 answer.test | head -n 1"'
	[[ $output == "nameserver 127.0.0.53"*192.0.2.7* ]] || fail "$output $stderr"
}

@test "IPv6: an address at once, the outside is reached, the host's loopback is not" {
	only_helper pasta
	world 'v6; resolver "nameserver 203.0.113.53"
	serve 203.0.113.53#53 2001:db8:53::53#7007 ::1#7007
	for i in 1 2 3 4 5; do
	as wx-run -n open -- sh -c "ip -6 -o addr show scope global | grep -c tentative; ./net-ask tcp 2001:db8:53::53 7007; ./net-ask udp 2001:db8:53::53 7007;
	    ./net-ask tcp ::1 7007 || ./net-ask tcp 2001:db8:1::2 7007 || echo closed"
	done'
	for i in 1 2 3 4 5; do want="$want 0 open open [Errno 111] Connection refused [Errno 111] Connection refused closed"; done
	[ " $(echo $output)" = "$want" ] || fail "$output $stderr"
}

@test "no /dev/net/tun: an error that names it, and what mends it" {
	for h in $HELPERS; do
		only_helper "$h"
		world 'mkdir /dev/net 2>/dev/null || true
		mount -t tmpfs none /dev/net
		as wx-run -n open -- touch ran'
		[ "$status" -eq 125 ] || fail "$status $stderr"
		[[ $stderr == *"cannot bring up the network with $h: /dev/net/tun"*modprobe*"-n none"* ]] || fail "$stderr"
		[ ! -e ran ]
		PATH=$WX_BUILD:/usr/bin:/bin:/usr/sbin:/sbin
	done
}

# fds PID: what it has open, but 0 to 2, a word each.
fds() {
	find "/proc/$1/fd" -type l ! -name '[012]' -printf '%f=%l\n' 2>/dev/null | sed 's/:\[.*//; s/\[.*//' | sort | xargs
}

@test "while a run waits: each process of it has the descriptors that it needs" {
	git -c safe.directory='*' init -q
	chown -R "$WX_USER:" .
	exec 7</etc/passwd
	setpriv --reuid "$(id -u "$WX_USER")" --regid "$(id -g "$WX_USER")" --clear-groups \
	    env XDG_STATE_HOME="$STATE" wx-run -n open -- sh -c 'echo >go; exec sleep 100' "$MARK" 3>&- &
	run=$!
	exec 7<&-
	until_true test -e go
	bwrap=$(pgrep -P "$run" bwrap)
	helper=$(pgrep -P "$run" -f "^pasta")
	init=$(pgrep -P "$bwrap")
	command=$(pgrep -P "$init")
	[[ "$(fds "$bwrap")" == *"anon_inode"* && "$(fds "$bwrap")" != *socket* && "$(fds "$bwrap")" != *memfd* ]] || fail "bwrap: $(fds "$bwrap")"
	# Two sockets to wx-run: what it says, and what it is told.
	[ "$(fds "$init" | sed 's/[0-9]*=//g')" = "socket socket anon_inode" ] || fail "init: $(fds "$init")"
	[ -z "$(fds "$command")" ] || fail "command: $(fds "$command")"
	[[ "$(fds "$helper")" != *passwd* ]]
	kill -TERM "$run"
	wait "$run" || [ $? -eq 143 ]
	none_left
}
