# SPDX-License-Identifier: MIT
load lib/helper

# A folder, bin, in which only a few commands exist.
local_setup() {
	mkdir -p bin
	for c in sh sort id ls cat pkg-config; do
		ln -sf "$(command -v "$c")" bin/
	done
}

@test "nothing missing: silent and 0" {
	run install-deps --check
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "--check names the packages of what is missing, and installs nothing" {
	printf '#!/bin/sh\necho "$*" >>%s/called\n' "$PWD" >bin/apt-get
	chmod +x bin/apt-get
	rc=0
	out=$(env PATH="$PWD/bin" "$WX_TREE/scripts/install-deps" --check 2>err) || rc=$?
	[ "$rc" -eq 1 ]
	[[ $out == *bubblewrap* && $out == *shellcheck* ]]
	[ ! -e called ]
}

@test "without apt-get: says what to install, status 1" {
	run env PATH="$PWD/bin" "$WX_TREE/scripts/install-deps"
	[ "$status" -eq 1 ]
	[[ $output == *"no apt-get"* && $output == *bubblewrap* ]]
}

@test "apt-get fails: its status is not ours; what is missing still is said, status 1" {
	printf '#!/bin/sh\necho "$*" >>%s/called\nexit 100\n' "$PWD" >bin/apt-get
	printf '#!/bin/sh\nexec "$@"\n' >bin/sudo
	ln -s "$(command -v env)" bin/
	chmod +x bin/apt-get bin/sudo
	rc=0
	env PATH="$PWD/bin" "$WX_TREE/scripts/install-deps" 2>err || rc=$?
	[ "$rc" -eq 1 ] || fail "status $rc: $(cat err)"
	grep -q '^shellcheck$' err
	grep -q '^install .* shellcheck ' called
	[ "$(wc -l <called)" -eq 2 ]
}
