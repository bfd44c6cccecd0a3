# SPDX-License-Identifier: MIT
# sanitizers: no, of containers: once by hand
# takes: 140 s
# parts: 2
load lib/helper
load lib/podman
load lib/builder
load lib/nth

setup_file() {
	builder_setup_file 'RekeyLimit 16M'
}

teardown_file() {
	builder_teardown_file
}

local_setup() {
	podman_setup
	K=$HOME/.local/share/wrapix/builder-keys
	S=$HOME/.local/share/wrapix/builder-nix
}

# A builder of the test's own; those that are left run are ended after it.
teardown() {
	[ ! -d "${K-/none}" ] || for k in "$K"/*; do
		[ "${k##*/}" = default ] || command podman rm -fit 0 "wrapix-builder-${k##*/}" >/dev/null 2>&1 3>&- 4>&-
	done
	[ -z "${HELD-}" ] || kill "$HELD" 2>/dev/null || true
	[ -z "${CONF-}" ] || rm -f "$CONF" "$HOME/.config/containers/mounts.conf"
	[ ! -e "$BATS_TEST_TMPDIR/conf" ] || mv "$BATS_TEST_TMPDIR/conf" "$CONF"
}

builder() {
	wx-builder "$@" 3>&- 4>&-
}

# up: the builder that most tests use.
up() {
	builder start
}

# as_key KEY WORD...: OpenSSH by that key of the default builder.
as_key() {
	ssh -F none -p 2222 -i "$K/default/$1" -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes \
	    -o UserKnownHostsFile="$K/default/known_hosts" -o HostKeyAlias=wrapix-builder "${@:2}"
}

# another IMAGE SCRIPT: an image that is a builder's but for what it runs.
another() {
	printf '%s\n' "$2" >"$BATS_FILE_TMPDIR/root/entry"
	chmod 755 "$BATS_FILE_TMPDIR/root/entry"
	tar -C "$BATS_FILE_TMPDIR/root" --owner=0 --group=0 -c . |
	    podman import -q -c 'ENTRYPOINT ["/bin/sh","/entry"]' -c 'LABEL wrapix.builder=1' - "$1" >/dev/null
}

# no_container NAME
no_container() {
	[ -z "$(podman ps -aq --filter "name=^wrapix-builder-$1\$")" ] || fail "a container is left: $(podman ps -a)"
}

# --- start, stop, status

@test "a builder that was never started is said to be so, by each command" {
	for c in config machine authorize; do
		run -1 wx-builder $c -N no
		[ "$output" = "wx-builder: builder 'no' was never started; start it with: wx-builder start -N no" ] || fail "$c: $output"
	done
	run -125 wx-builder exec -N no true
	run -1 wx-builder wait -N no
	[ ! -e "$K/no" ]
}

@test "start is ready when it returns, and again is nothing to do; stop takes away the container and no more" {
	run -0 builder start
	[ -z "$output" ]
	run -0 builder start -j
	[ "$(jq -r 'keys_unsorted | join(" ")' <<<"$output")" = "name state port image image_id engine container pid host_key keys store connection" ]
	[ "$(jq -r '[.name, .state, .port, .container] | join(" ")' <<<"$output")" = "default ready 2222 wrapix-builder" ]
	[ "$(jq -r .host_key <<<"$output")" = "$(ssh-keygen -lf "$K/default/host.pub" | cut -d' ' -f2)" ]
	[ "$(wx-builder status)" = "default	ready	2222	$BUILDER_IMAGE	$(jq -r .host_key <<<"$output")" ]
	run -0 wx-builder wait
	[ -z "$output" ]
	find "$S/default" ! -name 'db.sqlite-*' | sort >before
	cat "$K"/default/*.pub >keys
	run -0 builder stop
	[ -z "$output" ]
	run -0 builder stop
	run -1 wx-builder status
	[[ $output == "default	stopped	2222	-	"* ]]
	[ -z "$(podman ps -aq)" ]
	run -1 wx-builder wait
	[[ $output == *"is not running; start it with: wx-builder start" ]]
	diff before <(find "$S/default" ! -name 'db.sqlite-*' | sort)
	up
	cat "$K"/default/*.pub | cmp - keys
}

@test "its port answers on 127.0.0.1 and on no other address" {
	up
	[ "$(ss -Htln 'sport = 2222' | awk '{ print $4 }')" = 127.0.0.1:2222 ]
}

@test "inside there is no root, no capability, no private key of a client, and nothing to write but /nix and memory" {
	up
	# By one stream: of two, which comes first is nobody's promise.
	run -0 builder exec sh -c 'exec 2>&1; grep -E "^(CapBnd|CapEff|NoNewPrivs|Uid|Seccomp):" /proc/1/status; touch /x /usr/x /etc/wrapix/x; ls /etc/wrapix'
	[[ $output == *"CapEff:	0000000000000000"* && $output == *"CapBnd:	0000000000000000"* && $output == *"NoNewPrivs:	1"* ]]
	[[ $output == *"Uid:	1000	1000	1000	1000"* && $output == *"Seccomp:	2"* ]]
	[ "$(grep -c 'Read-only file system' <<<"$output")" = 3 ]
	[ "$(tail -n 2 <<<"$output" | tr '\n' ' ')" = "authorized_keys ssh_host_ed25519_key " ]
	for k in nix shell; do
		run -1 builder exec grep -rlF "$(sed -n 2p "$K/default/$k")" /etc /home /nix /run /tmp
	done
	# The host key is there: so the search would have found one.
	run -0 builder exec grep -rlF "$(sed -n 2p "$K/default/host")" /etc
}

@test "keys and store are for their owner alone" {
	up
	[ -z "$(find "$K" ! -name '*.pub' -perm /077)" ] || fail "$(find "$K" ! -name '*.pub' -perm /077 -ls)"
	[ "$(stat -c %a "$S/default")" = 700 ]
}

@test "several builders by name: each its keys, store and port; status --all lists them" {
	up
	builder start -N two
	[ "$(cat "$K/two/port")" = 2223 ]
	run -0 builder exec -N two cat /etc/wrapix/authorized_keys
	[[ $output == *"$(cut -d' ' -f2 "$K/two/nix.pub")"* ]]
	[[ $output != *"$(cut -d' ' -f2 "$K/default/nix.pub")"* ]]
	run -0 wx-builder status -a
	[ "$(cut -f1,2,3 <<<"$output")" = "default	ready	2222
two	ready	2223" ] || fail "$output"
	builder stop -N two
	run -1 wx-builder status -aj
	[ "$(jq -r .state <<<"$output" | tr '\n' ' ')" = "ready stopped " ]
	[[ $(wx-builder machine -N two) == "ssh-ng://builder@wrapix-builder-two "* ]]
}

@test "status --all goes on past a folder that it refuses, and is 1 then" {
	up
	# Those of other tests, which have ended.
	for k in "$K"/*; do [ "${k##*/}" = default ] || rm -rf "$k"; done
	mkdir -p "$K/aa" "$K/zz"
	chmod 755 "$K/aa" "$K/zz"
	run -1 --separate-stderr wx-builder status -a
	[ "$(cut -f1,2 <<<"$output")" = "default	ready" ] || fail "$output"
	[ "$(grep -c "^wx-builder: refusing folder '$K/[az]*': others have access to it" <<<"$stderr")" = 2 ] || fail "$stderr"
	rmdir "$K/aa" "$K/zz"
	run -0 wx-builder status -a
}

