# SPDX-License-Identifier: MIT
# homeManagerConfiguration: the options of home-manager that our module sets.
lib: self:
{ pkgs, modules }:
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
        home.packages = opt (types.listOf types.package) [ ];
        home.homeDirectory = opt types.str "/home/me";
        xdg.configHome = opt types.str "${config.home.homeDirectory}/.config";
        xdg.dataHome = opt types.str "${config.home.homeDirectory}/.local/share";
        xdg.configFile = mkOption {
          default = { };
          type = types.attrsOf (
            types.submodule {
              options = {
                text = opt (types.nullOr types.lines) null;
                source = opt (types.nullOr types.path) null;
              };
            }
          );
        };
        programs.ssh.enable = opt types.bool true;
        programs.ssh.includes = opt (types.listOf types.str) [ ];
        systemd.user.services = opt (types.attrsOf types.anything) { };
        systemd.user.timers = opt (types.attrsOf types.anything) { };
        launchd.agents = opt (types.attrsOf types.anything) { };
        lib = opt (types.attrsOf types.attrs) { };
      };
      config._module.args.pkgs = pkgs;
      config.lib.file.mkOutOfStoreSymlink =
        path: pkgs.runCommand "home-link" { inherit path; } ''ln -s "$path" $out'';
    };
in
lib.evalModules {
  class = "homeManager";
  modules = [ base ] ++ modules;
}
