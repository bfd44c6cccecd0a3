# SPDX-License-Identifier: MIT
# dockerTools: an archive that podman and docker load, of two layers: the closure
# and the customisation.
{ lib, self }:
let
  build =
    {
      name,
      tag ? null,
      contents ? [ ],
      config ? { },
      architecture ? "",
      created ? "1970-01-01T00:00:01Z",
      mtime ? "1970-01-01T00:00:01Z",
      maxLayers ? 100,
      extraCommands ? "",
      fakeRootCommands ? "",
      enableFakechroot ? false,
      includeStorePaths ? true,
      includeNixDB ? false,
      fromImage ? null,
      uid ? 0,
      gid ? 0,
      uname ? "root",
      gname ? "root",
      passthru ? { },
      meta ? { },
      compressor ? "gz",
    }:
    let
      hash = builtins.substring 0 32 (baseNameOf result.outPath);
      configFile = self.writeText "${baseNameOf name}-config.json" (builtins.toJSON config);
      custom =
        self.runCommand "${baseNameOf name}-customisation-layer"
          {
            contents = lib.toList contents;
            inherit extraCommands;
          }
          ''
            mkdir -p $out/layer
            cd $out/layer
            for p in $contents; do
              (cd $p && find . -mindepth 1 -type d) | while read -r d; do mkdir -p "./$d"; done
              (cd $p && find . -mindepth 1 ! -type d) | while read -r f; do
                [ -e "./$f" ] || [ -L "./$f" ] || ln -s "$p/$f" "./$f"
              done
            done
            eval "$extraCommands"
          '';
      result =
        self.runCommand "${baseNameOf name}.tar.gz"
          {
            exportReferencesGraph = [
              "graph"
              custom
              "graph-config"
              configFile
            ];
            passthru = passthru // {
              imageName = name;
              imageTag = if tag == null then hash else tag;
            };
            inherit meta;
          }
          ''
            ${lib.optionalString includeStorePaths ''
              cat graph graph-config | grep '^${builtins.storeDir}/' | sort -u | grep -vxF -e ${custom} -e ${configFile} >paths || :
            ''}
            touch paths
            python3 ${./image.py} ${name} ${if tag == null then "latest" else tag} ${
              if architecture != "" then
                architecture
              else if self.stdenv.hostPlatform.isx86_64 then
                "amd64"
              else
                "arm64"
            } ${custom}/layer ${configFile} paths ${created} | gzip -1n >$out
          '';
    in
    result;
in
{
  buildLayeredImage = build;
}