@test "start: each thing that is in the way is one line, with its mend" {
	up
	# The port.
	run -1 builder start -N port -p 2222
	[[ $output == "wx-builder: cannot use port 2222: another program has it; "*"-p PORT" ]] || fail "$output"
	[ ! -e "$K/port/port" ] && no_container port
	# The image.
	run -1 builder start -N img -i localhost/none:1
	[[ $output == "wx-builder: there is no image 'localhost/none:1'; make one with: wrapix-builder image" ]] || fail "$output"
	run -1 builder start -N img -i "$IMAGE"
	[[ $output == "wx-builder: refusing image '$IMAGE': it is no builder's"* ]]
	# The engine.
	mkdir bin && ln -s "$WX_BUILD/wx-builder" bin
	PATH=$PWD/bin run -1 wx-builder start -N eng
	[[ $output == "wx-builder: cannot find podman on PATH; mend it with: apt install podman" ]] || fail "$output"
	[ ! -e "$K/eng" ]
	# Half a key.
	builder start -N half && builder stop -N half
	mv "$K/half/nix" n
	run -1 builder start -N half
	[[ $output == "wx-builder: half a key: "*"/nix.pub' is there, and its private half is not; "*"rm -- '$K/half'/nix.pub" ]] || fail "$output"
	mv n "$K/half/nix"
	rm "$K/half/nix.pub"
	run -0 builder start -N half
	ssh-keygen -lf "$K/half/nix.pub"
	builder stop -N half
	# Modes.
	chmod 644 "$K/half/host"
	run -1 builder start -N half
	[[ $output == "wx-builder: refusing '$K/half/host': others have access to it; mend it with: chmod 600 -- '$K/half'/host" ]] || fail "$output"
	chmod 600 "$K/half/host"
	chmod 750 "$K/half"
	run -1 builder start -N half
	[[ $output == *"mend it with: chmod 700 -- '$K/half'" ]]
	no_container half
}

@test "start: a container of that name that is not ours stays, and is said" {
	podman run --detach --cgroups=disabled --network=none --name wrapix-builder-mine "$IMAGE" sleep 60 >/dev/null
	run -1 builder start -N mine
	[[ $output == *"container 'wrapix-builder-mine' that wx-builder did not make; mend it with: podman rm wrapix-builder-mine" ]]
	run -1 builder stop -N mine
	[[ $output == *"refusing to stop container"* ]]
	[ "$(wx-builder status -N mine | cut -f2)" = foreign ]
	[ "$(podman inspect -f '{{.State.Running}}' wrapix-builder-mine)" = true ]
	podman rm -ft 0 wrapix-builder-mine >/dev/null
}

@test "start: one that runs otherwise than asked for is refused; one that died is replaced" {
	builder start -N died
	podman tag "$BUILDER_IMAGE" localhost/other:1
	for o in "-i localhost/other:1" "-p 2300"; do
		run -1 builder start -N died $o
		[[ $output == "wx-builder: builder 'died' is running with another "*"; mend it with: wx-builder stop, then start" ]] || fail "$output"
	done
	kill -KILL "$(wx-builder status -N died -j | jq .pid)"
	until [ "$(wx-builder status -N died | cut -f2)" = dead ]; do sleep 0.1; done
	run -1 wx-builder wait -N died
	[[ $output == *"builder 'died' ended before it was ready" ]]
	run -0 builder start -N died -i localhost/other:1
	[ "$(wx-builder status -N died -j | jq -r .image)" = localhost/other:1 ]
}

