# SPDX-License-Identifier: MIT
# What the three modules share: options, profiles as files, links, and the look at the keys.
{
  lib,
  pkgs,
  w,
}:
let
  inherit (import ../options/settings.nix { inherit lib; }) ofOptions;
  at = home: dir: if lib.hasPrefix "~/" dir then "${home}/${lib.removePrefix "~/" dir}" else dir;
in
rec {
  builders = import ./builders.nix { inherit lib; };

  # optionsWith ARGS: programs.wrapix, for this set of packages; ARGS as options.nix has them.
  optionsWith =
    args:
    import ./options.nix (
      {
        inherit lib;
        inherit (w) package;
        system = w.linuxSystem;
      }
      // args
    );

  profileFile = name: profile: pkgs.writeText "${name}.json" (builtins.toJSON (ofOptions profile));

  # What is linked below ~/.config/wrapix: from there to where.
  links =
    cfg:
    lib.mapAttrs' (
      name: p: lib.nameValuePair "profiles/${name}.json" "${profileFile name p}"
    ) cfg.profiles
    // cfg.tokens;

  # As the user, for root makes nothing in a folder of the user's: the links that are to be
  # there, and none that was made before and is not.
  linkScript =
    cfg:
    let
      wanted = pkgs.writeText "wrapix-links" (
        lib.concatStrings (lib.mapAttrsToList (from: to: "${from}\t${to}\n") (links cfg))
      );
      tools = lib.makeBinPath [ pkgs.coreutils ];
    in
    pkgs.writeShellScript "wrapix-links" "PATH=${tools}\nwanted=${wanted}\n${builtins.readFile ./links.sh}";

  linkAssertions = cfg: [
    {
      assertion = cfg.user != null || (cfg.profiles == { } && cfg.tokens == { });
      message = "programs.wrapix.user: is needed for programs.wrapix.profiles and programs.wrapix.tokens";
    }
    {
      assertion = lib.all (n: builtins.match "[A-Za-z0-9_][A-Za-z0-9._-]*" n != null) (
        lib.attrNames cfg.profiles ++ lib.attrNames cfg.tokens
      );
      message = "programs.wrapix.profiles, tokens: a name is of letters, digits, '.', '_' and '-'";
    }
  ];

  # For systemd, which knows the home as %h, and for a shell.
  keyAgeUnit =
    cfg:
    let
      dir = at "%h" (lib.replaceStrings [ "%" ] [ "%%" ] cfg.keyAge.directory);
    in
    {
      at = dir;
      start = "${cfg.package}/bin/wx-keygen -l -a ${toString cfg.keyAge.maxAge} \"${dir}\"";
    };
  keyAgeArguments =
    cfg:
    let
      dir = at "$HOME" cfg.keyAge.directory;
    in
    [
      "/bin/sh"
      "-c"
      "[ ! -d \"${dir}\" ] || exec ${cfg.package}/bin/wx-keygen -l -a ${toString cfg.keyAge.maxAge} \"${dir}\" >\"$HOME/Library/Logs/wrapix-key-age.log\" 2>&1"
    ];
}
