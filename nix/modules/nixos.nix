# SPDX-License-Identifier: MIT
# NixOS: the tools, a user's profiles and tokens, the builders as build machines.
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
in
{
  options.programs.wrapix = common.optionsWith { };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        environment.systemPackages = [ cfg.package ];
        assertions = common.linkAssertions cfg;
      }
      (lib.mkIf (cfg.user != null) {
        # At each login and switch, of every user.
        system.userActivationScripts.wrapix.text = ''
          if [ "$(${lib.getExe' pkgs.coreutils "id"} -un)" = ${lib.escapeShellArg cfg.user} ]; then
            ${common.linkScript cfg}
          fi
        '';
      })
      (lib.mkIf cfg.keyAge.enable {
        systemd.user.services.wrapix-key-age = {
          description = "Look at the age of the deploy keys";
          unitConfig = {
            ConditionPathExists = unit.at;
          }
          // lib.optionalAttrs (cfg.user != null) { ConditionUser = cfg.user; };
          serviceConfig = {
            Type = "oneshot";
            # The keys of sessions that were killed.
            ExecStartPre = "-${cfg.package}/bin/wx-deploykey-push -R";
            ExecStart = unit.start;
          };
        };
        systemd.user.timers.wrapix-key-age = {
          description = "Look at the age of the deploy keys every day";
          wantedBy = [ "timers.target" ];
          timerConfig = {
            OnCalendar = "daily";
            Persistent = true;
          };
        };
      })
      (lib.mkIf (builders != [ ]) (common.builders.system builders))
      (lib.mkIf (builders != [ ]) {
        assertions = common.builders.assertions config.nix.enable builders;
        # Before what others say: of ssh's settings the first counts.
        programs.ssh.extraConfig = lib.mkBefore (common.builders.sshConfig null builders);
      })
    ]
  );
}
