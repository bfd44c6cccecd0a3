# SPDX-License-Identifier: MIT
# sanitizers: no, of podman: minutes
# takes: 90 s
# wx-image, and wx-run -i by it: images from archives and directories, and --pull. What podman
# has is looked at more than what runs in it.
load lib/helper
load lib/run
load lib/podman

setup_file() {
	podman_setup_file
	[ ! -e "$BATS_FILE_TMPDIR/podman/cannot" ] || return 0
	export A=$BATS_FILE_TMPDIR/archives
	mkdir "$A"
	tar -C "$BATS_FILE_TMPDIR/podman/root" -c . | podman import -q -c 'ENV OF_IMAGE=two' - localhost/wx-two:1 >/dev/null
	podman save -q -o "$A/one.tar" "$IMAGE"
	podman save -q -o "$A/two.tar" localhost/wx-two:1
	podman save -q --format oci-archive -o "$A/oci.tar" "$IMAGE"
	podman save -q -m -o "$A/both.tar" "$IMAGE" localhost/wx-two:1
	gzip -k "$A/one.tar" "$A/oci.tar"
	cp "$A/one.tar" "$A/aged.tar"
	podman rmi localhost/wx-two:1 >/dev/null
}

teardown_file() {
	podman_teardown_file
}

local_setup() {
	podman_setup
	run_setup
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
	ours | xargs -r podman rmi -f >/dev/null
	podman image prune -f >/dev/null
	fakes=$BATS_TEST_TMPDIR/fakes
	mkdir "$fakes"
}

# What of ours podman has.
ours() {
	podman images --format '{{.Repository}}:{{.Tag}}' | grep '^localhost/wrapix/' | sort || :
}

called() {
	printf 'localhost/wrapix/%s:%.32s\n' "$1" "$(sha256sum <"$2")"
}

# start SPEC [OPTION...]: a run that tells which image it has
start() {
	timeout 100 wx-run -n none -i "$@" -- sh -c 'echo "$OF_IMAGE"'
}

# refused WORDS SPEC [OPTION...]: one line, these words in it, 125, nothing loaded
refused() {
	local want=$1
	shift
	run -125 start "$@"
	[ "${#lines[@]}" -eq 1 ] && [[ $output == wx-@(run|image)": "*"$want"* ]] || fail "'$want': $output"
	nothing_loaded
}

nothing_loaded() {
	[ -z "$(ours)" ] || fail "loaded: $(ours)"
	[ -z "$(podman images -q --filter dangling=true)" ] || fail "half: $(podman images)"
	[ ! -e "$XDG_STATE_HOME/wrapix/load" ] || fail "$(find "$XDG_STATE_HOME/wrapix/load")"
}

# fake NAME: the program's calls are noted in the file NAME, then what stdin says is done.
fake() {
	{ printf '#!/bin/sh\necho "$*" >>%q\n' "$BATS_TEST_TMPDIR/$1"; cat; } >"$fakes/$1"
	chmod +x "$fakes/$1"
	: >"$BATS_TEST_TMPDIR/$1"
	PATH=$WX_BUILD:$fakes:/usr/local/bin:/usr/bin:/bin
}

calls() {
	grep -c -e "$2" "$BATS_TEST_TMPDIR/$1" || :
}

# A hash is kept for a file that has not changed just now.
old_enough() {
	while [ $(($(date +%s) - $(stat -c %Z "$1"))) -le 3 ]; do read -rt 0.1 <> <(:) || :; done
}

