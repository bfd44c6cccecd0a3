# SPDX-License-Identifier: MIT
# takes: 40 s
load lib/helper
load lib/nix

# wx-run --nix, with a real nix-daemon, which is the suite's user's; /nix is a folder of the file's own.
setup_file() {
	nix_setup_file
	mkdir -p "$BATS_FILE_TMPDIR/nixroot/store"
	echo 'trusted-users = root' >>"$BATS_FILE_TMPDIR/nix/conf/nix.conf"
	daemon_start
}

teardown_file() {
	daemon_stop
	nix_teardown_file
	chmod -R u+w "$BATS_FILE_TMPDIR/nixroot"
}

# daemon_start [NAME=VALUE]: another nix.conf is another daemon.
daemon_start() {
	rm -f "$BATS_FILE_TMPDIR/nixroot/var/nix/daemon-socket/socket"
	at_nix env "$@" nix-daemon >"$BATS_FILE_TMPDIR/daemon.log" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
	echo $! >"$BATS_FILE_TMPDIR/daemon.pid"
	until_true test -S "$BATS_FILE_TMPDIR/nixroot/var/nix/daemon-socket/socket"
}

daemon_stop() {
	kill "$(cat "$BATS_FILE_TMPDIR/daemon.pid")" 2>/dev/null || :
}

local_setup() {
	nix_setup
	git init -q p
}

# in_nix COMMAND...: in a sandbox with the daemon.
in_nix() {
	NIX_REMOTE=daemon at_nix wx-run -C p --nix -n host -t nix -- "$@"
}

# What is built in these tests, as an expression.
simple='derivation { name = "simple"; system = builtins.currentSystem; builder = "/bin/sh"; PATH = "/usr/bin:/bin"; args = [ "-c" "id -u >$out" ]; }'

