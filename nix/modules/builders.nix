# SPDX-License-Identifier: MIT
# What Nix and ssh are told of builders, the values of programs.wrapix.builder.
{ lib }:
let
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

  # In quotes, as ssh_config(5) has it; the option's type has seen that it can be.
  sshPath = p: "\"${lib.replaceStrings [ "%" ] [ "%%" ] p}\"";

  commas = l: if l == [ ] then "-" else lib.concatStringsSep "," l;

  # Key type and base64, without a comment.
  bareKey = key: lib.concatStringsSep " " (lib.genList (lib.elemAt (lib.splitString " " key)) 2);

  # As `wx-builder config -S` has it, but that OpenSSH of nixpkgs knows nothing of GSSAPI, and that all users read it:
  # so no connection is shared. The host key comes from known_hosts of the system, or from KNOWN.
  sshBlock = known: b: ''
    Host ${b.hostName}
      HostName 127.0.0.1
      Port ${toString b.port}
      HostKeyAlias ${b.hostName}
      UserKnownHostsFile ${if known == null then "/dev/null" else sshPath known}
      IdentityFile ${sshPath "${b.keyDirectory}/nix"}
      User builder
      HostKeyAlgorithms ssh-ed25519
      KexAlgorithms curve25519-sha256
      StrictHostKeyChecking yes
      UpdateHostKeys no
      IdentitiesOnly yes
      IdentityAgent none
      PreferredAuthentications publickey
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      ClearAllForwardings yes
      ForwardAgent no
      ForwardX11 no
      PermitLocalCommand no
      ServerAliveInterval 15
      ServerAliveCountMax 3
  '';
in
rec {
  # enabled CFG: of programs.wrapix, the builders that are.
  enabled = cfg: lib.filter (b: b.enable) ([ cfg.builder ] ++ lib.attrValues cfg.builders);

  # For nix.buildMachines. The base64 is that of `wx-builder machine`: Nix puts the
  # host's name before the first key, and takes further lines as they are.
  machine = b: {
    inherit (b)
      hostName
      systems
      maxJobs
      speedFactor
      supportedFeatures
      mandatoryFeatures
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

  # As nixpkgs writes nix.buildMachines.
  machineLine =
    b:
    let
      m = machine b;
    in
    "${m.protocol}://${m.sshUser}@${m.hostName} ${lib.concatStringsSep "," m.systems} ${m.sshKey} ${toString m.maxJobs} ${toString m.speedFactor} ${
      commas (m.supportedFeatures ++ m.mandatoryFeatures)
    } ${commas m.mandatoryFeatures} ${m.publicHostKey}\n";

  # Lines of a known_hosts file.
  knownHosts = b: lib.concatMapStrings (key: "${b.hostName} ${bareKey key}\n") b.publicHostKeys;

  # sshConfig KNOWN BUILDERS: of ssh_config. What may come after it is for all hosts, as what comes
  # before the first Host is.
  sshConfig = known: builders: lib.concatMapStrings (sshBlock known) builders + "Host *\n";

  # Of a system with Nix' daemon: they are build machines, and ssh knows their keys.
  system = builders: {
    nix.distributedBuilds = lib.mkDefault true;
    nix.settings.builders-use-substitutes = lib.mkDefault true;
    nix.buildMachines = map machine builders;
    programs.ssh.knownHosts = lib.listToAttrs (
      lib.concatMap (
        b:
        lib.imap0 (
          i: key:
          lib.nameValuePair "${b.hostName}${lib.optionalString (i > 0) "-${toString i}"}" {
            hostNames = [ b.hostName ];
            publicKey = bareKey key;
          }
        ) b.publicHostKeys
      ) builders
    );
  };

  # assertions OPTIONS BUILDERS: that no two are the same, and Nix of the system is the one that is told.
  assertions =
    nixIsOn: builders:
    let
      twice = of: lib.length (lib.unique (map of builders)) != lib.length builders;
    in
    [
      {
        assertion = !(twice (b: b.hostName)) && !(twice (b: toString b.port));
        message = "programs.wrapix.builders: two have one hostName, or one port";
      }
      {
        assertion = nixIsOn;
        message = "programs.wrapix.builder: nix.enable is off, so nothing would tell Nix of the builder; see wx-builder machine";
      }
    ];
}
