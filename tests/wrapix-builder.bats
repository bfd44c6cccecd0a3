# SPDX-License-Identifier: MIT
# sanitizers: no, of a script
# takes: 60 s
# Against a real podman, with the image of the suite, the real sshd in it, and a real Nix
# outside: one builder for the file. What is written below /etc goes below a folder of the test.
load lib/helper
load lib/run
load lib/podman

setup_file() {
	export HOME=$BATS_FILE_TMPDIR PATH="$WX_BUILD:$WX_TREE/scripts:$PATH:/usr/sbin"
	unset XDG_DATA_HOME
	podman_setup_file
	[ -n "$WX_BUILDER_IMAGE" ] || touch "$BATS_FILE_TMPDIR/podman/cannot"
	[ ! -e "$BATS_FILE_TMPDIR/podman/cannot" ] || { echo "# no builder can run here: its tests are skipped" >&3; return 0; }
	export HOME=$BATS_FILE_TMPDIR/podman/home
	wrapix-builder image -i "$WX_BUILDER_IMAGE" 3>&- 4>&-
	echo $((20000 + RANDOM % 20000)) >"$BATS_FILE_TMPDIR/port"
	wrapix-builder start -p "$(cat "$BATS_FILE_TMPDIR/port")" 3>&- 4>&-
	# There is no network to ask caches in.
	echo 'substituters =' >"$HOME/.local/share/wrapix/builder-keys/default/server/nix.conf"
	chmod 600 "$HOME/.local/share/wrapix/builder-keys/default/server/nix.conf"
}

teardown() {
	[ -z "${build-}" ] || kill "$build" 2>/dev/null || :
	[ -z "${agent-}" ] || kill "$agent" 2>/dev/null || :
}

teardown_file() {
	if [ ! -e "$BATS_FILE_TMPDIR/podman/cannot" ]; then
		export HOME=$BATS_FILE_TMPDIR/podman/home XDG_RUNTIME_DIR
		XDG_RUNTIME_DIR=$(cat "$BATS_FILE_TMPDIR/podman/runtime")
		PATH=$WX_BUILD:$WX_TREE/scripts:$PATH wrapix-builder stop || :
		chmod -R u+w "$HOME/.local/share/wrapix" || :
	fi
	podman_teardown_file
}

local_setup() {
	podman_setup
	keys=$HOME/.local/share/wrapix/builder-keys/default
	store=$HOME/.local/share/wrapix/builder-nix/default
	port=$(cat "$BATS_FILE_TMPDIR/port")
	MARK=wx-builder
}

# Not bats's descriptors, which what it leaves would hold open.
wrapix-builder() {
	command wrapix-builder "$@" 3>&- 4>&-
}

# as USER KEY [OPTION...] -- [COMMAND]: OpenSSH with this key and no other, to the pinned host
# key. The first of two options wins.
as() {
	local user=$1 key=$2 opts=()
	shift 2
	while [ "$1" != -- ]; do
		opts+=("$1")
		shift
	done
	shift
	timeout 60 ssh -F /dev/null "${opts[@]}" -i "$key" -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes \
	    -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$keys/known_hosts" -o GlobalKnownHostsFile=/dev/null \
	    -o HostKeyAlias=wrapix-builder -p "$port" -l "$user" 127.0.0.1 "$@" </dev/null
}

# etc: a folder such as / is.
etc() {
	mkdir -p root/etc/ssh/ssh_config.d root/etc/nix
	printf '# as Debian has it\nInclude /etc/ssh/ssh_config.d/*.conf\nHost *\n    SendEnv LANG\n' >root/etc/ssh/ssh_config
	printf 'ssh://other i686-linux /root/key 1 1\n# a word of somebody\n' >root/etc/nix/machines
}

# What there is below root, with modes and contents.
tree_of() {
	find root -printf '%p %M %l\n' -type f -exec sha256sum {} + | sort
}

# client ARG...: nix-build outside, with a store of its own, that builds nothing itself.
client() {
	mkdir -p conf
	echo "substituters =" >conf/nix.conf
	NIX_CONF_DIR=$PWD/conf NIX_STATE_DIR=$PWD/state NIX_LOG_DIR=$PWD/log NIX_SSHOPTS="-F $PWD/ssh.conf" \
	    nix-build --store "$PWD/client" --no-out-link --max-jobs 0 --builders "@$PWD/root/etc/nix/machines" "$@"
}

# What ssh reads after setup, of the test's root: its ssh_config.d, with the path of known_hosts there.
take_conf() {
	sed "s,/etc/ssh/,$PWD/root/etc/ssh/," root/etc/ssh/ssh_config.d/100-wrapix-builder.conf >ssh.conf
}

# --- every day

