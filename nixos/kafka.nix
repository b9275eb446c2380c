# Kafka: on this host, one node, or elsewhere.
{
  config,
  lib,
  ...
}: let
  inherit (lib) mkDefault mkIf mkMerge mkOption types;
  cfg = config.services.fx-monitor;
  port = 9092;
in {
  options.services.fx-monitor.kafka = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether Kafka runs on this host.";
    };
    brokers = mkOption {
      type = types.listOf types.str;
      default = [];
      example = ["kafka-1:9092" "kafka-2:9092"];
      description = "Where it is when it does not run on this host: some of its brokers.";
    };
  };

  config = mkIf cfg.enable (mkMerge [
    (mkIf (!cfg.kafka.enable) {
      assertions = [
        {
          assertion = cfg.kafka.brokers != [];
          message = ''services.fx-monitor.kafka.enable is false: set services.fx-monitor.kafka.brokers = [ "kafka-1:9092" ], or let it run here'';
        }
      ];
      services.fx-monitor.settings.stream.kafka.brokers = mkDefault cfg.kafka.brokers;
    })
    (mkIf cfg.kafka.enable {
      services.fx-monitor = {
        servers.kafka = "apache-kafka.service";
        settings.stream.kafka.brokers = mkDefault ["127.0.0.1:${toString port}"];
      };
      services.apache-kafka = {
        enable = true;
        clusterId = mkDefault "fxmonitorAAAAAAAAAAAAA";
        formatLogDirs = mkDefault true;
        jvmOptions = mkDefault ["-Xmx512m"];
        settings = {
          "process.roles" = mkDefault ["broker" "controller"];
          "node.id" = mkDefault 1;
          "listeners" = mkDefault ["PLAINTEXT://127.0.0.1:${toString port}" "CONTROLLER://127.0.0.1:${toString (port + 1)}"];
          "listener.security.protocol.map" = mkDefault ["PLAINTEXT:PLAINTEXT" "CONTROLLER:PLAINTEXT"];
          "controller.quorum.voters" = mkDefault ["1@127.0.0.1:${toString (port + 1)}"];
          "controller.listener.names" = mkDefault ["CONTROLLER"];
          "log.dirs" = mkDefault ["/var/lib/apache-kafka"];
          "auto.create.topics.enable" = mkDefault false;
          "offsets.topic.replication.factor" = mkDefault 1;
          "transaction.state.log.replication.factor" = mkDefault 1;
          "transaction.state.log.min.isr" = mkDefault 1;
        };
      };
      systemd.services.apache-kafka = {
        # It is up when it takes connections, not when its process is there.
        postStart = ''
          until (: < /dev/tcp/127.0.0.1/${toString port}) 2> /dev/null; do
            kill -0 "$MAINPID"
            sleep 0.2
          done
        '';
        serviceConfig = {
          Restart = mkDefault "on-failure";
          RestartSec = mkDefault 2;
          ProtectSystem = mkDefault "strict";
          ReadWritePaths = mkDefault config.services.apache-kafka.settings."log.dirs";
          ProtectHome = mkDefault true;
          PrivateTmp = mkDefault true;
          PrivateDevices = mkDefault true;
          NoNewPrivileges = mkDefault true;
          ProtectKernelTunables = mkDefault true;
          ProtectKernelModules = mkDefault true;
          ProtectControlGroups = mkDefault true;
          RestrictSUIDSGID = mkDefault true;
        };
      };
    })
  ]);
}
