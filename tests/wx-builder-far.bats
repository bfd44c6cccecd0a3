# SPDX-License-Identifier: MIT
# sanitizers: no, of containers: once by hand
# takes: 150 s
# wx-builder --connection: the other host is this one, with a real sshd and podman's real
# service; who is near has another HOME, which knows of it only by these.
load lib/helper
load lib/podman
load lib/builder
load lib/sshd
load lib/nth

setup_file() {
	builder_setup_file
	[ ! -e "$BATS_FILE_TMPDIR/podman/cannot" ] || return 0
	# The sockets' names have to be short.
	NEAR=$(mktemp -d /tmp/wx-near.XXXXXX)
	export NEAR
	mkdir -p "$NEAR/bin" "$NEAR/home/.config/containers"
	sshd_start "$NEAR/sshd"
	wx-keygen -o "$NEAR/sshd/id" >"$NEAR/sshd/authorized_keys"
	echo "$SSHD_PID" >"$NEAR/sshd/pid"
	# Clients of OpenSSH look for their settings where the user's entry says.
	printf 'UserKnownHostsFile %s/sshd/known\n' "$NEAR" >"$NEAR/sshd/client"
	printf '#!/bin/sh\nexec /usr/bin/ssh -F %s/sshd/client "$@"\n' "$NEAR" >"$NEAR/bin/ssh"
	printf '#!/bin/sh\nfor w; do printf "%%s\\n" "$w"; done >>%s/said\nexec /usr/bin/podman "$@"\n' "$NEAR" >"$NEAR/bin/podman"
	chmod 755 "$NEAR/bin/ssh" "$NEAR/bin/podman"
	service_start
}

# The service of podman on the far host.
service_start() {
	command podman system service --time=0 "unix://$NEAR/far.sock" </dev/null >"$NEAR/service" 2>&1 3>&- 4>&- &
	echo $! >"$NEAR/service.pid"
	until [ -S "$NEAR/far.sock" ]; do sleep 0.05; done
}

teardown_file() {
	[ -z "${NEAR-}" ] || kill "$(cat "$NEAR/service.pid")" "$(cat "$NEAR/sshd/pid")" 2>/dev/null || :
	builder_teardown_file
	[ -z "${NEAR-}" ] || rm -rf "$NEAR"
}

local_setup() {
	podman_setup
	FAR_HOME=$HOME FAR_RUN=$XDG_RUNTIME_DIR
	SSHD_DIR=$NEAR/sshd
	SSHD_PORT=$(sed -n 's/.*127.0.0.1://p' "$SSHD_DIR/config" | head -n 1)
	cp "$SSHD_DIR/known_hosts" "$SSHD_DIR/known"
	export HOME=$NEAR/home
	unset XDG_RUNTIME_DIR
	PATH=$NEAR/bin:$PATH
	K=$HOME/.local/share/wrapix/builder-keys
	connections "far ssh://$(id -un)@127.0.0.1:$SSHD_PORT$NEAR/far.sock"
	: >"$NEAR/said"
}

