# SPDX-License-Identifier: MIT
# mkSandbox { ... }: a package whose bin/wrapix is wrapix with a profile of the store. The
# sandbox shows what is installed, by bwrap; with engine = "podman" the same programs
# are in an image.
{
  lib,
  pkgs,
  wrapix,
  profiles,
  deriveProfile,
  sandboxImage,
}:
let
  inherit (pkgs.stdenv.hostPlatform) isLinux system;
  inherit (import ./options/settings.nix { inherit lib; }) typed;
  bad = option: what: throw "mkSandbox: ${option}: ${what}";

  oneOf =
    option: list: v:
    if lib.elem v list then
      v
    else
      bad option "must be one of ${lib.concatMapStringsSep ", " builtins.toJSON list}";

  profileOf =
    v:
    if lib.isString v then
      profiles.${v}
        or (bad "profile" "there is no '${v}'; there are ${toString (lib.attrNames profiles)}")
    else if lib.isAttrs v && v ? name && v ? packages && v ? settings then
      v
    else
      bad "profile" "must be a name, or what deriveProfile makes";
in
{
  profile ? "base",
  packages ? [ ],
  mounts ? [ ],
  env ? { },
  cpus ? null,
  memoryMb ? null,
  deployKey ? true,
  network ? null,
  engine ? "bwrap",
  agent ? { },
  token ? "broker",
  settings ? { },
  name ? null,
}:
let
  engine' = oneOf "engine" [ "bwrap" "podman" ] engine;
  withImage = engine' != "bwrap";
  inNix = builtins.storeDir == "/nix/store";

  packages' =
    if lib.isList packages then
      lib.imap0 (
        i: p: if lib.isAttrs p && p ? outPath then p else bad "packages[${toString i}]" "must be a package"
      ) packages
    else
      bad "packages" "must be a list of packages";

  memory =
    if memoryMb == null || lib.isInt memoryMb && memoryMb > 0 then
      memoryMb
    else
      bad "memoryMb" "must be a whole number above 0";

  # Of /nix/store wx-run shows what store_paths lists. A store elsewhere is a mount.
  storeMount = lib.optionalAttrs (!withImage && !inNix) {
    mounts = [ { source = builtins.storeDir; } ];
  };

  # In order: the profile, the keys that are ours, and the rest.
  whole =
    lib.foldl' (was: settings: deriveProfile was { inherit settings; })
      (deriveProfile (profileOf profile) { packages = packages'; })
      [
        (typed "mkSandbox" (
          lib.filterAttrs (_: v: v != null) {
            inherit
              agent
              cpus
              env
              mounts
              network
              ;
            engine = engine';
            memory = lib.mapNullable (mb: "${toString mb}M") memory;
          }
        ))
        storeMount
        (typed "mkSandbox.settings" settings)
      ];
  # An image has its programs, and finds them by its own PATH.
  settings' =
    if withImage then
      removeAttrs whole.settings [ "tools" ] // { image = "docker-archive:${image}"; }
    else
      whole.settings // lib.optionalAttrs inNix { store_paths = "${closure}/store-paths"; };

  # The programs, what the settings name, and all that these need. wx-run itself is not in
  # it: what it needs inside it has when it is started, before the rest of the store goes.
  closure = pkgs.closureInfo {
    rootPaths =
      map lib.getBin whole.packages
      ++ whole.packages
      ++ [
        (pkgs.writeText "wrapix-${whole.name}-settings.json" (builtins.toJSON whole.settings))
      ];
  };

  # Where the agent's login is: outside, with wx-api-broker, unless it is said.
  tokenFlags = {
    broker = [ ];
    file = [ "--token-file" ];
    inside = [ "--token-inside" ];
    none = [ "--no-token" ];
  };

  image = sandboxImage { profile = whole; };
  json = pkgs.writeText "wrapix-${whole.name}.json" (builtins.toJSON settings');

  flags = [
    "-p"
    "${json}"
  ]
  ++ lib.optional (
    !(
      if lib.isBool deployKey then
        deployKey
      else
        bad "deployKey" "must be true or false: the key is found by the repository"
    )
  ) "--no-push"
  ++ tokenFlags.${oneOf "token" (lib.attrNames tokenFlags) token};
in
if !isLinux then
  bad "system" "there is no wx-run for ${system} yet; sandboxes are made on Linux"
else
  pkgs.runCommand (if name == null then "wrapix-sandbox-${whole.name}" else name)
    {
      nativeBuildInputs = [ pkgs.makeBinaryWrapper ];
      passthru = {
        settings = settings';
        profile = whole;
        inherit (whole) packages;
      }
      // lib.optionalAttrs withImage { inherit image; };
      meta = {
        description = "wrapix with the profile ${whole.name}";
        mainProgram = "wrapix";
      };
    }
    ''
      makeWrapper ${wrapix}/bin/wrapix $out/bin/wrapix ${
        lib.optionalString (!withImage) "--prefix PATH : ${lib.makeBinPath whole.packages}"
      } --add-flags "${lib.escapeShellArgs flags}"
      mkdir -p $out/share
      ln -s ${json} $out/share/wrapix-profile.json
    ''