@test "status, ssh with its status, logs, config, and start again" {
	run -0 wrapix-builder status
	[[ ${lines[0]} == *default* ]] || fail "$output"
	[ "$(grep -c '	ok$' <<<"$output")" = 3 ] || fail "$output"
	run -7 wrapix-builder ssh 'id -un; pwd; exit 7'
	[ "$output" = $'builder\n/home/builder' ] || fail "$output"
	[ "$(echo text | wrapix-builder ssh -- tr a-z A-Z)" = TEXT ]
	# A word of the command's own is not ours.
	[ "$(wrapix-builder ssh -- echo -N x)" = "-N x" ]
	run -0 wrapix-builder logs --tail 20
	[[ $output == *"Accepted publickey for builder"* ]] || fail "$output"
	# What is added to the settings of the Nix in there.
	[ "$(wrapix-builder ssh 'nix show-config | grep ^substituters')" = "substituters = " ]
	run -0 wrapix-builder config -S
	[[ $output == *"Host wrapix-builder"* ]] || fail "$output"
	run -0 wrapix-builder start
	[ -z "$output" ] || fail "$output"
}

@test "status: a key of more than 180 days is overdue, status 1" {
	touch -d '181 days ago' "$keys/shell" "$keys/shell.pub"
	run -1 wrapix-builder status
	touch "$keys/shell" "$keys/shell.pub"
	[ "$(grep -c '	181	overdue$' <<<"$output")" = 1 ] || fail "$output"
	touch -d '179 days ago' "$keys/shell" "$keys/shell.pub"
	run -0 wrapix-builder status -j
	touch "$keys/shell" "$keys/shell.pub"
	[ "$(jq -r 'select(.age_days == 179).state' <<<"$output")" = ok ] || fail "$output"
}

@test "gc: what nothing holds goes, what is held stays" {
	dead=$(echo dead >x; wrapix-builder ssh 'cat >/tmp/dead; nix-store --add /tmp/dead' <x)
	held=$(wrapix-builder ssh 'echo held >/tmp/held; p=$(nix-store --add /tmp/held); ln -s "$p" /nix/var/nix/gcroots/held; echo "$p"')
	[ -e "$store/store/${dead##*/}" ] && [ -e "$store/store/${held##*/}" ] || fail "$dead $held"
	run -0 wrapix-builder gc
	[ ! -e "$store/store/${dead##*/}" ] || fail "$output"
	[ -e "$store/store/${held##*/}" ] || fail "$output"
	wrapix-builder ssh rm /nix/var/nix/gcroots/held
}

@test "gc --delete-older-than: what came into the store since then stays, whatever holds it" {
	new=$(wrapix-builder ssh 'echo new >/tmp/new; nix-store --add /tmp/new')
	run -0 wrapix-builder gc --delete-older-than 1d
	[ -e "$store/store/${new##*/}" ] || fail "$output"
	[ -z "$(ls "$store/var/nix/gcroots" | grep held)" ]
	run -0 wrapix-builder gc --delete-older-than 0d
	[ ! -e "$store/store/${new##*/}" ] || fail "$output"
	run -2 wrapix-builder gc --delete-older-than 'x; touch /tmp/x'
}

@test "gc on a disk that is full" {
	# A container of the same image, whose store is small.
	in_small() {
		podman run --rm --cgroups=disabled --userns=keep-id:uid=1000,gid=1000 --user=1000:1000 --cap-drop=all --network=none --read-only \
		    --tmpfs=/tmp:rw,exec,mode=1777 --tmpfs=/home/builder:rw,mode=0700,U --tmpfs=/nix:rw,exec,mode=0755,U,size=48m -i \
		    --entrypoint=sh localhost/wrapix-builder:latest -c "$1"
	}
	# What the script has done there.
	printf '#!/bin/sh\nshift 4\nfor w; do printf "%%s\\0" "$w"; done >%s/words\n' "$PWD" >wx-builder
	chmod 755 wx-builder
	PATH=$PWD:$PATH wrapix-builder gc
	[ "$(tr '\0' '|' <words)" = "sh|-c|: >/nix/var/nix/db/reserved; exec nix-collect-garbage --option gc-reserved-space 0 \"\$@\"|sh|" ] || fail "$(tr '\0' '|' <words)"
	full='mkdir -p /nix/store /nix/var/nix; export NIX_CONFIG="substituters ="; echo x >/tmp/x; nix-store --add /tmp/x
	    dd if=/dev/zero of=/nix/store/none bs=1M; dd if=/dev/zero of=/nix/fill bs=1k; '
	run ! in_small "$full nix-collect-garbage"
	run -0 in_small "$full $(tr '\0' '\n' <words | sed -n 3p)"
	[[ $output == *"store paths deleted"* ]] || fail "$output"
}