@test "archives of both kinds, packed or not, have the name of their content" {
	for spec in docker-archive:one.tar docker-archive:one.tar.gz oci-archive:oci.tar oci-archive:oci.tar.gz; do
		file=$A/${spec#*:} base=${spec#*:}
		run -0 start "${spec%%:*}:$file"
		[ "$output" = yes ] || fail "$spec: $output"
		ours | grep -qxF "$(called "${base%%.*}" "$file")" || fail "$spec: $(ours)"
	done
	for packer in xz zstd; do
		command -v "$packer" >/dev/null || continue
		"$packer" -c "$A/one.tar" >"$BATS_TEST_TMPDIR/$packer"
		run -0 start "docker-archive:$BATS_TEST_TMPDIR/$packer"
		[ "$output" = yes ] || fail "$packer: $output"
	done
	ln -s "$A/two.tar" "$BATS_TEST_TMPDIR/Re_sult--1.2"
	cd "$BATS_TEST_TMPDIR"
	run -0 start docker-archive:Re_sult--1.2 -C project
	cd project
	[ "$output" = two ] || fail "$output"
	ours | grep -qxF "$(called re-sult-1-2 "$A/two.tar")" || fail "$(ours)"
	cp "$A/one.tar" "$HOME/at home.tar"
	run -0 start 'docker-archive:~/at home.tar'
	[ "$output" = yes ] || fail "$output"
	[ ! -e "$XDG_STATE_HOME/wrapix/load" ]
	nothing_left
}

@test "no XDG_RUNTIME_DIR: podman keeps what runs in TMPDIR, which is left as it is" {
	fake podman <<-'S'
	echo "${TMPDIR-none} $1 $2" >>"$HOME/tmpdirs"
	case $* in image\ exists*) exit 1 ;; pull\ *) echo 0123456789012345678901234567890123456789012345678901234567890123 ;; run\ *) exit 1 ;; esac
	S
	run env -u XDG_RUNTIME_DIR -u TMPDIR PATH="$fakes:$PATH" wx-run -n none -i "docker-archive:$A/one.tar" -- true
	grep -q '^none pull' ~/tmpdirs || fail "$output $(cat ~/tmpdirs)"
	run ! grep -v '^none ' ~/tmpdirs
	rm ~/tmpdirs
	run env -u XDG_RUNTIME_DIR TMPDIR=/var/tmp PATH="$fakes:$PATH" wx-run -n none -i "docker-archive:$A/one.tar" -- true
	run ! grep -v '^/var/tmp ' ~/tmpdirs
	rm ~/tmpdirs
	run env PATH="$fakes:$PATH" wx-run -n none -i "docker-archive:$A/one.tar" -- true
	grep -q '^\. pull' ~/tmpdirs || fail "$output $(cat ~/tmpdirs)"
}

@test "a second start loads nothing and reads nothing, until the file is another" {
	ln -s "$A/aged.tar" "$BATS_TEST_TMPDIR/a.tar"
	old_enough "$A/aged.tar"
	for p in podman sha256sum; do
		fake "$p" <<<"exec $(type -P "$p") \"\$@\""
	done
	start "docker-archive:$BATS_TEST_TMPDIR/a.tar"
	[ "$(calls sha256sum '')" = 1 ]
	[ "$(calls podman ' docker-archive:')" = 1 ]
	start "docker-archive:$BATS_TEST_TMPDIR/a.tar"
	[ "$(calls sha256sum '')" = 1 ] || fail "hashed again"
	[ "$(calls podman ' docker-archive:')" = 1 ] || fail "loaded again"
	# The same content elsewhere: another file, another name, no other image.
	cp "$A/one.tar" "$BATS_TEST_TMPDIR/b.tar"
	start "docker-archive:$BATS_TEST_TMPDIR/b.tar"
	[ "$(calls sha256sum '')" = 2 ]
	# Another of the same size and date, in its place, and written into it.
	truncate -s "$(stat -c %s "$A/one.tar")" "$BATS_TEST_TMPDIR/c.tar"
	[ "$(stat -c %s "$A/one.tar")" = "$(stat -c %s "$A/two.tar")" ]
	cp "$A/two.tar" "$BATS_TEST_TMPDIR/c.tar"
	touch -r "$BATS_TEST_TMPDIR/a.tar" "$BATS_TEST_TMPDIR/c.tar"
	mv "$BATS_TEST_TMPDIR/c.tar" "$BATS_TEST_TMPDIR/a.tar"
	[ "$(start "docker-archive:$BATS_TEST_TMPDIR/a.tar")" = two ]
	touch -r "$BATS_TEST_TMPDIR/a.tar" "$BATS_TEST_TMPDIR/date"
	cat "$A/one.tar" >"$BATS_TEST_TMPDIR/a.tar"
	touch -r "$BATS_TEST_TMPDIR/date" "$BATS_TEST_TMPDIR/a.tar"
	[ "$(start "docker-archive:$BATS_TEST_TMPDIR/a.tar")" = yes ]
	[ "$(start "docker-archive:$BATS_TEST_TMPDIR/b.tar")" = yes ]
	# Gone from podman, it is loaded again.
	ours | xargs podman rmi -f >/dev/null
	[ "$(start "docker-archive:$BATS_TEST_TMPDIR/b.tar")" = yes ]
}

