# SPDX-License-Identifier: MIT
# versionCheckHook, as nixpkgs': before the install check, $versionCheckProgram with no variable says $version.
preInstallCheck=versionCheck
versionCheck() {
	env --chdir=/ --ignore-environment "$versionCheckProgram" "$versionCheckProgramArg" 2>&1 | grep -qF "$version" ||
		{ echo "Did not find version $version in the output of $versionCheckProgram" >&2; exit 2; }
}