@test "image: an archive under our name, also one that is compressed; not one without the label" {
	was=$(podman image inspect -f '{{.Id}}' localhost/wrapix-builder:latest)
	podman save -q "$IMAGE" | gzip -1 >other.tar.gz
	run -1 wrapix-builder image -i other.tar.gz
	[ "$output" = "wx-builder: refusing '$PWD/other.tar.gz': it is no image of a builder (no label wrapix.builder=1)" ] || fail "$output"
	[ "$(podman image inspect -f '{{.Id}}' localhost/wrapix-builder:latest)" = "$was" ]
	tar -C "$BATS_FILE_TMPDIR/podman/root" -c bin/busybox | podman import -q -c 'LABEL wrapix.builder=1' - localhost/nix-made:7
	podman save -q localhost/nix-made:7 | gzip -1 >nix.tar.gz
	run -0 wrapix-builder image --image=nix.tar.gz
	[ -z "$output" ] || fail "$output"
	[ "$(podman image inspect -f '{{.Id}}' localhost/wrapix-builder:latest)" = "$(podman image inspect -f '{{.Id}}' localhost/nix-made:7)" ]
	podman tag "$was" localhost/wrapix-builder:latest
	echo text >text
	run -1 wrapix-builder image -i text
	[[ $output == *"wx-builder: cannot load '$PWD/text': podman: "* ]] || fail "$output"
	run -1 wrapix-builder image -i nosuch
	[ "$(ls -A "${TMPDIR:-/tmp}" | grep -c '^wrapix-builder\.' || :)" = 0 ]
}

