# SPDX-License-Identifier: MIT
# The builder of every derivation of the stub: nixpkgs' phases, with the host's programs.
export HOME=/homeless-shelter
umask 022
[ "${NIX_BUILD_CORES:-1}" -gt 0 ] || NIX_BUILD_CORES=$(nproc)

runHook() {
	local code=${!1-}
	if declare -F "$1" >/dev/null; then "$1"; elif [ -n "$code" ]; then eval "$code"; fi
}

for p in ${nativeBuildInputs-} ${buildInputs-} ${doInstallCheck:+${nativeInstallCheckInputs-}}; do
	[ ! -d "$p/bin" ] || PATH=$p/bin:$PATH
	[ ! -f "$p/nix-support/setup-hook" ] || . "$p/nix-support/setup-hook"
done

unpackPhase() {
	runHook preUnpack
	cp -r "$src" source
	chmod -R u+w source
	cd source
	runHook postUnpack
}

patchPhase() {
	runHook prePatch
	runHook postPatch
}

# What #! names is a program of the inputs, as far as they have it.
patchShebangs() {
	local f line prog
	[ "${1-}" != --build ] || shift
	find "$@" -type f -perm -0100 | while read -r f; do
		IFS= read -r line <"$f" 2>/dev/null || continue
		case $line in
		'#!/usr/bin/env '*) prog=${line#'#!/usr/bin/env '} ;;
		'#!/bin/sh'*) prog=sh ;;
		*) continue ;;
		esac
		prog=$(command -v "${prog%% *}") || continue
		sed -i "1s|.*|#!$prog|" "$f"
	done
}

configurePhase() {
	runHook preConfigure
	runHook postConfigure
}

buildPhase() {
	runHook preBuild
	make ${makefile:+-f "$makefile"} ${enableParallelBuilding:+-j"${NIX_BUILD_CORES:-1}"} $makeFlags "${makeFlagsArray[@]}" ${buildFlags-}
	runHook postBuild
}

checkPhase() {
	runHook preCheck
	make $makeFlags "${makeFlagsArray[@]}" ${checkFlags-} ${checkTarget:-check}
	runHook postCheck
}

installPhase() {
	runHook preInstall
	mkdir -p "$out"
	make $makeFlags "${makeFlagsArray[@]}" ${installFlags-} install
	runHook postInstall
}

fixupPhase() {
	[ ! -d "$out/bin" ] || patchShebangs "$out/bin"
	[ ! -d "$out/libexec" ] || patchShebangs "$out/libexec"
	runHook preFixup
	runHook postFixup
}

installCheckPhase() {
	runHook preInstallCheck
	runHook postInstallCheck
}

buildCommandPhase() {
	if [ -n "${buildCommandPath-}" ]; then . "$buildCommandPath"; else eval "$buildCommand"; fi
}

hostPhase() {
	mkdir -p "$out/bin"
	for b in $bins; do
		if at=$(command -v "$b") && [ "${at#/}" != "$at" ]; then
			ln -s "$at" "$out/bin/$b"
		elif at=$(PATH=/usr/bin:/bin:/usr/sbin:/sbin type -P "$b"); then
			ln -s "$at" "$out/bin/$b"
		else
			printf '#!/bin/sh\necho "%s: is not on this machine" >&2\nexit 127\n' "$b" >"$out/bin/$b"
			chmod +x "$out/bin/$b"
		fi
	done
}

makeFlags=${makeFlags-}
makeFlagsArray=()
if [ -z "${phases-}" ]; then
	phases="unpackPhase patchPhase configurePhase buildPhase ${doCheck:+checkPhase} installPhase fixupPhase ${doInstallCheck:+installCheckPhase}"
	[ -n "${src-}" ] || phases=${phases#unpackPhase }
fi
for phase in $phases; do
	[ -z "${dontBuild-}" ] || [ "$phase" != buildPhase ] || continue
	# An attribute of the name of a phase takes its place.
	if [ -n "${!phase-}" ]; then eval "${!phase}"; else $phase; fi
done
[ -e "$out" ] || { echo "builder for '$name' made no output" >&2; exit 1; }
