# The packages that nixos/ and flake.nix name. Each is a derivation that nobody builds.
{
  lib,
  system,
}: let
  fake = name:
    derivation {
      inherit name system;
      builder = "/bin/sh";
      args = ["-c" "exit 1"];
    };
  named = names: lib.genAttrs names fake;
  # The text depends on what it names, as the real thing does; what has no derivation behind it is forced all the same.
  holding = name: value:
    builtins.seq (builtins.stringLength (builtins.toJSON value)) (derivation {
      inherit name system;
      value = builtins.toJSON value;
      builder = "/bin/sh";
      args = ["-c" "exit 1"];
    });
  tomlValue = let
    inherit (lib) types;
    value = types.oneOf [types.bool types.int types.float types.str (types.attrsOf value) (types.listOf value)];
  in
    types.attrsOf value;
  pkgs =
    named [
      "alejandra"
      "cargo"
      "clippy"
      "coreutils"
      "curl"
      "deadnix"
      "gnugrep"
      "jdk17_headless"
      "jq"
      "makeWrapper"
      "maven"
      "nodejs"
      "openssl"
      "pkg-config"
      "postgresql"
      "redis"
      "rustc"
      "rustfmt"
      "zlib"
      "autoPatchelfHook"
    ]
    // {
      inherit lib;
      stdenv = {
        hostPlatform = {inherit system;};
        cc.cc.lib = fake "gcc-lib";
        mkDerivation = given: let
          args =
            if builtins.isFunction given
            then given args
            else given;
          result = holding "${args.pname}-${args.version}" (removeAttrs args ["meta"]);
        in
          if builtins.isAttrs args.meta
          then result // {inherit (args) pname version meta;}
          else result;
      };
      fetchurl = {
        url,
        hash,
      }:
        holding (baseNameOf url) {inherit url hash;};
      runCommand = name: env: script: holding name {inherit env script;};
      writeText = name: text: holding name text;
      mkShell = {packages}: holding "shell" packages;
      formats.toml = {}: {
        type = tomlValue;
        generate = holding;
      };
      callPackage = file: given: let
        f = import file;
      in
        f (builtins.intersectAttrs (builtins.functionArgs f) pkgs // given);
      # A test of machines: each of them is evaluated as a host.
      testers.runNixOSTest = {
        name,
        nodes,
        testScript,
      }:
        holding "vm-test-${name}" {
          inherit testScript;
          nodes = lib.mapAttrs (_: module:
            toString
            (import ./host.nix {
              inherit lib pkgs;
              modules = [module ./machine-options.nix];
            })
            .config
            .system
            .build
            .toplevel)
          nodes;
        };
    };
in
  pkgs
