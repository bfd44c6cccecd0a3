# SPDX-License-Identifier: MIT
# takes: 40 s
# sanitizers: no, of a script
# The image of the suite (tests/lib/get-builder-image), read without a container; what it does
# in one is in wrapix-builder.bats.
load lib/helper

setup_file() {
	[ -n "$WX_BUILDER_IMAGE" ] || { echo "# no image of the builder: its tests are skipped" >&3; return 0; }
	mkdir "$BATS_FILE_TMPDIR/oci" "$BATS_FILE_TMPDIR/root"
	tar -C "$BATS_FILE_TMPDIR/oci" -xf "$WX_BUILDER_IMAGE"
	layer=$(jq -r '.manifests[0].digest' "$BATS_FILE_TMPDIR/oci/index.json")
	layer=$(jq -r '.layers[0].digest' "$BATS_FILE_TMPDIR/oci/blobs/sha256/${layer#*:}")
	ln -s "$BATS_FILE_TMPDIR/oci/blobs/sha256/${layer#*:}" "$BATS_FILE_TMPDIR/layer"
	tar -C "$BATS_FILE_TMPDIR/root" -xf "$BATS_FILE_TMPDIR/layer"
}

local_setup() {
	oci=$BATS_FILE_TMPDIR/oci root=$BATS_FILE_TMPDIR/root debs=${WX_BUILDER_IMAGE%/*}/debs
}

have_image() {
	[ -n "$WX_BUILDER_IMAGE" ] || skip "no image of the builder"
}

@test "two images of the same packages are the same bytes, in less than 60 s, below 200 MB" {
	have_image
	umask 077
	# Of processor, for others may be at work here.
	TIMEFORMAT='%0U + %0S'
	{ time TZ=Asia/Tokyo TMPDIR=$PWD wrapix-builder-image -d "$debs" -o again.tar; } 2>spent || fail "$(cat spent)"
	[ $(($(tail -n 1 spent))) -lt 60 ] || fail "$(cat spent)"
	rm spent
	cmp again.tar "$WX_BUILDER_IMAGE"
	[ "$(stat -c %s again.tar)" -lt 200000000 ]
	# Nothing else is left.
	[ "$(ls -A | xargs)" = "again.tar home" ] || fail "$(ls -A)"
}

@test "it is an OCI archive of one layer, by its digests, with what starts it" {
	have_image
	for f in "$oci"/blobs/sha256/*; do
		[ "$(sha256sum <"$f" | cut -d ' ' -f 1)" = "${f##*/}" ] || fail "$f"
	done
	m=$oci/blobs/sha256/$(jq -r '.manifests[0].digest[7:]' "$oci/index.json")
	[ "$(stat -c %s "$m")" = "$(jq '.manifests[0].size' "$oci/index.json")" ]
	c=$oci/blobs/sha256/$(jq -r '.config.digest[7:]' "$m")
	[ "$(jq -c '.rootfs.diff_ids' "$c")" = "$(jq -c '[.layers[].digest]' "$m")" ]
	[ "$(jq -r '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$oci/index.json")" = localhost/wrapix-builder:latest ]
	[ "$(jq -r '.config.Labels["wrapix.builder"], .config.User' "$c" | xargs)" = "1 1000:1000" ]
	[ "$(jq -r '.config.Entrypoint | join(" ")' "$c")" = "/usr/sbin/sshd -D -e -f /etc/ssh/sshd_config" ]
}

@test "files: all of root's, none that lends or that others may write, no secret, no key" {
	have_image
	[ "$(tar --numeric-owner -tvf "$BATS_FILE_TMPDIR/layer" | awk '{ print $2 }' | sort -u)" = 0/0 ]
	run -1 grep -E '^[^l](..[sS]|.....[sS]|....w|.......w|........[tT])' <(tar -tvf "$BATS_FILE_TMPDIR/layer")
	run ! grep -rlE 'BEGIN [A-Z ]*PRIVATE KEY' "$root/etc" "$root/usr/share" "$root/home"
	[ ! -e "$root/etc/shadow" ]
	[ -z "$(ls -A "$root/nix" "$root/home/builder" "$root/etc/wrapix" | grep -v : || true)" ]
	[ -z "$(cut -d : -f 2 "$root/etc/passwd" | grep -vFx '*')" ]
	grep -q '^nix-bin	' "$root/usr/share/wrapix-builder/packages"
}