@test "the images before it go when no container and no project has them" {
	a=$BATS_TEST_TMPDIR/a.tar
	cp "$A/two.tar" "$a"
	start "docker-archive:$a"
	one=$(called a "$A/one.tar") two=$(called a "$A/two.tar")
	mkdir ../other
	start "docker-archive:$a" -C ../other
	cp "$A/one.tar" "$a"
	start "docker-archive:$a"
	[ "$(ours | xargs)" = "$(printf '%s\n' "$one" "$two" | sort | xargs)" ] || fail "another project's: $(ours)"
	podman create -q --name user --cgroups=disabled --network=none "$two" true >/dev/null
	start "docker-archive:$a" -C ../other
	podman image exists "$two" || fail "a container's: $(ours)"
	podman rm -f user >/dev/null
	cp "$A/one.tar.gz" "$a"
	start "docker-archive:$a" -C ../other
	[ "$(ours | xargs)" = "$(printf '%s\n' "$(called a "$A/one.tar.gz")" "$one" | sort | xargs)" ] || fail "left: $(ours)"
	start "docker-archive:$a"
	[ "$(ours)" = "$(called a "$A/one.tar.gz")" ] || fail "left: $(ours)"
}

@test "two first starts at once: both run, one loads" {
	fake podman <<<"exec $(type -P podman) \"\$@\""
	for n in 1 2 3; do
		mkdir "../p$n"
		start "docker-archive:$A/one.tar.gz" -C "../p$n" >"../out$n" 2>&1 &
	done
	wait
	cat ../out? | xargs
	[ "$(cat ../out? | xargs)" = "yes yes yes" ]
	[ "$(calls podman ' docker-archive:')" = 1 ] || fail "$(cat ../podman)"
}

@test "an archive takes no name of the user's" {
	two=$(podman pull -q "docker-archive:$A/two.tar")
	podman tag "$two" localhost/wx-taken:1
	for format in docker-archive oci-archive; do
		podman save -q --format "$format" -o "../$format" localhost/wx-taken:1
	done
	podman tag "$IMAGE" localhost/wx-taken:1
	for format in docker-archive oci-archive; do
		[ "$(start "$format:$PWD/../$format" -C "$A/../podman/root/tmp")" = two ]
	done
	[ "$(podman run --rm --cgroups=disabled --network=none localhost/wx-taken:1 sh -c 'echo $OF_IMAGE')" = yes ]
	[ "$(podman image inspect --format '{{.RepoTags}}' "$two" | grep -c taken)" = 0 ]
}

