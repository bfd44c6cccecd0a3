# SPDX-License-Identifier: MIT
# home-manager: the tools, profiles and tokens; of the builder ssh's settings, and a
# list of machines, which only a trusted user may give to Nix.
wrapix:
{
  config,
  lib,
  pkgs,
  ...
}:
let
  common = import ./common.nix { inherit lib pkgs; w = wrapix pkgs; };
  cfg = config.programs.wrapix;
  unit = common.keyAgeUnit cfg;
  inherit (pkgs.stdenv.hostPlatform) isDarwin;
  known = "${config.xdg.configHome}/wrapix/builder.known_hosts";
in
{
  options.programs.wrapix = common.options {
    keyDirectory = "${config.xdg.dataHome}/wrapix/builder-keys/default";
    keyDirectoryText = "\${config.xdg.dataHome}/wrapix/builder-keys/default";
  };

  config = lib.mkIf cfg.enable (lib.mkMerge [
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
    (lib.mkIf cfg.builder.enable {
      xdg.configFile = {
        "wrapix/builder.known_hosts".text = lib.concatMapStrings (
          key: "${cfg.builder.hostName} ${common.bareKey key}\n"
        ) cfg.builder.publicHostKeys;
        "wrapix/builder.ssh_config".text = common.sshBlock cfg.builder known;
        "wrapix/machines".text = common.machineLine (common.machine cfg.builder);
      };
      programs.ssh.includes = [ "${config.xdg.configHome}/wrapix/builder.ssh_config" ];
    })
  ]);
}
