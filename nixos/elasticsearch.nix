# Elasticsearch: on this host from Elastic's archive, or elsewhere. nixpkgs' own is of a version that is no longer looked after.
{
  config,
  lib,
  pkgs,
  ...
}: let
  inherit (lib) mkDefault mkIf mkMerge mkOption types;
  cfg = config.services.fx-monitor;
  inherit (pkgs.stdenv.hostPlatform) system;
  isWanted = cfg.settings.index.backend == "elasticsearch";
  runsHere = isWanted && cfg.elasticsearch.enable;
  url = "http://127.0.0.1:9200";
  yml = pkgs.writeText "elasticsearch.yml" (builtins.toJSON cfg.elasticsearch.settings);
in {
  options.services.fx-monitor.elasticsearch = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether Elasticsearch runs on this host, as long as `settings.index.backend` asks for it.";
    };
    url = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "https://search.example.org:9200";
      description = "Where it is when it does not run on this host.";
    };
    package = mkOption {
      type = types.package;
      default = pkgs.callPackage ./packages/elasticsearch.nix {};
      defaultText = "Elastic's archive of 8.15.2";
      description = "What is run. It is under the Elastic License 2.0, which nixpkgs counts as unfree.";
    };
    heap = mkOption {
      type = types.str;
      default = "1g";
      description = "The memory of its heap.";
    };
    settings = mkOption {
      type = types.attrsOf types.anything;
      default = {};
      description = "What `elasticsearch.yml` says.";
    };
  };

  config = mkIf cfg.enable (mkMerge [
    # Whether it is wanted is one of the settings, and cannot decide about them.
    (mkIf (cfg.elasticsearch.enable || cfg.elasticsearch.url != null) {
      services.fx-monitor.settings.index.elasticsearch.url = mkDefault (
        if cfg.elasticsearch.enable
        then url
        else cfg.elasticsearch.url
      );
    })
    (mkIf isWanted {
      assertions = [
        {
          assertion = cfg.elasticsearch.enable || cfg.elasticsearch.url != null;
          message = ''services.fx-monitor.elasticsearch.enable is false: set services.fx-monitor.elasticsearch.url = "https://search.example.org:9200", or services.fx-monitor.settings.index.backend = "none" to do without'';
        }
        {
          assertion = !cfg.elasticsearch.enable || system == "x86_64-linux";
          message = ''Elasticsearch is packaged for x86_64-linux alone, and this is ${system}: set services.fx-monitor.elasticsearch.enable = false and services.fx-monitor.elasticsearch.url = "https://search.example.org:9200", or services.fx-monitor.settings.index.backend = "none" to do without'';
        }
      ];
    })
    (mkIf runsHere {
      services.fx-monitor.servers.elasticsearch = "elasticsearch.service";
      services.fx-monitor.elasticsearch.settings = {
        "cluster.name" = mkDefault "fx-monitor";
        "discovery.type" = mkDefault "single-node";
        "network.host" = mkDefault "127.0.0.1";
        "http.port" = mkDefault 9200;
        "path.data" = mkDefault "/var/lib/elasticsearch";
        "path.logs" = mkDefault "/var/log/elasticsearch";
        # It listens on this machine alone.
        "xpack.security.enabled" = mkDefault false;
        "xpack.ml.enabled" = mkDefault false;
      };
      systemd.services.elasticsearch = import ./elastic-unit.nix {
        name = "elasticsearch";
        description = "Elasticsearch";
        path = [pkgs.coreutils pkgs.gnugrep];
        environment = {
          ES_HOME = "${cfg.elasticsearch.package}";
          ES_PATH_CONF = "/run/elasticsearch/config";
          ES_JAVA_OPTS = "-Xms${cfg.elasticsearch.heap} -Xmx${cfg.elasticsearch.heap}";
          ES_TMPDIR = "/tmp";
        };
        # It writes its keystore beside its settings.
        preStart = ''
          mkdir -p "$ES_PATH_CONF"
          cp --recursive --no-preserve=mode ${cfg.elasticsearch.package}/config/. "$ES_PATH_CONF"
          install -m 600 ${yml} "$ES_PATH_CONF/elasticsearch.yml"
        '';
        command = "${cfg.elasticsearch.package}/bin/elasticsearch";
        isUp = "${pkgs.curl}/bin/curl --silent --fail --output /dev/null '${url}/_cluster/health?wait_for_status=yellow&timeout=1s'";
      };
    })
  ]);
}
