# SPDX-License-Identifier: MIT
# The keys of wrapix-profile(5) as options: a module for evalModules, of a profile of the
# modules and of settings for mkSandbox and deriveProfile.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (import ./json.nix { inherit lib; }) json;

  list = types.listOf types.str;
  # Of one key: what is not said is not in the file, and what is extended counts.
  unset =
    type: description: example:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description example;
    };
  words =
    description: example:
    mkOption {
      type = list;
      default = [ ];
      inherit description example;
    };
  where = types.strMatching "(/|~/).*|~" // {
    description = "absolute path, or one that begins with ~/, as a string: a Nix path would be copied into the Nix store";
  };
  variables =
    let
      set = types.attrsOf (types.nullOr (types.either types.str types.int));
    in
    types.addCheck set (
      v: lib.isAttrs v && lib.all (n: builtins.match "[A-Za-z_][A-Za-z0-9_]*" n != null) (lib.attrNames v)
    )
    // {
      description = "set of variables, strings, whole numbers or null, no Nix path";
    };
  size = types.strMatching "[1-9][0-9]*[KMGT]?" // {
    description = "size such as \"512M\"";
  };
  entries =
    description: example:
    mkOption {
      type = types.listOf (types.either types.str (types.attrsOf json));
      default = [ ];
      description = "${description}, strings or objects of {manpage}`wrapix-network(5)`.";
      inherit example;
    };

  mount.options = {
    source = mkOption {
      type = where;
      description = "The path on the host.";
      example = "~/.cache/pip";
    };
    dest = unset where "The path inside; by default the same." "/doc";
    mode = unset (types.enum [
      "ro"
      "rw"
    ]) "Read-only, or for writing; by default `ro`." "rw";
    optional = unset types.bool "Whether it is left out where it is not there." true;
  };

  forward.options = {
    port = mkOption {
      type = types.port;
      description = "A port of 127.0.0.1 inside.";
      example = 5432;
    };
    to = mkOption {
      type = types.str;
      description = "Address and port of a service of the host's loopback.";
      example = "127.0.0.1:5432";
    };
  };

  agent.options = {
    broker =
      unset types.str "The route of {manpage}`wx-api-broker(1)` by which it reaches its API."
        "anthropic";
    command =
      words
        "The program and its arguments; without it the keys are added to those of the agent of the profile that is extended."
        [ "claude" ];
    continue = words "Arguments by which it goes on where its last run ended." [ "--continue" ];
    guest = mkOption {
      type = types.attrsOf types.str;
      default = { };
      description = "Variables in the place of those of the route.";
      example = {
        OPENAI_BASE_URL = "{url}/v1";
      };
    };
    network_names = entries "Hosts that it reaches itself where no broker does" [ "@anthropic" ];
    otherwise = unset types.str "The profile that counts where its login is not there." "claude-key";
    prompt = unset types.str "The option by which it takes instructions." "--append-system-prompt";
    resume = words "Arguments before the name of the run that is taken up." [ "--resume" ];
    seed = mkOption {
      type = types.attrsOf (types.attrsOf json);
      default = { };
      description = "By file of its state, what is to be in it.";
      example = {
        "~/.claude/settings.json".theme = "dark";
      };
    };
    share = words "What of the user's own it reads, in its state." [ "~/.claude/CLAUDE.md" ];
    state = mkOption {
      type = types.nullOr (types.either types.str list);
      default = null;
      description = "Where its state is inside, below the home: a path, or a list.";
      example = "~/.claude";
    };
    told = unset types.str "A text of its state that it reads." "~/.codex/AGENTS.md";
    token = unset (
      types.strMatching "[A-Za-z_][A-Za-z0-9_]*"
      // {
        description = "name of a variable";
      }
    ) "The variable by which it takes its login; not the login." "CLAUDE_CODE_OAUTH_TOKEN";
  };
in
{
  options = {
    agent = mkOption {
      type = types.submodule agent;
      default = { };
      description = "The program that works where no command is given.";
      example = {
        command = [ "opencode" ];
        state = "~/.opencode";
      };
    };
    cache = words "Folders below the home that are kept from run to run of a project." [ "~/.npm" ];
    command = words "The command, if none is given." [
      "make"
      "check"
    ];
    cpus = unset types.ints.positive "Processors." 2;
    devices = words "Devices that are there inside." [ "gpu" ];
    engine = unset (types.enum [
      "auto"
      "bwrap"
      "podman"
      "container"
    ]) "What makes the sandbox." "podman";
    env = mkOption {
      type = variables;
      default = { };
      description = "Variables; null is the host's value. Not for secrets: it is in the Nix store.";
      example = {
        EDITOR = "vi";
        TZ = null;
      };
    };
    extends = unset types.str "The name of a profile that this one is more than." "base";
    hide = words "Globs of the project that are hidden." [ ".env*" ];
    home_size = unset size "Of the home." "512M";
    image = unset types.str "The image whose system is shown." "docker-archive:/srv/image.tar";
    known_hosts = words "Lines of a known_hosts file." [
      "git.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ"
    ];
    memory = unset size "Memory." "8G";
    mounts = mkOption {
      type = types.listOf (types.submodule mount);
      default = [ ];
      description = "What of the host is shown besides the project.";
      example = [ { source = "/usr/share/doc"; } ];
    };
    network = unset (types.enum [
      "open"
      "none"
      "listed"
      "host"
    ]) "What is reached of the network." "listed";
    network_ask =
      unset types.ints.unsigned "Seconds that a connection waits for an answer by {manpage}`wx-allow(1)`."
        60;
    network_deny = entries "Hosts that are refused" [ "upload.pypi.org" ];
    network_forward = mkOption {
      type = types.listOf (types.submodule forward);
      default = [ ];
      description = "Ports inside that lead to the host's loopback.";
      example = [
        {
          port = 5432;
          to = "127.0.0.1:5432";
        }
      ];
    };
    network_names = entries "Hosts that are reached" [
      "@github"
      "pypi.org"
    ];
    network_parent = mkOption {
      type = types.nullOr types.str;
      default = "";
      description = "The proxy through which hosts are reached, `environment`, or null for none; empty is what the profile says that is extended.";
      example = "http://proxy.example:3128";
    };
    pids = unset types.ints.positive "Processes." 2000;
    protect = words "Paths or globs of the project that are protected." [ "Makefile" ];
    proxy_env = unset types.bool "Whether variables for a proxy say where the one inside is." true;
    publish = mkOption {
      type = types.listOf (types.either types.port types.str);
      default = [ ];
      description = "Ports inside that are reached on the host's loopback.";
      example = [
        8000
        "8080:3000"
      ];
    };
    shm_size = unset size "Of {file}`/dev/shm`." "64M";
    store_paths =
      unset types.str "A list of paths of the Nix store: these are shown, and no others."
        "/run/store-paths";
    timeout = unset (types.either types.int types.float) "Seconds." 3600;
    tmp_size = unset size "Of {file}`/tmp`." "2G";
    tools = words "Programs that are wanted inside." [ "git" ];
    unprotect = words "Paths of the project that are not protected." [ ".github/workflows" ];
  };
}