@test "every library that a program wants is there" {
	have_image
	for f in "$root"/usr/bin/* "$root"/usr/sbin/* "$root"/usr/lib/*/*.so* "$root"/usr/lib/*/nix/*.so*; do
		[ ! -f "$f" ] || [ -L "$f" ] || readelf -d "$f" 2>/dev/null || :
	done | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u >wanted
	[ "$(wc -l <wanted)" -gt 30 ]
	find "$root/usr/lib" -name '*.so*' -printf '%f\n' | sort -u >there
	[ -z "$(comm -23 wanted there)" ] || fail "$(comm -23 wanted there)"
}

@test "sshd takes its settings, and they are what they should be" {
	have_image
	wx-keygen -C '' -o keys/k >/dev/null
	sed "s,/etc/wrapix/ssh_host_ed25519_key,$PWD/keys/k," "$root/etc/ssh/sshd_config" >config
	/usr/sbin/sshd -T -f config | sort >effective
	for line in 'port 2222' 'authenticationmethods publickey' 'allowusers builder' 'permitrootlogin no' \
	    'passwordauthentication no' 'kbdinteractiveauthentication no' 'hostbasedauthentication no' \
	    'gssapiauthentication no' 'permitemptypasswords no' 'usepam no' 'strictmodes yes' 'disableforwarding yes' \
	    'allowtcpforwarding no' 'allowstreamlocalforwarding no' 'allowagentforwarding no' 'x11forwarding no' \
	    'permittunnel no' 'permituserenvironment no' 'permituserrc no' 'authorizedkeysfile /etc/wrapix/authorized_keys'; do
		grep -qx "$line" effective || fail "not in effect: $line"
	done
	run ! grep -E '^(acceptenv|subsystem|setenv) ' effective
	# OpenSSH has them from 9.8 on: off.
	run ! grep -E '^persourcepenalties ..[^ ]' effective
	run ! grep -E '^(kexalgorithms|ciphers|macs|hostkeyalgorithms|pubkeyacceptedalgorithms) .*(sha1|cbc|ctr|rsa|dss|ecdsa|nistp|group|hmac-sha2-[0-9]*,|umac|3des)' effective
}

@test "what is refused, before anything is written" {
	run -2 wrapix-builder-image -d . -k .
	run -2 wrapix-builder-image -d . -s x
	run -2 wrapix-builder-image extra
	run -1 wrapix-builder-image -s nosuch -o out
	[ "$output" = "wrapix-builder-image: cannot read '$PWD/nosuch'" ]
	run -1 wrapix-builder-image -d nosuch -o out
	mkdir empty
	run -1 wrapix-builder-image -d empty -o out
	[ "$output" = "wrapix-builder-image: no packages in 'empty'" ] || fail "$output"
	run -2 script -qec 'wrapix-builder-image -d empty' /dev/null
	[ ! -e out ] || fail "out is there"
}

@test "a package that is damaged, or there twice: no archive, and the old one stays" {
	have_image
	mkdir d
	ln -s "$debs"/* d
	echo old >out
	deb=$(ls d/bash_*)
	cp --remove-destination "$(readlink "$deb")" "$deb"
	chmod u+w "$deb"
	truncate -s -1000 "$deb"
	run -1 wrapix-builder-image -d d -o out
	[[ ${lines[-1]} == "wrapix-builder-image: cannot "*"'$deb'" ]] || fail "$output"
	ln -sf "$debs/${deb##*/}" "$deb"
	ln -s "$debs/${deb##*/}" d/bash_0_all.deb
	run -1 wrapix-builder-image -d d -o out
	[ "$output" = "wrapix-builder-image: two versions in 'd': bash " ] || fail "$output"
	[ "$(cat out)" = old ]
	[ "$(ls | xargs)" = "d home out" ] || fail "$(ls)"
}

@test "the network is not there: apt's words, status 3, nothing of apt's own folders changes" {
	[ -n "$WX_NETNS" ] || skip "needs a network that leads nowhere"
	cat >sources.list <<-E
	deb [trusted=yes] http://127.0.0.1:9/debian bookworm main
	E
	# The host's settings of how to fetch are obeyed: not to try again, here.
	echo 'Acquire::Retries "0";' >apt.conf
	export APT_CONFIG=$PWD/apt.conf
	before=$(find /var/lib/apt /var/cache/apt /var/lib/dpkg -printf '%p %T@ %s\n' 2>/dev/null | sort)
	run -3 wrapix-builder-image -s sources.list -o out
	[[ $output == *"Could not connect"* ]] || fail "$output"
	[ "${lines[-1]}" = "wrapix-builder-image: cannot fetch the packages: apt-get update failed; see above" ]
	[ ! -e out ]
	[ "$before" = "$(find /var/lib/apt /var/cache/apt /var/lib/dpkg -printf '%p %T@ %s\n' 2>/dev/null | sort)" ]
}

@test "a full disk is an error" {
	have_image
	mkdir few
	ln -s "$debs"/{nix-bin,ca-certificates,bash}_* few
	run -1 bash -c 'wrapix-builder-image -d few >/dev/full'
	[[ ${lines[-1]} == *"cannot write the archive" ]] || fail "$output"
}