@test "image: made here and loaded, from packages" {
	mkdir bin debs
	# Of the packages that the suite has: there is no network, and not all are wanted here.
	ln -s "${WX_BUILDER_IMAGE%/*}"/debs/{nix-bin,ca-certificates,bash}_* debs
	printf '#!/bin/sh\nexec "%s" -d "%s" "$@"\n' "$(command -v wrapix-builder-image)" "$PWD/debs" >bin/wrapix-builder-image
	chmod +x bin/wrapix-builder-image
	was=$(podman image inspect -f '{{.Id}}' localhost/wrapix-builder:latest)
	PATH=$PWD/bin:$PATH run -0 wrapix-builder image
	[ -z "$output" ] || fail "$output"
	made=$(podman image inspect -f '{{.Id}} {{index .Labels "wrapix.builder.nix"}}' localhost/wrapix-builder:latest)
	podman tag "$was" localhost/wrapix-builder:latest
	[ "${made% *}" != "$was" ] && [[ ${made#* } == 2.* ]] || fail "$made"
	# Or into a file, and nowhere else.
	PATH=$PWD/bin:$PATH run -0 wrapix-builder image -o made.tar
	[ "$(tar -xOf made.tar ./index.json | jq -r '.manifests[0].annotations["io.containerd.image.name"]')" = localhost/wrapix-builder:latest ]
	[ "$(podman image inspect -f '{{.Id}}' localhost/wrapix-builder:latest)" = "$was" ]
}

# --- who gets in, and what he gets

@test "only builder gets in, only with a key of ours, only to the pinned host key" {
	[ "$(as builder "$keys/shell" -- echo in)" = in ]
	for user in root nobody sshd "$(id -un)" Builder; do
		run -255 as "$user" "$keys/shell" -- echo in
		[[ $output == *"Permission denied (publickey)"* ]] || fail "$user: $output"
	done
	wx-keygen -o "$PWD/k/other" >/dev/null
	run -255 as builder k/other -- echo in
	# Only keys are offered at all.
	for way in password keyboard-interactive hostbased gssapi-with-mic none; do
		run -255 as builder "$keys/shell" -o BatchMode=no -o NumberOfPasswordPrompts=1 -o PreferredAuthentications="$way" -- echo in
		[[ $output == *"Permission denied (publickey)"* ]] || fail "$way: $output"
	done
	# An account's own file of keys is not obeyed.
	wrapix-builder ssh 'mkdir -m 700 ~/.ssh; umask 077; cat >~/.ssh/authorized_keys' <k/other.pub
	run -255 as builder k/other -- echo in
	sed "s/AAAA.*/$(cut -d ' ' -f 2 k/other.pub)/" "$keys/known_hosts" | sed 's,$, ,' >wrong
	run -255 as builder "$keys/shell" -o UserKnownHostsFile="$PWD/wrong" -- echo in
	[[ $output == *"Host key verification failed"* ]] || fail "$output"
}

@test "Nix' key gives Nix, and no shell, terminal or other command" {
	run as builder "$keys/nix" -- 'id; echo pwned >/tmp/pwned'
	[[ $output != *uid=* ]] || fail "$output"
	run as builder "$keys/nix" --
	[[ $output != *uid=* && $output != *'$'* ]] || fail "$output"
	run as builder "$keys/nix" -tt -- tty
	[[ $output != */dev/pts* ]] || fail "$output"
	run -255 as builder "$keys/nix" -s -- sftp
	wrapix-builder ssh test ! -e /tmp/pwned
}

# What a login with key $1 must not get, the shell's or another.
nothing_more() {
	run as builder "$1" -o ExitOnForwardFailure=yes -N -R 127.0.0.1:0:127.0.0.1:22 --
	[ "$status" -eq 255 ] || fail "$1 -R: $status $output"
	run as builder "$1" -o ExitOnForwardFailure=yes -N -R /tmp/sock:127.0.0.1:22 --
	[ "$status" -eq 255 ] || fail "$1 -R socket: $status $output"
	# -W is answered by the server, for what -L and -D would ask.
	run as builder "$1" -W 127.0.0.1:2222 --
	[[ $status -eq 255 && $output == *"administratively prohibited"* ]] || fail "$1 -W: $status $output"
	run as builder "$1" -w 0:0 -o ExitOnForwardFailure=yes -- true
	[ "$status" -ne 0 ] || fail "$1 -w: $output"
	run -255 as builder "$1" -s -- sftp
}

nothing_more_of_a_shell() {
	run -0 as builder "$1" -A -o IdentityAgent="$SSH_AUTH_SOCK" -- 'echo "agent:$SSH_AUTH_SOCK"'
	[ "$output" = agent: ] || fail "$output"
	run -0 as builder "$1" -o SetEnv='FOO=bar LD_PRELOAD=/tmp/x' -- env
	[[ $output != *FOO=* && $output != *LD_PRELOAD* ]] || fail "$output"
	run -0 as builder "$1" -- 'echo "[$FOO]"'
	[ "$output" = "[]" ] || fail "$output"
}

@test "no forwarding of any kind, no environment, no rc file: by the keys' lines, and by the server" {
	eval "$(ssh-agent -a "$BATS_TEST_TMPDIR/s")" >/dev/null
	agent=$SSH_AGENT_PID
	wrapix-builder ssh 'mkdir -p -m 700 ~/.ssh; echo "echo rc ran" >~/.ssh/rc; echo FOO=bar >~/.ssh/environment'
	nothing_more "$keys/shell"
	nothing_more "$keys/nix"
	nothing_more_of_a_shell "$keys/shell"
	# Lines that restrict nothing: the server's settings are left.
	wx-keygen -o "$PWD/k/free" >>"$keys/server/authorized_keys"
	nothing_more k/free
	nothing_more_of_a_shell k/free
	wx-builder authorize
}

@test "only modern algorithms are offered" {
	for o in KexAlgorithms=diffie-hellman-group14-sha256 KexAlgorithms=ecdh-sha2-nistp256 Ciphers=aes128-ctr Ciphers=aes256-cbc \
	    HostKeyAlgorithms=rsa-sha2-512 HostKeyAlgorithms=ecdsa-sha2-nistp256; do
		run -255 as builder "$keys/shell" -o "$o" -- true
		[[ $output == *"no matching"* ]] || fail "$o: $output"
	done
	for c in chacha20-poly1305@openssh.com aes256-gcm@openssh.com; do
		as builder "$keys/shell" -o Ciphers=$c -- true
	done
}

@test "in the container: no private key of a client, nothing to gain, nothing that others may read" {
	wrapix-builder ssh cat /proc/self/mountinfo >mounts
	[ "$(awk '$5 == "/etc/wrapix" { print substr($6, 1, 2) }' mounts)" = ro ]
	[ "$(awk '$5 == "/" { print substr($6, 1, 2) }' mounts)" = ro ]
	for k in nix shell; do
		# The middle of the key's text, wherever it may be.
		part=$(sed 1d "$keys/$k" | tr -d '\n' | cut -c 220-270)
		[ ${#part} -gt 30 ]
		run -1 wrapix-builder ssh "grep -rlF -e '$part' /etc /home /nix /run /tmp /var /opt /srv /root 2>/dev/null | grep ."
		[ -z "$output" ] || fail "$output"
	done
	run -0 wrapix-builder ssh 'ls -A /etc/wrapix; id -u; id -G; grep -h -e ^CapEff -e ^CapBnd -e ^NoNewPrivs /proc/self/status; find / -xdev -perm /6000 2>/dev/null'
	[ "$output" = "$(printf 'authorized_keys\nnix.conf\nssh_host_ed25519_key\n1000\n1000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1')" ] || fail "$output"
	# On this machine: public halves only, and these in a folder that is closed.
	[ -z "$(find "$keys" -perm /077 ! -name '*.pub')" ] || fail "$(find "$keys" -perm /077 ! -name '*.pub')"
	[ -z "$(find "${store%/*}" -maxdepth 1 -perm /077)" ] || fail "$(ls -la "${store%/*}")"
	[ "$(stat -c %a "$keys" "$keys/server" "$store" | sort -u)" = 700 ]
}

@test "the port answers on 127.0.0.1 and nowhere else" {
	[ "$(ss -Hltn "sport = :$port" | awk '{ print $4 }')" = "127.0.0.1:$port" ] || fail "$(ss -ltn)"
}

# --- rotation

@test "rotate, while a build runs: it finishes, the old keys are refused, the new ones work" {
	etc
	wrapix-builder setup -R root
	take_conf
	cp -p "$keys/nix" old-nix
	cp -p "$keys/shell" old-shell
	cat >slow.nix <<-'E'
	derivation { name = "slow"; system = builtins.currentSystem; builder = "/bin/sh";
	  args = [ "-c" "PATH=/usr/bin; echo $(id -u) $(cat /proc/sys/kernel/hostname) >$out; touch /tmp/started; until [ -e /tmp/go ]; do sleep 0.1; done" ]; }
	E
	client slow.nix >out 2>err 3>&- 4>&- &
	build=$!
	until_true wrapix-builder ssh test -e /tmp/started
	run wrapix-builder rotate
	[ "$status" -eq 0 ] || fail "$status $output"
	[ -z "$output" ] || fail "$output"
	kill -0 "$build"
	for k in nix shell; do
		[ ! -e "$keys/$k.next" ] && [ ! -e "$keys/$k.old.pub" ] || fail "$(ls "$keys")"
		run ! cmp -s "$keys/$k" "old-$k"
		run -255 as builder "old-$k" -- true
		[[ $output == *"Permission denied (publickey)"* ]] || fail "$output"
	done
	wrapix-builder ssh touch /tmp/go
	wait "$build" || fail "$(cat err)"
	[ "$(cat "client$(cat out)")" = "1000 wrapix-builder" ] || fail "$(cat out err)"
	# Nix goes on with the new one, and nothing in the system had to be changed.
	echo '"again"' | sed 's/.*/derivation { name = "again"; system = builtins.currentSystem; builder = "\/bin\/sh"; args = [ "-c" "echo again >$out" ]; }/' >again.nix
	out=$(client again.nix 2>err) || fail "$(cat err)"
	[ "$(cat "client$out")" = again ]
	run -0 wrapix-builder status
}

@test "rotate: new keys that do not work leave the old ones in use; the next call goes on with them" {
	mkdir bin
	printf '#!/bin/sh\nexit 255\n' >bin/ssh
	chmod +x bin/ssh
	PATH=$PWD/bin:$PATH run -3 wrapix-builder rotate
	[[ ${lines[-1]} == "wrapix-builder: the new key '$keys/nix.next' does not work: "*"; the old ones are in use; call again to go on" ]] || fail "$output"
	[ "$(as builder "$keys/shell" -- echo in)" = in ]
	cp "$keys/nix.next" "$keys/shell.next" .
	run wrapix-builder rotate
	[ "$status" -eq 0 ] || fail "$status $output"
	cmp "$keys/nix" nix.next
	cmp "$keys/shell" shell.next
	[ "$(wrapix-builder ssh echo in)" = in ]
}

@test "rotate: one at a time; who was killed keeps nobody out" {
	mkdir bin
	printf '#!/bin/sh\n: >in\nfor _ in $(seq 2400); do [ -e go ] || sleep 0.05; done\nexec /usr/bin/ssh "$@"\n' >bin/ssh
	chmod +x bin/ssh
	PATH=$PWD/bin:$PATH wrapix-builder rotate 3>&- 4>&- &
	first=$!
	until_true test -e in
	for o in '' -H; do
		run -3 timeout 100 wrapix-builder rotate $o
		[[ $output == "wrapix-builder: another rotation of builder 'default' is at work (pid "*"); try again" ]] || fail "$output"
	done
	[ ! -e "$keys/host.next" ]
	touch go
	wait "$first"
	[ ! -L "$keys/rotation" ]
	sleep 0 &
	wait $!
	ln -s $! "$keys/rotation"
	run -0 wrapix-builder rotate
	[ ! -L "$keys/rotation" ]
	[ "$(wrapix-builder ssh echo in)" = in ]
}

@test "rotate -n says what it would do, and does nothing" {
	before=$(find "$keys" -type f -exec sha256sum {} + | sort)
	run -0 wrapix-builder rotate -n
	[ "${#lines[@]}" = 8 ] || fail "$output"
	[ "${lines[0]}" = "would make $keys/nix.next, if it is not there" ]
	[ "${lines[7]}" = "would have the builder admit the new keys only" ]
	run -0 wrapix-builder rotate -nH
	[ "$before" = "$(find "$keys" -type f -exec sha256sum {} + | sort)" ]
}

@test "rotate -H: announced first, then served; restart waits for the system to know it" {
	etc
	wrapix-builder setup -R root
	old=$(cut -d ' ' -f 2 "$keys/host.pub")
	run -0 wrapix-builder rotate --host-key
	[[ $output == *"the new host key is used after: "*"wrapix-builder restart" ]] || fail "$output"
	new=$(cut -d ' ' -f 2 "$keys/host.next.pub")
	[ "$(cut -d ' ' -f 3 "$keys/known_hosts" | xargs)" = "$old $new" ]
	# It serves the old one still, and ours take it.
	[ "$(wrapix-builder ssh echo in)" = in ]
	run -0 wrapix-builder restart -R "$PWD/root" -p "$port"
	[[ $output == *"keeping the old host key: '$PWD/root/etc/ssh/wrapix-builder.known_hosts' does not have the new one"* ]] || fail "$output"
	[ "$(cut -d ' ' -f 2 "$keys/host.pub")" = "$old" ]
	# Once more, and then the restart.
	wrapix-builder setup -R root
	[ "$(grep -c '^wrapix-builder ' root/etc/ssh/wrapix-builder.known_hosts)" = 2 ]
	take_conf
	ssh -F ssh.conf -o BatchMode=yes wrapix-builder </dev/null 2>said >&2 || :
	run ! grep -e denied -e verification said
	run -0 wrapix-builder restart -R "$PWD/root"
	[[ $output == *"has the old host key still; drop it with: sudo wrapix-builder setup" ]] || fail "$output"
	[ "$(cut -d ' ' -f 2 "$keys/host.pub")" = "$new" ]
	[ "$(cat "$keys/known_hosts")" = "wrapix-builder ssh-ed25519 $new" ]
	[ ! -e "$keys/host.next" ] && [ ! -e "$keys/host.old.pub" ] || fail "$(ls "$keys")"
	[ "$(ssh-keyscan -t ed25519 -p "$port" 127.0.0.1 2>/dev/null | grep -v '^#' | cut -d ' ' -f 3)" = "$new" ]
	[ "$(wrapix-builder ssh echo in)" = in ]
	wrapix-builder setup -R root
	[ "$(grep '^wrapix-builder ' root/etc/ssh/wrapix-builder.known_hosts)" = "wrapix-builder ssh-ed25519 $new" ]
	run -0 wrapix-builder status
}

# --- the system

@test "setup writes three things, whole, for everybody to read; again, nothing; -u undoes it all" {
	etc
	before=$(tree_of)
	wrapix-builder setup -R root
	[ "$(stat -c %a root/etc/nix/machines root/etc/ssh/wrapix-builder.known_hosts root/etc/ssh/ssh_config.d/100-wrapix-builder.conf | sort -u)" = 644 ]
	[ "$(sed -n 1,2p root/etc/nix/machines)" = $'ssh://other i686-linux /root/key 1 1\n# a word of somebody' ]
	[ "$(sed -n 4p root/etc/nix/machines)" = "$(wx-builder machine)" ]
	[ "$(wc -l <root/etc/nix/machines)" = 5 ]
	[ "$(tail -n +2 root/etc/ssh/wrapix-builder.known_hosts)" = "$(cat "$keys/known_hosts")" ]
	ssh -F root/etc/ssh/ssh_config.d/100-wrapix-builder.conf -G wrapix-builder >effective
	for line in 'hostname 127.0.0.1' "port $port" 'user builder' 'hostkeyalias wrapix-builder' 'stricthostkeychecking true' \
	    'globalknownhostsfile /etc/ssh/wrapix-builder.known_hosts' 'clearallforwardings yes' 'forwardagent no' 'forwardx11 no' 'gssapiauthentication no' 'controlmaster false' 'userknownhostsfile /dev/null' 'identitiesonly yes' \
	    'identityagent none' 'passwordauthentication no' 'hostkeyalgorithms ssh-ed25519' "identityfile $keys/nix"; do
		grep -qx "$line" effective || fail "$line: $(cat effective)"
	done
	# Of other hosts it says nothing.
	[ "$(ssh -F root/etc/ssh/ssh_config.d/100-wrapix-builder.conf -G example.org)" = "$(ssh -F /dev/null -G example.org)" ]
	after=$(find root -printf '%p %i %T@\n' -type f | sort)
	wrapix-builder setup -R root
	[ "$(find root -printf '%p %i %T@\n' -type f | sort | grep -v '/etc/nix \|/ssh \|ssh_config.d ')" = "$(grep -v '/etc/nix \|/ssh \|ssh_config.d ' <<<"$after")" ]
	wrapix-builder setup -u -R root
	[ "$(tree_of)" = "$before" ] || fail "$(diff <(echo "$before") <(tree_of))"
	run -0 wrapix-builder setup -uR root
	[ "$(tree_of)" = "$before" ]
}

@test "setup: where there was no machines file there is none after -u; setup-ssh leaves Nix alone" {
	etc
	rm root/etc/nix/machines
	before=$(tree_of)
	wrapix-builder setup -R root
	[ "$(wc -l <root/etc/nix/machines)" = 3 ]
	wrapix-builder setup --undo --root=root
	[ "$(tree_of)" = "$before" ]
	wrapix-builder setup-ssh -R root
	[ ! -e root/etc/nix/machines ] && [ -e root/etc/ssh/wrapix-builder.known_hosts ]
	wrapix-builder setup-ssh -uR root
	[ "$(tree_of)" = "$before" ]
}

@test "setup: two builders do not touch each other's lines" {
	etc
	before=$(tree_of)
	mkdir -m 700 -p "$keys/../two"
	cp -p "$keys"/{nix,nix.pub,shell,shell.pub,host,host.pub} "$keys/../two"
	sed 's/^wrapix-builder/&-two/' "$keys/known_hosts" >"$keys/../two/known_hosts"
	echo 2299 >"$keys/../two/port"
	wrapix-builder setup -R root
	one=$(tree_of)
	wrapix-builder setup -N two -R root
	grep -q '^ssh-ng://builder@wrapix-builder-two ' root/etc/nix/machines
	grep -q '^ssh-ng://builder@wrapix-builder ' root/etc/nix/machines
	wrapix-builder setup -N two -uR root
	[ "$(tree_of)" = "$one" ] || fail "$(diff <(echo "$one") <(tree_of))"
	wrapix-builder setup -uR root
	[ "$(tree_of)" = "$before" ]
	rm -r "$keys/../two"
}

@test "setup -n prints what it would write, and writes nothing" {
	etc
	before=$(tree_of)
	run -0 wrapix-builder setup -n -R root
	[ "$(tree_of)" = "$before" ]
	[ "$(sed "s,$port,PORT,; s,$keys,KEYS,; s,ssh-ed25519 AAAA.*,ssh-ed25519 PIN,; s/ssh-ng:.*/MACHINE/" <<<"$output")" = "$(cat "$WX_TREE/tests/golden/wrapix-builder/setup")" ] ||
	    fail "$output"
}

@test "setup refuses files of others, links, a line of others, and an ssh that would not read it; nothing is written" {
	for case in drop-in known link machines-link line block include folder nix; do
		rm -rf root
		etc
		case $case in
		drop-in) echo 'Host wrapix-builder' >root/etc/ssh/ssh_config.d/100-wrapix-builder.conf; want="it was not made by wrapix-builder" ;;
		known) echo x >root/etc/ssh/wrapix-builder.known_hosts; want="it was not made by wrapix-builder" ;;
		link) ln -s /nix/store/x root/etc/ssh/ssh_config.d/100-wrapix-builder.conf; want="it is a symbolic link" ;;
		machines-link) ln -sf /etc/static/nix/machines root/etc/nix/machines; want="wrapix-builder config -O, or -D for nix-darwin" ;;
		line) echo 'ssh-ng://builder@wrapix-builder x86_64-linux' >>root/etc/nix/machines; want="that wrapix-builder did not write" ;;
		block) echo '# wrapix-builder default: begin' >>root/etc/nix/machines; want="has no end" ;;
		include) echo >root/etc/ssh/ssh_config; want="does not include" ;;
		folder) rmdir root/etc/ssh/ssh_config.d; want="does not include" ;;
		nix) rm -r root/etc/nix; want="is Nix installed?" ;;
		esac
		before=$(tree_of)
		run -1 wrapix-builder setup -R root
		[[ $output == *"$want"* ]] || fail "$case: $output"
		[ "$(tree_of)" = "$before" ] || fail "$case: $(diff <(echo "$before") <(tree_of))"
	done
	# Nor are they removed.
	etc
	echo 'Host wrapix-builder' >root/etc/ssh/ssh_config.d/100-wrapix-builder.conf
	run -1 wrapix-builder setup -u -R root
	[ -e root/etc/ssh/ssh_config.d/100-wrapix-builder.conf ]
	# A comment about it is no line.
	rm root/etc/ssh/ssh_config.d/100-wrapix-builder.conf
	echo '#ssh-ng://builder@wrapix-builder x86_64-linux' >>root/etc/nix/machines
	run -0 wrapix-builder setup -R root
}

