# SPDX-License-Identifier: MIT
# `nix flake check`.
{
  lib,
  pkgs,
  package,
  packages,
  profiles,
  wrapix,
}:
let
  inherit (pkgs.stdenv.hostPlatform) isLinux system;
  source = package.src;

  # NixOS with the builder, as far as to what Nix and ssh read.
  keys = "/home/me/.local/share/wrapix/builder-keys/default";
  nixos =
    (lib.nixosSystem {
      inherit system;
      modules = [
        (import ./modules/nixos.nix wrapix)
        {
          programs.wrapix = {
            enable = true;
            user = "me";
            tokens.CLAUDE_CODE_OAUTH_TOKEN = "/run/agenix/claude";
            builder = {
              enable = true;
              keyDirectory = keys;
              publicHostKeys = [
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIhQd5JrBYvMDGmqaCeOgBDpgMxqWmCbHnRkuGrFEnFs"
              ];
            };
          };
        }
      ];
    }).config;
  machines = "ssh-ng://builder@wrapix-builder ${system} ${keys}/nix 4 1 benchmark,big-parallel - c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUloUWQ1SnJCWXZNREdtcWFDZU9nQkRwZ014cVdtQ2JIblJrdUdyRkVuRnM=\n";
in
{
  # With the C tests, in its check phase.
  inherit package;

  # The scripts, each as what it is.
  shellcheck =
    pkgs.runCommand "wrapix-shellcheck"
      {
        nativeBuildInputs = [ pkgs.shellcheck ];
      }
      ''
        cd ${source}
        shellcheck -S warning -s sh $(grep -rl '^#!/bin/sh$' scripts)
        touch $out
      '';

  # The pages, by mandoc.
  pages =
    pkgs.runCommand "wrapix-pages"
      {
        nativeBuildInputs = [ pkgs.mandoc ];
      }
      ''
        mandoc -Tlint -Wwarning ${source}/man/*.[1578]
        touch $out
      '';

  # wrapix-nix(7) has the options as they are.
  options-page =
    pkgs.runCommand "wrapix-options-page"
      {
        page = import ./options/page.nix { inherit lib pkgs; };
        passAsFile = [ "page" ];
      }
      ''
        sed -n '/^\.\\" list: options$/,/^\.\\" end$/p' ${source}/man/wrapix-nix.7 | sed '1d; $d' >is
        diff -u --label man/wrapix-nix.7 is --label options "$pagePath" ||
          { echo "man/wrapix-nix.7 has not the options of nix/: what is between 'list: options' and 'end' is to be as above" >&2; exit 1; }
        touch $out
      '';
}
// lib.optionalAttrs isLinux {
  # What Nix makes of a profile has all that its JSON file says.
  profiles =
    pkgs.runCommand "wrapix-profiles"
      {
        nativeBuildInputs = [ pkgs.jq ];
        made = builtins.toJSON (lib.mapAttrs (_: p: p.settings) profiles);
        passAsFile = [ "made" ];
      }
      ''
        # Of lists, to which what it extends adds, it has each; of an agent what it says, but not another
        # profile in its place; of all else just that.
        for f in ${./profiles}/*.json; do
          name=$(basename "$f" .json)
          jq -e --arg name "$name" --slurpfile file "$f" \
            '.[$name] as $made | $file[0] | del(.extends) | to_entries |
             all(.key == "agent" and ($made.agent | contains($file[0].agent | del(.otherwise))) or
               .key == "env" and ($made.env | contains($file[0].env)) or $made[.key] == .value or
               (.value | type == "array") and .value - $made[.key] == [ ])' "$madePath" >/dev/null ||
            { echo "the profile $name is not that of $f" >&2; exit 1; }
        done
        touch $out
      '';

  # The module, in the real NixOS.
  modules =
    assert lib.assertMsg (nixos.environment.etc."nix/machines".text == machines)
      "nix/machines is ${nixos.environment.etc."nix/machines".text}, not ${machines}";
    assert lib.assertMsg (lib.hasInfix "HostKeyAlias wrapix-builder" nixos.programs.ssh.extraConfig)
      "no HostKeyAlias for ssh";
    assert lib.assertMsg (lib.hasInfix "wrapix-links" nixos.system.userActivationScripts.wrapix.text)
      "no links to the profiles and tokens";
    assert lib.assertMsg (
      nixos.systemd.user.timers.wrapix-key-age.timerConfig.OnCalendar == "daily"
    ) "no timer";
    pkgs.runCommand "wrapix-modules" { } "touch $out";

  # Sandboxes are made of the package and of their programs.
  sandboxes = pkgs.linkFarm "wrapix-sandboxes" (
    lib.filterAttrs (name: _: lib.hasPrefix "sandbox-" name) packages
  );
}
