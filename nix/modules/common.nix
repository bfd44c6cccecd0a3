# SPDX-License-Identifier: MIT
# What the three modules share: the options, and the texts that come of them.
{ lib, pkgs, w }:
let
  inherit (lib) mkOption types;

  inStore = s: lib.hasPrefix "/nix/store" s || lib.hasPrefix builtins.storeDir s;

  # Who writes ./token gets a copy in the store, which everybody on the machine can read. So
  # only strings are taken, and none that leads there.
  secretPath = types.addCheck types.str (s: lib.hasPrefix "/" s && !(inStore s)) // {
    description = "absolute path as a string, not in the Nix store, since everybody can read that";
  };
  name =
    what: pattern:
    types.strMatching pattern
    // {
      description = what;
    };
  hostKey = name "OpenSSH public key: ssh-ed25519 and its base64" "ssh-ed25519 [A-Za-z0-9+/]+=*( .*)?";

  # Base64 of printable ASCII and line ends: Nix has none of its own.
  base64 =
    text:
    let
      abc = lib.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
      printable = lib.stringToCharacters " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
      codes = lib.listToAttrs (lib.imap0 (i: c: lib.nameValuePair c (i + 32)) printable) // {
        "\n" = 10;
      };
      bytes = map (c: codes.${c}) (lib.stringToCharacters text);
      n = lib.length bytes;
      at = i: if i < n then lib.elemAt bytes i else 0;
      digit = i: lib.elemAt abc i;
      div = a: b: a / b;
      mod = a: b: a - b * (a / b);
      group =
        g:
        let
          i = 3 * g;
          bits = at i * 65536 + at (i + 1) * 256 + at (i + 2);
        in
        digit (div bits 262144)
        + digit (mod (div bits 4096) 64)
        + (if i + 1 < n then digit (mod (div bits 64) 64) else "=")
        + (if i + 2 < n then digit (mod bits 64) else "=");
    in
    lib.concatStrings (lib.genList group ((n + 2) / 3));

  # In quotes, as ssh_config(5) has it.
  sshPath =
    p:
    if builtins.match "[^\"\\\n]*" p == null then
      throw "programs.wrapix.builder.keyDirectory: a quote, backslash or line end is in it"
    else
      "\"${lib.replaceStrings [ "%" ] [ "%%" ] p}\"";

  # Key type and base64, without a comment.
  bareKey = key: lib.concatStringsSep " " (lib.genList (lib.elemAt (lib.splitString " " key)) 2);
