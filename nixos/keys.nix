# The keys of the API: handed over as a credential, and again whenever they change.
{
  config,
  lib,
  ...
}: let
  inherit (lib) mkIf mkMerge mkOption types;
  cfg = config.services.fx-monitor;
in {
  options.services.fx-monitor.keysFile = mkOption {
    type = types.nullOr types.str;
    default = null;
    example = "/var/lib/fx-monitor-keys/keys.toml";
    description = ''
      The file of the API's keys, on the host and outside the store; `fx-monitor keys new --file FILE --name NAME` makes it.
      `fx-api` is given it as a credential, and is started anew when it changes. Without it the API listens on this host
      alone.
    '';
  };

  config = mkIf (cfg.enable && cfg.keysFile != null) (mkMerge [
    {services.fx-monitor.settings.api.keys_file = "$CREDENTIALS_DIRECTORY/api-keys";}
    (mkIf (builtins.elem "api" cfg.roles) {
      # A credential is read when a service starts, and a key that is revoked must not outlive that.
      systemd.paths.fx-api-keys = {
        description = "fx-monitor: whether the keys of the API change";
        partOf = ["fx-monitor.target"];
        wantedBy = ["fx-monitor.target"];
        pathConfig.PathChanged = cfg.keysFile;
      };
      systemd.services.fx-api-keys = {
        description = "fx-monitor: gives the API its changed keys";
        unitConfig.StartLimitIntervalSec = 0;
        serviceConfig = {
          Type = "oneshot";
          ExecStart = "/run/current-system/systemd/bin/systemctl try-restart fx-api.service";
        };
      };
    })
  ]);
}