@test "what is no image, and what cannot be read, is said in a line" {
	d=$BATS_TEST_TMPDIR/bad
	mkdir -p "$d/dir" "$d/x"
	head -c 5000 "$A/one.tar.gz" >"$d/cut.tar.gz"
	head -c 50000 "$A/one.tar" >"$d/cut.tar"
	head -c 5000 /dev/urandom >"$d/noise"
	: >"$d/empty"
	tar -C "$BATS_FILE_TMPDIR/podman/root" -cf "$d/rootfs.tar" .
	cp "$A/one.tar" "$d/closed.tar"
	chmod 0 "$d/closed.tar"
	mkfifo "$d/fifo"
	refused "cannot open image archive '$d/none': No such file" "docker-archive:$d/none"
	refused "image archive '$d/dir' is a folder" "oci-archive:$d/dir"
	refused "cannot open image archive '$d/closed.tar': Permission denied" "docker-archive:$d/closed.tar"
	refused "'$d/fifo' is no file that can be read twice" "docker-archive:$d/fifo"
	refused "'/dev/stdin' is no file that can be read twice" docker-archive:/dev/stdin <"$A/one.tar"
	refused "'$d/cut.tar.gz' cannot be unpacked: gzip: stdin: unexpected end of file; make it again" "docker-archive:$d/cut.tar.gz"
	refused "'$d/cut.tar' is cut off" "docker-archive:$d/cut.tar"
	refused "'$d/noise' is no tar archive" "docker-archive:$d/noise"
	refused "'$d/empty' holds no image" "oci-archive:$d/empty"
	refused "'$d/rootfs.tar' holds no image" "docker-archive:$d/rootfs.tar"
	refused "'$A/both.tar' holds 2 images" "docker-archive:$A/both.tar"
	refused "'$A/oci.tar' is an OCI archive: say oci-archive:FILE" "docker-archive:$A/oci.tar"
	refused "'$A/one.tar' is a docker archive: say docker-archive:FILE" "oci-archive:$A/one.tar"
	refused "'docker-archive:' names no file" docker-archive:
	refused "'rootfs:' names no folder" rootfs:
	for spec in docker://x dir:x oci:x oci:/x containers-storage:x foo:/x docker-daemon:x:1; do
		refused "'$spec' is no image that wx-run can take: say NAME, docker-archive:FILE" "$spec"
	done
	ln -s /usr/bin/* "$fakes"
	rm "$fakes/gzip"
	PATH=$WX_BUILD:$fakes
	refused "gzip, which that takes, is not on PATH" "docker-archive:$A/one.tar.gz"
}

@test "an archive that names itself twice, or by a link, is refused" {
	mkdir x
	tar -C x -xf "$A/one.tar"
	chmod -R u+w x
	tar -C x --exclude ./repositories -cf ../a.tar .
	run -0 start "docker-archive:$PWD/../a.tar"
	ours | xargs podman rmi -f >/dev/null
	podman image prune -f >/dev/null
	cp ../a.tar ../b.tar
	tar -C x -rf ../b.tar ./manifest.json
	refused "it has two manifests" "docker-archive:$PWD/../b.tar"
	mv x/manifest.json x/other.json
	ln -s other.json x/manifest.json
	tar -C x -cf ../c.tar .
	refused "its manifest is no file" "docker-archive:$PWD/../c.tar"
	# By a header of its own for the name, after one that hides it.
	rm x/manifest.json
	mv x/other.json x/manifest.json
	tar -C x --format=pax --pax-option='path:=manifest.json' --transform 's/.*/harmless/' -cf ../d.tar manifest.json
	(cd x && tar -rf ../../d.tar -- *)
	refused "it has two manifests" "docker-archive:$PWD/../d.tar"
	mkdir y
	tar -C y -xf "$A/oci.tar"
	ln -s . y/here
	tar -C y -cf ../e.tar .
	refused "holds a link or a device" "oci-archive:$PWD/../e.tar"
}

@test "from where the sandbox can write no image is taken" {
	cp "$A/one.tar" inside.tar
	mkdir root ../far
	ln -s "$PWD/inside.tar" ../link.tar
	ln -s "$A/one.tar" out.tar
	for file in inside.tar out.tar ../link.tar ../project/./inside.tar; do
		refused "where the sandbox can write it: move it" "docker-archive:$file"
	done
	refused "where the sandbox can write it" rootfs:root
	cp "$A/one.tar" ../far/x.tar
	refused "where the sandbox can write it" "docker-archive:$PWD/../far/x.tar" -m "$PWD/../far:/far:rw"
	run -125 wx-run -n none -i docker-archive:inside.tar --print-plan -- true
	mkdir -p ../root/in
	refused "which the sandbox can write, is in it" "rootfs:$PWD/../root" -C ../root/in
	refused "your home with all its keys is in it" rootfs:/
	refused "your home with all its keys is in it" "rootfs:$HOME"
}

@test "a folder as the root: read-only, by the user's id, nothing is put into it" {
	for odd in plain 'o:d"d' $'new\nline' 'bl ank'; do
		cp -r "$BATS_FILE_TMPDIR/podman/root" "../$odd"
	done
	find ../plain | sort >../before
	chmod 555 ../plain
	run -0 start rootfs:../plain -- sh -c 'id -u; touch /x || echo no; echo kept >f; cat /etc/hosts | wc -l'
	[ "${lines[0]}" = "$(id -u)" ] && [ "${lines[-2]}" = no ] && [ "${lines[-1]}" = 2 ] || fail "$output"
	[ "$(cat f)" = kept ]
	find ../plain | sort | diff ../before -
	chmod 755 ../plain
	for odd in 'o:d"d' $'new\nline' 'bl ank'; do
		run -0 start "rootfs:$PWD/../$odd"
	done
	mkdir '../a,b' '../a\b'
	refused "overlay takes no path with a comma or backslash" 'rootfs:../a,b'
	refused "overlay takes no path with a comma or backslash" 'rootfs:../a\b'
	refused "is a file: unpack it" "rootfs:$A/one.tar"
	refused "No such file" rootfs:../none
	nothing_left
}

