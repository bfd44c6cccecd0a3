# SPDX-License-Identifier: MIT
# For the tests of the engine podman: a storage of the file's own, and an image of
# busybox. To be loaded after helper and run.

# Not bats's descriptors: podman leaves processes that would hold them open.
podman() {
	command podman "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

# podman_setup_file: skips all, loudly, where podman cannot run. (Its trial is
# detached: 4.3 waits 20 s for the status of one that has ended.)
podman_setup_file() {
	local dir=$BATS_FILE_TMPDIR/podman
	mkdir -m 700 "$dir"
	# It keeps its things in HOME: one for the file. Its clean-up refuses to run where
	# the name of the other folder has more than 39 letters.
	export HOME=$dir/home XDG_RUNTIME_DIR
	XDG_RUNTIME_DIR=${WX_RUNTIME_DIR:-$(mktemp -d /tmp/wx-pod.XXXXXX)}
	echo "$XDG_RUNTIME_DIR" >"$dir/runtime"
	mkdir -p "$HOME/.config/containers"
	printf '[storage]\ndriver = "overlay"\n' >"$HOME/.config/containers/storage.conf"
	[ -z "${WX_RUNTIME-}" ] || printf '[engine]\nruntime = "%s"\n' "$WX_RUNTIME" >"$HOME/.config/containers/containers.conf"
	local cgroups=disabled
	[ -z "${WX_RUNTIME_DIR-}" ] || cgroups=enabled
	export IMAGE=localhost/wx-busybox:1
	mkdir -p "$dir/root/bin" "$dir/root/tmp" "$dir/root/etc"
	"$WX_TREE/tests/lib/busybox-links" "$dir/root/bin"
	if ! tar -C "$dir/root" -c . | podman import -q -c 'ENV OF_IMAGE=yes' - "$IMAGE" >"$dir/said" 2>&1 ||
	    ! podman run --detach --cgroups=$cgroups --network=none --userns=keep-id "$IMAGE" true >>"$dir/said" 2>&1 ||
	    ! podman rm --all --force --time 0 >/dev/null 2>>"$dir/said"; then
		echo "# podman cannot run here, its tests are skipped: $(tail -n 1 "$dir/said")" >&3
		touch "$dir/cannot"
	fi
}

# podman_setup: for each test, after helper's setup
podman_setup() {
	export HOME=$BATS_FILE_TMPDIR/podman/home XDG_RUNTIME_DIR
	XDG_RUNTIME_DIR=$(cat "$BATS_FILE_TMPDIR/podman/runtime")
	[ ! -e "$BATS_FILE_TMPDIR/podman/cannot" ] || skip "podman cannot run here"
}

podman_teardown_file() {
	export HOME=$BATS_FILE_TMPDIR/podman/home XDG_RUNTIME_DIR
	XDG_RUNTIME_DIR=$(cat "$BATS_FILE_TMPDIR/podman/runtime")
	podman unshare rm -rf "$HOME/.local/share/containers" "$XDG_RUNTIME_DIR/containers" 2>/dev/null || :
	# Ends the process that holds the user namespace.
	podman system migrate 2>/dev/null || :
	[ -n "${WX_RUNTIME_DIR-}" ] || rm -rf "$XDG_RUNTIME_DIR"
}

# in_image OPTIONS -- COMMAND
in_image() {
	wx-run -i "$IMAGE" "$@"
}

# nothing_left: no container, no staged file.
nothing_left() {
	[ -z "$(podman ps -aq)" ] || fail "containers: $(podman ps -a)"
	[ -z "$(find "$HOME" -path '*.run/stage-*')" ] || fail "$(find "$HOME" -path '*.run/stage-*')"
}
