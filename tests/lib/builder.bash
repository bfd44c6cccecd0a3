# SPDX-License-Identifier: MIT
# For the tests of the builder: podman with an image of it, and a Nix outside. To be
# loaded after helper and podman.

BUILDER_IMAGE=localhost/wrapix-builder:latest

# builder_setup_file [SSHD-LINE...]: the image, once for the file.
builder_setup_file() {
	podman_setup_file
	[ ! -e "$BATS_FILE_TMPDIR/podman/cannot" ] || return 0
	PATH="$WX_BUILD:$WX_TREE/scripts:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
	command -v nix >/dev/null && command -v /usr/sbin/sshd >/dev/null || {
		echo "# no nix here: the builder's tests are skipped" >&3
		touch "$BATS_FILE_TMPDIR/podman/cannot"
		return 0
	}
	"$WX_TREE/tests/lib/builder-image" "$BATS_FILE_TMPDIR/root" "$BUILDER_IMAGE" "$@" >/dev/null 3>&- 4>&-
}

# The builders that the tests left run, then the rest.
builder_teardown_file() {
	export HOME=$BATS_FILE_TMPDIR/podman/home XDG_RUNTIME_DIR
	XDG_RUNTIME_DIR=$(cat "$BATS_FILE_TMPDIR/podman/runtime")
	podman rm -aft 0 >/dev/null 2>&1 || :
	podman_teardown_file
}

# For each test: a Nix of its own, whose store is in the folder n.
nix_setup() {
	export NIX_CONF_DIR=$PWD/nixconf NIX_SSHOPTS="-F $PWD/ssh_config"
	mkdir -p nixconf
	printf '%s\n' 'experimental-features = nix-command' 'sandbox = false' 'substituters =' 'build-users-group =' >nixconf/nix.conf
}

# derivation NAME SHELL: one that the shell of the builder makes.
derivation() {
	cat <<-N
	derivation {
	  name = "$1"; system = "$(uname -m)-linux"; builder = "/bin/sh"; PATH = "/usr/bin";
	  args = [ "-c" ''$2'' ];
	}
	N
}

# build FILE [STORE]: have the builder build it; the output's path in ./STORE is printed.
build() {
	local path
	nix-instantiate --store "$PWD/${2-n}" "$1" >drv 2>nix.err &&
	    path=$(nix-store --store "$PWD/${2-n}" --realise "$(cat drv)" --max-jobs 0 \
	        --builders "$(wx-builder machine)" 2>nix.err) || { cat nix.err >&2; return 1; }
	echo "$PWD/${2-n}$path"
}
