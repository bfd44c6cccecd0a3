# SPDX-License-Identifier: MIT
{
  description = "small tools that let a coding agent work in a sandbox, with little power";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { nixpkgs, ... }:
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

      # By its key it is one module, however often it is imported.
      module = class: file: {
        _class = class;
        _file = toString file;
        key = "wrapix:${toString file}";
        imports = [ (import file wrapix) ];
      };
    in
    {
      # mkSandbox { system | pkgs, ... }, deriveProfile, profiles: see wrapix-nix(7).
      lib = import ./nix/lib.nix {
        inherit
          lib
          pkgsFor
          wrapix
          systems
          ;
      };

      overlays.default = final: _: { wrapix = final.callPackage ./nix/package.nix { }; };

      packages = eachSystem (w: { default = w.package; } // w.packages);
      apps = eachSystem (w: w.apps);
      checks = eachSystem (w: w.checks);
      devShells = eachSystem (w: {
        default = w.devShell;
      });
      formatter = eachSystem (w: w.pkgs.nixfmt-tree);

      nixosModules.default = module "nixos" ./nix/modules/nixos.nix;
      darwinModules.default = module "darwin" ./nix/modules/darwin.nix;
      homeModules.default = module "homeManager" ./nix/modules/home-manager.nix;

      templates.default = {
        path = ./nix/template;
        description = "a project that says what its agent works with";
      };
    };
}