# set_conf LINE...: the user's settings of podman, for this test.
set_conf() {
	CONF=$HOME/.config/containers/containers.conf
	[ ! -e "$CONF" ] || cp "$CONF" "$BATS_TEST_TMPDIR/conf"
	printf '%s\n' "$@" >"$CONF"
}

# The netns of a process that is not its own is the host's.
@test "start: podman's own settings decide nothing of the container: network, volumes, devices, environment, seccomp, mounts" {
	set_conf '[containers]' 'netns="host"' 'pidns="host"' 'ipcns="host"' 'utsns="host"' 'userns="host"' 'volumes=["/etc:/leak"]' \
	    'devices=["/dev/fuse"]' 'env=["LEAK=1"]' 'seccomp_profile="unconfined"' 'default_capabilities=["SYS_ADMIN"]' \
	    '[engine]' 'network_cmd_options=["allow_host_loopback=true"]' 'env=["LEAK=2"]'
	echo "/etc/passwd:/run/leak" >"$HOME/.config/containers/mounts.conf"
	builder start -N conf
	run -0 builder exec -N conf sh -c 'ls -d /leak /dev/fuse /run/leak; grep -E "^(CapBnd|Seccomp):" /proc/1/status'
	[[ $(podman inspect -f '{{.Config.Env}}' wrapix-builder-conf) != *LEAK* && $output == *"CapBnd:	0000000000000000"* && $output == *"Seccomp:	2"* ]] || fail "$output"
	[ "$(grep -c "No such file" <<<"$output")" = 3 ] || fail "$output"
	pid=$(wx-builder status -N conf -j | jq .pid)
	for n in net pid ipc uts user mnt; do
		[ "$(readlink /proc/$pid/ns/$n)" != "$(readlink /proc/self/ns/$n)" ] || fail "$n"
	done
	# What listens on the host's loopback is not to be reached by a build.
	[ "$(ss -Htln "sport = $(cat "$K/conf/port")" | awk '{ print $4 }')" = "127.0.0.1:$(cat "$K/conf/port")" ]
	run builder exec -N conf bash -c "exec 3<>/dev/tcp/10.0.2.2/$(cat "$K/conf/port") && head -c 4 <&3"
	[[ $output != *SSH* ]] || fail "the host's loopback is reached: $output"
	builder stop -N conf
}

@test "start: a program for podman that the user's settings name is taken still; settings that cannot be read are said" {
	mkdir mine
	set_conf '[engine]' 'runtime="crun"' '[engine.runtimes]' "crun=[\"$PWD/mine/crun\"]"
	printf '#!/bin/sh\necho "$@" >>%s/ran\nexec /usr/bin/crun "$@"\n' "$PWD" >mine/crun
	chmod 755 mine/crun
	builder start -N runtime
	grep -q create ran
	builder stop -N runtime
	set_conf '[engine]' 'runtime=["a"'
	run -1 builder start -N runtime
	[[ $output == *"$CONF"* || $output == *"toml"* ]] || fail "$output"
	no_container runtime
}

@test "start: a container that stands otherwise than it was asked for is refused, and not left" {
	# A podman that adds to the words, as settings of another host might.
	mkdir wrong
	for words in --network=host --publish=2999:22 --volume=/etc:/leak --cap-add=SYS_PTRACE "--network=slirp4netns:allow_host_loopback=true" --security-opt=seccomp=unconfined; do
		cat >wrong/podman <<-P
		#!/bin/bash
		new=()
		for w; do
		    case "\$w:$words" in --network=private:--network=*) continue ;; esac
		    [ "\$w" != -- ] || [ "\${new[1]}" != run ] || new+=("$words")
		    new+=("\$w")
		done
		exec /usr/bin/podman "\${new[@]}"
		P
		chmod 755 wrong/podman
		PATH=$PWD/wrong:$PATH run -1 builder start -N wrong
		[[ $output == *"refusing builder 'wrong', which podman started with "* ]] || fail "$words: $output"
		no_container wrong
	done
}

# start_again NAME WORDS: start says them, and the builder is ready; its port is one container's.
start_again() {
	run -1 wx-builder status -N "$1"
	[[ $output == *"$1	dead	"* && $output == *"$2"* ]] || fail "$2: $output"
	run -0 builder start -N "$1"
	[ "$output" = "wx-builder: starting builder '$1' anew: $2 was killed" ] || fail "$2: $output"
	run -0 wx-builder exec -N "$1" true
	[ "$(podman ps -aq --filter "name=^wrapix-builder-$1\$" | wc -l)" = 1 ]
}

@test "start: whatever of a builder was killed, the next one has it ready" {
	builder start -N torn
	monitor() { podman inspect -f '{{.State.ConmonPid}}' wrapix-builder-torn; }
	of() { pgrep -u "$(id -u)" -f "$1"; }
	kill -KILL "$(monitor)" "$(wx-builder status -N torn -j | jq .pid)"
	start_again torn "its first process"
	kill -KILL "$(monitor)"
	start_again torn "conmon, its monitor,"
	kill -KILL $(of "slirp4netns.* $(wx-builder status -N torn -j | jq .pid) ")
	start_again torn "the process of its network"
	for p in $(pgrep -u "$(id -u)" -x rootlessport); do
		# The one whose listener it is.
		! ss -Htlnp "sport = $(cat "$K/torn/port")" | grep -q "pid=$p," || kill -KILL "$p"
	done
	start_again torn "the listener of its port"
	builder stop -N torn
}

