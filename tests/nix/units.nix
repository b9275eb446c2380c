# What tests/systemd boots: nixos/module.nix as a host would have it, with programs in a folder in place of packages, and its
# settings; and what is wrong with it. `nix-instantiate --eval --strict --json -E 'import ./tests/nix/units.nix { }'`
{
  lib ? import ./stub/lib.nix,
  prefix ? "/opt/fx",
  # More settings for the host, such as where the feeds are.
  host ? {},
}: let
  pkgs = import ./stub/pkgs.nix {
    inherit lib;
    system = "x86_64-linux";
  };
  program = name: {
    type = "derivation";
    inherit name;
    outPath = prefix;
    outputName = "out";
  };
  evaluate = fx-monitor:
    (lib.evalModules {
      specialArgs = {inherit pkgs;};
      modules = [
        ./stub/nixos-options.nix
        ../../nixos/module.nix
        {
          services.fx-monitor.packages =
            lib.genAttrs ["fx-monitor" "fx-producer" "fx-consumer" "fx-alert-engine" "fx-api"] program;
        }
        {services.fx-monitor = fx-monitor;}
      ];
    })
    .config;
  config = evaluate ({enable = true;} // host);
  off = evaluate {};
  failed = builtins.filter (entry: !entry.assertion) config.assertions;

  # systemd takes a name in After= that nobody has without a word.
  known =
    ["network.target" "network-online.target" "multi-user.target"]
    # Those that NixOS brings for what is enabled.
    ++ ["apache-kafka.service" "postgresql.target" "redis-fx-monitor.service"]
    ++ map (name: "${name}.service") (builtins.attrNames config.systemd.services)
    ++ map (name: "${name}.target") (builtins.attrNames config.systemd.targets);
  named = unit: builtins.concatMap (key: unit.${key} or []) ["after" "before" "requires" "wants" "bindsTo" "partOf" "wantedBy" "requiredBy" "onFailure"];
  strange = builtins.filter (name: !(builtins.elem name known)) (
    builtins.concatMap named (builtins.concatMap builtins.attrValues (with config.systemd; [services targets paths]))
  );
in
  assert failed == [] || throw (builtins.concatStringsSep "; " (map (entry: entry.message) failed));
  assert strange == [] || throw "units that nobody has: ${toString strange}";
  assert (off.systemd.services == {} && off.systemd.targets == {} && !off.services.postgresql.enable) || throw "it does something where it is not enabled";
  # Every option is looked at.
    builtins.seq (builtins.stringLength (builtins.toJSON config)) {
      services = lib.filterAttrs (name: _: lib.hasPrefix "fx-" name) config.systemd.services;
      targets = {inherit (config.systemd.targets) fx-monitor;};
      inherit (config.systemd) paths;
      inherit (config.services.fx-monitor) settings;
    }
