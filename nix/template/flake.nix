{
  # Where your clone of wrapix is.
  inputs.wrapix.url = "git+file:///home/me/src/wrapix";

  outputs =
    { wrapix, ... }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      each =
        f:
        builtins.listToAttrs (
          map (system: {
            name = system;
            value = f system;
          }) systems
        );
    in
    {
      # nix run: the agent in the sandbox, on the project in this folder. See wrapix-nix(7).
      packages = each (
        system:
        let
          pkgs = wrapix.inputs.nixpkgs.legacyPackages.${system};
        in
        {
          default = wrapix.lib.mkSandbox {
            inherit pkgs;
            profile = "base";
            packages = [ pkgs.gnumake ];
            settings = {
              network_names = [ "@github" ];
              # What decides what the agent may, it is not to write.
              protect = [
                "flake.nix"
                "flake.lock"
              ];
            };
          };
        }
      );
    };
}
