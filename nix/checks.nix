# SPDX-License-Identifier: MIT
# `nix flake check`.
{
  lib,
  pkgs,
  package,
  packages,
}:
let
  inherit (pkgs.stdenv.hostPlatform) isLinux;
  source = package.src;
in
{
  # With the C tests, in its check phase.
  inherit package;

  # The scripts, each as what it is.
  shellcheck =
    pkgs.runCommand "wrapix-shellcheck"
      {
        nativeBuildInputs = [ pkgs.shellcheck ];
      }
      ''
        cd ${source}
        shellcheck -s sh scripts/*
        touch $out
      '';

  # The pages, by mandoc.
  pages =
    pkgs.runCommand "wrapix-pages"
      {
        nativeBuildInputs = [ pkgs.mandoc ];
      }
      ''
        mandoc -Tlint -Wwarning ${source}/man/*.[1578]
        touch $out
      '';
}
// lib.optionalAttrs isLinux {
  # wx-run reads each profile that we ship, as JSON files and as Nix makes them.
  profiles =
    pkgs.runCommand "wrapix-profiles"
      {
        nativeBuildInputs = [ pkgs.jq ];
        files =
          lib.mapAttrsToList (name: _: ./profiles + "/${name}") (builtins.readDir ./profiles)
          ++ map (name: "${packages.${name}}/share/wrapix-profile.json") (
            lib.filter (lib.hasPrefix "sandbox-") (lib.attrNames packages)
          );
      }
      ''
        for f in $files; do
          jq -e 'type == "object"' "$f" >/dev/null || { echo "$f is no JSON object" >&2; exit 1; }
        done
        touch $out
      '';
}
