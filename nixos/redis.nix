# Redis: on this host, or elsewhere.
{
  config,
  lib,
  ...
}: let
  inherit (lib) mkDefault mkIf mkMerge mkOption types;
  cfg = config.services.fx-monitor;
in {
  options.services.fx-monitor.redis = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether a Redis of its own runs on this host.";
    };
    port = mkOption {
      type = types.port;
      default = 6379;
      description = "Its port, here or elsewhere.";
    };
    host = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "redis.example.org";
      description = "Where it is when it does not run on this host.";
    };
  };

  config = mkIf cfg.enable (mkMerge [
    {services.fx-monitor.settings.cache.redis.port = mkDefault cfg.redis.port;}
    (mkIf (!cfg.redis.enable) {
      assertions = [
        {
          assertion = cfg.redis.host != null;
          message = ''services.fx-monitor.redis.enable is false: set services.fx-monitor.redis.host = "redis.example.org", or let it run here'';
        }
      ];
      services.fx-monitor.settings.cache.redis.host = mkDefault (toString cfg.redis.host);
    })
    (mkIf cfg.redis.enable {
      services.fx-monitor = {
        servers.redis = "redis-fx-monitor.service";
        settings.cache.redis.host = mkDefault "127.0.0.1";
      };
      services.redis.servers.fx-monitor = {
        enable = true;
        bind = mkDefault "127.0.0.1";
        inherit (cfg.redis) port;
        # What it holds comes back from the history and the log, and must not be taken away one by one.
        save = mkDefault [];
        settings.maxmemory-policy = mkDefault "noeviction";
      };
      # NixOS leaves it dead when it was killed.
      systemd.services.redis-fx-monitor.serviceConfig = {
        Restart = mkDefault "on-failure";
        RestartSec = mkDefault 2;
      };
    })
  ]);
}
