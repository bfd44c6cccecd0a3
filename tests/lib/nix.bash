# SPDX-License-Identifier: MIT
# For the tests of what is Nix: the real Nix, offline, with a store in a folder of the
# file's own (no /nix, no root, no daemon) and tests/nix/stub in the place of nixpkgs.
# To be loaded after helper.

# What is no part of the flake, as git would see it, stays out of the copy.
nix_setup_file() {
	local dir=$BATS_FILE_TMPDIR/nix
	mkdir -p "$dir/conf" "$dir/cache" "$BATS_FILE_TMPDIR/tree"
	tar -C "$WX_TREE" --exclude=./.git --exclude=./build --exclude=./result -c . |
	    tar -C "$BATS_FILE_TMPDIR/tree" -x --no-same-owner
	chmod -R u+w "$BATS_FILE_TMPDIR/tree"
	cat >"$dir/conf/nix.conf" <<-E
	experimental-features = nix-command flakes
	sandbox = false
	build-users-group =
	substituters =
	flake-registry =
	cores = 0
	E
	nix_setup
}

nix_setup() {
	local dir=$BATS_FILE_TMPDIR/nix
	export NIX_STORE_DIR=$dir/store NIX_STATE_DIR=$dir/var NIX_LOG_DIR=$dir/log NIX_CONF_DIR=$dir/conf \
	    XDG_CACHE_HOME=$dir/cache
	tree=$BATS_FILE_TMPDIR/tree
	stub=$tree/tests/nix/stub
	with="--no-write-lock-file --override-input nixpkgs path:$stub"
}

# Not bats's descriptors: a build would hold them open.
nix() {
	command nix --offline "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}


# at_nix COMMAND: with the file's own folder nixroot on /nix.
at_nix() {
	at_root "$BATS_FILE_TMPDIR/nixroot" "$@"
}

# flake COMMAND ... : of nix, on our flake, with the stub: `of_flake build .#wrapix`. What
# it says of the lock file that it does not write is left out.
of_flake() {
	local rc=0 args=() a
	for a; do args+=("${a/#./path:$tree}"); done
	nix "${args[@]}" 2>"$BATS_TEST_TMPDIR/said" || rc=$?
	grep -v -e '^warning: not writing modified lock file' -e "^• Updated input 'nixpkgs'" \
	    -e "^    'github:NixOS" -e "^  → 'path:" -e '^evaluating' "$BATS_TEST_TMPDIR/said" >&2 || :
	return "$rc"
}

# value EXPR: of Nix, as JSON, without a flake. In it are lib, pkgs, flake (the outputs of
# ours) and w (nix/default.nix for x86_64-linux).
value() {
	nix-instantiate --eval --strict --json -E "$(words_of "$1")"
}

words_of() {
	cat <<-E
	let
	  stub = (import $stub/flake.nix).outputs { self = stub; };
	  flake = (import $tree/flake.nix).outputs { self = flake; nixpkgs = stub; };
	  inherit (stub) lib;
	  pkgs = stub.legacyPackages.x86_64-linux;
	  w = import $tree/nix { inherit lib; pkgsFor = s: stub.legacyPackages.\${s}; } pkgs;
	  mk = flake.lib.mkSandbox;
	in
	$1
	E
}

# refused OPTION WORDS EXPR: evaluating EXPR fails with an error that begins with OPTION, and says WORDS.
refused() {
	local rc=0 out
	out=$(nix-instantiate --eval --strict -E "$(words_of "$3")" 2>&1) || rc=$?
	[ "$rc" -ne 0 ] || fail "taken: $3: $out"
	grep -qF -- "$1: " <<<"$out" || fail "'$1' is not named: $out"
	grep -qF -- "$2" <<<"$out" || fail "'$2' is not said: $out"
}

# The store is read-only, and bats is to remove it.
nix_teardown_file() {
	chmod -R u+w "$BATS_FILE_TMPDIR/nix" 2>/dev/null || :
}
