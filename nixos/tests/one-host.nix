# Everything but the dashboards on one machine: it comes up, outlives what befalls it, and keeps what it must.
{module}: {
  name = "fx-monitor-one-host";

  nodes.machine = {
    imports = [module];
    virtualisation.memorySize = 3072;
    environment.etc."secrets/open-exchange-rates" = {
      text = "sesame-open-exchange-rates";
      mode = "0400";
    };
    services.fx-monitor = {
      enable = true;
      settings = {
        # There is no provider in here: the rates are those that the program brings.
        feeds.order = ["open-exchange-rates" "ecb"];
        feeds.open-exchange-rates.api_key_file = "$CREDENTIALS_DIRECTORY/open-exchange-rates";
        index.backend = "none";
        kibana.enabled = false;
      };
      credentials.open-exchange-rates = "/etc/secrets/open-exchange-rates";
    };
  };

  testScript = ''
    services = ["fx-producer", "fx-consumer", "fx-alert-engine", "fx-api"]
    rate = "curl --silent --fail http://127.0.0.1:8000/rates/EURUSD"

    machine.wait_for_unit("fx-monitor.target")
    for name in services:
        machine.wait_for_unit(f"{name}.service")
    machine.wait_until_succeeds(f"{rate} | grep -q ecb")

    with subtest("what is killed is back"):
        for name in services:
            before = machine.succeed(f"systemctl show --property MainPID --value {name}").strip()
            machine.succeed(f"systemctl kill --signal KILL {name}")
            machine.wait_until_succeeds(
                f"test $(systemctl show --property MainPID --value {name}) -ne {before} && systemctl is-active {name}"
            )

    with subtest("a database that was away is found again"):
        machine.succeed("systemctl stop postgresql.service")
        machine.succeed("systemctl start postgresql.target")
        machine.wait_until_succeeds(rate)

    with subtest("no secret is told"):
        machine.fail("journalctl --boot | grep sesame-open-exchange-rates")
        machine.fail("systemctl show 'fx-*' | grep sesame-open-exchange-rates")
        machine.fail("grep --text sesame-open-exchange-rates /proc/[0-9]*/environ")

    with subtest("the sandbox is tight"):
        for name in services:
            machine.succeed(f"systemd-analyze security --threshold=15 {name}")

    machine.succeed("systemctl stop fx-monitor.target")
    for name in services:
        machine.require_unit_state(f"{name}.service", "inactive")
  '';
}
