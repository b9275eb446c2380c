# The one TOML file: what it says, and that `fx-monitor check-config` finds nothing wrong with it.
{
  config,
  lib,
  pkgs,
  ...
}: let
  inherit (lib) mkDefault mkOption types;
  cfg = config.services.fx-monitor;
  format = pkgs.formats.toml {};
  written = format.generate "fx-monitor.toml" cfg.settings;
  # The real secrets are not here: any line that also passes for PEM stands for them, so that a name that is not among the
  # credentials is found.
  checked =
    pkgs.runCommand "fx-monitor-checked.toml" {
      names = builtins.attrNames cfg.credentials;
    } ''
      mkdir credentials
      for name in $names; do
        echo "-----BEGIN PLACEHOLDER-----" > "credentials/$name"
      done
      CREDENTIALS_DIRECTORY=$PWD/credentials \
        ${cfg.packages.fx-monitor}/bin/fx-monitor check-config --config ${written}
      cp ${written} $out
    '';
in {
  options.services.fx-monitor = {
    settings = mkOption {
      inherit (format) type;
      default = {};
      example = {currencies.tracked = ["EUR" "GBP" "JPY"];};
      description = ''
        What the TOML file says. `config/production.toml` explains every key; a key that is not known stops the build.
        `telemetry.log` is taken over by a reload, everything else by a restart.
      '';
    };

    checkSettings = mkOption {
      type = types.bool;
      default = true;
      description = ''
        Whether the build runs `fx-monitor check-config`. Set it to false where `settings` names files that only the host
        has, or where the build host cannot run the programs; the services check it when they start all the same.
      '';
    };

    configFile = mkOption {
      type = types.path;
      internal = true;
      readOnly = true;
      description = "The file as it stands in the store.";
    };
  };

  config.services.fx-monitor = {
    configFile =
      if cfg.checkSettings
      then checked
      else written;
    settings = {
      data_dir = mkDefault "/var/lib/fx-monitor";
      stream.backend = mkDefault "kafka";
      store.backend = mkDefault "postgresql";
      # fx-monitor-provision.service does so before the services start.
      store.postgresql.migrate = mkDefault false;
      cache.backend = mkDefault "redis";
      index.backend = mkDefault "elasticsearch";
      kibana.enabled = mkDefault true;
      telemetry.format = mkDefault "journald";
    };
  };
}
