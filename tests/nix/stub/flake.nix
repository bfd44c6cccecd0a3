# SPDX-License-Identifier: MIT
# A stand-in for nixpkgs, for tests on a machine that reaches no nixpkgs: the part of
# its interface that our flake uses, with the same names, arguments and meaning. What
# it builds it builds with the programs of the host. `nix flake check
# --override-input nixpkgs path:./tests/nix/stub`.
{
  description = "a small stand-in for nixpkgs";

  outputs =
    { self }:
    let
      lib = import ./lib.nix;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
    in
    {
      lib = lib // {
        nixosSystem = import ./nixos.nix lib self;
        # Those of nix-darwin and home-manager, which are flakes of their own elsewhere.
        darwinSystem = import ./darwin.nix lib self;
        homeManagerConfiguration = import ./home-manager.nix lib self;
      };
      legacyPackages = lib.genAttrs systems (system: import ./pkgs.nix { inherit lib system; });
    };
}
