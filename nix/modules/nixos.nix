# SPDX-License-Identifier: MIT
# NixOS: the tools, a user's profiles and tokens, the builder as a build machine.
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
  # tmpfiles.d(5): a percent sign begins a specifier; the last field may have blanks.
  plain = lib.replaceStrings [ "%" ] [ "%%" ];
  link = at: to: "L+ %h/.config/wrapix/${plain at} - - - - ${plain to}";
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
          assertion = cfg.user != null || (cfg.profiles == { } && cfg.tokens == { });
          message = "programs.wrapix.user: is needed for programs.wrapix.profiles and programs.wrapix.tokens";
        }
      ];
    }
    (lib.mkIf (cfg.user != null && (cfg.profiles != { } || cfg.tokens != { })) {
      # By the user's own systemd: root makes nothing in a folder of the user's.
      systemd.user.tmpfiles.users.${cfg.user}.rules =
        [ "d %h/.config/wrapix 0700 - - -" "d %h/.config/wrapix/profiles 0700 - - -" ]
        ++ lib.mapAttrsToList (n: p: link "profiles/${n}.json" "${common.profileFile n p}") cfg.profiles
        ++ lib.mapAttrsToList link cfg.tokens;
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
    (lib.mkIf cfg.builder.enable (common.systemBuilder cfg.builder))
    (lib.mkIf cfg.builder.enable {
      programs.ssh.extraConfig = common.sshBlock cfg.builder null;
    })
  ]);
}
