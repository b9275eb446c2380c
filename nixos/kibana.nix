# Kibana: on this host from Elastic's archive, or elsewhere. nixpkgs has none.
{
  config,
  lib,
  pkgs,
  ...
}: let
  inherit (lib) mkDefault mkIf mkMerge mkOption types;
  cfg = config.services.fx-monitor;
  inherit (pkgs.stdenv.hostPlatform) system;
  isWanted = cfg.settings.kibana.enabled;
  runsHere = isWanted && cfg.kibana.enable;
  url = "http://127.0.0.1:5601";
  yml = pkgs.writeText "kibana.yml" (builtins.toJSON cfg.kibana.settings);
in {
  options.services.fx-monitor.kibana = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether Kibana runs on this host, as long as `settings.kibana.enabled` asks for it.";
    };
    url = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "https://kibana.example.org";
      description = "Where it is when it does not run on this host.";
    };
    package = mkOption {
      type = types.package;
      default = pkgs.callPackage ./packages/kibana.nix {};
      defaultText = "Elastic's archive of 8.15.2";
      description = "What is run. It is under the Elastic License 2.0, which nixpkgs counts as unfree.";
    };
    settings = mkOption {
      type = types.attrsOf types.anything;
      default = {};
      description = "What `kibana.yml` says.";
    };
  };

  config = mkIf cfg.enable (mkMerge [
    # Whether it is wanted is one of the settings, and cannot decide about them.
    (mkIf (cfg.kibana.enable || cfg.kibana.url != null) {
      services.fx-monitor.settings.kibana.url = mkDefault (
        if cfg.kibana.enable
        then url
        else cfg.kibana.url
      );
    })
    (mkIf isWanted {
      assertions = [
        {
          assertion = cfg.kibana.enable || cfg.kibana.url != null;
          message = ''services.fx-monitor.kibana.enable is false: set services.fx-monitor.kibana.url = "https://kibana.example.org", or services.fx-monitor.settings.kibana.enabled = false to do without'';
        }
        {
          assertion = !cfg.kibana.enable || system == "x86_64-linux";
          message = ''Kibana is packaged for x86_64-linux alone, and this is ${system}: set services.fx-monitor.kibana.enable = false and services.fx-monitor.kibana.url = "https://kibana.example.org", or services.fx-monitor.settings.kibana.enabled = false to do without'';
        }
      ];
    })
    (mkIf runsHere {
      services.fx-monitor.servers.kibana = "kibana.service";
      services.fx-monitor.kibana.settings = {
        "server.host" = mkDefault "127.0.0.1";
        "elasticsearch.hosts" = mkDefault [cfg.settings.index.elasticsearch.url];
        "path.data" = mkDefault "/var/lib/kibana";
        "telemetry.optIn" = mkDefault false;
        "telemetry.allowChangingOptInStatus" = mkDefault false;
      };
      systemd.services.kibana =
        import ./elastic-unit.nix {
          name = "kibana";
          description = "Kibana";
          path = [pkgs.coreutils];
          environment.KBN_PATH_CONF = "/run/kibana";
          preStart = ''
            install -m 600 ${yml} "$KBN_PATH_CONF/kibana.yml"
          '';
          command = "${cfg.kibana.package}/bin/kibana";
          isUp = "${pkgs.curl}/bin/curl --silent --fail --output /dev/null ${url}/api/status";
        }
        // {after = ["network.target" "elasticsearch.service"];};
    })
  ]);
}
