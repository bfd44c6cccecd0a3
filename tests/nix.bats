# SPDX-License-Identifier: MIT
# sanitizers: no, Nix builds by itself
load lib/helper
load lib/nix

# The flake, with the real Nix; nixpkgs is a stand-in (tests/nix/stub).
setup_file() {
	nix_setup_file
	sha256sum "$tree/flake.lock" >"$BATS_FILE_TMPDIR/lock"
	cd "$BATS_FILE_TMPDIR"
	# shellcheck disable=SC2086 # words
	nix build $with "path:$tree#wrapix" --out-link "$BATS_FILE_TMPDIR/wrapix" 2>said || {
		cat said >&2
		return 1
	}
}

teardown_file() {
	nix_teardown_file
}

local_setup() {
	nix_setup
	pkg=$BATS_FILE_TMPDIR/wrapix
}

# project: one with a commit, in ./p
project() {
	git init -q -b main p
	git -C p -c user.name=A -c user.email=a@example.invalid commit -q --allow-empty -m one
}

@test "each Nix file parses" {
	cd "$WX_TREE"
	for f in flake.nix $(find nix tests/nix -name '*.nix'); do
		nix-instantiate --parse "$f" >/dev/null
	done
}

@test "one input, and its lock is the genuine pin, which Nix leaves as it is" {
	[ "$(jq -c '.nodes | keys' "$tree/flake.lock")" = '["nixpkgs","root"]' ]
	[ "$(jq -r '.nodes.nixpkgs.original | .owner, .repo, .ref' "$tree/flake.lock" | tr '\n' ' ')" = "NixOS nixpkgs nixos-unstable " ]
	pin=$WX_SHARED/data/nixpkgs-pin.json
	if [ -f "$pin" ]; then
		diff <(jq -S '.nodes.nixpkgs.locked | del(.type)' "$tree/flake.lock") <(jq -S 'del(.ref)' "$pin")
	fi
	# Nix takes it for up to date: without the override it asks for just that.
	run nix flake metadata --json "path:$tree"
	[ "$status" -eq 0 ] || fail "$output"
	[ "$(jq -r .locks.nodes.nixpkgs.locked.rev <<<"$output")" = "$(jq -r .nodes.nixpkgs.locked.rev "$tree/flake.lock")" ]
	of_flake flake metadata $with . >/dev/null
	sha256sum -c "$BATS_FILE_TMPDIR/lock"
}

@test "nix flake show: all four systems have all outputs" {
	of_flake flake show --json $with . >show
	for s in x86_64-linux aarch64-linux x86_64-darwin aarch64-darwin; do
		for o in packages.$s.default packages.$s.wrapix packages.$s.sandbox-{base,rust,python} \
		    packages.$s.image-{base,rust,python} apps.$s.default \
		    apps.$s.builder apps.$s.setup-deploy-key devShells.$s.default checks.$s.package; do
			jq -e --arg o "$o" 'getpath($o | split(".")) | .type == "derivation" or .type == "app"' show >/dev/null ||
			    fail "no $o"
		done
		jq -e --arg s "$s" '.formatter[$s].type == "derivation"' show >/dev/null || fail "no formatter.$s"
	done
	jq -e '.packages["x86_64-linux"]["wrapix-static"]' show >/dev/null
}

@test "everything evaluates for all four systems, down to its derivation" {
	value 'lib.mapAttrs (_: lib.mapAttrs (_: p: p.drvPath)) flake.packages' >drvs
	[ "$(jq '[.[] | keys[]] | length' drvs)" -ge 34 ]
	run ! jq -e '[.[][]] | any(endswith(".drv") | not)' drvs
	value 'lib.mapAttrs (_: lib.mapAttrs (_: a: a.program)) flake.apps' >apps
	run ! jq -e '[.[][]] | any(startswith("/") | not)' apps
}

@test "nix build: the package has every tool, script and page, and they run" {
	for t in $WX_TOOLS $WX_SCRIPTS; do
		case $t in install-deps | quickstart) continue ;; esac
		[ "$("$pkg/bin/$t" -V)" = "$t 0.1.0" ] || fail "$t -V: $("$pkg/bin/$t" -V)"
		"$pkg/bin/$t" -h | grep -q "^usage: $t" || fail "$t -h"
		[ -f "$pkg/share/man/man1/$t.1" ] || fail "no page of $t"
	done
	[ ! -e "$pkg/bin/install-deps" ]
	ls "$pkg"/share/man/man[57]/wrapix-profile.5 "$pkg"/share/man/man7/wrapix.7 >/dev/null
	"$pkg/bin/wx-keygen" -o keys/k | grep -q '^ssh-ed25519 '
	ssh-keygen -y -f keys/k | cut -d' ' -f1,2 | diff - <(cut -d' ' -f1,2 keys/k.pub)
}

@test "a package's tools find their programs where PATH has none, and the user's own first" {
	mkdir bin
	printf '#!/bin/sh\necho "mine $*"\n' >bin/bwrap
	chmod +x bin/bwrap
	project
	# A shell's PATH without /usr/bin, as on NixOS.
	run -0 env -i HOME="$HOME" PATH=/nonexistent "$pkg/bin/wx-run" -C p -n none -- /bin/echo inside
	[ "$output" = inside ]
	run env PATH="$PWD/bin:$PATH" "$pkg/bin/wx-run" -C p -n none -- /bin/true
	[[ $output == *mine* ]] || fail "$output"
}

@test "nix build: the static tools need no shared library" {
	of_flake build $with .#wrapix-static --out-link static
	for t in wx-keygen wx-origin; do
		run -0 readelf -ld "static/bin/$t"
		[[ $output != *NEEDED* && $output != *INTERP* ]] || fail "$output"
		[ "$(static/bin/$t -V)" = "$t 0.1.0" ]
	done
	[ "$(ls static/bin)" = "$(printf 'wx-keygen\nwx-origin')" ]
}

@test "nix flake check" {
	of_flake flake check $with .
	sha256sum -c "$BATS_FILE_TMPDIR/lock"
}

@test "nix run gives the sandbox, with the profile's programs from the store" {
	project
	run -0 of_flake run $with . -- -n none --no-token p -- sh -c 'command -v git; git --version; touch made; cat /proc/self/mountinfo' 2>err
	[[ ${lines[0]} == "$NIX_STORE_DIR"/*-git-1/bin/git ]] || fail "$output"
	[[ ${lines[1]} == "git version"* ]]
	[ -f p/made ]
	grep -q " $NIX_STORE_DIR ro," <<<"$output" || fail "the store is not read-only: $output"
}

@test "nix run .#setup-deploy-key is the script" {
	run -0 of_flake run $with .#setup-deploy-key -- -V
	[ "$output" = "setup-deploy-key 0.1.0" ]
}
