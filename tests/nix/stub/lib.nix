# SPDX-License-Identifier: MIT
# The part of nixpkgs' lib that the flake uses.
let
  lib = rec {
    inherit (builtins)
      attrNames
      attrValues
      concatLists
      concatMap
      concatStringsSep
      elem
      elemAt
      filter
      foldl'
      genList
      hasAttr
      head
      isAttrs
      isBool
      isFunction
      isInt
      isList
      isPath
      isString
      length
      listToAttrs
      map
      mapAttrs
      match
      replaceStrings
      seq
      split
      stringLength
      substring
      tail
      toJSON
      ;

    # --- trivial
    importJSON = path: builtins.fromJSON (builtins.readFile path);
    id = x: x;
    const = x: _: x;
    mod = a: b: a - b * (a / b);
    mapNullable = f: a: if a == null then a else f a;
    flip =
      f: a: b:
      f b a;
    min = a: b: if a < b then a else b;
    warn = msg: builtins.trace "warning: ${msg}";
    warnIf = cond: msg: if cond then warn msg else id;
    throwIf = cond: msg: if cond then throw msg else id;
    throwIfNot = cond: throwIf (!cond);
    assertMsg = pred: msg: pred || throw msg;
    functionArgs = f: if f ? __functor then f.__functionArgs or { } else builtins.functionArgs f;
    setFunctionArgs = f: args: {
      __functor = _: f;
      __functionArgs = args;
    };
    isStringLike = x: isString x || isPath x || x ? outPath || x ? __toString;

    # --- lists
    optional = cond: x: if cond then [ x ] else [ ];
    optionals = cond: xs: if cond then xs else [ ];
    singleton = x: [ x ];
    any = builtins.any;
    all = builtins.all;
    flatten = x: if isList x then concatMap flatten x else [ x ];
    unique = foldl' (acc: x: if elem x acc then acc else acc ++ [ x ]) [ ];
    imap0 = f: xs: genList (n: f n (elemAt xs n)) (length xs);
    imap1 = f: xs: genList (n: f (n + 1) (elemAt xs n)) (length xs);
    findFirst =
      pred: default: xs:
      let
        found = filter pred xs;
      in
      if found == [ ] then default else head found;
    drop = n: xs: genList (i: elemAt xs (n + i)) (length xs - n);
    last = xs: elemAt xs (length xs - 1);
    sort = builtins.sort;
    subtractLists = e: filter (x: !(elem x e));
    partition = builtins.partition;
    toList = x: if isList x then x else [ x ];

    # --- attribute sets
    genAttrs =
      names: f:
      listToAttrs (
        map (name: {
          inherit name;
          value = f name;
        }) names
      );
    nameValuePair = name: value: { inherit name value; };
    mapAttrs' = f: set: listToAttrs (map (n: f n set.${n}) (attrNames set));
    mapAttrsToList = f: set: map (n: f n set.${n}) (attrNames set);
    filterAttrs =
      pred: set:
      listToAttrs (concatMap (n: optional (pred n set.${n}) (nameValuePair n set.${n})) (attrNames set));
    optionalAttrs = cond: set: if cond then set else { };
    getAttrs = names: set: genAttrs names (n: set.${n});
    removeAttrs = builtins.removeAttrs;
    attrByPath =
      path: default: set:
      if path == [ ] then
        set
      else if set ? ${head path} then
        attrByPath (tail path) default set.${head path}
      else
        default;
    setAttrByPath =
      path: value: if path == [ ] then value else { ${head path} = setAttrByPath (tail path) value; };
    recursiveUpdateUntil =
      pred: lhs: rhs:
      let
        f =
          path:
          builtins.zipAttrsWith (
            n: values:
            let
              here = path ++ [ n ];
            in
            if length values == 1 || pred here (elemAt values 1) (head values) then
              head values
            else
              f here values
          );
      in
      f [ ] [ rhs lhs ];
    recursiveUpdate = recursiveUpdateUntil (
      _: l: r:
      !(isAttrs l && isAttrs r)
    );
    zipAttrsWith = builtins.zipAttrsWith;
    isDerivation = x: x.type or null == "derivation";
    getBin = pkg: pkg.bin or pkg.out or pkg;
    getDev = pkg: pkg.dev or pkg.out or pkg;
    getLib = pkg: pkg.lib or pkg.out or pkg;
    getExe =
      x: getExe' x (x.meta.mainProgram or x.pname or (throw "getExe: ${x.name or "?"}: no program"));
    getExe' = x: y: "${getBin x}/bin/${y}";
    makeSearchPath =
      sub: paths: concatStringsSep ":" (map (p: "${p}/${sub}") (filter (x: x != null) paths));
    makeBinPath = pkgs: makeSearchPath "bin" (map getBin pkgs);
    makeLibraryPath = pkgs: makeSearchPath "lib" (map getLib pkgs);

    # --- strings
    hasPrefix = p: s: substring 0 (stringLength p) s == p;
    hasSuffix =
      p: s:
      let
        n = stringLength s;
        k = stringLength p;
      in
      n >= k && substring (n - k) k s == p;
    hasInfix = infix: s: match ".*${escapeRegex infix}.*" "${s}" != null;
    removePrefix = p: s: if hasPrefix p s then substring (stringLength p) (stringLength s) s else s;
    removeSuffix = p: s: if hasSuffix p s then substring 0 (stringLength s - stringLength p) s else s;
    optionalString = cond: s: if cond then s else "";
    concatMapStringsSep =
      sep: f: xs:
      concatStringsSep sep (map f xs);
    concatMapStrings = f: xs: concatStringsSep "" (map f xs);
    concatStrings = concatStringsSep "";
    concatLines = xs: concatMapStrings (x: x + "\n") xs;
    splitString = sep: s: filter isString (split (escapeRegex sep) s);
    escapeRegex = replaceStrings (lib.stringToCharacters "\\[{()^$?*+|.") (
      map (c: "\\" + c) (lib.stringToCharacters "\\[{()^$?*+|.")
    );
    stringToCharacters = s: genList (n: substring n 1 s) (stringLength s);
    escapeShellArg =
      arg:
      let
        s = toString arg;
      in
      if match "[[:alnum:],._+:@%/-]+" s == null then "'${replaceStrings [ "'" ] [ "'\\''" ] s}'" else s;
    escapeShellArgs = concatMapStringsSep " " escapeShellArg;
    toUpper = replaceStrings (stringToCharacters "abcdefghijklmnopqrstuvwxyz") (
      stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    );
    getVersion = x: x.version or (builtins.parseDrvName x.name).version;
    versionAtLeast = a: b: builtins.compareVersions a b >= 0;

    # --- sources, functions
    cleanSourceWith =
      {
        filter ? _: _: true,
        src,
        name ? "source",
      }:
      {
        outPath = builtins.path {
          inherit name filter;
          path = src;
        };
        inherit name;
        _isLibCleanSourceWith = true;
      };
    makeOverridable =
      f: args:
      let
        result = f args;
        override = new: makeOverridable f (args // (if isFunction new then new args else new));
      in
      if isAttrs result then
        result
        // {
          inherit override;
        }
      else
        result;
    callPackageWith =
      autoArgs: fn: args:
      let
        f = if isFunction fn then fn else import fn;
        wanted = functionArgs f;
        missing = filter (n: !wanted.${n} && !(autoArgs ? ${n}) && !(args ? ${n})) (attrNames wanted);
      in
      if missing != [ ] then
        throw "callPackageWith: ${concatStringsSep ", " missing} not in the stub of nixpkgs"
      else
        makeOverridable f (builtins.intersectAttrs wanted autoArgs // args);

    licenses.mit = {
      spdxId = "MIT";
      free = true;
    };
    platforms = {
      linux = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      darwin = [
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      unix = platforms.linux ++ platforms.darwin;
      all = platforms.unix;
    };
    fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    generators = {
      # As nixpkgs' with multiline, for what is in a default or an example.
      toPretty =
        args: v:
        let
          go =
            indent: v:
            let
              sep = if args.multiline or false then "\n${indent}  " else " ";
              end = if args.multiline or false then "\n${indent}" else " ";
              items =
                open: close: xs:
                if xs == [ ] then "${open} ${close}" else "${open}${sep}${concatStringsSep sep xs}${end}${close}";
              name = n: if match "[a-zA-Z_][a-zA-Z0-9_'-]*" n == null then toJSON n else n;
            in
            if isPath v || isFunction v || isDerivation v then
              "<${builtins.typeOf v}>"
            else if isList v then
              items "[" "]" (map (go "${indent}  ") v)
            else if isAttrs v then
              items "{" "}" (mapAttrsToList (n: x: "${name n} = ${go "${indent}  " x};") v)
            else
              toJSON v;
        in
        go "" v;
      toINI =
        {
          listsAsDuplicateKeys ? false,
        }:
        sections:
        concatStringsSep "\n" (
          mapAttrsToList (
            name: values:
            "[${name}]\n"
            + concatStrings (
              mapAttrsToList (
                k: v:
                concatMapStrings (x: "${k}=${if isBool x then (if x then "true" else "false") else toString x}\n") (
                  if listsAsDuplicateKeys then toList v else [ v ]
                )
              ) values
            )
          ) sections
        );
    };
  }
  // import ./modules.nix lib;
in
lib
