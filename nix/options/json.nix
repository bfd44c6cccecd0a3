# SPDX-License-Identifier: MIT
# Values for JSON. A Nix path is none: it would be copied into the store, which everybody
# on the machine can read.
{ lib }:
let
  inherit (lib) types;
in
rec {
  # What types of nixpkgs' own formats.json are, but for path.
  json =
    types.nullOr (
      types.oneOf [
        types.bool
        types.int
        types.float
        types.str
        (types.attrsOf json)
        (types.listOf json)
      ]
    )
    // {
      description = "JSON value";
    };
}
