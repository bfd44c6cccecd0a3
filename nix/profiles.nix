# SPDX-License-Identifier: MIT
# The profiles: their settings are nix/profiles/NAME.json, which are also used without
# Nix, and their programs stand here. A profile is { name, packages, settings }.
{ lib, pkgs }:
let
  base = with pkgs; [
    bashInteractive
    cacert
    coreutils
    curl
    diffutils
    fd
    file
    findutils
    gawk
    git
    gnugrep
    gnused
    gnutar
    gzip
    jq
    less
    openssh
    patch
    procps
    ripgrep
    vim
    which
    xz
  ];

  # Other agents, which come from the user's PATH as Claude Code does.
  agents = [
    "claude-key"
    "cline"
    "codex"
    "copilot"
    "gemini"
    "opencode"
    "pi"
    "qwen"
  ];

  packages = lib.genAttrs agents (_: base) // {
    inherit base;
    rust =
      base
      ++ (with pkgs; [
        cargo
        clippy
        gcc
        gnumake
        openssl
        pkg-config
        rust-analyzer
        rustc
        rustfmt
      ]);
    python =
      base
      ++ (with pkgs; [
        python3
        ruff
        ty
        uv
      ]);
  };

  # What only Nix can say: where in the store something is.
  certificates = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
  env = {
    base = {
      NIX_SSL_CERT_FILE = certificates;
      SSL_CERT_FILE = certificates;
    };
    rust.PKG_CONFIG_PATH = "${lib.getDev pkgs.openssl}/lib/pkgconfig";
    # uv is to take this Python, and not to fetch one that this system's loader is not for.
    python.UV_PYTHON_DOWNLOADS = "never";
  };

  inherit (import ./options/settings.nix { inherit lib; }) typed;
  # Absent is the same as empty, and shorter.
  prune = lib.filterAttrs (_: v: v != [ ] && v != { });

  # As wx-run has it: of a list both, of variables the later, of all else the later one whole; an agent without a
  # command is the other's with its own keys.
  mergeAgent = agent: more: if more ? command then more else agent // more;
  merge =
    settings: more:
    settings
    // more
    // lib.optionalAttrs (settings ? agent || more ? agent) {
      agent = mergeAgent settings.agent or { } more.agent or settings.agent;
    }
    // {
      env = settings.env or { } // more.env or { };
      mounts = settings.mounts or [ ] ++ more.mounts or [ ];
      tools = settings.tools or [ ] ++ more.tools or [ ];
      cache = settings.cache or [ ] ++ more.cache or [ ];
      devices = settings.devices or [ ] ++ more.devices or [ ];
      hide = settings.hide or [ ] ++ more.hide or [ ];
      protect = settings.protect or [ ] ++ more.protect or [ ];
      unprotect = settings.unprotect or [ ] ++ more.unprotect or [ ];
      known_hosts = settings.known_hosts or [ ] ++ more.known_hosts or [ ];
      network_deny = settings.network_deny or [ ] ++ more.network_deny or [ ];
      network_forward = settings.network_forward or [ ] ++ more.network_forward or [ ];
      network_names = settings.network_names or [ ] ++ more.network_names or [ ];
      publish = settings.publish or [ ] ++ more.publish or [ ];
    };
  # The file of a profile, and of what it extends: wx-run finds no other beside one in the store.
  load =
    name:
    let
      json = lib.importJSON ./profiles/${"${name}.json"};
      # Another login is another profile, which would have none of these programs.
      own = json // lib.optionalAttrs (json ? agent) { agent = removeAttrs json.agent [ "otherwise" ]; };
    in
    if json ? extends then merge (load json.extends) (removeAttrs own [ "extends" ]) else own;

  profile = name: {
    inherit name;
    packages = packages.${name};
    settings = prune (
      merge (load name) {
        env = env.base // env.${name} or { };
      }
    );
  };

  # deriveProfile PROFILE { name ?, packages ?, settings ? }: PROFILE with more. Lists and
  # variables add up, of other settings the new ones count.
  deriveProfile =
    profile:
    {
      name ? profile.name,
      packages ? [ ],
      settings ? { },
    }:
    {
      inherit name;
      packages = profile.packages ++ packages;
      settings = prune (merge profile.settings (typed "deriveProfile.settings" settings));
    };
in
{
  profiles = lib.genAttrs (lib.attrNames packages) profile;
  inherit deriveProfile;
}