@test "paths with colons, commas, blanks, newlines" {
	refused "/project/no\\nwhere' lies" $'docker-archive:no\nwhere'
	refused "cannot open image archive '/no\\nwhere'" $'docker-archive:/no\nwhere'
	for odd in 'a:b.tar' 'a,b "c".tar' $'a\nb' ':0' '-a'; do
		mkdir -p "../d/$odd"
		cp "$A/one.tar" "../d/$odd/$odd"
		run -0 start "docker-archive:../d/$odd/$odd"
		[ "$output" = yes ] || fail "$odd: $output"
	done
}

@test "the plan and the argv show what was said, and load nothing" {
	run -0 wx-run -n none -i "docker-archive:$A/../archives/one.tar" --print-plan -- true
	[ "$(jq -r .engine,.image <<<"$output" | xargs)" = "podman docker-archive:$A/one.tar" ] || fail "$output"
	run -0 wx-run -n none -i "oci-archive:$A/oci.tar" --print-argv -- true
	grep -qxF -- "oci-archive:$A/oci.tar" <<<"$output" || fail "$output"
	grep -qxF -- --pull=never <<<"$output" || fail "$output"
	run -0 wx-run -n none -i "rootfs:$A" --print-argv -- true
	grep -xF -A 2 -- --rootfs <<<"$output" | xargs | grep -qxF -- "--rootfs -- $A:O" || fail "$output"
	nothing_loaded
	[ ! -e "$XDG_STATE_HOME/wrapix/images" ]
	printf '{"image": "docker-archive:%s/one.tar", "network": "none"}' "$A" >../profile
	run -0 timeout 100 wx-run -p ../profile -- sh -c 'echo $OF_IMAGE'
	[ "$output" = yes ] || fail "$output"
	echo '{"image": "docker-archive:one.tar"}' >../profile
	run -125 wx-run -p ../profile -- true
	[[ $output == *"key 'image': its path must be absolute, or begin with '~/'" ]] || fail "$output"
	echo '{"image": "dir:/x"}' >../profile
	run -125 wx-run -p ../profile -- true
	[[ $output == *"key 'image': is no image that wx-run can take"* ]] || fail "$output"
	echo '{"image": "x", "pull": true}' >../profile
	run -125 wx-run -p ../profile -- true
	[[ $output == *"key 'pull': unknown"* ]] || fail "$output"
}

@test "nothing is pulled without --pull; with it, what is missing, before the run" {
	fake podman <<<'case $* in image\ exists*) exit 1 ;; pull\ *) echo progress >&2; echo id ;; esac'
	run wx-run -n none -i quay.example/x:1 -- true
	[ "$(calls podman '^pull ')" = 0 ] && [ "$(calls podman ' --pull=never ')" = 1 ] || fail "$(cat ../podman)"
	: >../podman
	run --separate-stderr wx-run -n none -i quay.example/x:1 --pull -- true
	[ "$(sed -n 2p ../podman)" = "pull -- quay.example/x:1" ] || fail "$(cat ../podman)"
	[[ "$(sed -n 3p ../podman)" == "--default-mounts-file=/dev/null run "*" --pull=never "* ]] || fail "$(cat ../podman)"
	[ "${stderr_lines[0]}" = progress ] && [ -z "$output" ] || fail "$output $stderr"
	fake podman <<<"exec $(PATH=/usr/bin:/bin type -P podman) \"\$@\""
	run -0 start "$IMAGE" --pull
	[ "$(calls podman '^pull ')" = 0 ]
	# No registry is there, so podman says that it cannot; it asks three times.
	fake podman <<<'case $* in image\ exists*) exit 1 ;; pull\ *) echo "Error: no registry" >&2; exit 125 ;; esac'
	run -125 wx-run -n none -i quay.example/x:1 --pull -- true
	[ "$output" = "Error: no registry"$'\n'"wx-image: cannot pull image 'quay.example/x:1': podman pull failed" ] || fail "$output"
	[ "$(calls podman '^run ')" = 0 ]
	fake podman <<<'echo "Error: broken" >&2; exit 125'
	run -125 wx-run -n none -i "docker-archive:$A/one.tar" -- true
	[ "$output" = "wx-image: podman cannot look for image '$(called one "$A/one.tar")': broken" ] || fail "$output"
	run -125 wx-run -n none -i "docker-archive:$A/one.tar" --pull -- true
	[[ $output == *"only a name can be pulled, not 'docker-archive:"* ]] || fail "$output"
	run -125 wx-run -n none --pull -- true
	[[ $output == *"engine 'bwrap' pulls no image"* ]] || fail "$output"
}

