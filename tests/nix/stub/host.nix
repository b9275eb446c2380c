# A NixOS host, as far as it goes here: every value is forced, and a failed assertion fails.
{
  lib,
  pkgs,
  modules,
}: let
  evaluated = lib.evalModules {
    modules = [./nixos-options.nix] ++ modules;
    specialArgs = {inherit pkgs;};
  };
  inherit (evaluated) config;
  failed = builtins.filter (entry: !entry.assertion) config.assertions;
  toplevel =
    if failed != []
    then throw (builtins.concatStringsSep "\n" (map (entry: entry.message) failed))
    else
      builtins.seq (builtins.stringLength (builtins.toJSON (removeAttrs config ["nixpkgs"]))) (derivation {
        name = "nixos";
        inherit (pkgs.stdenv.hostPlatform) system;
        builder = "/bin/sh";
        args = ["-c" "exit 1"];
      });
in
  evaluated
  // {
    inherit pkgs;
    config = config // {system = config.system // {build = {inherit toplevel;};};};
  }