@test "--nix: nix build inside goes to the daemon; the store is whole, and read-only" {
	run -0 --separate-stderr in_nix sh -c 'nix --extra-experimental-features "nix-command flakes" build --offline --impure --expr "$1" && cat result; readlink result; touch /nix/store/x /nix/var/x 2>&1; ls /nix/var/nix; echo "$NIX_REMOTE"' sh "$simple"
	[ "${lines[0]}" = "$(id -u)" ] || fail "$output; $stderr"
	[[ ${lines[1]} == /nix/store/*-simple ]]
	[ "$(grep -c 'Read-only file system' <<<"$output")" -eq 2 ] || fail "$output"
	[[ $output == *'daemon-socket'* && $output != *$'\ndb'* && $output == *$'\ndaemon'* ]] || fail "$output"
	# It is there outside too, by the link in the project.
	[ "$(readlink p/result)" = "${lines[1]}" ]
	[ "$(at_nix cat "$(readlink p/result)")" = "$(id -u)" ]
	# A profile that shows a part of the store shows all of it with --nix.
	at_nix nix-build --no-out-link -E "$(words_of 'pkgs.closureInfo { rootPaths = [ pkgs.strace ]; }')" >list 2>said || fail "$(cat said)"
	printf '{"network": "host", "store_paths": "%s/store-paths"}' "$(cat list)" >prof
	run ! at_nix wx-run -C p -p prof -- cat "$(readlink p/result)"
	run -0 --separate-stderr at_nix wx-run -C p -p prof --nix -- cat "$(readlink p/result)"
	[ "$output" = "$(id -u)" ]
}

@test "--nix: nix develop and nix-shell inside, on a flake in the project" {
	cat >p/flake.nix <<-'E'
	{ outputs = { self }: { devShells.x86_64-linux.default = derivation { name = "shell"; system = "x86_64-linux"; builder = "/bin/bash"; PATH = "/usr/bin:/bin"; GREETING = "hello"; outputs = [ "out" ]; args = [ "-c" "echo >$out" ]; }; }; }
	E
	git -C p add flake.nix
	[ "$(uname -m)" = x86_64 ] || skip "the flake is for x86_64"
	run --separate-stderr in_nix sh -c 'nix --extra-experimental-features "nix-command flakes" develop --offline path:$PWD -c sh -c "echo \$GREETING \$name"'
	[[ $output == *"hello shell" ]] || fail "$output $stderr"
	run -0 --separate-stderr in_nix sh -c 'nix-build --no-out-link -E "$1"' sh "$simple"
	[[ $output == /nix/store/*-simple ]]
}

@test "--nix: it is the daemon that says no to who is inside" {
	# Not the owner's words: what only a trusted user may.
	run in_nix nix-store --verify --repair
	[[ $status -ne 0 && $output == *'not privileged to repair'* ]] || fail "$output"
	run in_nix nix-store --repair-path /nix/store/00000000000000000000000000000000-x
	[ "$status" -ne 0 ]
}

@test "--nix: refused for who is trusted, by name, by a group, as all; by networks and engines" {
	daemon_stop
	for t in "root $(id -un)" "@$(id -gn)" '*'; do
		daemon_start NIX_CONFIG="trusted-users = $t"
		run -125 in_nix true
		[[ $output == "wx-run: refusing --nix: the Nix daemon trusts this user"* ]] || fail "$t: $output $(cat "$BATS_FILE_TMPDIR/daemon.log")"
		daemon_stop
	done
	daemon_start NIX_CONFIG='allowed-users = root'
	run -125 in_nix true
	[[ $output == *"does not say whether it trusts this user; is he among the allowed-users"* ]] || fail "$output"
	daemon_stop
	daemon_start
	for n in none listed; do
		run -125 at_nix wx-run -C p --nix -n "$n" -- true
		[[ $output == "wx-run: network '$n' would not hold with the Nix daemon"* ]] || fail "$output"
	done
	run -125 at_nix wx-run -C p --nix -e podman -i localhost/nosuch -n host -- true
	[[ $output == *"engine 'podman' shows nothing of this machine's Nix store"* ]] || fail "$output"
	run -125 wx-run -C p --nix -n host -- true
	[[ $output == "wx-run: no Nix daemon (--nix): '/nix/var/nix/daemon-socket/socket' is no socket" ]] || [ -S /nix/var/nix/daemon-socket/socket ] || fail "$output"
}

# fake MINOR TRUST: a daemon of that protocol, at ./sock, which says TRUST; words alone, for newer ones than ours.
fake() {
	python3 - "$@" >ready 3>&- <<-'E' &
	import os, socket, struct, sys
	minor, trust = int(sys.argv[1]), sys.argv[2]
	n = lambda *v: b"".join(struct.pack("<Q", x) for x in v)
	s = socket.socket(socket.AF_UNIX)
	s.bind("sock")
	s.listen()
	print(flush=True)
	c, _ = s.accept()
	got = lambda k: c.recv(8 * k, socket.MSG_WAITALL)
	assert got(1) == n(0x6e697863)
	if trust == "garbage": c.sendall(os.urandom(64)); sys.exit()
	if trust == "silent": got(1000); sys.exit()
	c.sendall(n(0x6478696f, 1 << 8 | minor))
	got(3)
	if minor >= 33: c.sendall(n(6) + b"2.34.0\0\0")
	if minor >= 35: c.sendall(n(int(trust)))
	c.sendall(n(0x616c7473))
	if minor < 35:
	    got(3)
	    if trust == "1": c.sendall(n(0x616c7473))
	    if trust == "2": c.sendall(n(0x63787470) + b"repairing is not allowed because you are not in 'trusted-users'")
	    if trust == "0": c.sendall(n(0x63787470) + b"out of memory")
	E
	until_true test -s ready
}

@test "--nix: what a daemon says of its trust, of old protocols and new ones; of one that does not say it is refused" {
	for m in 21 32 33 34 35 38 200; do
		for t in 0:'does not say' 1:'trusts this user' 2:; do
			rm -f sock ready
			fake "$m" "${t%%:*}"
			run env NIX_DAEMON_SOCKET_PATH="$PWD/sock" wx-run -C p --nix -n host -- true
			if [ -n "${t#*:}" ]; then
				[[ $status -eq 125 && $output == *"${t#*:}"* ]] || fail "$m, $t: $output"
			else
				[ "$status" -eq 0 ] || fail "$m, $t: $output"
			fi
		done
	done
	rm -f sock ready
	fake 35 garbage
	run -125 env NIX_DAEMON_SOCKET_PATH="$PWD/sock" wx-run -C p --nix -n host -- true
	[[ $output == *"does not say"* ]] || fail "$output"
}
