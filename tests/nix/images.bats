# SPDX-License-Identifier: MIT
# sanitizers: no, Nix builds by itself
# The images that Nix builds, in podman. Slow: make nix-check. The store is at /nix, in
# namespaces of bwrap's, so that what is in an image is where it would be.
load ../lib/helper
load ../lib/run
load ../lib/podman
load ../lib/nix

setup_file() {
	podman_setup_file
	nix_setup_file
	mkdir -p "$BATS_FILE_TMPDIR/nixroot"
	local o
	for o in image-base builder-image; do
		at_nix nix build --offline --no-write-lock-file --no-link --override-input nixpkgs "path:$stub" \
		    --json "path:$tree#$o" >"$BATS_FILE_TMPDIR/$o" 2>"$BATS_FILE_TMPDIR/said" || {
			cat "$BATS_FILE_TMPDIR/said" >&2
			return 1
		}
	done
}

# built NAME: where what Nix built lies on this machine.
built() {
	local path
	path=$(jq -r ".[0].outputs.out" "$BATS_FILE_TMPDIR/$1")
	printf '%s\n' "$BATS_FILE_TMPDIR/nixroot/${path#/nix/}"
}

teardown_file() {
	podman_teardown_file
	nix_teardown_file
	chmod -R u+w "$BATS_FILE_TMPDIR/nixroot"
}

local_setup() {
	podman_setup
	nix_setup
	run_setup
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
}

@test "the sandbox's image: wx-run -e podman finds the profile's programs in it" {
	git init -q .
	run wx-run -e podman -i "docker-archive:$(built image-base)" -n none -- \
	    sh -c 'readlink -f /bin/git; git --version; jq -n 1+1; id -u; touch made; cat /etc/nix/nix.conf; env | grep CERT'
	[ "$status" -eq 0 ] || fail "$output"
	[ "${lines[0]}" = /usr/bin/git ]
	[[ ${lines[1]} == "git version "* ]]
	[ "${lines[2]}" = 2 ]
	[ "${lines[3]}" = "$(id -u)" ]
	[ -f made ]
	[[ $output == *"sandbox = false"* ]]
	[[ $output == *"SSL_CERT_FILE=/nix/store/"*"ca-bundle.crt"* ]]
}

# --- the builder's

# builder_start NAME [WORD OF PODMAN'S...]: the container as wx-builder makes it
# (cmd/wx-builder/plan.c), its keys and its store.
builder_start() {
	local name=$1
	shift
	mkdir -p "$w/server" "$w/nix/store" "$w/nix/var/nix"
	if [ ! -f "$w/host" ]; then
		wx-keygen -C host -o "$w/host" >/dev/null
		wx-keygen -C nix -o "$w/nixkey" >/dev/null
		wx-keygen -C shell -o "$w/shell" >/dev/null
		install -m 600 "$w/host" "$w/server/ssh_host_ed25519_key"
		printf 'restrict,command="nix-daemon --stdio" %s\nrestrict,pty %s\n' "$(cat "$w/nixkey.pub")" \
		    "$(cat "$w/shell.pub")" >"$w/server/authorized_keys"
		chmod 600 "$w/server/authorized_keys"
		echo 'substituters =' >"$w/server/nix.conf"
		printf 'wrapix-builder %s\n' "$(cut -d' ' -f1,2 "$w/host.pub")" >"$w/known_hosts"
	fi
	port=$((20000 + RANDOM % 20000))
	podman run --detach --name "$name" --pull=never --userns=keep-id:uid=1000,gid=1000 --user=1000:1000 \
	    --cap-drop=all --security-opt=no-new-privileges --read-only --read-only-tmpfs=false --cgroups=disabled \
	    --http-proxy=false --sdnotify=ignore --stop-timeout=2 \
	    --tmpfs=/run:rw,nosuid,nodev,noexec,size=16m,mode=0755,U --tmpfs=/tmp:rw,exec,nosuid,nodev,mode=1777 \
	    --tmpfs=/home/builder:rw,exec,nosuid,nodev,mode=0700,U --publish "127.0.0.1:$port:2222" \
	    --mount "type=bind,src=$w/server,dst=/etc/wrapix,ro=true" --mount "type=bind,src=$w/nix,dst=/nix,ro=false" "$@" \
	    localhost/wrapix-builder:latest >/dev/null
	cat >"$w/ssh_config" <<-E
	Host wrapix-builder
	  HostName 127.0.0.1
	  Port $port
	  User builder
	  HostKeyAlias wrapix-builder
	  UserKnownHostsFile $w/known_hosts
	  StrictHostKeyChecking yes
	  IdentitiesOnly yes
	  ConnectTimeout 5
	E
	until_true knock
}

