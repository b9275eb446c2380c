# What comes out for our own units on some hosts, without what NixOS adds to every unit: for real.sh, which compares it.
hosts: let
  common = {
    description,
    wants,
    after,
    partOf,
    wantedBy,
    unitConfig,
    ...
  }: {
    inherit description wants after partOf wantedBy;
    startLimit = unitConfig.StartLimitIntervalSec or null;
  };
  service = unit: common unit // {inherit (unit) serviceConfig restartTriggers reloadTriggers;};
  ours = units: removeAttrs units (builtins.filter (name: builtins.substring 0 3 name != "fx-") (builtins.attrNames units));
in
  builtins.mapAttrs (_: {config, ...}: {
    services = builtins.mapAttrs (_: service) (ours config.systemd.services);
    targets = builtins.mapAttrs (_: common) (ours config.systemd.targets);
  })
  hosts
