# A small stand-in for the part of nixpkgs' `lib` that nixos/ and flake.nix use: options with types, priorities, mkIf and
# mkMerge, submodules, an error for an option that nobody declares. It is not the real module system, which tests/nix/real.sh
# uses where it is at hand.
let
  inherit
    (builtins)
    attrNames
    attrValues
    concatLists
    concatMap
    elem
    filter
    foldl'
    getAttr
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
    mapAttrs
    tail
    typeOf
    ;
  tagged = t: v: isAttrs v && (v._type or null) == t;
  showPath = builtins.concatStringsSep ".";
  one = path: defs:
    if length defs == 1
    then head defs
    else if builtins.all (d: d == head defs) defs
    then head defs
    else throw "option `${showPath path}' has conflicting definitions";
  mkType = name: check: {
    _type = "option-type";
    inherit name check;
    merge = one;
  };
  typeOk = path: type: v:
    if type.check v
    then v
    else throw "option `${showPath path}' is not of type ${type.name} (it is a ${typeOf v})";
  drvLike = v: isAttrs v && (v.type or "") == "derivation";

  # definitions: mkIf/mkMerge pushed down a path, then resolved at the leaf
  at = path: v:
    if path == []
    then [v]
    else if tagged "if" v
    then map (c: mkIf v.condition c) (at path v.content)
    else if tagged "merge" v
    then concatMap (at path) v.contents
    else if isAttrs v && hasAttr (head path) v
    then at (tail path) (getAttr (head path) v)
    else [];
  resolve = v:
    if tagged "if" v
    then
      (
        if v.condition
        then resolve v.content
        else []
      )
    else if tagged "merge" v
    then concatMap resolve v.contents
    else [v];
  prio = d:
    if tagged "override" d
    then d.priority
    else 100;
  strongest = defs: let
    m =
      foldl' (a: d:
        if prio d < a
        then prio d
        else a)
      10000
      defs;
  in
    map (d:
      if tagged "override" d
      then d.content
      else d) (filter (d: prio d == m) defs);
  finish = path: opt: raw: let
    defs = strongest (concatMap resolve raw);
  in
    if defs != []
    then typeOk path opt.type (opt.type.merge path (map (typeOk path opt.type) defs))
    else if opt ? default
    then typeOk path opt.type opt.default
    else if opt.type ? emptyValue
    then opt.type.emptyValue path
    else throw "option `${showPath path}' is used but not defined";

  loadModule = args: m: let
    f =
      if isPath m || isString m
      then import m
      else m;
    v =
      if isFunction f
      then f (builtins.intersectAttrs (builtins.functionArgs f) args // args)
      else f;
    extra = removeAttrs v ["imports" "options" "config" "_file" "meta" "key"];
    split = v ? options || v ? config;
    self' =
      if split && extra != {}
      then throw "module mixes `config'/`options' with top-level ${toString (attrNames extra)}"
      else {
        options = v.options or {};
        config =
          if split
          then v.config or {}
          else extra;
      };
  in
    [self'] ++ concatMap (loadModule args) (v.imports or []);

  mergeOptions = path: a: b:
    if tagged "option" a || tagged "option" b
    then throw "option `${showPath path}' is declared twice"
    else
      a
      // mapAttrs (n: v:
        if a ? ${n}
        then mergeOptions (path ++ [n]) a.${n} v
        else v)
      b;
  unknown = opts: path: v:
    if tagged "if" v
    then unknown opts path v.content
    else if tagged "merge" v
    then concatMap (unknown opts path) v.contents
    else if tagged "option" opts
    then []
    else if !isAttrs v
    then [(showPath path)]
    else
      concatMap (n:
        if opts ? ${n}
        then unknown opts.${n} (path ++ [n]) v.${n}
        else [(showPath (path ++ [n]))]) (attrNames v);

  evalAt = prefix: {
    modules,
    specialArgs ? {},
  }: let
    loaded = concatMap (loadModule ({
        inherit lib config;
        inherit options;
      }
      // specialArgs))
    modules;
    options = foldl' (mergeOptions prefix) {} (map (m: m.options) loaded);
    configs = map (m: m.config) loaded;
    build = path: o:
      if tagged "option" o
      then finish (prefix ++ path) o (concatMap (at path) configs)
      else mapAttrs (n: build (path ++ [n])) o;
    bad = concatMap (unknown options prefix) configs;
    config = build [] options;
  in {
    inherit options;
    config =
      if bad == []
      then config
      else throw "undeclared option(s): ${toString bad}";
  };

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  override = priority: content: {
    _type = "override";
    inherit priority content;
  };
  types = rec {
    bool = mkType "boolean" isBool;
    str = mkType "string" isString;
    int = mkType "integer" isInt;
    port = mkType "port (0-65535)" (v: isInt v && v >= 0 && v <= 65535);
    path = mkType "absolute path" (v: isPath v || drvLike v || (isString v && builtins.substring 0 1 v == "/"));
    package = mkType "package" drvLike;
    anything = mkType "anything" (_: true);
    unspecified = anything;
    lines = str // {merge = _: builtins.concatStringsSep "\n";};
    enum = vs: mkType "one of ${builtins.toJSON vs}" (v: elem v vs);
    nullOr = t:
      t
      // {
        name = "null or another";
        check = v: v == null || t.check v;
        merge = p: ds:
          if elem null ds
          then one p ds
          else t.merge p ds;
      };
    float = mkType "floating point number" builtins.isFloat;
    oneOf = ts:
      mkType "one of several types" (v: builtins.any (t: t.check v) ts)
      // {
        merge = path: defs: let
          fit = filter (t: builtins.all t.check defs) ts;
        in
          if fit == []
          then one path defs
          else (head fit).merge path defs;
      };
    either = a: b: oneOf [a b];
    listOf = t: {
      _type = "option-type";
      name = "list";
      check = isList;
      emptyValue = _: [];
      merge = p: ds: map (v: t.merge p [(typeOk p t v)]) (concatLists ds);
    };
    attrsOf = t: {
      _type = "option-type";
      name = "attribute set";
      check = isAttrs;
      emptyValue = _: {};
      merge = p: ds: let
        names = foldl' (acc: d: acc // mapAttrs (_: _: null) d) {} ds;
      in
        mapAttrs (n: _:
          finish (p ++ [n]) {type = t;} (concatMap (d:
            if d ? ${n}
            then [d.${n}]
            else [])
          ds))
        names;
    };
    submodule = m: {
      _type = "option-type";
      name = "submodule";
      check = v: isAttrs v || isFunction v;
      emptyValue = p: (evalAt p {modules = [m];}).config;
      merge = p: ds:
        (evalAt p {
          modules =
            [m]
            ++ map (d:
              if isAttrs d
              then {config = d;}
              else d)
            ds;
        })
        .config;
    };
  };
  lib = {
    inherit types mkIf;
    mkOption = o:
      {
        _type = "option";
        type = types.unspecified;
      }
      // o;
    mkEnableOption = what:
      lib.mkOption {
        type = types.bool;
        default = false;
        description = "Whether to enable ${what}.";
      };
    mkMerge = contents: {
      _type = "merge";
      inherit contents;
    };
    mkOverride = override;
    mkDefault = override 1000;
    mkForce = override 50;
    filterAttrs = f: s: removeAttrs s (filter (n: !(f n s.${n})) (attrNames s));
    hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
    getName = package: package.pname or package.name;
    importTOML = file: builtins.fromTOML (builtins.readFile file);
    nameValuePair = name: value: {inherit name value;};
    mapAttrs' = f: s: listToAttrs (attrValues (mapAttrs f s));
    licenses = {
      mit.spdxId = "MIT";
      elastic20.free = false;
    };
    sourceTypes = {
      binaryBytecode = {};
      binaryNativeCode = {};
    };
    fileset = {
      toSource = {
        root,
        fileset,
      }:
        builtins.seq (map (p:
          if builtins.isPath p && !builtins.pathExists p
          then throw "no such path: ${toString p}"
          else p) (concatLists [fileset]))
        root;
      unions = sets:
        concatLists (map (s:
          if isList s
          then s
          else [s])
        sets);
      fileFilter = pred: path:
        builtins.seq (pred {
          hasExt = _: true;
          name = "";
        })
        path;
    };
    genAttrs = names: f:
      listToAttrs (map (name: {
          inherit name;
          value = f name;
        })
        names);
    mapAttrsToList = f: s: attrValues (mapAttrs f s);
    optional = c: v:
      if c
      then [v]
      else [];
    optionals = c: v:
      if c
      then v
      else [];
    optionalAttrs = c: v:
      if c
      then v
      else {};
    inherit (builtins) attrNames attrValues concatStringsSep mapAttrs;
    evalModules = evalAt [];
  };
in
  lib
