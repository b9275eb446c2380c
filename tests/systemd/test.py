#!/usr/bin/env python3
"""Boots the units of nixos/units.nix and looks at what they do. The last line says how many checks passed and failed.

usage: test.py TREE PROGRAMS NIX-INSTANTIATE [bench]
"""

import json
import signal
import sys
import tempfile
import time
import traceback

import figures
from container import wait_until
from host import CONFIG, CREDENTIALS, SECRET, SERVERS, SERVICES, Host

EVERY_UNIT = [*SERVICES, "fx-monitor-provision", "fx-monitor-provision-index"]


def must(holds, otherwise):
    if not holds:
        raise AssertionError(otherwise)


def it_comes_up(host):
    wait_until("fx-monitor.target", lambda: host.is_active("fx-monitor.target"), 120)
    for name in EVERY_UNIT:
        must(host.is_active(f"{name}.service"), f"{name} is {host.show(f'{name}.service', 'ActiveState')}")
        must(host.show(f"{name}.service", "NRestarts") == "0", f"{name} came up only after a restart")
        wait_until(f"{name} is well", lambda: name not in SERVICES or host.show(name, "StatusText").startswith("ok: "))
    whole = host.run("systemctl", "list-dependencies", "--plain", "fx-monitor.target")
    for name in ("fx-api.service", "apache-kafka.service", "postgresql.target", "elasticsearch.service"):
        must(name in whole, f"the target does not show {name}")


def the_units_are_sound(host):
    for name in [*(f"{name}.service" for name in EVERY_UNIT), "fx-monitor.target"]:
        # It ends with 0 for a key that it does not know, so what it says counts.
        said = host.run("systemd-analyze", "verify", "--man=no", f"/etc/systemd/system/{name}")
        must(not said, said)
        for relation in ("After", "Wants", "PartOf"):
            for other in host.show(name, relation).split():
                must(host.show(other, "LoadState") != "not-found", f"{name}: {relation}={other} is not there")


def the_sandbox_is_tight(host):
    for name in EVERY_UNIT:
        # Ten times the exposure.
        host.run("systemd-analyze", "security", "--offline=yes", "--threshold=15", f"/etc/systemd/system/{name}.service")


def rates_flow(host):
    host.must_flow()
    wait_until("a rate in the history", host.stored)
    count = "http://127.0.0.1:9200/fx-rates/_count"
    wait_until("a rate in the index", lambda: json.loads(host.fetch(count) or "{}").get("count", 0) > 0)


def no_secret_is_told(host):
    environ = host.run("sh", "-c", "cat /proc/[0-9]*/environ | tr '\\0' '\\n'")
    must("CREDENTIALS_DIRECTORY=/run/credentials/fx-producer.service" in environ, "the producer has no credentials")
    for where, said in (
        ("/proc/*/environ", environ),
        ("/proc/*/cmdline", host.run("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n'")),
        ("the journal", host.run("journalctl", "--boot", "--no-pager", "--output", "export")),
        ("systemctl show", host.run("systemctl", "show", "fx-*")),
        ("systemctl status", host.attempt("systemctl", "status", "fx-*")[1]),
    ):
        must(SECRET not in said, f"{where} tells the secret")


def a_reload_takes_over_what_it_can(host):
    changed = {**host.settings, "telemetry": {**host.settings["telemetry"], "log": "debug"}, "api": {"sse_clients": 9}}
    host.configure(changed)
    for name in SERVICES:
        pid = host.pid(name)
        host.run("systemctl", "reload", name)
        said = host.journal("-u", name, "--grep", "^reloaded: ", "-n", "1")
        must('telemetry.log = "debug" taken over; wants a restart for api.sse_clients' in said, f"{name}: {said}")
        must(host.pid(name) == pid, f"{name} was restarted")
    # The journal's `info` is what tracing calls `debug`.
    lines = ("journalctl", "--boot", "--quiet", "--lines=1", "PRIORITY=6", "_COMM=fx-producer")
    wait_until("a line of the new level", lambda: host.run(*lines))


def a_broken_file_is_not_taken_over(host):
    host.configure(host.settings, 'api.lisen = "127.0.0.1:8000"\n')
    host.run("systemctl", "reload", "fx-api")
    said = host.show("fx-api.service", "StatusText")
    must(said.startswith("not reloaded, the settings stay as they were: ") and "lisen" in said, said)
    must(host.latest(), "the API answers no more")
    host.configure(host.settings)
    for name in SERVICES:
        host.run("systemctl", "reload", name)


def what_is_killed_is_back(host):
    units = [*SERVERS, *SERVICES]
    before = {name: host.pid(name) for name in units}
    for name in units:
        host.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", name)
        wait_until(f"{name} again", lambda: host.is_active(name) and host.pid(name) not in (0, before[name]), 90)
    host.must_flow()


def the_watchdog_finds_what_stands_still(host):
    before = {name: host.pid(name) for name in SERVICES}
    for name in SERVICES:
        host.run("systemctl", "kill", "--kill-whom=main", "--signal=STOP", name)
    for name in SERVICES:
        wait_until(f"{name} again", lambda: host.is_active(name) and host.pid(name) not in (0, before[name]), 90)
        must("Watchdog timeout" in host.journal("-u", name), f"{name} was not found by the watchdog")
    host.must_flow()


