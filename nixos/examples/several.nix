# Three hosts: `core` has the servers, `work-1` and `work-2` the services that do the work. Each is a NixOS module. The network
# between them is trusted here; where it is not, turn on TLS and passwords in `settings`, with `credentials`.
let
  machine = name: {
    boot.loader.grub.device = "/dev/sda";
    fileSystems."/" = {
      device = "/dev/disk/by-label/nixos";
      fsType = "ext4";
    };
    networking.hostName = name;
    system.stateVersion = "26.05";
  };

  # The same for all: as many partitions as there are hosts to share the work.
  settings = {
    stream.kafka.enriched_partitions = 2;
    index.backend = "none";
    kibana.enabled = false;
  };

  # A host that has no server of its own.
  worker = name: roles: {
    imports = [(machine name)];
    services.fx-monitor = {
      enable = true;
      inherit roles;
      settings = settings // {store.postgresql.password_file = "$CREDENTIALS_DIRECTORY/postgresql";};
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
      credentials.postgresql = "/run/secrets/postgresql";
    };
  };
in {
  core = {
    imports = [(machine "core")];
    services.fx-monitor = {
      enable = true;
      roles = ["producer" "api"];
      inherit settings;
    };
    # They listen for the other hosts too.
    services.apache-kafka.settings = {
      "listeners" = ["PLAINTEXT://0.0.0.0:9092" "CONTROLLER://127.0.0.1:9093"];
      "advertised.listeners" = ["PLAINTEXT://core:9092"];
    };
    services.postgresql = {
      enableTCPIP = true;
      authentication = "host fx-monitor fx-monitor samenet scram-sha-256";
    };
    services.redis.servers.fx-monitor = {
      bind = "0.0.0.0";
      settings.protected-mode = "no";
    };
    networking.firewall.allowedTCPPorts = [9092 5432 6379];
  };

  # Of the partitions each host works on one; when one host is gone, the other works on both.
  work-1 = worker "work-1" ["consumer" "alert-engine"];
  work-2 = worker "work-2" ["consumer" "alert-engine"];
}
