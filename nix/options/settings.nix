# SPDX-License-Identifier: MIT
# What the file of a profile says, of values of its options.
{ lib }:
let
  # Absent is the same as empty, and shorter.
  prune = lib.filterAttrs (_: v: v != null && v != [ ] && v != { });
  ofOptions =
    p:
    prune (
      removeAttrs p [ "network_parent" ]
      // {
        agent = prune p.agent;
        env = lib.mapAttrs (_: v: if lib.isInt v then toString v else v) p.env;
        mounts = map prune p.mounts;
      }
    )
    // lib.optionalAttrs (p.network_parent != "") { inherit (p) network_parent; };
in
{
  inherit ofOptions;

  # typed WHERE SET: SET, each key of which and its type has been looked at; an error names WHERE.KEY.
  typed =
    where: set:
    ofOptions
      (lib.evalModules {
        prefix = lib.splitString "." where;
        modules = [
          ./profile.nix
          { config = set; }
        ];
      }).config;
}
