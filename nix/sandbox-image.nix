# SPDX-License-Identifier: MIT
# sandboxImage { profile }: an image with the profile's programs, for podman or Apple's
# container. wx-run brings what else a sandbox has: the user, HOME, the project.
{ lib, pkgs }:
{ profile }:
let
  # For `nix build` inside. A build wants no second sandbox: Nix makes one of namespaces,
  # which a container without privileges may not nest, and the outer one already is
  # the wall.
  nixConf = pkgs.writeText "nix.conf" ''
    experimental-features = nix-command flakes
    sandbox = false
  '';
  system = pkgs.buildEnv {
    name = "wrapix-${profile.name}-system";
    paths = profile.packages;
    ignoreCollisions = true;
    pathsToLink = [
      "/bin"
      "/share"
    ];
  };
in
pkgs.dockerTools.buildLayeredImage {
  name = "wrapix-${profile.name}";
  tag = "latest";
  maxLayers = 60;
  contents = [
    system
    pkgs.cacert
  ];
  extraCommands = ''
    mkdir -p etc/nix usr/bin tmp var/tmp home run root
    chmod 1777 tmp var/tmp
    [ -e bin/sh ] || ln -s ${lib.getExe' pkgs.bash "sh"} bin/sh
    ln -s ${lib.getExe' pkgs.coreutils "env"} usr/bin/env
    cp ${nixConf} etc/nix/nix.conf
    echo 'root:x:0:0:root:/root:/bin/sh' >etc/passwd
    echo 'root:x:0:' >etc/group
    echo 'hosts: files dns' >etc/nsswitch.conf
  '';
  config = {
    Env = [
      "PATH=/bin:/usr/bin"
    ]
    ++ lib.mapAttrsToList (n: v: "${n}=${v}") (
      lib.filterAttrs (_: v: v != null) (profile.settings.env or { })
    );
    WorkingDir = "/workspace";
    Cmd = [ "/bin/sh" ];
  };
}
