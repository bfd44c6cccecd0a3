# SPDX-License-Identifier: MIT
# All tools, scripts and pages. From pkgsStatic: those that can be one file without
# shared libraries.
{
  lib,
  stdenv,
  makeBinaryWrapper,
  pkg-config,
  cjson,
  curl,
  libpsl,
  libseccomp,
  libssh,
  openssl,
  testers,
  versionCheckHook,
  zlib,
  bubblewrap,
  bzip2,
  coreutils,
  diffutils,
  findutils,
  gawk,
  getent,
  git,
  gnugrep,
  gnused,
  gnutar,
  gzip,
  jq,
  openssh,
  passt,
  podman,
  slirp4netns,
  util-linux,
  xz,
  zstd,
}:
let
  inherit (stdenv.hostPlatform) isLinux isStatic;
  root = toString ../.;

  # What the build and the tests read, and nothing else: another README is no reason
  # to build again.
  wanted = [
    "Makefile"
    "cmd"
    "libcommon"
    "man"
    "nix/networks"
    "nix/profiles"
    "nix/routes"
    "scripts"
    "tests"
  ];
  src = lib.cleanSourceWith {
    name = "wrapix-source";
    src = ../.;
    filter =
      path: _:
      let
        rel = lib.removePrefix (root + "/") (toString path);
      in
      rel == "nix"
      || (
        rel != "tests/nix"
        && !(lib.hasPrefix "tests/nix/" rel)
        && lib.any (w: rel == w || lib.hasPrefix (w + "/") rel) wanted
      );
  };

  version = lib.head (
    builtins.match ".*WX_VERSION \"([0-9.]+)\".*" (builtins.readFile ../libcommon/version.h)
  );

  # wx-run, wx-check and wx-egress are made of what only Linux has.
  tools =
    if isStatic then
      [
        "wx-keygen"
        "wx-origin"
      ]
    else
      lib.filter (
        t:
        isLinux
        || !(lib.elem t [
          "wx-run"
          "wx-check"
          "wx-egress"
        ])
      ) (lib.attrNames (builtins.readDir ../cmd));

  sandbox = [
    bubblewrap
    git
    passt
    podman
    slirp4netns
  ];
  # Of an image's archive.
  unpackers = [
    bzip2
    gzip
    xz
    zstd
  ];
  # Programs that a tool looks for on PATH. They come behind the user's own: these may
  # be set-uid (newuidmap for podman), or the ones that the system's AppArmor lets
  # make namespaces (bwrap).
  runtime = {
    wx-run = sandbox ++ unpackers;
    wx-check = sandbox;
    wx-image = unpackers ++ lib.optionals isLinux [ podman ];
    wx-ssh-agent = [ openssh ];
    wx-builder = [
      gzip
      openssh
    ]
    ++ lib.optionals isLinux [ podman ];
  };
  scripts = [
    coreutils
    diffutils
    findutils
    gawk
    git
    gnugrep
    gnused
    gnutar
    gzip
    jq
    openssh
  ]
  ++ lib.optionals isLinux [
    getent
    podman
    util-linux
  ];
in
stdenv.mkDerivation (finalAttrs: {
  pname = if isStatic then "wrapix-static" else "wrapix";
  inherit version src;

  strictDeps = true;
  nativeBuildInputs = [ pkg-config ] ++ lib.optionals (!isStatic) [ makeBinaryWrapper ];
  buildInputs =
    if isStatic then
      [
        libssh
        openssl
        zlib
      ]
    else
      [
        cjson
        curl
        libssh
        openssl
      ]
      ++ lib.optionals isLinux [
        libpsl
        libseccomp
      ];

  enableParallelBuilding = true;
  makeFlags = [
    "PREFIX=$(out)"
    # The programs themselves; in bin there are wrappers of the same names, since
    # a program shows the name by which it is called.
    "BINDIR=$(out)/${if isStatic then "bin" else "libexec/bin"}"
    "BUILD=build"
    # stdenv has its own of these.
    "HARDEN=-fstack-protector-strong"
  ]
  ++ lib.optionals isStatic [
    "STATIC=1"
    "USE_SCRIPTS="
  ]
  ++ lib.optionals (!isLinux) [ "RELRO=" ];

  # makeFlags cannot hold a space.
  preBuild = "makeFlagsArray+=('TOOLS=${toString tools}')";

  # What needs no privileges, no network and no other program.
  doCheck = !isStatic && isLinux;
  checkPhase = ''
    runHook preCheck
    make $makeFlags "''${makeFlagsArray[@]}" units
    for u in build/unit/*; do
      case $u in *.d) continue ;; esac
      echo "unit: ''${u##*/}"
      "$u"
    done
    for t in build/wx-*; do
      [ -x "$t" ] || continue
      "$t" -V
      "$t" -h >/dev/null
    done
    runHook postCheck
  '';

  postInstall = lib.optionalString (!isStatic) ''
    # By this a script finds what is installed beside it.
    ln -s ../share $out/libexec/share
    for f in $out/libexec/bin/*; do
      name=''${f##*/}
      case $name in
        ${lib.concatMapStrings (t: ''
          ${t}) makeBinaryWrapper "$f" "$out/bin/$name" --suffix PATH : ${lib.makeBinPath runtime.${t}} ;;
        '') (lib.attrNames (lib.filterAttrs (t: _: lib.elem t tools) runtime))}
        wx-*) mkdir -p $out/bin && ln -s "../libexec/bin/$name" "$out/bin/$name" ;;
        *) makeBinaryWrapper "$f" "$out/bin/$name" --prefix PATH : $out/bin --suffix PATH : ${lib.makeBinPath scripts} ;;
      esac
    done
  '';

  # What is installed, by its wrapper, where nothing else is on PATH.
  doInstallCheck = stdenv.buildPlatform.canExecute stdenv.hostPlatform;
  nativeInstallCheckInputs = [ versionCheckHook ];
  versionCheckProgram = "${placeholder "out"}/bin/${finalAttrs.meta.mainProgram}";
  versionCheckProgramArg = "--version";

  passthru.tests = {
    version = testers.testVersion {
      package = finalAttrs.finalPackage;
      command = "${if isStatic then "wx-origin" else "wx-token-env"} --version";
    };
  };

  meta = {
    description = "Small tools that let a coding agent work in a sandbox, with little power";
    longDescription = ''
      wrapix runs a coding agent (Claude Code first) in a sandbox that holds one project: its token stays
      outside, what leaves goes to hosts that are listed, and what it writes cannot make git, a shell or an
      editor run anything outside. With it come deploy keys for one repository, and a local Nix builder.
    '';
    license = lib.licenses.mit;
    platforms = lib.platforms.linux ++ lib.platforms.darwin;
    mainProgram =
      if isStatic then
        "wx-keygen"
      else if isLinux then
        "wrapix"
      else
        "wrapix-builder";
  };
})