@test "setup: another user's is not replaced in silence; -n says only what would change; by its path it finds its tools" {
	etc
	wrapix-builder setup -R root
	run -0 wrapix-builder setup -n -R root
	[ -z "$output" ] || fail "$output"
	run -0 env PATH="/usr/bin:/bin:$WX_BUILD" "$WX_TREE/scripts/wrapix-builder" setup -n -R root
	mkdir beside
	cp "$WX_TREE/scripts/wrapix-builder" "$WX_BUILD"/wx-{builder,keygen} beside
	run -0 env PATH=/usr/bin:/bin "$PWD/beside/wrapix-builder" setup -n -R root
	before=$(tree_of)
	sed -i "s,$keys,/home/another," root/etc/ssh/ssh_config.d/100-wrapix-builder.conf
	run -1 wrapix-builder setup -R root
	[[ $output == *"it is for the builder of '/home/another/nix'; take another name with -N, or undo that with: "* ]] || fail "$output"
	sed -i "s,/home/another,$keys," root/etc/ssh/ssh_config.d/100-wrapix-builder.conf
	[ "$(tree_of)" = "$before" ]
}

@test "setup: an Include that comes behind a Host is refused, for what stands before wins" {
	etc
	printf 'Host *\n  StrictHostKeyChecking no\nInclude /etc/ssh/ssh_config.d/*.conf\n' >root/etc/ssh/ssh_config
	run -1 wrapix-builder setup -R root
	[[ $output == *"does not include"* ]] || fail "$output"
}

