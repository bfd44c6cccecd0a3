# SPDX-License-Identifier: MIT
{
  description = "small tools that let a coding agent work in a sandbox, with little power";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      # nixpkgs gives up a system now and then; what it has not, we have not.
      systems = lib.filter (system: nixpkgs.legacyPackages ? ${system}) [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
        "x86_64-darwin"
      ];
      pkgsFor = system: nixpkgs.legacyPackages.${system};
      wrapix = import ./nix { inherit lib pkgsFor; };
      eachSystem = f: lib.genAttrs systems (system: f (wrapix (pkgsFor system)));
    in
    {
      # mkSandbox { system | pkgs, ... }, deriveProfile, profiles: see wrapix-nix(7).
      lib = import ./nix/lib.nix { inherit lib pkgsFor wrapix systems; };

      packages = eachSystem (w: { default = w.package; } // w.packages);
      apps = eachSystem (w: w.apps);
      checks = eachSystem (w: w.checks);
      devShells = eachSystem (w: { default = w.devShell; });
      formatter = eachSystem (w: w.pkgs.nixfmt-tree);

      nixosModules.default = import ./nix/modules/nixos.nix wrapix;
      darwinModules.default = import ./nix/modules/darwin.nix wrapix;
      homeModules.default = import ./nix/modules/home-manager.nix wrapix;
    };
}
