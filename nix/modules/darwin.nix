# SPDX-License-Identifier: MIT
# nix-darwin: the tools, a user's profiles and tokens, the builders as build machines.
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
        system.activationScripts.postActivation.text = "sudo -H -u ${lib.escapeShellArg cfg.user} -- ${common.linkScript cfg}\n";
      })
      (lib.mkIf cfg.keyAge.enable {
        launchd.user.agents.wrapix-key-age.serviceConfig = {
          ProgramArguments = common.keyAgeArguments cfg;
          StartCalendarInterval = [
            {
              Hour = 10;
              Minute = 0;
            }
          ];
        };
      })
      # nix-darwin has no value of nix.* where nix.enable is off: all that it would say is that.
      (lib.mkIf (builders != [ ] && config.nix.enable) (common.builders.system builders))
      (lib.mkIf (builders != [ ]) {
        assertions = common.builders.assertions config.nix.enable builders;
        environment.etc."ssh/ssh_config.d/100-wrapix-builder.conf".text =
          common.builders.sshConfig null builders;
      })
    ]
  );
}
