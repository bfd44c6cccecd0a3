# SPDX-License-Identifier: MIT
# The options of the three modules, below programs.wrapix. PACKAGE and SYSTEM are what is
# installed and built for if nothing is said.
{
  lib,
  package,
  system,
  # Of NixOS and nix-darwin, where it has to be said whose things these are.
  withUser ? true,
  # The default of builder.keyDirectory, or null where there can be none.
  keyDirectory ? null,
  keyDirectoryText ? null,
}:
let
  inherit (lib) mkOption types;

  inStore = s: lib.hasPrefix "/nix/store" s || lib.hasPrefix builtins.storeDir s;
  plainPath = p: lib.hasPrefix "/" p && builtins.match "[^\"\\\n\t]*" p != null;

  # Who writes ./token gets a copy in the store, which everybody on the machine can read. So
  # only strings are taken, and none that leads there.
  secretPath = types.addCheck types.str (s: plainPath s && !(inStore s)) // {
    description = "absolute path as a string, not in the Nix store, since everybody can read that, and without quote, backslash, tab and line end";
  };
  name =
    what: pattern:
    types.strMatching pattern
    // {
      description = what;
    };
  hostKey = name "OpenSSH public key: ssh-ed25519 and its base64" "ssh-ed25519 [A-Za-z0-9+/]+=*( .*)?";
  key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIhQd5JrBYvMDGmqaCeOgBDpgMxqWmCbHnRkuGrFEnFs";

  builder =
    {
      enable,
      hostName ? null,
      hostNameText ? null,
      keys ? { },
    }:
    {
      enable = mkOption {
        type = types.bool;
        default = enable;
        example = true;
        description = "Whether Nix builds in this builder, which {manpage}`wx-builder(1)` runs.";
      };
      hostName = mkOption {
        type = name "name of letters, digits and hyphens" "[a-z0-9][a-z0-9-]*";
        default = hostName;
        defaultText = lib.literalExpression hostNameText;
        example = "wrapix-builder-big";
        description = "Its name for ssh and Nix: `wrapix-builder`, with `-NAME` for one that `wx-builder -N NAME` runs.";
      };
      port = mkOption {
        type = types.port;
        default = 2222;
        example = 2223;
        description = "Its port on 127.0.0.1, also of one on another host.";
      };
      keyDirectory = mkOption (
        {
          type = secretPath;
          example = "/home/me/.local/share/wrapix/builder-keys/default";
          description = "The folder of its keys, which {manpage}`wx-builder(1)` made. Root reads the key there; no copy is made. With home-manager the default is {file}`~/.local/share/wrapix/builder-keys/default`, or with the name.";
        }
        // keys
      );
      publicHostKeys = mkOption {
        type = types.addCheck (types.listOf hostKey) (l: l != [ ]) // {
          description = "non-empty list of OpenSSH public keys: ssh-ed25519 and its base64";
          # Of lists nixpkgs takes the empty one where nothing is said: with that, no key would be pinned.
          emptyValue = { };
        };
        example = [ key ];
        description = "What {file}`host.pub` there says, and {file}`host.next.pub` while it is rotated. Public.";
      };
      systems = mkOption {
        type = types.listOf types.str;
        default = [ system ];
        defaultText = lib.literalExpression "[ this machine's processor with -linux ]";
        example = [
          "x86_64-linux"
          "aarch64-linux"
        ];
        description = "What it builds for.";
      };
      maxJobs = mkOption {
        type = types.ints.positive;
        default = 4;
        example = 8;
        description = "Builds at a time.";
      };
      speedFactor = mkOption {
        type = types.ints.positive;
        default = 1;
        example = 2;
        description = "How fast it is beside others: of those that are free Nix takes the one with the most.";
      };
      supportedFeatures = mkOption {
        type = types.listOf types.str;
        default = [
          "benchmark"
          "big-parallel"
        ];
        example = [ "kvm" ];
        description = "Features of builds that it takes.";
      };
      mandatoryFeatures = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "big-parallel" ];
        description = "It takes only builds that want all of these.";
      };
    };
in
{
  enable = mkOption {
    type = types.bool;
    default = false;
    example = true;
    description = "Whether to install the package, and do what the others say.";
  };
  package = mkOption {
    type = types.package;
    default = package;
    defaultText = lib.literalExpression "the package wrapix of this flake";
    example = lib.literalExpression "pkgs.wrapix";
    description = "The package with the tools.";
  };
  profiles = mkOption {
    type = types.attrsOf (types.submodule ../options/profile.nix);
    default = { };
    example = {
      careful = {
        extends = "base";
        network = "none";
      };
    };
    description = "By name, profiles for `wrapix -p NAME`, in {file}`~/.config/wrapix/profiles/NAME.json`; what the keys mean says {manpage}`wrapix-profile(5)`. Lists and variables of several definitions add up. A Nix path, which would be copied into the Nix store, is refused.";
  };
  tokens = mkOption {
    type = types.attrsOf secretPath;
    default = { };
    example = {
      CLAUDE_CODE_OAUTH_TOKEN = "/run/agenix/claude";
    };
    description = "By the name of the variable, the path of a file with the secret; {manpage}`wx-token-env(1)` finds it by a link {file}`~/.config/wrapix/NAME`. The file must be the user's, or root's, and closed to others. It is not read at evaluation and not copied.";
  };
  keyAge = {
    enable = mkOption {
      type = types.bool;
      default = true;
      example = false;
      description = "Whether to look at the age and modes of the deploy keys every day: a timer of the user's systemd, whose service fails where {manpage}`wx-keygen(1)` finds one that is too old or open to others; on macOS a launchd agent that writes {file}`~/Library/Logs/wrapix-key-age.log`.";
    };
    directory = mkOption {
      type = name "path that begins with ~/, or an absolute one" "(~/|/)[^\"'$`\\\n]+";
      default = "~/.ssh/deploy_keys";
      example = "~/keys";
      description = "The folder of the keys.";
    };
    maxAge = mkOption {
      type = types.ints.positive;
      default = 90;
      example = 180;
      description = "Days after which a key is overdue.";
    };
  };
  builder = builder {
    enable = false;
    hostName = "wrapix-builder";
    hostNameText = "\"wrapix-builder\"";
    keys = lib.optionalAttrs (keyDirectory != null) {
      default = keyDirectory "default";
      defaultText = lib.literalExpression (keyDirectoryText "default");
    };
  };
  builders = mkOption {
    type = types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          options = builder {
            enable = true;
            hostName = "wrapix-builder-${name}";
            hostNameText = "\"wrapix-builder-\${name}\"";
            keys = lib.optionalAttrs (keyDirectory != null) {
              default = keyDirectory name;
              defaultText = lib.literalExpression (keyDirectoryText "\${name}");
            };
          };
        }
      )
    );
    default = { };
    example = {
      big = {
        port = 2223;
        speedFactor = 4;
      };
    };
    description = "More builders, by the NAME of `wx-builder -N NAME`, on this machine or by its option -C on another.";
  };
}
// lib.optionalAttrs withUser {
  user = mkOption {
    type = types.nullOr types.str;
    default = null;
    example = "me";
    description = "Whose profiles, tokens and keys these are; needed for these. Of NixOS and nix-darwin, not of home-manager.";
  };
}
