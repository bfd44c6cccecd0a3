# SPDX-License-Identifier: MIT
# The module system: evalModules, its types and its words, as small as they can be
# and mean what they mean in nixpkgs. Messages are nixpkgs' own words.
lib:
let
  inherit (lib)
    concatMap
    concatMapStrings
    concatStringsSep
    elem
    filter
    flatten
    foldl'
    isAttrs
    isFunction
    isString
    mapAttrs
    optional
    ;

  defaultPriority = 100;
  defaultOrder = 1000;
  showOption = concatStringsSep ".";
  showFiles = files: concatStringsSep " and " (map (f: "`${f}'") files);
  show = lib.generators.toPretty { };
  showDefs =
    defs:
    concatMapStrings (
      d:
      let
        shown = builtins.tryEval (show d.value);
      in
      "\n- In `${d.file}': ${if shown.success then shown.value else "<error>"}"
    ) defs;

  isOption = x: x._type or "" == "option";
  isType = t: x: x._type or "" == t;

  # --- modules

  # Any form of a module as { _file, key, imports, options, config }.
  unify =
    args: file: key: m:
    if builtins.isPath m || isString m then
      unify args (toString m) (toString m) (import m)
    else if isFunction m then
      let
        wanted = lib.functionArgs m;
        extra = mapAttrs (n: _: args.${n} or given.${n}) wanted;
        given = args.config._module.args;
      in
      unify args file key (m (args // extra))
    else if m ? config || m ? options then
      let
        bad = removeAttrs m [
          "_class"
          "_file"
          "config"
          "disabledModules"
          "freeformType"
          "imports"
          "key"
          "meta"
          "options"
        ];
      in
      if bad != { } then
        throw "Module `${file}' has an unsupported attribute `${lib.head (lib.attrNames bad)}'."
      else
        {
          _file = m._file or file;
          _class = m._class or null;
          key = m.key or key;
          imports = m.imports or [ ];
          options = m.options or { };
          config = m.config or { };
        }
    else
      {
        _file = m._file or file;
        _class = m._class or null;
        key = m.key or key;
        imports = m.imports or [ ];
        options = { };
        config = removeAttrs m [
          "_class"
          "_file"
          "imports"
          "key"
        ];
      };

  collect =
    class: args: file: key: m:
    let
      here = unify args file key m;
    in
    if here._class != null && class != null && here._class != class then
      throw "The module `${here._file}' (class: \"${here._class}\") cannot be imported into a module evaluation that expects class \"${class}\"."
    else
      [ here ]
      ++ lib.concatLists (
        lib.imap1 (n: collect class args here._file "${here.key}:anon-${toString n}") here.imports
      );

  # One of each key: a module that is imported twice counts once.
  once = foldl' (all: m: if lib.any (o: o.key == m.key) all then all else all ++ [ m ]) [ ];

  # mkIf and mkMerge at the top of an attribute set go down to its members.
  pushDown =
    v:
    if isType "merge" v then
      concatMap pushDown v.contents
    else if isType "if" v then
      map (mapAttrs (_: mkIf v.condition)) (pushDown v.content)
    else if isType "override" v then
      map (mapAttrs (_: mkOverride v.priority)) (pushDown v.content)
    else
      [ v ];

  # The values that a definition comes to: mkIf and mkMerge resolved.
  discharge =
    v:
    if isType "merge" v then
      concatMap discharge v.contents
    else if isType "if" v then
      if !(lib.isBool v.condition) then
        throw "The condition of mkIf is not a boolean."
      else if v.condition then
        discharge v.content
      else
        [ ]
    else
      [ v ];

  filterOverrides =
    defs:
    let
      prio = d: if isType "override" d.value then d.value.priority else defaultPriority;
      highest = foldl' (a: d: lib.min a (prio d)) 9999 defs;
    in
    map (d: if isType "override" d.value then d // { value = d.value.content; } else d) (
      filter (d: prio d == highest) defs
    );

  sortOrder =
    defs:
    let
      order = d: if isType "order" d.value then d.value.priority else defaultOrder;
      plain = d: if isType "order" d.value then d // { value = d.value.content; } else d;
    in
    if lib.any (d: isType "order" d.value) defs then
      map plain (lib.sort (a: b: order a < order b) defs)
    else
      defs;

  # One option at LOC from its definitions.
  evalOption =
    loc: opt: defs:
    let
      own = optional (opt ? default) {
        file = opt.file or "<default>";
        value = mkOverride 1500 opt.default;
      };
      all = concatMap (d: map (value: d // { inherit value; }) (discharge d.value)) (own ++ defs);
      final = sortOrder (filterOverrides all);
      value =
        if
          opt.readOnly or false
          &&
            lib.length (
              filterOverrides (concatMap (d: map (value: d // { inherit value; }) (discharge d.value)) defs)
            ) > 1
        then
          throw "The option `${showOption loc}' is read-only, but it's set multiple times."
        else if opt.type.emptyValue or { } != { } && final == [ ] then
          opt.type.emptyValue.value
        else if final == [ ] then
          throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option."
        else
          mergeDefs loc opt.type final;
    in
    opt
    // {
      inherit loc value;
      isDefined = final != [ ];
      definitions = map (d: d.value) final;
    };

  mergeDefs =
    loc: type: defs:
    let
      bad = filter (d: !(type.check d.value)) defs;
    in
    if bad != [ ] then
      throw "A definition for option `${showOption loc}' is not of type `${type.description}'. Definition values:${showDefs bad}"
    else
      type.merge loc defs;

  # OPTIONS: [ { file, options } ], CONFIGS: [ { file, config } ], both at LOC.
  evalTree =
    loc: options: configs:
    let
      names = lib.unique (concatMap (o: lib.attrNames o.options) options);
      # A condition of the module as a whole goes to its members, so that it may
      # look at config.
      pushed = concatMap (c: map (config: c // { inherit config; }) (pushDown c.config)) configs;
      unknown = concatMap (
        c:
        concatMap (
          n:
          optional (!(elem n names)) {
            inherit (c) file;
            value = {
              ${n} = c.config.${n};
            };
            name = n;
          }
        ) (lib.attrNames c.config)
      ) pushed;
      live = filter (u: discharge u.value.${u.name} != [ ]) unknown;
      one =
        name:
        let
          decls = filter (o: o.options ? ${name}) options;
          defs = concatMap (
            c:
            optional (c.config ? ${name}) {
              inherit (c) file;
              value = c.config.${name};
            }
          ) pushed;
          opts = filter (o: isOption o.options.${name}) decls;
          here = loc ++ [ name ];
        in
        if lib.length opts > 1 then
          throw "The option `${showOption here}' in ${showFiles (map (o: o.file) opts)} is already declared."
        else if opts != [ ] then
          evalOption here (lib.head opts).options.${name} defs
        else
          evalTree here
            (map (o: {
              inherit (o) file;
              options = o.options.${name};
            }) decls)
            (
              map (d: {
                inherit (d) file;
                config = d.value;
              }) defs
            );
    in
    if live != [ ] then
      throw "The option `${
        showOption (loc ++ [ (lib.head live).name ])
      }' does not exist. Definition values:${showDefs live}"
    else
      lib.genAttrs names one;

  values = mapAttrs (_: x: if isOption x then x.value else values x);

  evalModules =
    {
      modules,
      specialArgs ? { },
      prefix ? [ ],
      class ? null,
    }:
    let
      args = {
        inherit lib;
        config = whole;
        options = tree;
      }
      // specialArgs;
      all =
        once (
          lib.concatLists (lib.imap1 (n: collect class args "<unknown-file>" ":anon-${toString n}") modules)
        )
        ++ [
          {
            _file = "<module system>";
            options._module.args = mkOption {
              type = types.lazyAttrsOf types.raw;
              default = { };
            };
            config = { };
            imports = [ ];
          }
        ];
      tree =
        evalTree prefix
          (map (m: {
            file = m._file;
            inherit (m) options;
          }) all)
          (
            map (m: {
              file = m._file;
              inherit (m) config;
            }) all
          );
      whole = values tree;
    in
    {
      config = removeAttrs whole [ "_module" ];
      options = tree;
      type = types.submoduleWith { inherit modules specialArgs; };
    };

  # --- words

  mkOption =
    attrs:
    attrs
    // {
      _type = "option";
      type = attrs.type or types.unspecified;
    };
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };

  # --- types

  mkOptionType =
    {
      name,
      description ? name,
      check ? (_: true),
      merge ? mergeEqual,
      emptyValue ? { },
      getSubOptions ? (_: { }),
      descriptionClass ? null,
      ...
    }@t:
    t
    // {
      _type = "option-type";
      inherit
        name
        description
        check
        merge
        emptyValue
        getSubOptions
        descriptionClass
        ;
    };

  # The description of a part, in parentheses unless it is of CLASSES.
  phrase =
    classes: t: if elem t.descriptionClass classes then t.description else "(${t.description})";
  noun = t: t // { descriptionClass = "noun"; };

  mergeEqual =
    loc: defs:
    let
      first = (lib.head defs).value;
    in
    if lib.all (d: d.value == first) defs then
      first
    else
      throw "The option `${showOption loc}' has conflicting definition values:${showDefs defs}";

  mergeOne =
    loc: defs:
    if lib.length defs == 1 then
      (lib.head defs).value
    else
      throw "The option `${showOption loc}' is defined multiple times while it's expected to be unique.\nDefinition values:${showDefs defs}";

  simple =
    name: description: check:
    mkOptionType { inherit name description check; };
  between =
    name: lo: hi:
    simple name "integer between ${toString lo} and ${toString hi} (both inclusive)" (
      x: lib.isInt x && x >= lo && x <= hi
    );

  # Of one member of a list or set, from the definitions that name it.
  member =
    loc: type: defs:
    mergeDefs loc type (sortOrder (filterOverrides defs));

  attrsOf =
    lazy: type:
    mkOptionType {
      name = if lazy then "lazyAttrsOf" else "attrsOf";
      description = "${if lazy then "lazy " else ""}attribute set of ${
        phrase [ "noun" "composite" ] type
      }";
      descriptionClass = "composite";
      check = isAttrs;
      emptyValue.value = { };
      getSubOptions = prefix: type.getSubOptions (prefix ++ [ "<name>" ]);
      merge =
        loc: defs:
        let
          pushed = concatMap (d: map (value: d // { inherit value; }) (pushDown d.value)) defs;
          names = lib.unique (concatMap (d: lib.attrNames d.value) pushed);
          defsOf =
            n:
            concatMap (
              d:
              if d.value ? ${n} then
                map (value: {
                  inherit (d) file;
                  inherit value;
                }) (discharge d.value.${n})
              else
                [ ]
            ) pushed;
          live = filter (n: lazy || defsOf n != [ ]) names;
        in
        lib.genAttrs live (n: member (loc ++ [ n ]) type (defsOf n));
    };

  types = {
    unspecified = mkOptionType {
      name = "unspecified";
      description = "unspecified value";
      merge = mergeOne;
    };
    raw = mkOptionType {
      name = "raw";
      description = "raw value";
      merge = mergeOne;
    };
    anything = mkOptionType {
      name = "anything";
      description = "anything";
      merge =
        loc: defs:
        if lib.all (d: isAttrs d.value && !(lib.isDerivation d.value)) defs then
          (attrsOf false types.anything).merge loc defs
        else if lib.length defs == 1 then
          (lib.head defs).value
        else if lib.all (d: lib.isList d.value) defs then
          concatMap (d: d.value) defs
        else
          mergeEqual loc defs;
    };
    attrs = mkOptionType {
      name = "attrs";
      description = "attribute set";
      check = isAttrs;
      emptyValue.value = { };
      merge = _: foldl' (acc: d: acc // d.value) { };
    };
    bool = noun (simple "bool" "boolean" lib.isBool);
    int = noun (simple "int" "signed integer" lib.isInt);
    float = noun (simple "float" "floating point number" builtins.isFloat);
    ints = {
      positive = simple "positiveInt" "positive integer, meaning >0" (x: lib.isInt x && x > 0);
      unsigned = simple "unsignedInt" "unsigned integer, meaning >=0" (x: lib.isInt x && x >= 0);
      between = between "intBetween";
    };
    port = noun (
      simple "unsignedInt16" "16 bit unsigned integer; between 0 and 65535 (both inclusive)" (
        x: lib.isInt x && x >= 0 && x <= 65535
      )
    );
    str = noun (simple "str" "string" isString);
    singleLineStr = simple "singleLineStr" "(optionally newline-terminated) single-line string" (
      x: isString x && lib.match "[^\n\r]*\n?" x != null
    );
    nonEmptyStr = simple "nonEmptyStr" "non-empty string" (
      x: isString x && lib.match "[ \t\n]*" x == null
    );
    strMatching =
      re:
      noun (
        simple "strMatching ${show re}" "string matching the pattern ${re}" (
          x: isString x && lib.match re x != null
        )
      );
    lines = mkOptionType {
      name = "separatedString";
      description = "strings concatenated with \"\\n\"";
      check = isString;
      emptyValue.value = "";
      merge = _: defs: concatStringsSep "\n" (map (d: d.value) defs);
    };
    path = simple "path" "absolute path" (x: lib.isStringLike x && lib.hasPrefix "/" (toString x));
    package = mkOptionType {
      name = "package";
      description = "package";
      check =
        x: lib.isDerivation x || (lib.isStringLike x && lib.hasPrefix builtins.storeDir (toString x));
      merge = mergeOne;
    };
    enum =
      xs:
      (t: t // { descriptionClass = if lib.length xs == 1 then "noun" else "conjunction"; }) (
        simple "enum" (
          if lib.length xs == 1 then
            "value ${show (lib.head xs)} (singular enum)"
          else
            "one of ${lib.concatMapStringsSep ", " show xs}"
        ) (x: elem x xs)
      );
    nullOr =
      type:
      mkOptionType {
        name = "nullOr";
        description = "null or ${phrase [ "noun" "conjunction" ] type}";
        descriptionClass = "conjunction";
        check = x: x == null || type.check x;
        emptyValue.value = null;
        inherit (type) getSubOptions;
        merge =
          loc: defs:
          if lib.all (d: d.value == null) defs then
            null
          else if lib.any (d: d.value == null) defs then
            throw "The option `${showOption loc}' is defined both null and not null, in ${
              showFiles (map (d: d.file) defs)
            }."
          else
            type.merge loc defs;
      };
    listOf =
      type:
      mkOptionType {
        name = "listOf";
        description = "list of ${phrase [ "noun" "composite" ] type}";
        descriptionClass = "composite";
        check = lib.isList;
        emptyValue.value = [ ];
        getSubOptions = prefix: type.getSubOptions (prefix ++ [ "*" ]);
        merge =
          loc: defs:
          flatten' (
            lib.imap1 (
              n: d:
              lib.imap1 (
                m: v:
                map (
                  value:
                  member (loc ++ [ "[definition ${toString n}-entry ${toString m}]" ]) type [
                    {
                      inherit (d) file;
                      inherit value;
                    }
                  ]
                ) (discharge v)
              ) d.value
            ) defs
          );
      };
    attrsOf = attrsOf false;
    lazyAttrsOf = attrsOf true;
    either =
      a: b:
      mkOptionType {
        name = "either";
        description = "${phrase [ "noun" "conjunction" ] a} or ${
          phrase [ "noun" "conjunction" "composite" ] b
        }";
        descriptionClass = "conjunction";
        check = x: a.check x || b.check x;
        merge =
          loc: defs:
          if lib.all (d: a.check d.value) defs then
            a.merge loc defs
          else if lib.all (d: b.check d.value) defs then
            b.merge loc defs
          else
            mergeEqual loc defs;
      };
    oneOf = ts: foldl' types.either (lib.head ts) (lib.tail ts);
    addCheck = type: check: type // { check = x: type.check x && check x; };
    submodule =
      m:
      types.submoduleWith {
        modules = lib.toList m;
        shorthandOnlyDefinesConfig = true;
      };
    submoduleWith =
      {
        modules,
        specialArgs ? { },
        shorthandOnlyDefinesConfig ? false,
        ...
      }:
      mkOptionType {
        name = "submodule";
        description = "submodule";
        check = x: isAttrs x || isFunction x || builtins.isPath x;
        emptyValue.value = { };
        merge =
          loc: defs:
          (evalModules {
            modules =
              modules
              ++ [ { _module.args.name = lib.last loc; } ]
              ++ map (
                d:
                if isAttrs d.value && shorthandOnlyDefinesConfig then
                  {
                    _file = d.file;
                    config = d.value;
                  }
                else
                  {
                    _file = d.file;
                    imports = [ d.value ];
                  }
              ) defs;
            inherit specialArgs;
            prefix = loc;
          }).config;
        getSubOptions =
          prefix:
          (evalModules {
            modules = modules ++ [ { _module.args.name = "<name>"; } ];
            inherit specialArgs prefix;
          }).options;
      };
  };

  flatten' = x: concatMap lib.concatLists x;

  # --- documentation

  # Of all options below OPTIONS, those of submodules too, what a manual says.
  optionAttrSetToDocList =
    options:
    concatMap (
      opt:
      let
        sub = (opt.type.getSubOptions or (_: { })) opt.loc;
      in
      [
        (
          {
            inherit (opt) loc;
            name = showOption opt.loc;
            description = opt.description or null;
            type = opt.type.description;
            internal = opt.internal or false;
            visible = opt.visible or true;
            readOnly = opt.readOnly or false;
            declarations = [ ];
          }
          // lib.optionalAttrs (opt ? example) { example = rendered opt.example; }
          // lib.optionalAttrs (opt ? default || opt ? defaultText) {
            default = rendered (opt.defaultText or opt.default);
          }
        )
      ]
      ++ optionAttrSetToDocList sub
    ) (optionsOf options);
  optionsOf =
    set:
    if isOption set then
      [ set ]
    else if isAttrs set then
      concatMap optionsOf (lib.attrValues (removeAttrs set [ "_module" ]))
    else
      [ ];
  rendered =
    v:
    if v ? _type && v ? text then
      v
    else
      literalExpression (lib.generators.toPretty { multiline = true; } v);
  literalExpression = text: {
    _type = "literalExpression";
    inherit text;
  };
in
{
  inherit
    evalModules
    isOption
    mkIf
    mkMerge
    mkOption
    mkOptionType
    mkOrder
    mkOverride
    showOption
    types
    ;
  isType = isType;
  inherit optionAttrSetToDocList;
  mkDefault = mkOverride 1000;
  mkForce = mkOverride 50;
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;
  mkEnableOption =
    what:
    mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether to enable ${what}.";
    };
  mkAssert =
    cond: msg: content:
    if cond then content else throw "\nFailed assertions: ${msg}";
  inherit literalExpression;
  mergeEqualOption = mergeEqual;
  mergeOneOption = mergeOne;
}
