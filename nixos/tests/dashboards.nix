# Elasticsearch and Kibana from Elastic's archives, with the dashboards in them.
{module}: {
  name = "fx-monitor-dashboards";

  nodes.machine = {
    imports = [module];
    virtualisation = {
      memorySize = 6144;
      diskSize = 8192;
    };
    services.fx-monitor = {
      enable = true;
      settings.feeds.order = ["ecb"];
    };
  };

  testScript = ''
    machine.wait_for_unit("elasticsearch.service", timeout=600)
    machine.wait_for_unit("kibana.service", timeout=600)
    machine.wait_for_unit("fx-monitor-provision-index.service", timeout=600)
    machine.wait_until_succeeds(
        "curl --silent --fail 'http://127.0.0.1:9200/fx-rates/_count' | grep --extended-regexp '\"count\":[1-9]'"
    )
    machine.succeed(
        "curl --silent --fail 'http://127.0.0.1:5601/api/saved_objects/_find?type=dashboard' | grep --quiet fx-"
    )

    with subtest("without Elasticsearch everything else goes on"):
        machine.succeed("systemctl stop elasticsearch.service")
        machine.succeed("curl --silent --fail http://127.0.0.1:8000/rates/EURUSD")
        machine.require_unit_state("fx-consumer.service", "active")
  '';
}
