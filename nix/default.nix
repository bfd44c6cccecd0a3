# SPDX-License-Identifier: MIT
# All that there is for one set of packages.
{ lib, pkgsFor }@args:
pkgs:
let
  inherit (pkgs.stdenv.hostPlatform) isLinux system;
  # Sandboxes and builders are Linux. On macOS its packages come from a Linux builder.
  linuxSystem = lib.replaceStrings [ "darwin" ] [ "linux" ] system;
  linuxPkgs = if isLinux then pkgs else pkgsFor linuxSystem;

  package = pkgs.callPackage ./package.nix { };
  inherit
    (import ./profiles.nix {
      inherit lib;
      pkgs = linuxPkgs;
    })
    profiles
    deriveProfile
    ;
  sandboxImage = import ./sandbox-image.nix {
    inherit lib;
    pkgs = linuxPkgs;
  };
  builderImage = import ./builder-image.nix {
    inherit lib;
    pkgs = linuxPkgs;
  };
  mkSandbox = import ./mk-sandbox.nix {
    inherit
      lib
      pkgs
      profiles
      deriveProfile
      sandboxImage
      ;
    wrapix = package;
  };
  prefixed = prefix: lib.mapAttrs' (name: lib.nameValuePair "${prefix}-${name}");
  app = pkg: name: description: {
    type = "app";
    program = "${pkg}/bin/${name}";
    meta = { inherit description; };
  };
  packages = {
    wrapix = package;
    builder-image = builderImage;
  }
  // prefixed "image" (lib.mapAttrs (_: profile: sandboxImage { inherit profile; }) profiles)
  // lib.optionalAttrs isLinux (
    prefixed "sandbox" (lib.mapAttrs (profile: _: mkSandbox { inherit profile; }) profiles)
    // {
      wrapix-static = pkgs.pkgsStatic.callPackage ./package.nix { };
    }
  );
in
{
  inherit
    pkgs
    linuxSystem
    package
    packages
    profiles
    deriveProfile
    mkSandbox
    ;
  apps =
    lib.optionalAttrs isLinux {
      default =
        app packages.sandbox-base "wrapix"
          "the agent in the sandbox, on the project in this folder";
    }
    // {
      builder = app package "wrapix-builder" "the local Nix builder";
      setup-deploy-key = app package "setup-deploy-key" "a deploy key for this repository";
    };
  checks = import ./checks.nix {
    inherit
      lib
      pkgs
      package
      packages
      profiles
      ;
    wrapix = import ./. args;
  };
  devShell = import ./devshell.nix { inherit lib pkgs; };
}
