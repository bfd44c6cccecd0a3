# SPDX-License-Identifier: MIT
# What building and testing wrapix takes: scripts/install-deps, in words of nixpkgs.
{ lib, pkgs }:
pkgs.mkShell {
  packages =
    with pkgs;
    [
      bats
      cjson
      clang-tools
      cppcheck
      curl
      git
      gnumake
      jq
      libpsl
      libssh
      mandoc
      openssh
      openssl
      pkg-config
      python3
      shellcheck
      zlib
    ]
    ++ lib.optionals stdenv.hostPlatform.isLinux [
      bubblewrap
      iproute2
      libseccomp
      passt
      podman
      procps
      slirp4netns
      strace
      util-linux
    ];
}
