# PostgreSQL: on this host by its socket, or elsewhere.
{
  config,
  lib,
  ...
}: let
  inherit (lib) mkDefault mkIf mkMerge mkOption types;
  cfg = config.services.fx-monitor;
  # Database and user are called alike, since NixOS gives a user the database of that name alone. The services run as it.
  name = "fx-monitor";
in {
  options.services.fx-monitor.postgresql = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether PostgreSQL runs on this host.";
    };
    host = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "db.example.org";
      description = "Where it is when it does not run on this host. A database `${name}` and its owner must be there.";
    };
  };

  config = mkIf cfg.enable (mkMerge [
    {
      services.fx-monitor.settings.store.postgresql = {
        database = mkDefault name;
        user = mkDefault name;
      };
    }
    (mkIf (!cfg.postgresql.enable) {
      assertions = [
        {
          assertion = cfg.postgresql.host != null;
          message = ''services.fx-monitor.postgresql.enable is false: set services.fx-monitor.postgresql.host = "db.example.org", or let it run here'';
        }
      ];
      services.fx-monitor.settings.store.postgresql.host = mkDefault (toString cfg.postgresql.host);
    })
    (mkIf cfg.postgresql.enable {
      services.fx-monitor = {
        # postgresql.service alone does not mean that the database and its owner are there.
        servers.postgresql = "postgresql.target";
        settings.store.postgresql.host = mkDefault "/run/postgresql";
      };
      services.postgresql = {
        enable = true;
        ensureDatabases = [name];
        ensureUsers = [
          {
            inherit name;
            ensureDBOwnership = true;
          }
        ];
      };
    })
  ]);
}
