# SPDX-License-Identifier: MIT
# The image of the local Nix builder, for wx-builder: sshd as uid 1000 on port 2222. The
# keys come by /etc/wrapix, the store by /nix, both from the host.
{ lib, pkgs }:
let
  # Programs in the container are those of the store, and the store is a folder of the
  # host's that is mounted over /nix. So the image has its closure elsewhere, and
  # what is missing in /nix is added at the start; nothing there is ever removed or
  # replaced, for builds that are kept refer to it.
  kept = "/usr/share/wrapix-builder/store";

  system = pkgs.buildEnv {
    name = "wrapix-builder-system";
    paths = with pkgs; [
      bashInteractive
      bzip2
      cacert
      coreutils
      findutils
      gnugrep
      gnused
      gnutar
      gzip
      nix
      openssh
      xz
    ];
    ignoreCollisions = true;
    pathsToLink = [
      "/bin"
      "/etc/ssl"
    ];
  };
  closure = pkgs.closureInfo { rootPaths = [ system ]; };
  busybox = pkgs.pkgsStatic.busybox;

  # The settings of both images are one text: the here-document of the script that makes the other.
  hereDocument =
    file:
    let
      script = builtins.readFile ../scripts/wrapix-builder-image;
      after = lib.last (lib.splitString "${file}\" <<-'END'\n" script);
      text = lib.head (lib.splitString "\n\tEND\n" after);
    in
    lib.removePrefix "\n" (builtins.replaceStrings [ "\n\t" ] [ "\n" ] "\n${text}\n");

  nixConf = pkgs.writeText "nix.conf" (hereDocument "/etc/nix/nix.conf");

  sshdConf = pkgs.writeText "sshd_config" ''
    ${hereDocument "/etc/ssh/sshd_config"}
    # All come from one address, the container's gateway: what one does wrong is not to shut
    # out the others.
    ${lib.optionalString (lib.versionAtLeast (lib.getVersion pkgs.openssh) "9.8") "PerSourcePenalties no"}
    # There is no /usr/bin.
    SetEnv PATH=/bin
  '';

  # Run by the static busybox: of the store there may be nothing yet. A path gets its name
  # when it is whole; what a killed start left is made anew. Then Nix is told of them, and
  # not to collect them.
  start = pkgs.writeText "start" ''
    #!/busybox sh
    set -eu
    umask 022
    kept=${kept}
    roots=/nix/var/nix/gcroots
    if [ "$(/busybox readlink $roots/wrapix-builder || :)" != ${system} ]; then
      /busybox mkdir -p ${builtins.storeDir} $roots
      while read -r path; do
        [ ! -e "$path" ] && [ ! -L "$path" ] || continue
        new=${builtins.storeDir}/.new-''${path##*/}
        /busybox chmod -R u+w "$new" 2>/dev/null || :
        /busybox rm -rf "$new"
        /busybox cp -a "$kept/''${path##*/}" "$new"
        /busybox mv "$new" "$path"
      done <$kept/store-paths
      ${lib.getExe' pkgs.nix "nix-store"} --load-db <$kept/registration
      /busybox ln -sfn ${system} $roots/wrapix-builder
    fi
    exec ${lib.getExe' pkgs.openssh "sshd"} -D -e -f /etc/ssh/sshd_config
  '';
in
pkgs.dockerTools.buildLayeredImage {
  name = "localhost/wrapix-builder";
  tag = "latest";
  includeStorePaths = false;
  contents = [ ];
  extraCommands = ''
    mkdir -p .${kept} bin etc/nix etc/ssh etc/ssl etc/wrapix home/builder nix run tmp var/tmp var/empty
    chmod 1777 tmp var/tmp
    while read -r path; do
      cp -a "$path" .${kept}/
    done <${closure}/store-paths
    cp ${closure}/store-paths ${closure}/registration .${kept}/
    cp -L ${lib.getExe' busybox "busybox"} busybox
    cp ${start} start
    chmod 755 busybox start
    for f in ${system}/bin/*; do
      ln -s ${system}/bin/''${f##*/} bin/''${f##*/}
    done
    ln -s ${system}/etc/ssl/certs etc/ssl/certs
    cp ${nixConf} etc/nix/nix.conf
    cp ${sshdConf} etc/ssh/sshd_config
    printf '%s\n' 'root:*:0:0:root:/:/bin/sh' 'builder:*:1000:1000:the Nix builder:/home/builder:/bin/bash' \
      'nobody:*:65534:65534:nobody:/:/bin/false' >etc/passwd
    printf '%s\n' 'root:*:0:' 'builder:*:1000:' 'nogroup:*:65534:' >etc/group
    printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' >etc/nsswitch.conf
    printf '%s\n' 'PATH=/bin' "PS1='\\u@wrapix-builder:\\w\\\$ '" >etc/profile
  '';
  config = {
    User = "1000:1000";
    ExposedPorts."2222/tcp" = { };
    Env = [
      "PATH=/bin"
      "HOME=/home/builder"
      "USER=builder"
      "SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt"
      "NIX_SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt"
    ];
    Entrypoint = [ "/start" ];
    WorkingDir = "/home/builder";
    Labels = {
      "wrapix.builder" = "1";
      "wrapix.builder.nix" = lib.getVersion pkgs.nix;
    };
  };
}
