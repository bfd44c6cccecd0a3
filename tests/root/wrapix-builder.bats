# SPDX-License-Identifier: MIT
# As root, which sudo would make one, for the suite's user: whose files are read as that user.
# No container: keys, port and known_hosts as wx-builder leaves them.
load ../lib/helper

local_setup() {
	export SUDO_USER=$WX_USER
	home=$(getent passwd "$WX_USER" | cut -d : -f 6)
	keys=$home/.local/share/wrapix/builder-keys/default
	rm -rf "$home/.local"
	# What can be reached by that user, as the folders of tests cannot.
	setpriv --reuid "$WX_USER" --regid "$WX_USER" --clear-groups env HOME="$home" sh -euc '
	    umask 077
	    for k in nix shell host; do wx-keygen -o "$1/$k" >/dev/null; done
	    echo 2299 >"$1/port"
	    sed "s/^/wrapix-builder /; s/ [^ ]*@.*//" "$1/host.pub" >"$1/known_hosts"
	    mkdir "$1/server"' sh "$keys"
	mkdir -p root/etc/ssh/ssh_config.d root/etc/nix
	echo 'Include /etc/ssh/ssh_config.d/*.conf' >root/etc/ssh/ssh_config
}

teardown() {
	rm -rf "$home/.local"
}

@test "setup through sudo: the user's builder, files of root's that all may read" {
	umask 077
	wrapix-builder setup -R root
	grep -q "IdentityFile \"$keys/nix\"\$" root/etc/ssh/ssh_config.d/100-wrapix-builder.conf
	grep -q "^ssh-ng://builder@wrapix-builder [^ ]* $keys/nix " root/etc/nix/machines
	[ "$(stat -c '%U %a' root/etc/nix/machines root/etc/ssh/*.known_hosts root/etc/ssh/ssh_config.d/* | sort -u)" = "root 644" ]
	# The private key is where it was, and is nobody else's.
	[ "$(stat -c '%U %a' "$keys/nix")" = "$WX_USER 600" ]
	wrapix-builder setup -uR root
	[ "$(find root -type f)" = root/etc/ssh/ssh_config ]
}

@test "setup in the real place, which here is a mount of the test's" {
	mount --bind root/etc/ssh /etc/ssh
	mkdir -p /etc/nix
	mount --bind root/etc/nix /etc/nix
	rc=0
	wrapix-builder setup || rc=$?
	ssh -G wrapix-builder >effective || rc=$?
	ls -A root/etc/nix root/etc/ssh/ssh_config.d >there
	wrapix-builder setup -u || rc=$?
	umount /etc/nix /etc/ssh
	[ "$rc" -eq 0 ]
	grep -qx 'port 2299' effective
	grep -qx "identityfile $keys/nix" effective
	grep -qx machines there
	[ "$(find root -type f)" = root/etc/ssh/ssh_config ]
}

@test "root does not read for the user what the user may not" {
	echo "wrapix-builder ssh-ed25519 $(printf 'A%.0s' $(seq 68))" >secret
	chmod 600 secret
	for f in known_hosts port; do
		cp -p "$keys/$f" saved
		ln -sf "$PWD/secret" "$keys/$f"
		run -1 wrapix-builder setup -R root
		[[ $output == *"Permission denied"* || $output == *"never started"* ]] || fail "$output"
		[ "$(find root -type f)" = root/etc/ssh/ssh_config ]
		mv -f saved "$keys/$f"
	done
}

@test "setup -R of root's goes into no folder that another can change; who could was tried" {
	for d in root root/etc root/etc/ssh root/etc/ssh/ssh_config.d root/etc/nix; do
		chown "$WX_USER" "$d"
		run -1 wrapix-builder setup -R root
		[[ $output == *"others than root can change it"* ]] || fail "$d: $output"
		chown root "$d"
		chmod o+w "$d"
		run -1 wrapix-builder setup -R root
		[[ $output == *"others than root can change it"* ]] || fail "$d: $output"
		chmod o-w "$d"
	done
	[ "$(find root -type f)" = root/etc/ssh/ssh_config ]
}

@test "setup, rotate: another user neither reads the key nor comes between" {
	wrapix-builder setup -R root
	run setpriv --reuid nobody --regid nogroup --clear-groups cat "$keys/nix"
	[ "$status" -ne 0 ]
	# ssh of root takes its part of the block; of another user there is no socket to put in the way.
	[ "$(ssh -F root/etc/ssh/ssh_config.d/100-wrapix-builder.conf -G wrapix-builder | grep '^controlpath')" = "controlpath /run/wrapix-builder.mux" ]
	run -0 setpriv --reuid nobody --regid nogroup --clear-groups ssh -F root/etc/ssh/ssh_config.d/100-wrapix-builder.conf -G wrapix-builder
	[[ $output != *"controlpath /"* ]] || fail "$output"
}

@test "setup -u wants no user: who set it up may be gone" {
	wrapix-builder setup -R root
	unset SUDO_USER
	run -0 wrapix-builder setup -u -R root
	[ "$(find root -type f)" = root/etc/ssh/ssh_config ]
}

@test "setup without sudo's user, or with one that is none, is refused" {
	for user in '' root -x 'a b' nobody-such; do
		SUDO_USER=$user run -1 wrapix-builder setup -R root
		[[ $output == *"whose builder?"* || $output == *"refusing the user"* || $output == *"no user"* ]] || fail "$user: $output"
	done
	unset SUDO_USER
	run -1 wrapix-builder setup -R root
	[ "$output" = "wrapix-builder: whose builder? Run it with sudo as the user who started the builder" ]
}
