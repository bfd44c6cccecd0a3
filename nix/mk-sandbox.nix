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
  bad = option: what: throw "mkSandbox: ${option}: ${what}";

  # A path as a string: a Nix path would be copied into the store, which everybody
  # can read.
  pathString =
    option: v:
    if builtins.isPath v then
      bad option "must be a string, as \"${toString v}\": a Nix path would be copied into the Nix store"
    else if !lib.isString v || builtins.match "(/|~/).*|~" v == null then
      bad option "must be an absolute path, or begin with ~/, as a string"
    else
      v;

  inStore = v: lib.hasPrefix builtins.storeDir v;

  mountOf =
    i: m:
    let
      option = "mounts[${toString i}]";
      unknown = lib.subtractLists [ "source" "dest" "mode" "optional" ] (lib.attrNames m);
    in
    if !lib.isAttrs m then
      bad option "must be a set with source and dest"
    else if unknown != [ ] then
      bad "${option}.${lib.head unknown}" "unknown; there are source, dest, mode and optional"
    else if !(m ? source) then
      bad "${option}.source" "is missing"
    else if !(m ? dest) then
      bad "${option}.dest" "is missing; say where it is to be inside"
    else if !(lib.elem (m.mode or "ro") [ "ro" "rw" ]) then
      bad "${option}.mode" "must be \"ro\" or \"rw\""
    else if !lib.isBool (m.optional or false) then
      bad "${option}.optional" "must be true or false"
    else
      {
        source = pathString "${option}.source" m.source;
        dest = pathString "${option}.dest" m.dest;
        mode = m.mode or "ro";
      }
      // lib.optionalAttrs (m.optional or false) { optional = true; };

  envOf =
    name: v:
    if builtins.match "[A-Za-z_][A-Za-z0-9_]*" name == null then
      bad "env.${name}" "is no name of a variable"
    else if v == null || lib.isString v then
      v
    else if lib.isInt v then
      toString v
    else if builtins.isPath v then
      bad "env.${name}" "must be a string: a Nix path would be copied into the Nix store"
    else
      bad "env.${name}" "must be a string, a whole number, or null for the host's value";

  positive =
    option: v:
    if lib.isInt v && v > 0 then v else bad option "must be a whole number above 0";

  oneOf =
    option: list: v:
    if lib.elem v list then
      v
    else
      bad option "must be one of ${lib.concatMapStringsSep ", " builtins.toJSON list}";

  profileOf =
    v:
    if lib.isString v then
      profiles.${v} or (bad "profile" "there is no '${v}'; there are ${toString (lib.attrNames profiles)}")
    else if lib.isAttrs v && v ? name && v ? packages && v ? settings then
      v
    else
      bad "profile" "must be a name, or what deriveProfile makes";

  agentOf =
    v:
    let
      known = [ "command" "prompt" "seed" "state" "token" ];
      unknown = lib.subtractLists known (lib.attrNames v);
    in
    if !lib.isAttrs v then
      bad "agent" "must be a set with command, and prompt, seed, state and token as needed"
    else if unknown != [ ] then
      bad "agent.${lib.head unknown}" "unknown; there are ${lib.concatStringsSep ", " known}"
    else if !lib.isList (v.command or null) || v.command == [ ] then
      bad "agent.command" "must be a list: the program and its arguments"
    else if inStore (v.token or "") || lib.hasInfix "-" (v.token or "") then
      bad "agent.token" "must be the name of the variable that takes the token, and not the token"
    else
      v;
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
  agent ? null,
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

  whole = deriveProfile (profileOf profile) {
    packages = packages';
    settings = {
      env = lib.mapAttrs envOf (if lib.isAttrs env then env else bad "env" "must be a set of variables");
      mounts =
        lib.imap0 mountOf (if lib.isList mounts then mounts else bad "mounts" "must be a list")
        # Of /nix/store wx-run shows what store_paths lists. A store elsewhere is a mount.
        ++ lib.optional (!withImage && !inNix) {
          source = builtins.storeDir;
        };
      engine = engine';
    }
    // lib.optionalAttrs (cpus != null) { cpus = positive "cpus" cpus; }
    // lib.optionalAttrs (memoryMb != null) { memory = "${toString (positive "memoryMb" memoryMb)}M"; }
    // lib.optionalAttrs (network != null) {
      network = oneOf "network" [ "open" "none" "listed" "host" ] network;
    }
    // lib.optionalAttrs (agent != null) { agent = agentOf agent; };
  };
  # An image has its programs, and finds them by its own PATH.
  settings =
    if withImage then
      removeAttrs whole.settings [ "tools" ] // { image = "docker-archive:${image}"; }
    else
      whole.settings // lib.optionalAttrs inNix { store_paths = "${closure}/store-paths"; };

  # The programs, what the settings name, and all that these need. wx-run itself is not in
  # it: what it needs inside it has when it is started, before the rest of the store goes.
  closure = pkgs.closureInfo {
    rootPaths = map lib.getBin whole.packages ++ whole.packages ++ [
      (pkgs.writeText "wrapix-${whole.name}-settings.json" (builtins.toJSON whole.settings))
    ];
  };

  image = sandboxImage { profile = whole; };
  json = pkgs.writeText "wrapix-${whole.name}.json" (builtins.toJSON settings);

  flags = [
    "-p"
    "${json}"
  ]
  ++ lib.optional (!(
    if lib.isBool deployKey then deployKey else bad "deployKey" "must be true or false: the key is found by the repository"
  )) "--no-push";
in
if !isLinux then
  bad "system" "there is no wx-run for ${system} yet; sandboxes are made on Linux"
else
pkgs.runCommand (if name == null then "wrapix-sandbox-${whole.name}" else name)
  {
    nativeBuildInputs = [ pkgs.makeWrapper ];
    passthru = {
      inherit settings;
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