teardown() {
	local k
	[ ! -d "${K-/none}" ] || for k in "$K"/*; do
		[ ! -e "$k/tunnel" ] || kill "$(head -n 1 "$k/tunnel")" 2>/dev/null || :
	done
	far_podman rm -aft 0 >/dev/null 2>&1 || :
	[ -z "${NEAR-}" ] || rm -rf "$NEAR/home/.local"
	[ -z "${HELD-}" ] || kill "$HELD" 2>/dev/null || :
}

# connections "NAME URI"...: of podman's.
connections() {
	printf '[engine]\n' >"$HOME/.config/containers/containers.conf"
	for c; do
		printf '[engine.service_destinations.%s]\nuri = "%s"\nidentity = "%s"\n' "${c% *}" "${c#* }" "$SSHD_DIR/id"
	done >>"$HOME/.config/containers/containers.conf"
}

# The far host's own podman.
far_podman() {
	HOME=$FAR_HOME XDG_RUNTIME_DIR=$FAR_RUN command /usr/bin/podman "$@" 3>&- 4>&-
}

builder() {
	wx-builder "$@" 3>&- 4>&-
}

# becomes NAME STATE: soon.
becomes() {
	for _ in $(seq 600); do
		[ "$(builder status -N "$1" | cut -f2)" != "$2" ] || return 0
		sleep 0.05
	done
	fail "not $2: $(builder status -N "$1")"
}

# no_tunnel NAME: no process of it, no trace in its folder.
no_tunnel() {
	[ ! -e "$K/$1/tunnel" ] && [ ! -e "$K/$1/podman.sock" ] || fail "$(ls "$K/$1")"
	! pgrep -u "$(id -u)" -f "^/usr/bin/ssh.*$K/$1/podman.sock" >/dev/null || fail "a tunnel is left"
}

@test "a builder on another host is ready, is reached by 127.0.0.1 here, and is known by its name alone afterwards" {
	run -0 builder start -C far -N it
	[ -z "$output" ] || fail "$output"
	run -0 builder start -N it
	run -0 builder status -N it -j
	[ "$(jq -r '[.state, .connection, .container, .store, .pid] | join(" ")' <<<"$output")" = "ready far wrapix-builder-it.far wrapix-builder-it.far " ] || fail "$output"
	[ "$(jq -r .host_key <<<"$output")" = "$(ssh-keygen -lf "$K/it/host.pub" | cut -d' ' -f2)" ]
	run -0 builder wait -N it -C far
	[ "$(builder exec -N it id -un)" = builder ]
	port=$(cat "$K/it/port") there=$(cat "$K/it/far-port")
	[ "$(ss -Htln "sport = $port or sport = $there" | awk '{ print $4 }' | sort)" = "$(printf '127.0.0.1:%s\n' "$port" "$there" | sort)" ]
	[ "$(far_podman ps -q | wc -l)" = 1 ]
	# It is that host's podman and that host's store; nothing was made here.
	[ ! -e "$HOME/.local/share/wrapix/builder-nix" ] && [ ! -e "$HOME/.local/share/containers/storage/overlay-containers" ]
	[ "$(stat -c %a "$K/it/podman.sock" "$K/it/tunnel" | sort -u)" = 600 ]
	run -0 builder machine -N it
	[ "$(cut -d' ' -f2,4 <<<"$output")" = "$(uname -m)-linux $(nproc)" ]
	run -0 wrapix-builder logs -N it
	[[ $output == *"Server listening"* ]] || fail "$output"
	run -0 builder stop -N it
	[ -z "$output" ] || fail "$output"
	no_tunnel it
	[ -z "$(far_podman ps -aq)" ]
	# That of the keys went with the container.
	[ "$(far_podman volume ls -q)" = wrapix-builder-it.far ] || fail "$(far_podman volume ls)"
	run -1 builder status -N it
	[[ $output == "it	stopped	"* ]]
	run -1 builder wait -N it
	[[ $output == *"is not running; start it with: wx-builder start -N it" ]] || fail "$output"
	run -0 builder stop -N it
	far_podman volume rm wrapix-builder-it.far
}

@test "podman's argv for another host is the golden one, and no key is in an argument, in what inspect says, or of a client there" {
	builder start -C far -N golden
	sed -n '/^create$/,/^localhost/p' "$NEAR/said" | sed "s/127.0.0.1:$(cat "$K/golden/far-port"):/127.0.0.1:PORT:/;s/port=$(cat "$K/golden/port")/port=PORT/" >argv
	diff -u "$WX_TREE/tests/golden/builder-far.argv" argv
	far_podman inspect wrapix-builder-golden.far >inspected
	for k in host nix shell; do
		run -1 grep -F -e "$(sed -n 2p "$K/golden/$k")" "$NEAR/said" inspected "$K/golden/tunnel"
	done
	run -0 builder exec -N golden sh -c 'grep -rlF "$1" /etc' - "$(sed -n 2p "$K/golden/host")"
	run -1 builder exec -N golden sh -c 'grep -rlF -e "$1" -e "$2" /etc /home /nix /run /tmp' - "$(sed -n 2p "$K/golden/nix")" "$(sed -n 2p "$K/golden/shell")"
	run -0 builder exec -N golden sh -c 'touch /etc/wrapix/x; ls -ln /etc/wrapix'
	[[ $output == *"Read-only file system"* ]]
	[ "$(grep -c '^-rw------- .* 1000 ' <<<"$output")" = 2 ] || fail "$output"
}

@test "Nix builds by it, and its store is there again after stop and start" {
	builder start -C far -N nix
	nix_setup
	builder config -N nix -S >ssh_config
	derivation t 'echo in $(id -u) > $out' >t.nix
	nix-instantiate --store "$PWD/n" t.nix >drv
	p=$(nix-store --store "$PWD/n" --realise "$(cat drv)" --max-jobs 0 --builders "$(builder machine -N nix)")
	[ "$(cat "n$p")" = "in 1000" ]
	builder stop -N nix
	builder start -N nix
	run -0 builder exec -N nix cat "$p"
	[ "$output" = "in 1000" ]
	run -0 builder exec -N nix nix-store --verify --check-contents
	builder stop -N nix
	far_podman volume rm wrapix-builder-nix.far
}

@test "a tunnel that has ended: status, wait and exec say so; start mends it, stop needs none" {
	builder start -C far -N cut
	id=$(far_podman ps -q)
	kill -KILL "$(head -n 1 "$K/cut/tunnel")"
	becomes cut tunnel
	run -1 builder status -N cut
	run -1 builder status -a
	for c in wait authorize; do
		run -1 builder $c -N cut
		[ "$output" = "wx-builder: the tunnel to builder 'cut' on 'far' has ended: ssh does not say why; mend it with: wx-builder start -N cut" ] || fail "$c: $output"
	done
	run -125 builder exec -N cut true
	[[ $output == *"mend it with: wx-builder start -N cut" ]]
	run -0 builder start -N cut
	[ "$(far_podman ps -q)" = "$id" ]
	run -0 builder exec -N cut true
	kill -TERM "$(head -n 1 "$K/cut/tunnel")"
	becomes cut tunnel
	run -0 builder stop -N cut
	no_tunnel cut
	[ -z "$(far_podman ps -aq)" ]
}

@test "no such connection, none of ssh, none that can be reached, another host key: each a line, and nothing is left" {
	run -1 builder start -C none -N bad
	[ "$output" = "wx-builder: there is no connection 'none' of podman's; make it with: podman system connection add none ssh://USER@HOST/run/user/UID/podman/podman.sock" ] || fail "$output"
	connections "unix unix:///run/x" "nopath ssh://127.0.0.1:$SSHD_PORT" "off ssh://127.0.0.1:1/run/x" \
	    "far ssh://127.0.0.1:$SSHD_PORT$NEAR/far.sock" "nosock ssh://127.0.0.1:$SSHD_PORT/run/none" \
	    "bad1 ssh://-oProxyCommand=x@127.0.0.1/x" "bad2 ssh://-oProxyCommand=x/x" "bad3 ssh://127.0.0.1:1a/x" "bad4 ssh://[::1/x"
	for c in unix nopath bad1 bad2 bad3 bad4; do
		run -1 builder start -C $c -N bad
		[[ $output == "wx-builder: cannot use connection '$c': '"*"' is not ssh://USER@HOST:PORT/PATH; mend its 'uri' in containers.conf "* ]] || fail "$output"
	done
	run -3 builder start -C off -N bad
	[[ $output == "wx-builder: cannot reach the host of connection 'off': ssh: "*"Connection refused"* ]] || fail "$output"
	run -3 builder start -C nosock -N bad
	[[ $output == "wx-builder: cannot look at container 'wrapix-builder-bad.far': podman: unable to connect to Podman socket"* ]] || fail "$output"
	no_tunnel bad
	: >"$SSHD_DIR/known"
	run -1 builder start -C far -N bad
	[[ $output == "wx-builder: cannot verify the host key of '127.0.0.1', of connection 'far': it is not in your known_hosts"* ]] || fail "$output"
	printf '[127.0.0.1]:%s %s\n' "$SSHD_PORT" "$(cut -d' ' -f1,2 "$SSHD_DIR/id.pub")" >"$SSHD_DIR/known"
	cp "$SSHD_DIR/known" known
	run -1 builder start -C far -N bad
	[[ $output == *"cannot verify the host key of '127.0.0.1'"* ]] || fail "$output"
	cmp known "$SSHD_DIR/known"
	no_tunnel bad
	[ ! -e "$K/bad/connection" ] && [ ! -e "$K/bad/port" ]
	cp "$SSHD_DIR/known_hosts" "$SSHD_DIR/known"
	run -1 builder start -C far -N bad -i localhost/none:1
	[[ $output == "wx-builder: there is no image 'localhost/none:1' on the host of connection 'far'; "* ]] || fail "$output"
	no_tunnel bad
	# Never started anywhere, it may be here.
	[ ! -e "$K/bad/connection" ]
}

@test "podman's service there goes and comes: stop is 3, and then done" {
	builder start -C far -N gone
	kill "$(cat "$NEAR/service.pid")"
	until ! kill -0 "$(cat "$NEAR/service.pid")" 2>/dev/null; do sleep 0.05; done
	run -3 builder stop -N gone
	[[ $output == *"unable to connect to Podman socket"* ]] || fail "$output"
	# The builder itself is as it was.
	run -0 builder exec -N gone true
	rm -f "$NEAR/far.sock"
	HOME=$FAR_HOME XDG_RUNTIME_DIR=$FAR_RUN service_start
	run -0 builder stop -N gone
}

@test "a builder stays where it was started" {
	builder start -C far -N here
	connections "far ssh://127.0.0.1:$SSHD_PORT$NEAR/far.sock" "other ssh://127.0.0.1:$SSHD_PORT$NEAR/far.sock"
	for c in start stop status wait authorize config machine; do
		run -1 builder $c -C other -N here
		[ "$output" = "wx-builder: builder 'here' is on the host of connection 'far'; take another name for one on 'other', with -N" ] || fail "$c: $output"
	done
	run -125 builder exec -C other -N here true
	mkdir -p "$K/near/server"
	chmod 700 "$K/near"
	echo 2290 >"$K/near/port"
	run -1 builder start -C far -N near
	[ "$output" = "wx-builder: builder 'near' is on this host; take another name for one on 'far', with -N" ] || fail "$output"
	run -1 builder start -e container -N here
	[ "$output" = "wx-builder: refusing engine 'container' for builder 'here': only podman has connections" ] || fail "$output"
	for c in -x '' 'a b'; do run -2 builder start -C "$c"; done
	run -2 builder status -a -C far
}

@test "keys are rotated on the other host while it runs" {
	builder start -C far -N turn
	wx-keygen -s "$K/turn/shell" >/dev/null
	builder authorize -N turn
	run -0 builder exec -N turn grep -c ssh-ed25519 /etc/wrapix/authorized_keys
	[ "$output" = 3 ]
	wx-keygen -c "$K/turn/shell"
	rm "$K/turn/shell.old.pub"
	builder authorize -N turn
	run -0 builder exec -N turn grep -c ssh-ed25519 /etc/wrapix/authorized_keys
	[ "$output" = 2 ]
	[ "$(far_podman ps -aq | wc -l)" = 1 ]
	run -0 wrapix-builder rotate -N turn
	run -0 builder exec -N turn true
}

@test "its port on the other host is another's: the next one is taken" {
	mkdir -p "$K/port/server"
	chmod 700 "$K/port" "$K/port/server"
	python3 -c 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); 
p = 20000 + s.getsockname()[1] % 10000
s.close(); s = socket.socket(); s.bind(("127.0.0.1", p)); s.listen(); print(p, flush=True); time.sleep(60)' >taken 3>&- 4>&- &
	HELD=$!
	until [ -s taken ]; do sleep 0.05; done
	cp taken "$K/port/far-port"
	run -0 builder start -C far -N port
	run ! cmp taken "$K/port/far-port"
	run -0 builder exec -N port true
}

@test "start on another host, killed at any time: the next one completes, stop leaves nothing" {
	for t in 0.02 0.1 0.2 0.3 0.4 0.5 0.6 0.8; do
		timeout -s KILL "$t" wx-builder start -C far -N killed 3>&- 4>&- || true
	done
	run -0 builder start -C far -N killed
	[ "$(far_podman ps -aq | wc -l)" = 1 ]
	run -0 builder exec -N killed true
	builder stop -N killed
	no_tunnel killed
	[ -z "$(far_podman ps -aq)" ]
	# Of a first start that was killed with the tunnel made, and no more.
	rm -rf "$K/killed"
	for t in 0.15 0.2 0.25 0.3; do
		timeout -s KILL "$t" wx-builder start -C far -N killed 3>&- 4>&- || true
	done
	run -0 builder start -C far -N killed
	run -0 builder exec -N killed true
	builder stop -N killed
	no_tunnel killed
}

@test "a host key that is rotated, an archive, a container that dies" {
	far_podman save -q "$BUILDER_IMAGE" | gzip -1 >a.tar.gz
	run -0 builder start -C far -N more -i "docker-archive:$PWD/a.tar.gz"
	wx-keygen -s "$K/more/host" >/dev/null
	builder authorize -N more
	run -0 wrapix-builder restart -N more
	[ ! -e "$K/more/host.next" ]
	run -0 builder exec -N more true
	far_podman kill wrapix-builder-more.far
	becomes more dead
	run -0 builder start -N more
}

@test "start on another host: each step failed in turn: a line, no container, no tunnel, the next completes" {
	nth_make "$PWD/nth" podman ssh wx-keygen
	PATH=$PWD/nth:$PATH
	# All of them with WX_WHOLE (make campaign).
	[ -n "${WX_WHOLE-}" ] && stride=1 || stride=4
	for ((n = 1; ; n += stride)); do
		nth_set nth "$n" before
		run builder start -C far -N nth
		step=$(nth_failed nth) || break
		nth_set nth 0 before
		[[ $status = [13] && ${#lines[@]} = 1 && $output == "wx-builder: "* ]] || fail "$step: $status: $output"
		[ -z "$(far_podman ps -aq)" ] || fail "$step: a container is left"
		no_tunnel nth
		run -0 builder start -C far -N nth
		builder stop -N nth
		rm -rf "$K/nth"
	done
	[ "$status" = 0 ] && [ "$n" -ge 12 ] || fail "$n steps, $status: $output"
}
