# SPDX-License-Identifier: MIT
# nix-darwin: the tools, a user's profiles and tokens, the builder as a build machine.
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
  sh = lib.escapeShellArg;
  links =
    lib.mapAttrsToList (n: p: {
      at = "profiles/${n}.json";
      to = "${common.profileFile n p}";
    }) cfg.profiles
    ++ lib.mapAttrsToList (at: to: { inherit at to; }) cfg.tokens;
  # As the user: root makes nothing in a folder of the user's.
  script =
    "umask 077; mkdir -p ~/.config/wrapix/profiles"
    + lib.concatMapStrings (l: " && ln -sfn ${sh l.to} ~/.config/wrapix/${sh l.at}") links;
in
{
  options.programs.wrapix = common.options { } // {
    user = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      description = "Whose profiles, tokens and keys these are. Needed for these.";
    };
  };

  config = lib.mkIf cfg.enable (lib.mkMerge [
    {
      environment.systemPackages = [ cfg.package ];
      assertions = [
        {
          assertion = cfg.user != null || links == [ ];
          message = "programs.wrapix.user: is needed for programs.wrapix.profiles and programs.wrapix.tokens";
        }
      ];
    }
    (lib.mkIf (cfg.user != null && links != [ ]) {
      system.activationScripts.postActivation.text = "sudo -H -u ${sh cfg.user} -- /bin/sh -c ${sh script}\n";
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
    (lib.mkIf cfg.builder.enable (common.systemBuilder cfg.builder))
    (lib.mkIf cfg.builder.enable {
      environment.etc."ssh/ssh_config.d/100-${cfg.builder.hostName}.conf".text = common.sshBlock cfg.builder null;
    })
  ]);
}
