# SPDX-License-Identifier: MIT
load lib/helper
load lib/podman

# wx-check -a, and --check for the engine podman: each precondition, met and not,
# by fakes on PATH and files of our own in their places; and that looking makes nothing.
setup_file() {
	command -v podman >/dev/null || return 0
	podman_setup_file
}

teardown_file() {
	[ ! -d "$BATS_FILE_TMPDIR/podman" ] || podman_teardown_file
}

local_setup() {
	T=$BATS_TEST_TMPDIR
	WX=$(command -v wx-check)
	mkdir project "$T/bin"
	cd project || return
	for c in bwrap newuidmap newgidmap crun; do
		ln -s "$(type -P true)" "$T/bin/$c"
	done
	fake_podman 4.3.1
}

# fake_podman VERSION [IMAGE...]: that has these images.
fake_podman() {
	cat >"$T/bin/podman" <<-F
	#!/bin/sh
	echo "\$*" >>"$T/asked"
	case "\$*" in
	--version) echo "podman version $1" ;;
	"image exists -- have") ;;
	*) exit 1 ;;
	esac
	F
	chmod 755 "$T/bin/podman"
}

# look ARGUMENT...: with our programs alone.
look() {
	PATH=$T/bin "$WX" "$@"
}

# line NAME: that line for podman.
line() {
	look -n none -e podman | grep -E "^(ok|no) $1: "
}

# within SOURCE DEST...: look, with files in the place of the system's. What needs
# set-uid cannot be met there.
within() {
	local binds=()
	while [ "$1" != -- ]; do
		binds+=(--ro-bind "$1" "$2")
		shift 2
	done
	shift
	bwrap --dev-bind / / "${binds[@]}" -- env PATH="$T/bin" "$WX" "$@"
}

conf() {
	mkdir -p "$HOME/.config/containers"
	printf "$1" >"$HOME/.config/containers/storage.conf"
}

# Nothing but the empty folder that podman 5 makes when it is asked for its version.
no_storage() {
	[ -z "$(find "$HOME" -mindepth 1 ! -path "$HOME/.config")" ] || fail "$(find "$HOME")"
}

@test "-a: a line for each, and 0 if one can be used" {
	run -0 wx-check -a
	[ "$(cut -d' ' -f2 <<<"$output" | xargs)" = "bwrap: podman: container:" ] || fail "$output"
	[[ ${lines[0]} == "ok bwrap: bubblewrap "[0-9]* ]] || fail "$output"
	[ "${lines[2]}" = "no container: Apple's container is for macOS" ]
	run ! grep -vE '^(ok|no) [a-z]+: ' <<<"$output"
	no_storage
	run -1 bash -c 'wx-check -a >/dev/full'
}

