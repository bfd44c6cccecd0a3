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

  nixConf = pkgs.writeText "nix.conf" ''
    # This process is the store: it owns /nix, and there is no daemon to ask.
    store = local
    # No users to build as: there is one, and no root to change into others.
    build-users-group =
    # Nix' sandbox is made of namespaces and mounts, which a container without privileges
    # may not make. The container is the boundary: builds in here can see each other, and
    # nothing else.
    sandbox = false
    experimental-features = nix-command flakes
    # What wx-builder start was told.
    !include /etc/wrapix/nix.conf
  '';

  sshdConf = pkgs.writeText "sshd_config" ''
    Port 2222
    HostKey /etc/wrapix/ssh_host_ed25519_key
    AuthorizedKeysFile /etc/wrapix/authorized_keys
    AllowUsers builder
    AuthenticationMethods publickey
    PubkeyAuthentication yes
    PasswordAuthentication no
    KbdInteractiveAuthentication no
    HostbasedAuthentication no
    PermitEmptyPasswords no
    PermitRootLogin no
    UsePAM no
    StrictModes yes
    DisableForwarding yes
    AllowTcpForwarding no
    AllowStreamLocalForwarding no
    AllowAgentForwarding no
    X11Forwarding no
    PermitTunnel no
    GatewayPorts no
    PermitUserEnvironment no
    PermitUserRC no
    PermitListen none
    PermitOpen none
    HostKeyAlgorithms ssh-ed25519
    PubkeyAcceptedAlgorithms ssh-ed25519
    CASignatureAlgorithms ssh-ed25519
    KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org
    Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com
    MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com
    Compression no
    UseDNS no
    PrintMotd no
    PrintLastLog no
    PidFile none
    LoginGraceTime 20
    # Nix opens a connection for each build.
    MaxStartups 100
    MaxSessions 100
    ClientAliveInterval 30
    ClientAliveCountMax 4
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