@test "a full disk and a failed load leave nothing" {
	run -125 bash -c 'trap "" XFSZ; ulimit -f 100; exec wx-run -n none -i "docker-archive:$0" -- true' "$A/one.tar"
	[ "$output" = "wx-image: image archive '$A/one.tar' cannot be copied: File too large" ] || fail "$output"
	nothing_loaded
	fake podman <<-S
	case \$* in *" docker-archive:"*) echo 'time="x" level=error' >&2; echo 'Error: writing blob: no space left on device' >&2; exit 125 ;; esac
	exec $(type -P podman) "\$@"
	S
	run -125 wx-run -n none -i "docker-archive:$A/one.tar" -- true
	[ "$output" = "wx-image: cannot load image archive '$A/one.tar': writing blob: no space left on device" ] || fail "$output"
	nothing_loaded
}

@test "a signal in the middle of a load, and SIGKILL: nothing is left, the next start loads" {
	fake gzip <<<'echo $$ >'"$BATS_TEST_TMPDIR/up"'; head -c 1000000 "$0" | cat; exec sleep 300'
	for sig in TERM HUP INT KILL; do
		rm -f ../up
		env --default-signal=INT wx-run -n none -i "docker-archive:$A/one.tar.gz" -- true &
		run=$!
		until_true test -s ../up
		# wx-image ends with wx-run, and cleans up; killed itself it cannot.
		[ "$sig" != KILL ] || kill -s KILL "$(pgrep -P "$run" -x wx-image)"
		kill -s "$sig" "$run" 2>/dev/null || [ "$sig" = KILL ]
		rc=0
		wait "$run" 2>/dev/null || rc=$?
		[ "$rc" -eq $((128 + $(kill -l "$sig"))) ] || [ "$sig$rc" = KILL125 ] || fail "$sig: $rc"
		until_true run ! kill -0 "$(cat ../up)"
		[ "$sig" = KILL ] || nothing_loaded
	done
	[ -e "$XDG_STATE_HOME/wrapix/load/image.tar" ]
	rm "$fakes/gzip"
	[ "$(start "docker-archive:$A/one.tar.gz")" = yes ]
	[ ! -e "$XDG_STATE_HOME/wrapix/load" ]
}

@test "an archive that changes while it is read is refused" {
	cp "$A/one.tar" ../a.tar
	fake sha256sum <<<"touch '$BATS_TEST_TMPDIR/a.tar'; exec /usr/bin/sha256sum"
	refused "was changed while it was read" "docker-archive:$PWD/../a.tar"
	rm "$fakes/sha256sum"
	gzip ../a.tar
	fake gzip <<<"touch '$BATS_TEST_TMPDIR/a.tar.gz'; exec /usr/bin/gzip \"\$@\""
	run -125 start "docker-archive:$PWD/../a.tar.gz"
	[[ $output == *"was changed while it was read"* ]] || fail "$output"
	[ -z "$(ours)" ]
}

@test "wx-image alone: the name on standard output; without -u nothing is noted, and no image removed" {
	cp "$A/one.tar" ../a.tar
	[ "$(wx-image "docker-archive:../a.tar")" = "$(called a "$A/one.tar")" ]
	cp "$A/two.tar" ../a.tar
	[ "$(wx-image "docker-archive:../a.tar")" = "$(called a "$A/two.tar")" ]
	[ "$(ours | xargs)" = "$(printf '%s\n' "$(called a "$A/one.tar")" "$(called a "$A/two.tar")" | sort | xargs)" ] || fail "$(ours)"
	[ -z "$(find "$XDG_STATE_HOME" -name 'image-*')" ]
	[ "$(wx-image some/name:1)" = some/name:1 ]
	mkdir root
	[ "$(wx-image rootfs:root)" = "rootfs:$PWD/root" ]
	run -1 wx-image docker://x
	run -1 wx-image rootfs:none
	[ "$output" = "wx-image: cannot open image folder '$PWD/none': No such file or directory" ] || fail "$output"
	run -2 wx-image
	run -2 wx-image a b
	run -2 wx-image -u relative a
	run -1 bash -c 'wx-image some/name:1 >/dev/full'
	# By it podman runs what was there.
	[ "$(podman run --rm --cgroups=disabled --network=none "$(wx-image "oci-archive:$A/oci.tar")" sh -c 'echo $OF_IMAGE')" = yes ]
}
