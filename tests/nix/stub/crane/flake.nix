{
  description = "Stands in for crane: what our packages ask of it, with the arguments that it knows";
  outputs = _: {
    mkLib = pkgs: let
      common = ["src" "pname" "version" "strictDeps" "cargoVendorDir" "nativeBuildInputs" "buildInputs" "doCheck" "meta"];
      call = kind: extra: args: let
        odd = builtins.filter (name: !(builtins.elem name (common ++ extra))) (builtins.attrNames args);
      in
        if odd != []
        then throw "crane's ${kind} is given ${toString odd}"
        else pkgs.runCommand "${args.pname or "crate"}-${kind}" (removeAttrs args ["meta"]) "" // {meta = args.meta or {};};
      package = name:
        pkgs.runCommand name {} ""
        // {
          overrideAttrs = f: pkgs.runCommand name (f {}) "";
        };
    in {
      vendorCargoDeps = {
        cargoLock,
        overrideVendorCargoPackage,
      }: let
        crates = (builtins.fromTOML (builtins.readFile cargoLock)).package;
      in
        pkgs.runCommand "vendored" {crates = map (crate: overrideVendorCargoPackage crate (package crate.name)) crates;} "";
      buildDepsOnly = call "deps" [];
      buildPackage = call "package" ["cargoArtifacts" "cargoExtraArgs"];
      cargoClippy = call "clippy" ["cargoArtifacts" "cargoClippyExtraArgs"];
      cargoTest = call "test" ["cargoArtifacts" "cargoTestExtraArgs"];
    };
  };
}