@test "setup -R follows no link of the folder" {
	for d in etc etc/ssh etc/ssh/ssh_config.d etc/nix; do
		rm -rf root elsewhere
		etc
		mv "root/$d" elsewhere
		ln -s "$PWD/elsewhere" "root/$d"
		before=$(find elsewhere -type f -exec sha256sum {} +)
		run -1 wrapix-builder setup -R root
		[[ $output == *"it is a symbolic link"* ]] || fail "$d: $output"
		[ "$(find elsewhere -type f -exec sha256sum {} +)" = "$before" ]
	done
}

@test "setup believes nothing that has not the form that it should" {
	etc
	before=$(tree_of)
	data=$PWD/data/wrapix/builder-keys
	mkdir -p data/wrapix/builder-keys
	for case in pin alias port comment; do
		rm -rf "$data/default"
		cp -rp "$keys" "$data/default"
		case $case in
		pin) echo '* ssh-ed25519 AAAA' >>"$data/default/known_hosts" ;;
		alias) sed -i 's/^wrapix-builder/github.com/' "$data/default/known_hosts" ;;
		port) printf '2222\n\tProxyCommand touch pwned\n' >"$data/default/port" ;;
		comment) sed -i 's/$/ x\nx/' "$data/default/known_hosts" ;;
		esac
		XDG_DATA_HOME=$PWD/data run -1 wrapix-builder setup -R root
		[ "$(tree_of)" = "$before" ] || fail "$case: $output"
	done
	mkdir 'with blank'
	cp -rp data/wrapix 'with blank'
	XDG_DATA_HOME="$PWD/with blank" run -1 wrapix-builder setup -R root
	[ "$(tree_of)" = "$before" ]
	XDG_DATA_HOME=$PWD/none run -1 wrapix-builder setup -R root
	[[ $output == *"was never started"* ]] || fail "$output"
	# Not root, and no folder: refused before anything is looked at.
	run -1 wrapix-builder setup
	[ "$output" = "wrapix-builder: this writes below /etc: run it with sudo, or look at it with -n" ] || fail "$output"
}

