# One machine with the servers, two with the consumer: when one of the two is gone, the other does the work.
{module}: let
  settings = {
    feeds.order = ["ecb"];
    stream.kafka.enriched_partitions = 2;
    index.backend = "none";
    kibana.enabled = false;
  };
  worker = {
    imports = [module];
    services.fx-monitor = {
      enable = true;
      roles = ["consumer"];
      inherit settings;
      provision.enable = false;
      kafka = {
        enable = false;
        brokers = ["core:9092"];
      };
      postgresql = {
        enable = false;
        host = "core";
      };
      redis = {
        enable = false;
        host = "core";
      };
    };
  };
in {
  name = "fx-monitor-several-hosts";

  nodes = {
    core = {
      imports = [module];
      virtualisation.memorySize = 3072;
      services.fx-monitor = {
        enable = true;
        roles = ["producer" "api"];
        inherit settings;
      };
      services.apache-kafka.settings = {
        "listeners" = ["PLAINTEXT://0.0.0.0:9092" "CONTROLLER://127.0.0.1:9093"];
        "advertised.listeners" = ["PLAINTEXT://core:9092"];
      };
      services.postgresql = {
        enableTCPIP = true;
        authentication = "host fx-monitor fx-monitor samenet trust";
      };
      services.redis.servers.fx-monitor = {
        bind = "0.0.0.0";
        settings.protected-mode = "no";
      };
      networking.firewall.allowedTCPPorts = [9092 5432 6379];
    };
    one = worker;
    other = worker;
  };

  testScript = ''
    core.wait_for_unit("fx-monitor-provision.service")
    one.wait_for_unit("fx-consumer.service")
    other.wait_for_unit("fx-consumer.service")
    core.wait_until_succeeds("curl --silent --fail http://127.0.0.1:8000/rates/EURUSD | grep -q ecb")

    one.crash()
    core.wait_until_succeeds("fx-monitor status --config /etc/fx-monitor/config.toml | grep history | grep ' 0 behind'")
  '';
}
