# SPDX-License-Identifier: MIT
# home-manager: the tools, profiles and tokens; of the builders ssh's settings, and a
# list of machines, which only a trusted user may give to Nix.
wrapix:
{
  config,
  lib,
  pkgs,
  ...
}:
let
  common = import ./common.nix {
    inherit lib pkgs;
    w = wrapix pkgs;
  };
  cfg = config.programs.wrapix;
  unit = common.keyAgeUnit cfg;
  builders = common.builders.enabled cfg;
  inherit (pkgs.stdenv.hostPlatform) isDarwin;
  conf = "${config.xdg.configHome}/wrapix";
in
{
  options.programs.wrapix = common.optionsWith {
    withUser = false;
    keyDirectory = name: "${config.xdg.dataHome}/wrapix/builder-keys/${name}";
    keyDirectoryText = name: "\"\${config.xdg.dataHome}/wrapix/builder-keys/${name}\"";
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        home.packages = [ cfg.package ];
        xdg.configFile =
          lib.mapAttrs' (
            n: p: lib.nameValuePair "wrapix/profiles/${n}.json" { source = common.profileFile n p; }
          ) cfg.profiles
          # A link to the place, and no copy of what is there.
          // lib.mapAttrs' (
            n: p: lib.nameValuePair "wrapix/${n}" { source = config.lib.file.mkOutOfStoreSymlink p; }
          ) cfg.tokens;
      }
      (lib.mkIf (cfg.keyAge.enable && !isDarwin) {
        systemd.user.services.wrapix-key-age = {
          Unit = {
            Description = "Look at the age of the deploy keys";
            ConditionPathExists = unit.at;
          };
          Service = {
            Type = "oneshot";
            # The keys of sessions that were killed.
            ExecStartPre = "-${cfg.package}/bin/wx-deploykey-push -R";
            ExecStart = unit.start;
          };
        };
        systemd.user.timers.wrapix-key-age = {
          Unit.Description = "Look at the age of the deploy keys every day";
          Timer = {
            OnCalendar = "daily";
            Persistent = true;
          };
          Install.WantedBy = [ "timers.target" ];
        };
      })
      (lib.mkIf (cfg.keyAge.enable && isDarwin) {
        launchd.agents.wrapix-key-age = {
          enable = true;
          config = {
            ProgramArguments = common.keyAgeArguments cfg;
            StartCalendarInterval = [
              {
                Hour = 10;
                Minute = 0;
              }
            ];
          };
        };
      })
      (lib.mkIf (builders != [ ]) {
        xdg.configFile = {
          "wrapix/builder.known_hosts".text = lib.concatMapStrings common.builders.knownHosts builders;
          "wrapix/builder.ssh_config".text = common.builders.sshConfig "${conf}/builder.known_hosts" builders;
          "wrapix/machines".text = lib.concatMapStrings common.builders.machineLine builders;
        };
        programs.ssh.includes = [ "${conf}/builder.ssh_config" ];
        # Of Nix itself there is nothing here that could be off.
        assertions = common.builders.assertions true builders ++ [
          {
            assertion = config.programs.ssh.enable;
            message = "programs.wrapix.builder: programs.ssh.enable is off, so ssh would not know the builder; add to ~/.ssh/config, before the first Host: Include ${conf}/builder.ssh_config";
          }
        ];
      })
    ]
  );
}
