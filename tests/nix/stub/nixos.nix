# SPDX-License-Identifier: MIT
# nixosSystem: the options of NixOS that our module sets, and what NixOS makes of them.
lib: self:
{
  system,
  modules,
  class ? "nixos",
}:
let
  inherit (lib) mkOption types;
  opt =
    type: default:
    mkOption {
      inherit type default;
    };
  base =
    { config, ... }:
    {
      options = {
        assertions = opt (types.listOf types.unspecified) [ ];
        environment.systemPackages = opt (types.listOf types.package) [ ];
        environment.etc = mkOption {
          default = { };
          type = types.attrsOf (types.submodule { options.text = opt (types.nullOr types.lines) null; });
        };
        nix = {
          enable = opt types.bool true;
          distributedBuilds = opt types.bool false;
          settings = opt (types.attrsOf types.anything) { };
          buildMachines = mkOption {
            default = [ ];
            type = types.listOf (
              types.submodule {
                options = {
                  hostName = mkOption { type = types.str; };
                  protocol = opt (types.enum [
                    null
                    "ssh"
                    "ssh-ng"
                  ]) "ssh";
                  systems = opt (types.listOf types.str) [ ];
                  sshUser = opt (types.nullOr types.str) null;
                  sshKey = opt (types.nullOr types.str) null;
                  maxJobs = opt types.int 1;
                  speedFactor = opt types.int 1;
                  mandatoryFeatures = opt (types.listOf types.str) [ ];
                  supportedFeatures = opt (types.listOf types.str) [ ];
                  publicHostKey = opt (types.nullOr types.str) null;
                };
              }
            );
          };
        };
        programs.ssh = {
          extraConfig = opt types.lines "";
          knownHosts = mkOption {
            default = { };
            type = types.attrsOf (
              types.submodule (
                { name, ... }:
                {
                  options = {
                    hostNames = opt (types.listOf types.str) [ name ];
                    publicKey = opt (types.nullOr types.str) null;
                  };
                }
              )
            );
          };
        };
        systemd.user = {
          services = opt (types.attrsOf types.anything) { };
          timers = opt (types.attrsOf types.anything) { };
          tmpfiles.users = mkOption {
            default = { };
            type = types.attrsOf (types.submodule { options.rules = opt (types.listOf types.str) [ ]; });
          };
          units = opt (types.attrsOf types.str) { };
        };
        system.userActivationScripts = opt (types.attrsOf types.anything) { };
        users.users = opt (types.attrsOf types.anything) { };
        system.build.toplevel = opt types.unspecified null;
      };
      config = {
        _module.args.pkgs = self.legacyPackages.${system};
        environment.etc = {
          "nix/machines" = lib.mkIf (config.nix.buildMachines != [ ]) {
            text = lib.concatMapStrings (
              m:
              "${lib.optionalString (m.protocol != null) "${m.protocol}://"}${
                lib.optionalString (m.sshUser != null) "${m.sshUser}@"
              }${m.hostName} ${lib.concatStringsSep "," m.systems} ${
                if m.sshKey == null then "-" else m.sshKey
              } ${toString m.maxJobs} ${toString m.speedFactor} ${
                let
                  f = m.supportedFeatures ++ m.mandatoryFeatures;
                in
                if f == [ ] then "-" else lib.concatStringsSep "," f
              } ${if m.mandatoryFeatures == [ ] then "-" else lib.concatStringsSep "," m.mandatoryFeatures} ${
                if m.publicHostKey == null then "-" else m.publicHostKey
              }\n"
            ) config.nix.buildMachines;
          };
          "ssh/ssh_config".text =
            config.programs.ssh.extraConfig + "\nHost *\nGlobalKnownHostsFile /etc/ssh/ssh_known_hosts\n";
          "ssh/ssh_known_hosts".text = lib.concatMapStrings (
            h: "${lib.concatStringsSep "," h.hostNames} ${h.publicKey}\n"
          ) (lib.attrValues config.programs.ssh.knownHosts);
        };
        systemd.user.units =
          lib.mapAttrs' (
            n: s:
            lib.nameValuePair "${n}.service" (
              lib.generators.toINI { listsAsDuplicateKeys = true; } {
                Unit = {
                  Description = s.description;
                }
                // s.unitConfig or { };
                Service = s.serviceConfig;
              }
            )
          ) config.systemd.user.services
          // lib.mapAttrs' (
            n: t:
            lib.nameValuePair "${n}.timer" (
              lib.generators.toINI { listsAsDuplicateKeys = true; } {
                Unit.Description = t.description;
                Timer = t.timerConfig;
                Install.WantedBy = t.wantedBy;
              }
            )
          ) config.systemd.user.timers;
        system.build.toplevel =
          let
            failed = map (a: a.message) (lib.filter (a: !a.assertion) config.assertions);
          in
          if failed == [ ] then
            "toplevel"
          else
            throw "\nFailed assertions:\n${lib.concatMapStrings (m: "- ${m}\n") failed}";
      };
    };
in
lib.evalModules {
  inherit class;
  modules = [ base ] ++ modules;
}