in
rec {
  inherit bareKey;

  options =
    {
      # The default of builder.keyDirectory, or null where there can be none.
      keyDirectory ? null,
      keyDirectoryText ? null,
    }:
    {
      enable = lib.mkEnableOption "wrapix, its pages, profiles and tokens";
      package = mkOption {
        type = types.package;
        default = w.package;
        defaultText = lib.literalExpression "the package wrapix of this flake";
        description = "The package with the tools.";
      };
      profiles = mkOption {
        type = types.attrsOf types.attrs;
        default = { };
        description = "Profiles for wrapix -p NAME, each the keys of wrapix-profile(5).";
      };
      tokens = mkOption {
        type = types.attrsOf secretPath;
        default = { };
        description = "Files with secrets, by the name of the variable. What is at the path is not read at evaluation and not copied.";
      };
      keyAge = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether to look at the age and modes of the deploy keys every day.";
        };
        directory = mkOption {
          type = name "path that begins with ~/, or an absolute one" "(~/|/)[^\"'$`\\\n]+";
          default = "~/.ssh/deploy_keys";
          description = "The folder of the keys.";
        };
        maxAge = mkOption {
          type = types.ints.positive;
          default = 90;
          description = "Days after which a key is overdue.";
        };
      };
      builder = {
        enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether Nix builds for Linux with the builder that wx-builder runs.";
        };
        hostName = mkOption {
          type = name "name of letters, digits and hyphens" "[a-z0-9][a-z0-9-]*";
          default = "wrapix-builder";
          description = "Its name for ssh and Nix; wrapix-builder-NAME for one that has a name.";
        };
        port = mkOption {
          type = types.port;
          default = 2222;
          description = "Its port on 127.0.0.1.";
        };
        keyDirectory = mkOption (
          {
            type = secretPath;
            description = "The folder of its keys, which wx-builder made.";
          }
          // lib.optionalAttrs (keyDirectory != null) {
            default = keyDirectory;
            defaultText = lib.literalExpression keyDirectoryText;
          }
        );
        publicHostKeys = mkOption {
          type = types.addCheck (types.listOf hostKey) (l: l != [ ]) // {
            description = "non-empty list of OpenSSH public keys: ssh-ed25519 and its base64";
          };
          description = "What host.pub in keyDirectory says, and host.next.pub while it is rotated. Public.";
        };
        systems = mkOption {
          type = types.listOf types.str;
          default = [ w.linuxSystem ];
          defaultText = lib.literalExpression "this machine's processor with -linux";
          description = "What it builds for.";
        };
        maxJobs = mkOption {
          type = types.ints.positive;
          default = 4;
          description = "Builds at a time.";
        };
        speedFactor = mkOption {
          type = types.ints.positive;
          default = 1;
          description = "How much faster it is than others.";
        };
        supportedFeatures = mkOption {
          type = types.listOf types.str;
          default = [
            "benchmark"
            "big-parallel"
          ];
          description = "Features of builds that it takes.";
        };
      };
    };

  profileFile = pname: settings: pkgs.writeText "${pname}.json" (builtins.toJSON settings);

  # For nix.buildMachines. The base64 is that of `wx-builder machine`: Nix puts the
  # host's name before the first key, and takes further lines as they are.
  machine =
    b:
    {
      inherit (b)
        hostName
        systems
        maxJobs
        speedFactor
        supportedFeatures
        ;
      protocol = "ssh-ng";
      sshUser = "builder";
      sshKey = "${b.keyDirectory}/nix";
      publicHostKey = base64 (
        lib.concatStringsSep "\n" (
          lib.imap0 (i: k: lib.optionalString (i > 0) "${b.hostName} " + bareKey k) b.publicHostKeys
        )
      );
    };

  # Of a system with Nix' daemon: the builder is a build machine, and ssh knows its keys.
  systemBuilder = b: {
    nix.distributedBuilds = true;
    nix.settings.builders-use-substitutes = true;
    nix.buildMachines = [ (machine b) ];
    programs.ssh.knownHosts = lib.listToAttrs (
      lib.imap0 (
        i: key:
        lib.nameValuePair "${b.hostName}${lib.optionalString (i > 0) "-${toString i}"}" {
          hostNames = [ b.hostName ];
          publicKey = bareKey key;
        }
      ) b.publicHostKeys
    );
  };

  # As nixpkgs writes nix.buildMachines.
  machineLine =
    m:
    "${m.protocol}://${m.sshUser}@${m.hostName} ${lib.concatStringsSep "," m.systems} ${m.sshKey} ${toString m.maxJobs} ${toString m.speedFactor} ${
      if m.supportedFeatures == [ ] then "-" else lib.concatStringsSep "," m.supportedFeatures
    } - ${m.publicHostKey}\n";

  # The host key comes from known_hosts of the system, or from KNOWN.
  sshBlock =
    b: known:
    ''
      Host ${b.hostName}
        HostName 127.0.0.1
        Port ${toString b.port}
        User builder
        HostKeyAlias ${b.hostName}
        HostKeyAlgorithms ssh-ed25519
        UserKnownHostsFile ${if known == null then "/dev/null" else sshPath known}
        StrictHostKeyChecking yes
        UpdateHostKeys no
        IdentityFile ${sshPath "${b.keyDirectory}/nix"}
        IdentitiesOnly yes
        IdentityAgent none
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        ClearAllForwardings yes
        ForwardAgent no
        ForwardX11 no
    '';

  # For systemd, which knows the home as %h, and for a shell.
  keyAgeUnit =
    c:
    let
      dir = lib.replaceStrings [ "%" ] [ "%%" ] c.keyAge.directory;
      at = if lib.hasPrefix "~/" dir then "%h/${lib.removePrefix "~/" dir}" else dir;
    in
    {
      at = at;
      start = "${c.package}/bin/wx-keygen -l -a ${toString c.keyAge.maxAge} \"${at}\"";
    };
  keyAgeArguments =
    c:
    let
      d = c.keyAge.directory;
      at = if lib.hasPrefix "~/" d then "$HOME/${lib.removePrefix "~/" d}" else d;
    in
    [
      "/bin/sh"
      "-c"
      "[ ! -d \"${at}\" ] || exec ${c.package}/bin/wx-keygen -l -a ${toString c.keyAge.maxAge} \"${at}\" >\"$HOME/Library/Logs/wrapix-key-age.log\" 2>&1"
    ];
}
