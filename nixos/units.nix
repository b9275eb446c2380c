# Our units as plain data: builtins only, so that a machine without nixpkgs can evaluate them too. module.nix makes systemd
# units of them, tests/systemd boots them, and scripts/units.sh writes them out for a machine without NixOS.
{
  # The path of a program by its name.
  program,
  # The path of the configuration on the machine, and what it says as far as the units depend on it.
  configFile,
  settings ? {},
  # Where each secret lies, by the name under which the configuration asks for it: $CREDENTIALS_DIRECTORY/NAME.
  credentials ? {},
  # Where the keys of the API lie, for the one service that asks for them as $CREDENTIALS_DIRECTORY/api-keys.
  keysFile ? null,
  # Which of our services run on this machine, and whether it provisions the servers.
  roles ? ["producer" "consumer" "alert-engine" "api"],
  provision ? true,
  # The units of the servers that run on this machine, such as { kafka = "apache-kafka.service"; }.
  servers ? {},
}: let
  hardening = import ./hardening.nix;

  # Whether the configuration has `value` at this path; what is absent is a default, which names this machine.
  at = path: default:
    builtins.foldl' (
      found: key:
        if builtins.isAttrs found && found ? ${key}
        then found.${key}
        else default
    )
    settings
    path;
  isLocal = address: builtins.match "(/.*|127\\..*|localhost.*|\\[::1].*|https?://(127\\.|localhost|\\[::1]).*)" address != null;
  usesNet = path: default: !isLocal (at path default);
  traces = at ["telemetry" "otlp_endpoint"] null;
  isAway = {
    kafka = !builtins.all isLocal (at ["stream" "kafka" "brokers"] ["127.0.0.1:9092"]);
    postgresql = usesNet ["store" "postgresql" "host"] "/run/postgresql";
    redis = usesNet ["cache" "redis" "host"] "127.0.0.1";
    elasticsearch = usesNet ["index" "elasticsearch" "url"] "http://127.0.0.1:9200";
    kibana = usesNet ["kibana" "url"] "http://127.0.0.1:5601";
    traces = traces != null && !isLocal traces;
    readers = usesNet ["api" "listen"] "127.0.0.1:8000";
    # Providers of rates and receivers of alerts are elsewhere by their nature.
    internet = true;
  };
  # Names of hosts cannot stand in a unit, so it is this machine alone or everything.
  reach = peers:
    if builtins.any (peer: isAway.${peer}) (peers ++ ["traces"])
    then {}
    else {
      IPAddressDeny = "any";
      IPAddressAllow = "localhost";
    };

  present = needs: map (need: servers.${need}) (builtins.filter (need: servers ? ${need}) needs);
  provisioned =
    if provision
    then ["fx-monitor-provision.service"]
    else [];

  handedOver = given: map (name: "${name}:${given.${name}}") (builtins.attrNames given);
  ours = {
    common =
      hardening
      // {
        LoadCredential = handedOver credentials;
        # Tries again for ever, ever more slowly: what it lacks may be back tomorrow. A mistake in the configuration is not
        # tried again, exit code 78 tells it.
        Restart = "on-failure";
        RestartSec = 1;
        RestartSteps = 6;
        RestartMaxDelaySec = 60;
        RestartPreventExitStatus = 78;
        MemoryHigh = "192M";
        MemoryMax = "256M";
        TasksMax = 512;
      };
    unitConfig.StartLimitIntervalSec = 0;
  };

  service = name: {
    description,
    # Servers on this machine that must be up first, and those that it uses without waiting for them.
    needs,
    uses ? [],
    peers ? needs ++ uses,
    serviceConfig ? {},
  }: {
    inherit description;
    inherit (ours) unitConfig;
    wants = ["network-online.target"] ++ provisioned ++ present (needs ++ uses);
    after = ["network-online.target"] ++ provisioned ++ present needs;
    partOf = ["fx-monitor.target"];
    wantedBy = ["fx-monitor.target"];
    serviceConfig =
      ours.common
      // reach peers
      // {
        Type = "notify-reload";
        NotifyAccess = "main";
        ExecStart = "${program name} --config ${configFile}";
        WatchdogSec = 30;
        # It is ready only when what it needs has answered; after this it starts anew, and says meanwhile what it waits for.
        TimeoutStartSec = 300;
        # It drains for 10 s and is at the end after 12.
        TimeoutStopSec = 20;
      }
      // serviceConfig;
  };

  oneshot = {
    description,
    needs,
    targets,
  }: {
    inherit description;
    inherit (ours) unitConfig;
    wants = ["network-online.target"] ++ present needs;
    after = ["network-online.target"] ++ present needs;
    partOf = ["fx-monitor.target"];
    wantedBy = ["fx-monitor.target"];
    serviceConfig =
      ours.common
      // reach needs
      // {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = map (target: "${program "fx-monitor"} provision --config ${configFile} --only ${target}") targets;
        # Kibana alone may take [kibana] patience.
        TimeoutStartSec = 600;
      };
  };

  services = {
    producer = service "fx-producer" {
      description = "fx-monitor: rates from the feeds into Kafka";
      needs = ["kafka"];
      peers = ["internet"];
      serviceConfig = {
        StateDirectory = "fx-monitor";
        StateDirectoryMode = "0700";
      };
    };
    consumer = service "fx-consumer" {
      description = "fx-monitor: enriches rates and stores them";
      needs = ["kafka" "postgresql" "redis"];
      uses = ["elasticsearch"];
    };
    alert-engine = service "fx-alert-engine" {
      description = "fx-monitor: watches rates with alerts";
      needs = ["kafka" "postgresql"];
      peers = ["internet"];
    };
    api = service "fx-api" {
      description = "fx-monitor: REST API and live page";
      needs = ["kafka" "postgresql" "redis"];
      peers = ["kafka" "postgresql" "redis" "readers"];
      serviceConfig =
        {
          # One for each connection, and for what else it has open.
          LimitNOFILE = 4096;
        }
        // (
          if keysFile == null
          then {}
          else {LoadCredential = handedOver (credentials // {api-keys = keysFile;});}
        );
    };
  };

  # Kibana and Elasticsearch are slow to start and nothing waits for them, so they have a unit of their own.
  provisioning = {
    fx-monitor-provision = oneshot {
      description = "fx-monitor: topics and tables";
      needs = ["kafka" "postgresql"];
      targets = ["kafka" "postgres"];
    };
    fx-monitor-provision-index = oneshot {
      description = "fx-monitor: index templates and dashboards";
      needs = ["elasticsearch" "kibana"];
      targets = ["elasticsearch" "kibana"];
    };
  };
in {
  services =
    builtins.listToAttrs (map (role: {
        name = "fx-${role}";
        value = services.${role};
      })
      roles)
    // (
      if provision
      then provisioning
      else {}
    );
  targets.fx-monitor = {
    description = "fx-monitor: all of it";
    wantedBy = ["multi-user.target"];
    wants = builtins.attrValues servers;
  };
}
