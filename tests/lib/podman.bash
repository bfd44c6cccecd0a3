# SPDX-License-Identifier: MIT
# For the tests of the engine podman: a storage of the file's own, and an image of
# busybox. To be loaded after helper and run.

# podman_setup_file: skips all, loudly, where podman cannot run.
podman_setup_file() {
	local dir=$BATS_FILE_TMPDIR/podman
	mkdir -m 700 "$dir" "$dir/run"
	printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/graph"\nrunroot = "%s/runroot"\n' \
	    "$dir" "$dir" >"$dir/storage.conf"
	export CONTAINERS_STORAGE_CONF=$dir/storage.conf XDG_RUNTIME_DIR=$dir/run
	export IMAGE=localhost/wx-busybox:1
	mkdir -p "$dir/root/bin" "$dir/root/tmp" "$dir/root/etc"
	cp "$(command -v busybox)" "$dir/root/bin/busybox"
	for c in $("$dir/root/bin/busybox" --list); do
		ln -s busybox "$dir/root/bin/$c" 2>/dev/null || :
	done
	if ! tar -C "$dir/root" -c . | podman import -q -c 'ENV OF_IMAGE=yes' - "$IMAGE" >"$dir/said" 2>&1 ||
	    ! podman run --rm --cgroups=disabled --network=none --userns=keep-id "$IMAGE" true >>"$dir/said" 2>&1; then
		echo "# podman cannot run here, its tests are skipped: $(tail -n 1 "$dir/said")" >&3
		touch "$dir/cannot"
	fi
}

podman_teardown_file() {
	podman unshare rm -rf "$BATS_FILE_TMPDIR/podman/graph" "$BATS_FILE_TMPDIR/podman/runroot" 2>/dev/null || :
	# Ends the process that holds the user namespace.
	podman system migrate 2>/dev/null || :
}

podman_or_skip() {
	[ ! -e "$BATS_FILE_TMPDIR/podman/cannot" ] || skip "podman cannot run here"
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
