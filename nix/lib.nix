# SPDX-License-Identifier: MIT
# The functions for other flakes.
{
  lib,
  pkgsFor,
  wrapix,
  systems,
}:
let
  # Those of PKGS, or of our own nixpkgs for SYSTEM.
  setFor =
    fn: args:
    if args ? pkgs then
      args.pkgs
    else if lib.elem (args.system or null) systems then
      pkgsFor args.system
    else
      throw "${fn}: system: say which, one of ${toString systems}, or give pkgs";
in
{
  mkSandbox =
    args:
    (wrapix (setFor "mkSandbox" args)).mkSandbox (
      removeAttrs args [
        "pkgs"
        "system"
      ]
    );
  # profiles { system | pkgs }: what deriveProfile starts from.
  profiles = args: (wrapix (setFor "profiles" args)).profiles;
  inherit
    (import ./profiles.nix {
      inherit lib;
      pkgs = { };
    })
    deriveProfile
    ;
}
