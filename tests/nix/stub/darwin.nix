# SPDX-License-Identifier: MIT
# darwinSystem: what nix-darwin has of the same, and launchd.
lib: self:
{ system, modules }:
let
  opt =
    type: default:
    lib.mkOption {
      inherit type default;
    };
  more = {
    options = {
      launchd.user.agents = opt (lib.types.attrsOf lib.types.anything) { };
      system.activationScripts.postActivation.text = opt lib.types.lines "";
    };
  };
in
import ./nixos.nix lib self {
  inherit system;
  class = "darwin";
  modules = [ more ] ++ modules;
}