def the_database_may_go_away(host):
    host.run("systemctl", "stop", "postgresql.target")
    wait_until("PostgreSQL is down", lambda: not host.is_active("postgresql.service"))
    host.must_flow()
    for name in SERVICES:
        must(host.is_active(name), f"{name} went down with PostgreSQL")
    behind = host.told_times()
    host.run("systemctl", "start", "postgresql.target")
    wait_until("what came meanwhile is in the history", lambda: max(behind) in host.stored())


def nothing_waits_for_elasticsearch(host):
    host.run("systemctl", "stop", "elasticsearch.service")
    host.must_flow()
    for name in SERVICES:
        must(host.is_active(name), f"{name} went down with Elasticsearch")
    wait_until("the consumer says so", lambda: "degraded" in host.show("fx-consumer.service", "StatusText"))
    host.run("systemctl", "start", "elasticsearch.service")


def a_stop_loses_nothing(host):
    wait_until("everything is well", lambda: host.show("fx-consumer.service", "StatusText").startswith("ok: "))
    # What a kill has cut off between the provider and the log is the provider's to tell again.
    before = host.told_times()
    wait_until("a few more rates", lambda: len(host.told_times() - before) > 2)
    host.run("systemctl", "stop", "--no-block", "fx-monitor.target")
    wait_until("they have stopped", lambda: all(host.show(name, "ActiveState") == "inactive" for name in SERVICES), 10)
    for name in SERVICES:
        must(host.show(name, "Result") == "success", f"{name} ended with {host.show(name, 'Result')}")
    told = host.told_times() - before
    host.run("systemctl", "start", "fx-monitor.target")
    wait_until("all that was told before the stop", lambda: told <= host.stored())


def a_backup_is_restored(host):
    as_postgres = ("runuser", "-u", "postgres", "--")
    dump = "/var/lib/postgresql/fx.dump"
    begun = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    host.run(*as_postgres, "pg_dump", "--format=custom", "--schema=fx_monitor", f"--file={dump}", "fx-monitor")
    host.must_flow()
    host.run("systemctl", "stop", "fx-monitor.target")
    before = host.stored()
    # pg_restore's own --clean stumbles over partitions.
    host.run(*as_postgres, "psql", "--dbname=fx-monitor", "--command=DROP SCHEMA fx_monitor CASCADE")
    host.run(*as_postgres, "pg_restore", "--dbname=fx-monitor", dump)
    must(host.stored() < before, "the dump is not older")
    host.run("systemctl", "start", "fx-monitor-provision")
    replay = ("/opt/fx/bin/fx-monitor", "replay", f"--config={CONFIG}", "--group=history", f"--from={begun}")
    host.run("env", f"CREDENTIALS_DIRECTORY={CREDENTIALS}", *replay)
    host.run("systemctl", "start", "fx-monitor.target")
    wait_until("what came after the dump", lambda: before <= host.stored())


def a_broken_file_keeps_it_from_starting(host):
    host.run("systemctl", "stop", "fx-api")
    host.configure(host.settings, 'api.lisen = "127.0.0.1:8000"\n')
    code, _ = host.attempt("systemctl", "start", "fx-api")
    must(code != 0, "it starts")
    must(host.show("fx-api", "ExecMainStatus") == "78", f"it ended with {host.show('fx-api', 'ExecMainStatus')}")
    must(host.show("fx-api", "ActiveState") == "failed", "it is tried again, which is of no use")
    _, said = host.attempt("/opt/fx/bin/fx-monitor", "check-config", "--config", CONFIG)
    message = "unknown key lisen; did you mean listen?"
    must(message in said, f"check-config says {said}")
    must(message in host.journal("-u", "fx-api"), "the journal does not say so")
    host.configure(host.settings)
    host.run("systemctl", "start", "fx-api")
    host.must_flow()


def it_powers_off(host):
    host.power_off()


CHECKS = [
    it_comes_up, the_units_are_sound, the_sandbox_is_tight, rates_flow, no_secret_is_told, a_reload_takes_over_what_it_can,
    a_broken_file_is_not_taken_over, what_is_killed_is_back, the_watchdog_finds_what_stands_still,
    the_database_may_go_away, nothing_waits_for_elasticsearch, a_stop_loses_nothing, a_backup_is_restored,
    a_broken_file_keeps_it_from_starting, it_powers_off,
]


def main(tree, programs, nix, purpose="test"):
    passed = failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        host = Host(tree, programs, nix, scratch)
        try:
            host.start()
            for check in CHECKS[:1] if purpose == "bench" else CHECKS:
                begun = time.monotonic()
                try:
                    check(host)
                    passed += 1
                    if purpose == "test":
                        print(f"ok      {check.__name__.replace('_', ' ')} ({time.monotonic() - begun:.1f} s)", flush=True)
                except AssertionError as error:
                    failed += 1
                    print(f"FAILED  {check.__name__.replace('_', ' ')}: {error}", flush=True)
                    if failed == 1:
                        print(host.last_lines(), flush=True)
            if purpose == "bench":
                figures.show(host)
        except BaseException:
            traceback.print_exc()
            failed += 1
        finally:
            host.close()
    if purpose != "bench":
        print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    # Ends as by an error, so that nothing is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main(*sys.argv[1:]))