# gone PID: it is on its way to its end: what it wrote goes to the disk first.
gone() {
	local i
	for i in $(seq 300); do
		[ -e "/proc/$1" ] || return 0
		sleep 0.1
	done
	fail "it runs on: $(cat "/proc/$1/status")"
}

@test "stop, start: the runtime directory of the start is the builder's, whatever it is for us now" {
	without() { env -u XDG_RUNTIME_DIR wx-builder "$@" 3>&- 4>&-; }
	without start -N where
	[ "$(wx-builder status -N where | cut -f2)" = ready ]
	pid=$(wx-builder status -N where -j | jq .pid)
	run -0 builder stop -N where
	gone "$pid"
	builder start -N where
	pid=$(wx-builder status -N where -j | jq .pid)
	run -0 without start -N where
	[ "$(without status -N where -j | jq .pid)" = "$pid" ]
	# Where podman forgets it all the same.
	echo "$PWD/no" >"$K/where/runtime"
	mkdir -m 700 other
	XDG_RUNTIME_DIR=$PWD/other run -0 builder stop -N where
	gone "$pid"
	run -0 builder start -N where
	builder stop -N where
}

@test "load, restart: an image that is no builder's takes no name, and the builder runs on" {
	builder start -N good
	id=$(podman image inspect -f '{{.Id}}' "$BUILDER_IMAGE")
	# An archive with the name that start looks for, and without the label.
	podman tag "$IMAGE" localhost/saved:1
	podman save -q localhost/saved:1 -o bad.tar
	mkdir bad
	tar -C bad -xf bad.tar
	sed -i 's,localhost/saved:1,localhost/wrapix-builder:latest,' bad/manifest.json
	tar -C bad -cf bad.tar .
	for words in "load -i docker-archive:$PWD/bad.tar" "restart -N good -i docker-archive:$PWD/bad.tar" "restart -N good -i localhost/none:1"; do
		run -1 builder $words
		[[ $output == *"it is no image of a builder"* || $output == *"there is no image"* ]] || fail "$words: $output"
		[ "$(podman image inspect -f '{{.Id}}' "$BUILDER_IMAGE")" = "$id" ] || fail "$words: the name is another's"
		run -0 wx-builder status -N good
	done
	run -0 builder restart -N good
	[ -z "$output" ]
	run -0 wx-builder status -N good
	builder stop -N good
}

@test "start: a limit where there is no control group is refused" {
	run -1 builder start -N limit -m 1G
	[[ $output == *"cannot limit processors or memory: "*"leave -c and -m out" ]]
	no_container limit
}

@test "start: a container that dies ends the wait at once, with its last words, and is not left" {
	another localhost/dies:1 'echo something is missing >&2; exit 3'
	SECONDS=0
	run -1 builder start -N dies -T 300 -i localhost/dies:1
	[ "$SECONDS" -lt 150 ]
	[ "${lines[-2]}" = "wx-builder: its log: something is missing" ] || fail "$output"
	[ "${lines[-1]}" = "wx-builder: builder 'dies' ended before it was ready" ]
	no_container dies
}

@test "start: one that never answers is 3 at the deadline, and wait goes on from there" {
	another localhost/late:1 'sleep 3; exec /usr/sbin/sshd -D -e'
	run -3 builder start -N late -T 1 -i localhost/late:1
	[[ $output == "wx-builder: builder 'late' is not ready after 1 seconds: "* ]] || fail "$output"
	run -3 wx-builder status -N late
	[[ $output == "late	starting	"* ]]
	run -0 wx-builder wait -N late
}

@test "start: a store that a newer Nix made is said, and left as it is" {
	builder start -N newer && builder stop -N newer
	printf 99 >"$S/newer/var/nix/db/schema"
	run -1 builder start -N newer
	[[ $output == "wx-builder: cannot use builder 'newer': nix-daemon says: "*"99"* ]] || fail "$output"
	[ "$(cat "$S/newer/var/nix/db/schema")" = 99 ]
	no_container newer
}

@test "start: two at once make one container, and both succeed" {
	builder start -N twice & a=$!
	builder start -N twice & b=$!
	wait $a
	wait $b
	[ "$(podman ps -q --filter name=wrapix-builder-twice | wc -l)" = 1 ]
}

@test "start: two of other names at once get a port each" {
	wx-builder start -N left 3>&- 4>&- &
	builder start -N right
	wait $!
	for n in left right; do wx-builder status -N $n; done | cut -f 3 | sort -u >ports
	[ "$(wc -l <ports)" = 2 ] || fail "$(cat ports)"
	builder stop -N left
	builder stop -N right
}

@test "start: killed at any time, the next one completes" {
	for t in 0.02 0.1 0.2 0.3 0.4; do
		timeout -s KILL "$t" wx-builder start -N killed 3>&- 4>&- || true
	done
	run -0 builder start -N killed
	[ "$(podman ps -aq --filter name=wrapix-builder-killed | wc -l)" = 1 ]
}