# --- macOS, by its commands as they are documented

# mac BRIDGE INTERFACE: programs that answer as macOS would, with the bridge of vmnet, and
# the interface by which a container is reached. What changes something is noted.
mac() {
	mkdir -p mac
	printf '#!/bin/sh\necho Darwin\n' >mac/uname
	cat >mac/ifconfig <<-E
	#!/bin/sh
	cat <<'X'
	lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384
	$(printf '\t')inet 127.0.0.1 netmask 0xff000000
	$1: flags=8a63<UP,BROADCAST,SMART,RUNNING,ALLMULTI,SIMPLEX,MULTICAST> mtu 1500
	$(printf '\t')inet 192.168.64.1 netmask 0xffffff00 broadcast 192.168.64.255
	X
	E
	cat >mac/route <<-E
	#!/bin/sh
	case \$* in
	"-n get "*) printf '   route to: 192.168.64.2\n  interface: $2\n' ;;
	*) echo route "\$@" >>"$PWD/noted" ;;
	esac
	E
	printf '#!/bin/sh\necho container "$@" >>"%s"\n' "$PWD/noted" >mac/container
	chmod +x mac/*
	PATH=$PWD/mac:$PATH
}

@test "macOS: the route of vmnet, only where it is wrong, and taken back" {
	mac bridge100 utun4
	run -0 wrapix-builder setup-routes -n
	[ "$output" = "would run route -n add -net 192.168.64.0/24 -interface bridge100" ] || fail "$output"
	[ ! -e noted ]
	run -1 wrapix-builder setup-routes
	printf '#!/bin/sh\necho 0\n' >mac/id
	chmod +x mac/id
	run -0 wrapix-builder setup-routes
	[ "$(cat noted)" = "route -n add -net 192.168.64.0/24 -interface bridge100" ]
	rm noted
	mac bridge100 bridge100
	run -0 wrapix-builder setup-routes
	[ ! -e noted ] || fail "$(cat noted)"
	run -0 wrapix-builder setup-routes -u
	[ "$(cat noted)" = "route -n delete -net 192.168.64.0/24" ]
	mac en0 en0
	sed -i 's/64\.1 /65.1 /' mac/ifconfig
	run -3 wrapix-builder setup-routes
	[ "$output" = "wrapix-builder: no interface has the address 192.168.64.1: start the builder, then try again" ]
}

@test "macOS: setup with its route, logs and images by Apple's container" {
	etc
	mac bridge101 utun4
	run -0 wrapix-builder setup -nR root
	[ "${lines[-1]}" = "would run route -n add -net 192.168.64.0/24 -interface bridge101" ] || fail "$output"
	wrapix-builder logs -f
	[ "$(cat noted)" = "container logs -f wrapix-builder" ]
	rm noted
	echo archive >a
	wrapix-builder image -i a
	[ "$(cat noted)" = "container image load -i $PWD/a" ]
}

@test "Linux: there are no routes to set up" {
	run -0 wrapix-builder setup-routes
	[ "$output" = "wrapix-builder: nothing to do: routes are for macOS" ]
}

# --- the command line

@test "wrong usage is 2, and nothing is done" {
	for words in '' 'frobnicate' 'status extra' 'status -R x' 'rotate -x' 'image -i a -o b' 'image -i' 'setup extra' 'setup -N' \
	    'status -N ../x' 'status -N A' 'restart -p 1 -N x' 'restart -p 1 --name=x' 'setup-routes -N x' 'ssh -x' '-h extra'; do
		run -2 wrapix-builder $words
	done
	run -1 wrapix-builder rotate -N never
	[ "$output" = "wrapix-builder: builder 'never' was never started" ]
	[ ! -e "$keys/../never" ]
}