far() {
	ssh -F "$w/ssh_config" -i "$w/shell" wrapix-builder "$@"
}

knock() {
	[ "$(podman inspect -f '{{.State.Status}}' "$(podman ps -aq | head -n 1)")" = running ] ||
	    fail "it ended: $(podman logs "$(podman ps -aq | head -n 1)" 2>&1)"
	far true 2>/dev/null
}

# on_builder WORDS: nix build, where nothing is built on this side.
on_builder() {
	NIX_SSHOPTS="-F $w/ssh_config" at_nix timeout 300 nix build --offline --no-link --max-jobs 0 --json \
	    --builders "ssh-ng://builder@wrapix-builder $(uname -m)-linux $w/nixkey 2 1 - - $(cut -d' ' -f1,2 "$w/host.pub" | tr -d '\n' | base64 -w0)" "$@"
}

@test "the builder's image: the keys open it, Nix builds in it, the store stays and is only added to" {
	w=$BATS_TEST_TMPDIR/w
	mkdir -m 700 "$w"
	gzip -dc "$(built builder-image)" | podman load >/dev/null
	[ "$(podman image inspect -f '{{index .Labels "wrapix.builder"}}' localhost/wrapix-builder:latest)" = 1 ]
	builder_start one
	[ "$(far id -u)" = 1000 ]
	far 'cat /etc/nix/nix.conf' | grep -qx 'sandbox = false'
	[ "$(far 'nix-store --verify 2>&1; echo $?' | tail -n 1)" = 0 ]
	# A build in it, by Nix on this side.
	cat >x.nix <<-'E'
	derivation { name = "x"; system = builtins.currentSystem; builder = "/bin/sh"; PATH = "/bin";
	  args = [ "-c" "id -u >$out; cat /etc/nix/nix.conf >>$out" ]; }
	E
	on_builder --impure -f x.nix >out
	path=$(jq -r '.[0].outputs.out' out)
	[ "$(head -n 1 "$BATS_FILE_TMPDIR/nixroot/${path#/nix/}")" = 1000 ]
	[ -e "$w/nix/${path#/nix/}" ] || fail "it was not built there"
	# A shell with Nix's key, a password, forwarding: no.
	[ "$(ssh -F "$w/ssh_config" -i "$w/nixkey" wrapix-builder echo got-in 2>/dev/null </dev/null)" != got-in ]
	run ! ssh -F "$w/ssh_config" -o PubkeyAuthentication=no -o BatchMode=yes wrapix-builder true
	# Again, with the same store: what was built and what was put there is left.
	far 'echo kept >/nix/store/00000000000000000000000000000000-kept'
	before=$(ls "$w/nix/store" | wc -l)
	podman rm -f -t 2 one >/dev/null
	builder_start two
	[ "$(ls "$w/nix/store" | wc -l)" = "$before" ]
	[ "$(far cat "$path" | head -n 1)" = 1000 ]
	# One of the image's own paths is gone, and its mark: it is added, nothing is taken away.
	podman rm -f -t 2 two >/dev/null
	gone=$(find "$w/nix/store" -maxdepth 1 -name '*-jq-*' -o -maxdepth 1 -name '*-xz-*' | head -n 1)
	chmod -R u+w "$gone" && rm -rf "$gone" "$w/nix/var/nix/gcroots/wrapix-builder"
	builder_start three
	[ -e "$gone" ]
	[ "$(ls "$w/nix/store" | wc -l)" = "$before" ]
	podman rm -f -t 2 three >/dev/null
	chmod -R u+w "$w/nix"
}

@test "our builder builds our package" {
	w=$BATS_TEST_TMPDIR/w
	mkdir -m 700 "$w"
	podman image exists localhost/wrapix-builder:latest || gzip -dc "$(built builder-image)" | podman load >/dev/null
	# The stub's stdenv has the compiler of this machine.
	words=()
	for d in /usr/bin /usr/lib /usr/lib64 /usr/include /usr/libexec /usr/share/pkgconfig /etc/alternatives; do
		[ ! -d "$d" ] || words+=(--mount "type=bind,src=$d,dst=$d,ro=true")
	done
	builder_start one "${words[@]}"
	on_builder --no-write-lock-file --override-input nixpkgs "path:$stub" "path:$tree#wrapix" >out 2>said || fail "$(tail -n 20 said)"
	path=$(jq -r '.[0].outputs.out' out)
	grep -q "building '.*wrapix-0.2.0.drv' on 'ssh-ng://builder@wrapix-builder'" said || fail "$(cat said)"
	[ -x "$w/nix/${path#/nix/}/libexec/bin/wx-run" ]
	[ "$("$BATS_FILE_TMPDIR/nixroot/${path#/nix/}/libexec/bin/wx-run" -V | head -n 1)" = "wx-run 0.2.0" ]
	podman rm -f -t 2 one >/dev/null
	chmod -R u+w "$w/nix"
}

# --- last, since it builds our package on this side if it is not here

@test "mkSandbox with engine = podman: its profile runs, in its image" {
	git init -q .
	out=$(at_nix nix-build --no-out-link -E "$(words_of '(mk { inherit pkgs; engine = "podman"; packages = [ pkgs.strace ];
	    env.GREETING = "hello"; network = "none"; memoryMb = 300; })')" 2>"$BATS_FILE_TMPDIR/said") || fail "$(cat "$BATS_FILE_TMPDIR/said")"
	# Here the store is elsewhere.
	at_nix cat "$out/share/wrapix-profile.json" | sed "s|docker-archive:/nix/|docker-archive:$BATS_FILE_TMPDIR/nixroot/|" >../p.json
	at_nix cat "$out/bin/wrapix" | grep -q -- "-p /nix/store/.*-wrapix-base.json"
	run wx-run -p ../p.json -- sh -c 'echo "$GREETING"; command -v strace; ulimit -d'
	[ "$status" -eq 0 ] || fail "$output"
	[ "${lines[0]} ${lines[1]} ${lines[2]}" = "hello /bin/strace $((300 << 10))" ] || fail "$output"
}

@test "mkSandbox with bwrap: the profile runs, and of the store its closure is there" {
	git init -q .
	out=$(at_nix nix-build --no-out-link -E "$(words_of '(mk { inherit pkgs; packages = [ pkgs.strace ]; network = "none"; })')" 2>"$BATS_FILE_TMPDIR/said") ||
	    fail "$(cat "$BATS_FILE_TMPDIR/said")"
	run --separate-stderr at_nix "$out/bin/wrapix" --no-token . -- sh -c 'command -v strace; ls /nix/store'
	[ "$status" -eq 0 ] || fail "$stderr"
	[[ ${lines[0]} == /nix/store/*-strace-1/bin/strace ]] || fail "$output"
	list=$(at_nix jq -r .store_paths "$out/share/wrapix-profile.json")
	diff <(at_nix sed 's|.*/||' "$list" | sort) <(printf '%s\n' "${lines[@]:1}" | sort)
	# wx-run is of the store, and of no list.
	[ -x "$BATS_FILE_TMPDIR/nixroot/$(at_nix sed -n 's|.*/nix/\(store/[^/]*-wrapix-0[^/]*\)/bin/wrapix.*|\1|p' "$out/bin/wrapix" | head -n 1)/libexec/bin/wx-run" ]
	run ! at_nix grep wrapix-0 "$list"
}