# after_failure NAME STEP: what failed says so in a line of its own, leaves no container and no
# temporary file, and is done by the next call.
after_failure() {
	[ "$status" = 1 ] || fail "$2: status $status: $output"
	[[ ${#lines[@]} = 1 && $output == "wx-builder: "* ]] || fail "$2: $output"
	no_container "$1"
	[ -z "$(find "$K/$1" -name '.*' 2>/dev/null)" ] || fail "$2: $(find "$K/$1")"
	run -0 builder start -N "$1"
	[ -z "$output" ] || fail "$2: $output"
	builder stop -N "$1"
}

@test "start: each step of podman and wx-keygen failed in turn, undone or done: a line, nothing left, the next completes" {
	nth_make "$PWD/nth" podman wx-keygen
	PATH=$PWD/nth:$PATH
	for mode in before after; do
		for ((n = 1; ; n++)); do
			nth_set nth "$n" $mode
			run builder start -N nth
			step=$(nth_failed nth) || break
			nth_set nth 0 before
			after_failure nth "$mode $step"
			rm -rf "$K/nth"
		done
		[ "$status" = 0 ] && [ "$n" -ge 6 ] || fail "$mode: $n steps, $status: $output"
		nth_set nth 0 before
		# Those that take away one that died.
		for ((n = 1; ; n++)); do
			kill -KILL "$(wx-builder status -N nth -j | jq .pid)"
			for _ in $(seq 600); do [ "$(wx-builder status -N nth | cut -f2)" != dead ] || break; done
			nth_set nth "$n" $mode
			run builder start -N nth
			step=$(nth_failed nth) || break
			nth_set nth 0 before
			[ "$status" = 1 ] || [[ $step == "podman rm "* ]] || fail "$mode $step: $status: $output"
			run -0 builder start -N nth
		done
		[ "$n" -ge 4 ] || fail "$mode: $n steps"
		nth_set nth 0 before
		builder stop -N nth
		rm -rf "$K/nth"
	done
}

@test "start: a disk that is full, folders that cannot be written: a line, nothing left, the next completes" {
	command -v strace >/dev/null || skip "no strace here"
	# All of them with WX_WHOLE (make campaign).
	[ -n "${WX_WHOLE-}" ] && stride=1 || stride=6
	for call in mkdir,mkdirat fsync rename,renameat,renameat2; do
		for ((n = 1; ; n += stride)); do
			rm -rf "$K/full" "$S/full"
			run builder_full $call $n
			grep -q INJECTED trace || break
			after_failure full "$call $n"
		done
		[ "$status" = 0 ] && [ "$n" -gt 1 ] || fail "$call: $n, $status: $output"
		builder stop -N full
	done
	for d in "$K/full" "$K/full/server" "$S/full"; do
		rm -f "$K/full/port"
		chmod 500 "$d"
		run builder start -N full
		chmod 700 "$d"
		after_failure full "$d"
	done
}

# builder_full CALL,... N: start, in which the N-th of these calls finds the disk full.
builder_full() {
	strace -qq -o trace -e trace="$1" -e inject="$1:error=ENOSPC:when=$2" wx-builder start -N full 3>&- 4>&-
}

@test "the image may come from an archive, compressed too" {
	podman save -q "$BUILDER_IMAGE" | gzip -1 >a.tar.gz
	run -0 builder start -N archive -i "docker-archive:$PWD/a.tar.gz"
	[ "$(wx-builder status -N archive -j | jq -r .image)" = "docker-archive:$PWD/a.tar.gz" ]
	run -0 builder start -N archive -i "docker-archive:$PWD/a.tar.gz"
	run -1 builder start -N other -i "oci-archive:$PWD/none"
	[[ $output == *"cannot open image archive '$PWD/none': No such file or directory" ]]
}

@test "the port and the free space are kept" {
	builder start -N kept -p 2301 -d 1M
	[ "$(wx-builder status -N kept | cut -f3)" = 2301 ]
	run -0 builder exec -N kept cat /etc/wrapix/authorized_keys
	[[ $output == 'restrict,command="nix-daemon --stdio --option min-free 1048576" ssh-ed25519 '* ]] || fail "$output"
	builder stop -N kept
	builder start -N kept -d 0
	[ "$(wx-builder status -N kept | cut -f3)" = 2301 ]
	[[ $(cat "$K/kept/server/authorized_keys") == 'restrict,command="nix-daemon --stdio" ssh-ed25519 '* ]]
}

# --- who may log in

@test "password, root, others, forwarding, a shell by the key of Nix: all refused" {
	up
	run -0 as_key shell builder@127.0.0.1 echo in
	[ "$output" = in ]
	for u in root nobody; do
		run -255 as_key shell $u@127.0.0.1 true
		[[ $output == *"Permission denied (publickey)."* ]] || fail "$output"
	done
	run -255 as_key none -o PreferredAuthentications=password,keyboard-interactive builder@127.0.0.1 true
	[[ $output == *"Permission denied (publickey)."* ]]
	# Whatever is asked for, that is what runs.
	run -0 bash -c '{ printf "cxin\0\0\0\0"; sleep 1; } | ssh "$@" | head -c 4' - -F none -p 2222 -i "$K/default/nix" -o IdentitiesOnly=yes \
	    -o UserKnownHostsFile="$K/default/known_hosts" -o HostKeyAlias=wrapix-builder builder@127.0.0.1 id
	[[ $output == *oixd* ]] || fail "$output"
	for f in "-L 127.0.0.1:2400:127.0.0.1:2222" "-R 2400:127.0.0.1:2222"; do
		run -255 as_key shell -o ExitOnForwardFailure=yes $f builder@127.0.0.1 'exec 3<>/dev/tcp/127.0.0.1/1; cat' </dev/null ||
		    [[ $output != *2400* ]] || fail "$f: $output"
	done
	run as_key shell -W 127.0.0.1:2222 builder@127.0.0.1
	[[ $output == *"administratively prohibited"* ]] || fail "$output"
}

@test "another host key is refused by exec, wait, start and Nix, and never learnt" {
	up
	cp -a "$K/default" other
	mkdir -p data/wrapix/builder-keys
	mv other data/wrapix/builder-keys/default
	wx-keygen -f -o data/wrapix/builder-keys/default/host >/dev/null
	export XDG_DATA_HOME=$PWD/data
	run -125 wx-builder exec true
	[[ $output == "wx-builder: cannot verify the host key of '127.0.0.1:2222': its host key is not '$PWD/data/"* ]] || fail "$output"
	wx-builder authorize
	cp data/wrapix/builder-keys/default/known_hosts known
	wx-builder config -S >ssh_config
	nix_setup
	run ! nix store ping --store ssh-ng://builder@wrapix-builder
	[[ $output == *"Host key verification failed."* ]] || fail "$output"
	cmp known data/wrapix/builder-keys/default/known_hosts
	# By the machines line, whose key Nix itself gives to ssh.
	derivation t 'echo > $out' >t.nix
	sed -i /KnownHosts/d ssh_config
	run ! build t.nix
	[[ $output == *"Host key verification failed"* || $output == *"cannot connect to"* || $output == *"failed to start"* ]] || fail "$output"
}

@test "somebody else at the port: wait and status refuse what shows another key" {
	builder start -N shows
	wx-keygen -f -o "$K/shows/host" >/dev/null
	run -1 wx-builder wait -N shows
	[[ $output == "wx-builder: cannot verify the host key of '127.0.0.1:"*"mend it with: wx-builder stop, then start" ]] || fail "$output"
	run -1 wx-builder status -N shows
	[[ ${lines[-1]} == "shows	refused	"* ]]
	run -0 builder stop -N shows
	run -0 builder start -N shows
}

@test "rotation: a staged key is taken beside the old one, then alone; the host key with both announced" {
	builder start -N rotate
	cd "$K/rotate"
	wx-keygen -s nix >/dev/null
	wx-keygen -s shell >/dev/null
	wx-keygen -s host >/dev/null
	wx-builder authorize -N rotate
	[ "$(wc -l <server/authorized_keys)" = 4 ] && [ "$(wc -l <known_hosts)" = 2 ]
	wx-builder machine -N rotate | awk '{ print $8 }' | base64 -d >pins
	[ "$(wc -w <pins)" = 5 ]
	cp shell old
	for k in old shell.next; do
		run -0 ssh -F none -p "$(cat port)" -i "$k" -o IdentitiesOnly=yes -o UserKnownHostsFile="$PWD/known_hosts" \
		    -o HostKeyAlias=wrapix-builder-rotate builder@127.0.0.1 echo "$k"
	done
	for k in nix shell; do wx-keygen -c $k; done
	wx-builder authorize -N rotate
	run -0 wx-builder exec -N rotate true
	run -255 ssh -F none -p "$(cat port)" -i old -o IdentitiesOnly=yes -o UserKnownHostsFile="$PWD/known_hosts" \
	    -o HostKeyAlias=wrapix-builder-rotate builder@127.0.0.1 true
	# The host key: with the next start, and both are good until the old one's name is removed.
	wx-keygen -c host
	run -0 wx-builder wait -N rotate
	builder stop -N rotate && builder start -N rotate
	run -0 wx-builder exec -N rotate true
	rm host.old.pub
	wx-builder authorize -N rotate
	[ "$(cat known_hosts)" = "wrapix-builder-rotate $(cut -d' ' -f1,2 host.pub)" ]
	run -0 wx-builder exec -N rotate true
}

# --- exec

@test "exec: streams, status, signals and words are the command's" {
	up
	run -7 --separate-stderr wx-builder exec -- sh -c 'echo out; echo err >&2; exit 7'
	[ "$output" = out ] && [ "$stderr" = err ]
	[ "$(echo in | wx-builder exec cat)" = in ]
	run -143 wx-builder exec sh -c 'kill -TERM $$'
	run -137 wx-builder exec sh -c 'kill -KILL $$'
	run -127 wx-builder exec no-such-command
	run -126 wx-builder exec /etc/passwd
	[ "$(wx-builder exec printf '%s|' 'a b' "it's" '' '$HOME' '*' 'x
y')" = "a b|it's||\$HOME|*|x
y|" ]
	[ "$(echo 'echo $((6 * 7))' | wx-builder exec)" = 42 ]
	run -0 bash -c 'wx-builder exec cat <&-'
	run -0 bash -c 'wx-builder exec true >&-'
	run -125 bash -c 'wx-builder exec echo x >/dev/full'
	[[ $output == *"cannot write to standard output: No space left on device" ]]
	run -125 wx-builder exec -Z
	run -125 wx-builder exec -N nobody true
	# Of many, none waits for something that has come already.
	for _ in $(seq 30); do
		[ "$(echo hello | timeout -s KILL 100 wx-builder exec cat)" = hello ]
	done
}

@test "exec: a reader who goes ends the command, as a pipe would" {
	up
	run -0 timeout -s KILL 100 bash -c 'wx-builder exec yes | head -n 1; echo "${PIPESTATUS[0]}"'
	[ "$output" = "y
141" ]
	run -0 builder exec sh -c 'ps | grep -c "[y]es" || true'
	[ "$output" = 0 ]
}

@test "exec: a signal is passed on" {
	up
	wx-builder exec sh -c 'trap "echo got; exit 5" TERM; echo up; while :; do sleep 0.1; done' >out 3>&- 4>&- &
	until grep -q up out; do sleep 0.05; done
	kill -TERM $!
	rc=0
	wait $! || rc=$?
	[ "$rc" = 5 ] && grep -q got out
}

@test "exec: what is not read is not taken, and nobody waits for another" {
	up
	# 64 MiB, out and back, with several rekeyings; the reader sleeps first.
	head -c 64M /dev/urandom >big
	wx-builder exec cat <big | { sleep 0.5; cmp - big; }
	# The far side is held by the window, not by our memory.
	mkfifo hold
	wx-builder exec cat /dev/zero >hold 3>&- 4>&- &
	HELD=$!
	exec 9<hold
	sleep 1
	[ -n "$WX_SAN" ] || [ "$(awk '/^VmRSS/ { print $2 }' /proc/$HELD/status)" -lt 20000 ]
	exec 9<&-
	# A process at both ends, that writes 1 MiB before it reads.
	run -0 timeout -s KILL 100 python3 -c '
import subprocess, os
p = subprocess.Popen(["wx-builder", "exec", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
d = os.urandom(1 << 20)
p.stdin.write(d); p.stdin.close()
assert p.stdout.read() == d'
}

@test "exec: on a terminal it is one, of its size, with job control; the modes are put back" {
	up
	"$WX_TREE/tests/lib/pty" wx-builder exec bash --norc --noediting <<-'S'
	save
	send stty size; tty\r
	expect 24 80\r
	expect /dev/pts/\d
	size 30 100
	send stty size\r
	expect 30 100\r
	send sh -c "echo r""eady; exec sleep 1000"\r
	expect ready
	send \x1a
	expect Stopped
	send kill %1; echo "on:$?"\r
	expect on:0
	send sh -c 'trap "echo INT; exit" INT; echo up$((1)); while :; do sleep 0.1; done'\r
	expect up1
	send \x03
	expect INT
	send exit 9\r
	status 9
	same
	S
}

@test "exec -P: OpenSSH does the same" {
	up
	run -3 bash -c "$(wx-builder exec -P -- sh -c 'echo "it'\''s $1"; exit 3' - 'a  b')"
	[ "$output" = "it's a  b" ]
	[ "$(echo 'echo x' | bash -c "$(wx-builder exec -P) -T")" = x ]
}

# --- Nix

@test "Nix outside has it built inside; the store survives a restart; a second client gets it without a build" {
	up
	nix_setup
	wx-builder config -S >ssh_config
	derivation t 'echo $$ $(id -u) $(readlink /proc/self/ns/user); readlink -f /proc/self/ns/pid; echo built-here >&2; { id -u; cat /proc/self/uid_map; } > $out' >t.nix
	p=$(build t.nix)
	[ "$(head -n 1 "$p")" = 1000 ]
	[ "$(tail -n +2 "$p")" != "$(cat /proc/self/uid_map)" ]
	builder stop
	podman tag "$BUILDER_IMAGE" localhost/other:2
	builder start -i localhost/other:2
	# Built again, it would be asked for: here only the path is copied.
	nix copy --from ssh-ng://builder@wrapix-builder --to "$PWD/m" --no-check-sigs "${p#"$PWD/n"}"
	cmp "$p" "m${p#"$PWD/n"}"
	builder stop
}

@test "killed in the middle of a build, the store is sound and builds it then" {
	up
	nix_setup
	wx-builder config -S >ssh_config
	derivation slow 'echo started; [ -e /tmp/go ] || sleep 30; echo 1 > $out' >t.nix
	build t.nix >/dev/null 2>&1 3>&- 4>&- &
	until wx-builder exec sh -c 'ps | grep -q "[s]leep 30"'; do sleep 0.1; done
	kill -KILL "$(wx-builder status -j | jq .pid)"
	run ! wait $!
	until [ "$(wx-builder status | cut -f2)" = dead ]; do sleep 0.1; done
	up
	run -0 builder exec nix-store --verify --check-contents
	builder exec touch /tmp/go
	[ "$(cat "$(build t.nix)")" = 1 ]
}

@test "machine, config: what is printed is what the programs read" {
	up
	line=$(wx-builder machine)
	[ "$(awk '{ print $8 }' <<<"$line" | base64 -d)" = "$(cut -d' ' -f1,2 "$K/default/host.pub")" ]
	[ "$line" = "ssh-ng://builder@wrapix-builder $(uname -m)-linux $K/default/nix $(nproc) 1 benchmark,big-parallel - $(awk '{ print $8 }' <<<"$line")" ]
	for o in "-f kvm" "-f big-parallel,kvm" "-s riscv64-linux" "-s $(uname -m)-linux,riscv64-linux"; do
		run -1 wx-builder machine $o
		[[ $output == "wx-builder: refusing "*" the builder's Nix does not have it, and would refuse such builds; where it does, say so in '$K/default/server/nix.conf' with: extra-"* ]] || fail "$o: $output"
	done
	printf '%s\n' 'extra-platforms = aarch64-linux x86_64-linux' 'extra-system-features = kvm' >"$K/default/server/nix.conf"
	[ "$(wx-builder machine -s aarch64-linux,x86_64-linux -J 3 -f kvm | cut -d' ' -f2,4,6)" = "aarch64-linux,x86_64-linux 3 kvm" ]
	rm "$K/default/server/nix.conf"
	nix_setup
	for form in -O -D; do
		wx-builder config $form >m.nix
		nix-instantiate --store dummy:// --eval --strict --json m.nix >m.json
		jq -e --arg k "$(awk '{ print $8 }' <<<"$line")" --arg f "$K/default/nix" '.nix.buildMachines[0] |
		    .publicHostKey == $k and .sshKey == $f and .hostName == "wrapix-builder" and .protocol == "ssh-ng"' m.json
	done
	jq -r '.environment.etc["ssh/ssh_config.d/100-wrapix-builder.conf"].text' m.json | diff - <(wx-builder config -S; echo)
	wx-builder config -S >ssh_config
	ssh -G -F ssh_config wrapix-builder >g
	grep -qx 'port 2222' g && grep -qx "identityfile $K/default/nix" g && grep -qx "userknownhostsfile $K/default/known_hosts" g
	[ "$(wx-builder config -j)" = "$(wx-builder machine -j)" ]
	[ "$(wx-builder config -j | jq -r 'keys_unsorted | join(" ")')" = "name uri host address port user systems max_jobs features key known_hosts public_host_key_base64" ]
}

@test "the settings take paths with blanks, quotes and dollars, or say that they do not" {
	export XDG_DATA_HOME="$PWD/a \$b ''c'' 10%"
	mkdir -p "$XDG_DATA_HOME/wrapix/builder-keys"
	chmod 700 "$XDG_DATA_HOME" "$XDG_DATA_HOME/wrapix"
	cp -a "$K/default" "$XDG_DATA_HOME/wrapix/builder-keys/"
	nix_setup
	wx-builder config -O >m.nix
	nix-instantiate --store dummy:// --eval --strict --json m.nix >m.json
	[ "$(jq -r '.nix.buildMachines[0].sshKey' m.json)" = "$XDG_DATA_HOME/wrapix/builder-keys/default/nix" ]
	[ "$(jq -r '.programs.ssh.extraConfig' m.json)" = "$(wx-builder config -S)" ]
	wx-builder config -S >ssh_config
	ssh -G -F ssh_config wrapix-builder | grep -qxF "userknownhostsfile \"$XDG_DATA_HOME/wrapix/builder-keys/default/known_hosts\"" ||
	    ssh -G -F ssh_config wrapix-builder | grep -qxF "userknownhostsfile $XDG_DATA_HOME/wrapix/builder-keys/default/known_hosts" || fail "$(ssh -G -F ssh_config wrapix-builder | grep known)"
	run -1 wx-builder machine
	[[ $output == *"a blank, # or ; is in the path; set XDG_DATA_HOME to another" ]]
	mv "$XDG_DATA_HOME" "$PWD/\${b}"
	XDG_DATA_HOME="$PWD/\${b}" run -1 wx-builder config -S
	[[ $output == *"cannot say '$PWD/\${b}/"*"to ssh: "* ]]
}

# --- what the engines are told

# A client that keeps the argv of run, and then fails.
client() {
	mkdir -p fake
	cat >"fake/$1" <<-'C'
	#!/bin/sh
	case $1:$2 in
	run:* | --default-mounts-file=*:run) for w; do printf '%s\n' "$w"; done >$HOME/argv; echo 'Error: made up' >&2; exit 125 ;;
	image:inspect) echo '[{"Id": "1", "Labels": {"wrapix.builder": "1"}}]' ;;
	container:*) echo 'Error: no such container' >&2; exit 125 ;;
	inspect:*) echo '[]' ;;
	*) echo "$@" >>$HOME/other ;;
	esac
	C
	chmod 755 "fake/$1"
	HOME=$PWD
	PATH=$PWD/fake:$PATH
}

@test "podman's argv is the golden one; where it fails that is said, and nothing is left" {
	client podman
	run -1 wx-builder start -p 2345
	[ "$output" = "wx-builder: cannot start builder 'default': podman: made up" ] || fail "$output"
	diff -u "$WX_TREE/tests/golden/builder-podman.argv" <(sed "s#$PWD#/home/u#" argv)
	[ "$(tail -n 1 other)" = "rm --force --ignore --time=2 -- wrapix-builder" ]
}

@test "start: a /dev/net/tun that is closed is said with its mend, and not in the words of a helper of podman's" {
	client podman
	: >closed
	chmod 0 closed
	# Namespaces in which that one is closed.
	unshare -m -U --map-user="$(id -u)" --map-group="$(id -g)" --keep-caps mount --bind closed /dev/net/tun || skip "no namespaces here"
	run -1 unshare -m -U --map-user="$(id -u)" --map-group="$(id -g)" --keep-caps sh -c 'mount --bind closed /dev/net/tun && exec setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=-all wx-builder start -p 2345'
	[ "$output" = "wx-builder: cannot start builder 'default': a container's network wants '/dev/net/tun', which you may not open; mend it with: sudo chmod 666 /dev/net/tun" ] || fail "$output"
	[ ! -e argv ]
}

@test "the argv of Apple's container is the golden one" {
	client container
	run -1 wx-builder start -e container -c 4 -m 8G -N it
	[ "$output" = "wx-builder: cannot start builder 'it': container: made up" ] || fail "$output"
	diff -u "$WX_TREE/tests/golden/builder-container.argv" <(sed "s#$PWD#/home/u#" argv)
}

@test "refused: what does not go together" {
	for o in "start -P" "exec -j" "stop -T 5" "status -a -N it" "config -D -O" "start it" "-N" "nonesuch" "start -T 0" \
	    "start -c 0" "start -m 5X" "start -N -x" "start -N A" "machine -s ,a" "start -e docker" ""; do
		want=2
		[[ $o != exec* ]] || want=125
		run -$want wx-builder $o
	done
}
