# SPDX-License-Identifier: MIT
# pkgs: a stdenv that runs the host's compiler and make, its trivial builders, and
# for other packages links to the host's programs.
{ lib, system }:
let
  isLinux = lib.hasSuffix "-linux" system;

  # The plain way to a derivation: bash of the host, the attributes in its environment.
  mk =
    attrs:
    let
      passthru = attrs.passthru or { };
      drv = builtins.derivation (
        {
          inherit system;
          builder = "/bin/bash";
          args = [
            "-e"
            ./setup.sh
          ];
          PATH = "/usr/bin:/bin:/usr/sbin:/sbin";
        }
        // removeAttrs attrs [
          "passthru"
          "meta"
        ]
      );
    in
    passthru
    // drv
    // {
      inherit passthru;
      meta = attrs.meta or { };
      overrideAttrs = f: mk (attrs // f attrs);
    };

  stdenv = {
    hostPlatform = {
      inherit system isLinux;
      isDarwin = !isLinux;
      isStatic = false;
      isx86_64 = lib.hasPrefix "x86_64-" system;
      isAarch64 = lib.hasPrefix "aarch64-" system;
      linuxArch = if stdenv.hostPlatform.isx86_64 then "x86_64" else "arm64";
    };
    buildPlatform = stdenv.hostPlatform // {
      canExecute = other: other.system == system;
    };
    inherit system;
    mkDerivation =
      args:
      let
        attrs = if lib.isFunction args then args (attrs // { finalPackage = mk (named attrs); }) else args;
        named =
          a:
          {
            name = "${a.pname}-${a.version}";
          }
          // a
          // {
            # As nixpkgs: what is not said is "".
            doCheck = a.doCheck or false;
            doInstallCheck = a.doInstallCheck or false;
          };
      in
      mk (named attrs) // lib.optionalAttrs (attrs ? version) { inherit (attrs) version; };
  };

  runCommand =
    name: env: text:
    mk (
      {
        inherit name;
        phases = "buildCommandPhase";
        buildCommand = text;
      }
      // env
    );

  # The host's programs BINS under a name of nixpkgs, or programs that say that they are not there.
  host =
    pname: bins:
    let
      pkg = mk {
        name = "${pname}-1";
        inherit pname bins;
        phases = "hostPhase";
        meta.mainProgram = lib.head (bins ++ [ pname ]);
      };
    in
    pkg
    // {
      version = "1";
      dev = pkg;
      out = pkg;
      bin = pkg;
      lib = pkg;
    };

  self = {
    inherit
      lib
      runCommand
      stdenv
      system
      ;
    callPackage = lib.callPackageWith self;
    stdenvNoCC = stdenv;
    pkgsStatic = self // {
      stdenv = stdenv // {
        hostPlatform = stdenv.hostPlatform // {
          isStatic = true;
        };
      };
      callPackage = lib.callPackageWith self.pkgsStatic;
    };

    writeTextFile =
      {
        name,
        text,
        executable ? false,
        destination ? "",
        meta ? { },
      }:
      runCommand name
        {
          inherit
            text
            executable
            destination
            meta
            ;
          passAsFile = [ "text" ];
        }
        ''
          target=$out$destination
          mkdir -p "$(dirname "$target")"
          cp "$textPath" "$target"
          [ -z "$executable" ] || chmod +x "$target"
        '';
    writeText = name: text: self.writeTextFile { inherit name text; };
    writeTextDir =
      path: text:
      self.writeTextFile {
        name = baseNameOf path;
        destination = "/" + path;
        inherit text;
      };
    writeShellScript =
      name: text:
      self.writeTextFile {
        inherit name;
        executable = true;
        text = "#!${self.runtimeShell}\n${text}\n";
      };
    writeShellScriptBin =
      name: text:
      self.writeTextFile {
        inherit name;
        executable = true;
        destination = "/bin/${name}";
        text = "#!${self.runtimeShell}\n${text}\n";
        meta.mainProgram = name;
      };
    runtimeShell = "${self.bash}/bin/bash";
    symlinkJoin =
      {
        name,
        paths,
        postBuild ? "",
        passthru ? { },
        meta ? { },
        ...
      }@args:
      runCommand name
        (
          removeAttrs args [
            "name"
            "postBuild"
          ]
          // {
            inherit paths passthru meta;
          }
        )
        ''
          mkdir -p $out
          for p in $paths; do
            (cd $p && find . -mindepth 1 -type d) | while read -r d; do mkdir -p "$out/$d"; done
            (cd $p && find . -mindepth 1 ! -type d) | while read -r f; do
              [ -e "$out/$f" ] || [ -L "$out/$f" ] || ln -s "$p/$f" "$out/$f"
            done
          done
          ${postBuild}
        '';
    buildEnv =
      {
        name,
        paths,
        pathsToLink ? [ "/" ],
        postBuild ? "",
        ...
      }:
      self.symlinkJoin {
        inherit name paths;
        postBuild = ''
          ${lib.optionalString (pathsToLink != [ "/" ]) ''
            for d in $out/*; do
              keep=
              for l in ${toString pathsToLink}; do [ "$out$l" != "$d" ] || keep=1; done
              [ -n "$keep" ] || rm -rf "$d"
            done
          ''}
          ${postBuild}
        '';
      };
    linkFarm =
      name: entries:
      runCommand name { } (
        "mkdir -p $out\n"
        + lib.concatMapStrings (e: "ln -s ${e.path} $out/${e.name}\n") (
          if lib.isAttrs entries then
            lib.mapAttrsToList (name: path: { inherit name path; }) entries
          else
            entries
        )
      );
    closureInfo =
      { rootPaths }:
      runCommand "closure-info"
        {
          exportReferencesGraph = lib.concatLists (
            lib.imap0 (i: p: [
              "graph${toString i}"
              p
            ]) (lib.toList rootPaths)
          );
        }
        ''
          mkdir $out
          cat graph* >all
          grep '^${builtins.storeDir}/' all | sort -u >$out/store-paths
          python3 ${./registration.py} graph* >$out/registration
        '';
    makeWrapper = mk {
      name = "make-wrapper-hook";
      phases = "buildCommandPhase";
      buildCommand = ''
        mkdir -p $out/nix-support
        cp ${./make-wrapper.sh} $out/nix-support/setup-hook
      '';
    };

    # A shell script here; of what takes its arguments the shell's too does.
    makeBinaryWrapper = self.makeWrapper;

    # Runs what is installed with no variable set, as nixpkgs' does.
    versionCheckHook = mk {
      name = "version-check-hook";
      phases = "buildCommandPhase";
      buildCommand = ''
        mkdir -p $out/nix-support
        cp ${./version-check.sh} $out/nix-support/setup-hook
      '';
    };
    testers.testVersion =
      {
        package,
        command ? "${package.meta.mainProgram} --version",
        version ? package.version,
      }:
      runCommand "${package.name}-test-version" { nativeBuildInputs = [ package ]; } ''
        ${command} 2>&1 | grep -F "${version}" >$out
      '';
    nixosOptionsDoc =
      { options, ... }:
      {
        optionsNix = lib.listToAttrs (
          map (
            o:
            lib.nameValuePair o.name (
              removeAttrs o [
                "name"
                "visible"
                "internal"
              ]
            )
          ) (lib.filter (o: o.visible && !o.internal) (lib.optionAttrSetToDocList options))
        );
      };

    dockerTools = import ./docker-tools.nix { inherit lib self; };
    cacert = runCommand "nss-cacert-1" { } ''
      mkdir -p $out/etc/ssl/certs
      if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
        cp /etc/ssl/certs/ca-certificates.crt $out/etc/ssl/certs/ca-bundle.crt
      else
        touch $out/etc/ssl/certs/ca-bundle.crt
      fi
    '';
    mkShell =
      attrs:
      mk (
        {
          name = "nix-shell";
          phases = "buildCommandPhase";
          buildCommand = "export >$out";
        }
        // removeAttrs attrs [
          "inputsFrom"
          "packages"
          "shellHook"
        ]
        // {
          nativeBuildInputs = attrs.packages or [ ] ++ attrs.nativeBuildInputs or [ ];
          shellHook = attrs.shellHook or "";
        }
      );

  }
  // lib.mapAttrs host {
    bash = [
      "bash"
      "sh"
    ];
    bashInteractive = [
      "bash"
      "sh"
    ];
    bats = [ "bats" ];
    busybox = [ "busybox" ];
    bzip2 = [ "bzip2" ];
    bubblewrap = [ "bwrap" ];
    cargo = [ "cargo" ];
    cjson = [ ];
    clang-tools = [ "clang-tidy" ];
    clippy = [ "cargo-clippy" ];
    coreutils = [
      "arch"
      "b2sum"
      "base32"
      "base64"
      "basename"
      "basenc"
      "cat"
      "chcon"
      "chgrp"
      "chmod"
      "chown"
      "cksum"
      "comm"
      "cp"
      "csplit"
      "cut"
      "date"
      "dd"
      "df"
      "dir"
      "dircolors"
      "dirname"
      "du"
      "echo"
      "env"
      "expand"
      "expr"
      "factor"
      "false"
      "fmt"
      "fold"
      "groups"
      "head"
      "hostid"
      "id"
      "install"
      "join"
      "link"
      "ln"
      "logname"
      "ls"
      "md5sum"
      "md5sum.textutils"
      "mkdir"
      "mkfifo"
      "mknod"
      "mktemp"
      "mv"
      "nice"
      "nl"
      "nohup"
      "nproc"
      "numfmt"
      "od"
      "paste"
      "pathchk"
      "pinky"
      "pr"
      "printenv"
      "printf"
      "ptx"
      "pwd"
      "readlink"
      "realpath"
      "rm"
      "rmdir"
      "runcon"
      "seq"
      "sha1sum"
      "sha224sum"
      "sha256sum"
      "sha384sum"
      "sha512sum"
      "shred"
      "shuf"
      "sleep"
      "sort"
      "split"
      "stat"
      "stdbuf"
      "stty"
      "sum"
      "sync"
      "tac"
      "tail"
      "tee"
      "test"
      "timeout"
      "touch"
      "tr"
      "true"
      "truncate"
      "tsort"
      "tty"
      "uname"
      "unexpand"
      "uniq"
      "unlink"
      "users"
      "vdir"
      "wc"
      "who"
      "whoami"
      "yes"
    ];
    cppcheck = [ "cppcheck" ];
    curl = [ "curl" ];
    diffutils = [
      "diff"
      "cmp"
    ];
    fd = [ "fd" ];
    file = [ "file" ];
    findutils = [
      "find"
      "xargs"
    ];
    gawk = [ "awk" ];
    getent = [ "getent" ];
    gcc = [
      "gcc"
      "cc"
    ];
    git = [ "git" ];
    gnugrep = [ "grep" ];
    gnumake = [ "make" ];
    gnused = [ "sed" ];
    gnutar = [ "tar" ];
    gzip = [ "gzip" ];
    iproute2 = [ "ip" ];
    jq = [ "jq" ];
    less = [ "less" ];
    libpsl = [ ];
    libseccomp = [ ];
    libssh = [ ];
    mandoc = [ "mandoc" ];
    nix = [
      "nix"
      "nix-store"
      "nix-daemon"
      "nix-build"
    ];
    nixfmt-tree = [ "treefmt" ];
    openssh = [
      "ssh"
      "ssh-keygen"
      "ssh-add"
      "ssh-agent"
      "ssh-keyscan"
      "sshd"
    ];
    openssl = [ "openssl" ];
    passt = [
      "pasta"
      "passt"
    ];
    patch = [ "patch" ];
    pkg-config = [ "pkg-config" ];
    podman = [ "podman" ];
    procps = [ "ps" ];
    python3 = [ "python3" ];
    ripgrep = [ "rg" ];
    ruff = [ "ruff" ];
    rust-analyzer = [ "rust-analyzer" ];
    rustc = [ "rustc" ];
    rustfmt = [ "rustfmt" ];
    shellcheck = [ "shellcheck" ];
    slirp4netns = [ "slirp4netns" ];
    sqlite = [ "sqlite3" ];
    strace = [ "strace" ];
    ty = [ "ty" ];
    util-linux = [
      "flock"
      "setpriv"
      "script"
    ];
    deadnix = [ "deadnix" ];
    statix = [ "statix" ];
    uv = [ "uv" ];
    vim = [
      "vi"
      "vim"
    ];
    which = [ "which" ];
    xz = [ "xz" ];
    zlib = [ ];
    zstd = [ "zstd" ];
  };
in
self