@test "-a: none can be used: 1, and why" {
	rm "$T"/bin/*
	run -1 look -a
	[ "$output" = "no bwrap: not on PATH; mend: apt install bubblewrap
no podman: not on PATH; mend: apt install podman
no container: Apple's container is for macOS" ] || fail "$output"
	# One that is there and fails its trial.
	printf '#!/bin/sh\n[ "$1" != --version ] || { echo bubblewrap 0.8.0; exit; }\necho "bwrap: No permissions" >&2; exit 1\n' >"$T/bin/bwrap"
	chmod 755 "$T/bin/bwrap"
	run -1 look -a
	[ "${lines[0]}" = "no bwrap: bubblewrap 0.8.0; bwrap: No permissions; mend: sysctl -w user.max_user_namespaces=15000" ] || fail "$output"
}

@test "-a: podman alone will do; what it lacks first is said" {
	grep -q "^$(id -un):" /etc/subuid || skip "this user has no range in /etc/subuid"
	rm "$T/bin/bwrap" "$T"/bin/new?idmap
	ln -s "$(command -v newuidmap)" "$(command -v newgidmap)" "$T/bin"
	conf '[storage]\ndriver = "overlay"\n'
	if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
		run -0 look -a
		[ "${lines[1]}" = "ok podman: podman version 4.3.1, $T/bin/podman; not tried" ] || fail "$output"
	fi
	conf '[storage]\ndriver = "vfs"\n'
	run -1 look -a
	[[ ${lines[1]} == "no podman: podman version 4.3.1, $T/bin/podman; storage: vfs, "*"; mend: mkdir -p ~/.config/containers; "* ]] || fail "$output"
}

@test "Apple's container, where the system says that it is Darwin" {
	command -v cc >/dev/null || skip "no cc"
	[ -z "$WX_SAN" ] || skip "sanitizers want to be loaded first"
	printf '#include <string.h>\n#include <sys/utsname.h>\nint uname(struct utsname *u) { memset(u, 0, sizeof(*u)); strcpy(u->sysname, "Darwin"); return 0; }\n' >"$T/u.c"
	cc -shared -fPIC -o "$T/u.so" "$T/u.c"
	rm "$T"/bin/*
	darwin() { PATH=$T/bin LD_PRELOAD=$T/u.so "$WX" -a | tail -n 1; }
	[ "$(darwin)" = "no container: not on PATH; mend: https://github.com/apple/container/releases, then: container system start" ] || fail "$(darwin)"
	fake_container() { printf '#!/bin/sh\ncase "$*" in --version) echo "container CLI version $2";; "system status") exit %s;; *) exit 9;; esac\n' "$1" | sed "s/\$2/$2/" >"$T/bin/container"; chmod 755 "$T/bin/container"; }
	fake_container 1 1.0.0
	[ "$(darwin)" = "no container: its service is not running; mend: container system start" ] || fail "$(darwin)"
	fake_container 0 1.2.0
	[ "$(darwin)" = "ok container: container CLI version 1.2.0" ] || fail "$(darwin)"
	fake_container 0 0.5.0
	[[ $(darwin) == "no container: container CLI version 0.5.0; mend: 1.0.0 or newer: "* ]] || fail "$(darwin)"
	printf '#!/bin/sh\nexit 1\n' >"$T/bin/container"
	[[ $(darwin) == "no container: 'container --version' fails; "* ]] || fail "$(darwin)"
}

@test "podman: by the engine, by an image, by the profile" {
	echo '{"image": "x"}' >"$T/image"
	echo '{"engine": "podman"}' >"$T/engine"
	for o in '-e podman' '-i x' '-e auto -i x' "-p $T/image" "-p $T/engine"; do
		look -n none $o >"$T/out" || :
		grep -q '^ok podman: ' "$T/out" || fail "$o: $(cat "$T/out")"
		run ! grep -q '^.. sandbox: ' "$T/out"
		grep -q '^ok network: no helper needed' "$T/out"
	done
	look -n none >"$T/out" || :
	run ! grep podman "$T/out"
	look -n none -e bwrap -p "$T/image" >"$T/out" || :
	run ! grep podman "$T/out"
}

@test "podman's version: 4.3 at least" {
	for v in 4.3.0 4.10.1 5.0.0-rc1 10.1; do
		fake_podman "$v"
		[ "$(line podman)" = "ok podman: podman version $v, $T/bin/podman" ] || fail "$v: $(line podman)"
	done
	for v in 4.2.9 3.4.4 '' x; do
		fake_podman "$v"
		[[ $(line podman) == "no podman: podman version"*"; mend: podman 4.3 or newer" ]] || fail "$v: $(line podman)"
	done
	printf '#!/bin/sh\nexit 3\n' >"$T/bin/podman"
	[[ $(line podman) == "no podman: '$T/bin/podman --version' fails; mend: "* ]] || fail "$(line podman)"
	rm "$T/bin/podman"
	[ "$(line podman)" = "no podman: not on PATH; mend: apt install podman" ]
}

@test "ranges of users: the user's, by name or number, and a mend that takes nobody else's" {
	me=$(id -un)
	ids() {
		printf "$1" >"$T/subuid"
		printf "$2" >"$T/subgid"
		within "$T/subuid" /etc/subuid "$T/subgid" /etc/subgid -- -n none -e podman | grep '^.. users: '
	}
	[ "$(ids "$me:100000:65536\n" "$(id -u):1:65536\n")" = "ok users: 65536 in /etc/subuid and 65536 in /etc/subgid for '$me'" ] || fail "$(cat "$T/subgid")"
	[[ $(ids "$me:1:30000\n$me:90000:40000\n" "x:1:1\n$me:5:65536") == "ok users: 70000 "* ]]
	want="no users: 0 in /etc/subuid and 65536 in /etc/subgid for '$me', of 65536; mend: sudo usermod --add-subuids 300000-365535 $me && podman system migrate"
	[ "$(ids "x$me:1:65536\nother:200000:100000\n" "$me:1:65536\n")" = "$want" ] || fail "$(ids "x$me:1:65536\nother:200000:100000\n" "$me:1:65536\n")"
	[ "$(ids '# none\n' '')" = "no users: 0 in /etc/subuid and 0 in /etc/subgid for '$me', of 65536; mend: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $me && podman system migrate" ]
	[[ $(ids "$me:1:65536\n" '') == "no users: 65536 in "*" and 0 in "*"; mend: sudo usermod --add-subgids 100000-165535 $me "* ]]
	[[ $(ids "$me:1:65535\n" "$me:1:65536\n") == "no users: 65535 in "* ]]
}

@test "newuidmap, newgidmap and the runtime" {
	[ "$(line newuidmap)" = "no newuidmap: $T/bin/newuidmap is not set-uid root; mend: sudo chmod u+s $T/bin/newuidmap" ] || fail "$(line newuidmap)"
	rm "$T"/bin/new?idmap
	[ "$(line newgidmap)" = "no newgidmap: not on PATH; mend: apt install uidmap" ] || fail "$(line newgidmap)"
	if [ -u /usr/bin/newuidmap ]; then
		ln -s /usr/bin/newuidmap "$T/bin"
		[ "$(line newuidmap)" = "ok newuidmap: $T/bin/newuidmap" ]
	fi
	[ "$(line runtime)" = "ok runtime: $T/bin/crun" ]
	mv "$T/bin/crun" "$T/bin/runc"
	[ "$(line runtime)" = "ok runtime: $T/bin/runc" ]
	rm "$T/bin/runc"
	[ "$(line runtime)" = "no runtime: neither crun nor runc is on PATH; mend: apt install crun" ]
}

@test "storage: the trap of vfs, named, made, or where nothing is named" {
	vfs='vfs, which copies the image at each start'
	mend="mend: mkdir -p ~/.config/containers; printf '[storage]\ndriver = \"overlay\"\n' > ~/.config/containers/storage.conf"
	root=$HOME/.local/share/containers/storage
	if [ ! -e /etc/containers/storage.conf ] && [ ! -e /usr/share/containers/storage.conf ]; then
		[ "$(line storage)" = "no storage: none is made yet, and no driver named: podman 4 may take $vfs; $mend" ] || fail "$(line storage)"
		fake_podman 5.4.0
		[ "$(line storage)" = "ok storage: no driver is named, podman chooses; none is made yet" ] || fail "$(line storage)"
		fake_podman 4.3.1
	fi
	conf '# driver = "overlay"\n[storage.options]\ndriver = "overlay"\n[storage]\ndriver="vfs"\n'
	[ "$(line storage)" = "no storage: $vfs: named by $HOME/.config/containers/storage.conf; $mend" ] || fail "$(line storage)"
	[ "$(STORAGE_DRIVER=overlay line storage)" = "ok storage: overlay; none is made yet" ] || fail "$(STORAGE_DRIVER=overlay line storage)"
	conf "[storage]\n  driver = 'overlay' # so\n"
	[ "$(line storage)" = "ok storage: overlay; none is made yet" ] || fail "$(line storage)"
	[ "$(STORAGE_DRIVER=vfs line storage)" = "no storage: $vfs: named by STORAGE_DRIVER; mend: unset STORAGE_DRIVER" ] || fail "$(STORAGE_DRIVER=vfs line storage)"
	# What was made stays.
	mkdir -p "$root/vfs-images"
	[ "$(line storage)" = "no storage: $vfs: made so in '$root'; $mend; podman system reset (its images and containers are lost)" ] || fail "$(line storage)"
	mv "$root/vfs-images" "$root/overlay-images"
	[ "$(line storage)" = "ok storage: overlay in '$root'" ]
	# Elsewhere.
	conf "[storage]\ndriver = \"overlay\"\ngraphroot = \"$T/elsewhere\"\n"
	mkdir -p "$T/elsewhere/vfs-images"
	[[ $(line storage) == "no storage: $vfs: made so in '$T/elsewhere'; "* ]] || fail "$(line storage)"
	printf '[storage]\ndriver = "overlay"\n' >"$T/other.conf"
	[ "$(CONTAINERS_STORAGE_CONF=$T/other.conf line storage)" = "ok storage: overlay in '$root'" ]
	# The mend, as it stands, mends.
	rm -r "$HOME/.config" "$root"
	eval "${mend#mend: }"
	[ "$(line storage)" = "ok storage: overlay; none is made yet" ]
}

@test "cgroups and SELinux" {
	mkdir -p "$T/hybrid/unified" "$T/one" "$T/fs/selinux" "$T/fs/cgroup"
	in_fs() { bwrap --dev-bind / / --bind "$1" "$2" -- env PATH="$T/bin" "$WX" -n none -e podman | grep -E '^.. (cgroup|selinux): '; }
	run in_fs "$T/hybrid" /sys/fs/cgroup
	[ "${lines[0]}" = "no cgroup: versions 1 and 2 mixed, which crun refuses; mend: boot with systemd.unified_cgroup_hierarchy=1" ] || fail "$output"
	[ "${lines[1]}" = "ok selinux: not enforcing" ]
	mv "$T/bin/crun" "$T/bin/runc"
	run in_fs "$T/hybrid" /sys/fs/cgroup
	[ "${lines[0]}" = "no cgroup: none that is the user's, without which only crun can be the runtime; mend: apt install crun" ] || fail "$output"
	mv "$T/bin/runc" "$T/bin/crun"
	run in_fs "$T/fs" /sys/fs
	[ "${lines[0]}" = "ok cgroup: version 1, the user's: none; memory and processes are limited by rlimits, processors not" ] || fail "$output"
	echo 1 >"$T/fs/selinux/enforce"
	run in_fs "$T/fs" /sys/fs
	[[ ${lines[1]} == "ok selinux: enforcing: the container runs without a label"* ]] || fail "$output"
	in_argv() { bwrap --dev-bind / / --bind "$T/fs" /sys/fs -- env PATH="$T/bin" "$(dirname "$WX")/wx-run" -n none -i x -A true | grep -c label=; }
	[ "$(in_argv)" = 1 ] || fail "no label=disable"
	echo 0 >"$T/fs/selinux/enforce"
	[ "$(in_argv)" = 0 ] || fail "label=disable"
	run in_fs "$T/fs" /sys/fs
	[ "${lines[1]}" = "ok selinux: not enforcing" ] || fail "$output"
	if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
		[[ $(line cgroup) == "ok cgroup: version 2, the user's: "* ]] || fail "$(line cgroup)"
	fi
}

@test "an image is asked for only where there is a storage" {
	image() { look -n none -i "$1" | grep '^.. image: '; }
	[ "$(image have)" = "no image: have is not here; mend: podman pull have" ]
	run ! grep image "$T/asked"
	mkdir -p "$HOME/.local/share/containers/storage/overlay-images"
	[ "$(image have)" = "ok image: have" ]
	[ "$(image docker.io/library/x:1)" = "no image: docker.io/library/x:1 is not here; mend: podman pull docker.io/library/x:1" ]
	[ "$(image localhost/x)" = "no image: localhost/x is not here; mend: podman build -t localhost/x DIR" ]
	[ -z "$(image docker://x)" ]
}

@test "the real podman: looking makes no storage; with all there, 0" {
	command -v podman >/dev/null || skip "no podman"
	wx-check -a >/dev/null || :
	wx-check -n none -i localhost/x >"$T/out" || :
	no_storage
	podman_setup
	run -0 wx-check -n none -i "$IMAGE"
	for n in kernel podman users newuidmap newgidmap runtime storage cgroup selinux image network state limits; do
		grep -q "^ok $n: " <<<"$output" || fail "no $n: $output"
	done
	run -1 wx-check -n none -i localhost/absent
	[[ $output == *"no image: localhost/absent is not here"* ]]
	run -0 wx-check -a
	[[ $output == *"ok podman: podman version "* ]] || fail "$output"
}

@test "wx-run -K and --engines are wx-check; alone with -s it asks wx-run nothing" {
	diff <(wx-run -n none -K) <(wx-check -n none)
	diff <(wx-run --engines) <(wx-check -a)
	echo '{"network": "none", "image": "localhost/x"}' >"$T/prof"
	diff <(wx-run -p "$T/prof" -K) <(wx-check -p "$T/prof")
	wx-check -p "$T/prof" >"$T/out" || :
	grep -q '^.. podman: ' "$T/out" && grep -qx 'ok network: no helper needed' "$T/out" || fail "$(cat "$T/out")"
	diff <(wx-run -C / -K 2>&1) <(wx-check -C / 2>&1)
	mkdir "$T/alone"
	cp "$WX" "$T/alone"
	PATH=$T/bin run -1 "$T/alone/wx-check"
	[ "$output" = "wx-check: wx-run is neither beside wx-check nor on PATH" ] || fail "$output"
	PATH=$T/bin "$T/alone/wx-check" -n none -s "$T/state/x" >"$T/out" || :
	grep -qx "ok state: $T/state/x" "$T/out" || fail "$(cat "$T/out")"
	cp "$(dirname "$WX")/wx-run" "$T/alone"
	rm "$T/alone/wx-check"
	PATH=$T/bin run -125 "$T/alone/wx-run" -n none -K
	[ "$output" = "wx-run: wx-check, which looks at the machine, is neither beside wx-run nor on PATH" ] || fail "$output"
	run -2 wx-check -b anthropic
	run -2 wx-check -s "$T" -p "$T/prof"
	run -2 wx-check word
}
