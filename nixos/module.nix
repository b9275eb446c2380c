# services.fx-monitor: the whole of it on one host, or its parts on several.
{
  config,
  lib,
  ...
}: let
  cfg = config.services.fx-monitor;
  units = import ./units.nix {
    inherit (cfg) settings credentials keysFile roles servers;
    provision = cfg.provision.enable;
    program = name: "${cfg.packages.${name}}/bin/${name}";
    configFile = "/etc/fx-monitor/config.toml";
  };
  # A change of these is read by a reload, of everything else by a restart.
  settled = removeAttrs cfg.settings ["telemetry"] // {telemetry = removeAttrs (cfg.settings.telemetry or {}) ["log"];};
  programs = lib.genAttrs (map (role: "fx-${role}") cfg.roles) (_: {
    restartTriggers = [(builtins.toJSON settled)];
    reloadTriggers = [cfg.configFile];
  });
in {
  imports = [
    ./options.nix
    ./config-file.nix
    ./assertions.nix
    ./keys.nix
    ./kafka.nix
    ./postgresql.nix
    ./redis.nix
    ./elasticsearch.nix
    ./kibana.nix
  ];

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [cfg.packages.fx-monitor];
    environment.etc."fx-monitor/config.toml".source = cfg.configFile;
    systemd.services = lib.mkMerge [units.services programs];
    systemd.targets = units.targets;
  };
}
