"""The host under test: the container with our units, the servers they need under the names of NixOS, and a feed."""

import json
import os
import re
import shutil
import subprocess
import sys

import settings_file
from container import Container, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SECRET = "sesame-of-the-provider"
SERVICES = ["fx-producer", "fx-consumer", "fx-alert-engine", "fx-api"]
SERVERS = ["apache-kafka", "postgresql", "redis-fx-monitor", "elasticsearch"]
API = "http://127.0.0.1:8000"
CONFIG = "/etc/fx-monitor/config.toml"
CREDENTIALS = "/etc/secrets"


def evaluate(nix):
    """The units and settings of nixos/module.nix for tests/systemd/host.nix."""
    expression = f'import {ROOT}/tests/nix/units.nix {{ host = import {HERE}/host.nix; }}'
    command = [nix, "--store", "dummy://", "--eval", "--strict", "--json", "-E", expression]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


class Host(Container):
    def __init__(self, tree, programs, nix, scratch):
        java = os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("java"))))
        cache = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")) + "/fx-monitor-tests"
        kafka, elasticsearch = f"{cache}/kafka", f"{cache}/elasticsearch"
        etc = [path for path in (f"/etc/java-{number}-openjdk" for number in range(17, 30)) if os.path.exists(path)]
        binds = [f"{programs}:/opt/fx/bin", f"{ROOT}/tests/servers:/opt/servers", java, *etc, kafka, elasticsearch]
        super().__init__(tree, binds)
        self.told, self.feed = f"{scratch}/told", None
        units = evaluate(nix)
        self.settings = units["settings"]
        with open(f"{scratch}/units.json", "w") as file:
            json.dump(units, file)
        subprocess.run([sys.executable, f"{ROOT}/scripts/render-units.py", file.name, f"{scratch}/units"], check=True)
        self.copy(f"{scratch}/units", "/etc/systemd/system")
        self.copy(f"{HERE}/units", "/etc/systemd/system")
        for name in [*SERVICES, "fx-monitor-provision", "fx-monitor-provision-index"]:
            self.link(f"../{name}.service", f"/etc/systemd/system/fx-monitor.target.wants/{name}.service")
        self.link("../fx-monitor.target", "/etc/systemd/system/multi-user.target.wants/fx-monitor.target")
        self.configure(self.settings)
        self.write(f"{CREDENTIALS}/exchangerate-api-v6", f"{SECRET}\n", 0o400)
        self.write("/etc/servers.env", f"PATH={java}/bin:/usr/bin:/bin\nKAFKA_LIB={kafka}\nES_HOME={elasticsearch}\n")
        # The servers' jars lie where the host has them, and are read by users that are not root.
        for folder in (java, kafka, elasticsearch):
            self.make_reachable(folder)

    def make_reachable(self, folder):
        for end in re.finditer("/", folder):
            os.makedirs(self.root + folder[:end.start()], exist_ok=True)
            if end.start():
                os.chmod(self.root + folder[:end.start()], 0o755)

    def configure(self, settings, more=""):
        self.write(CONFIG, settings_file.text(settings) + more)

    def start(self):
        super().start()
        command = self.beside(sys.executable, f"{HERE}/feed.py", "8099", self.told)
        self.feed = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        wait_until("the first process takes orders", lambda: self.attempt("systemctl", "show-environment")[0] == 0)

    def close(self):
        if self.feed:
            self.feed.kill()
            self.feed.wait()
        super().close()

    def is_active(self, unit):
        return self.show(unit, "ActiveState") == "active"

    def pid(self, unit):
        return int(self.show(unit, "MainPID"))

    def sql(self, query):
        """The lines of an answer; none where the server is away."""
        command = ["runuser", "-u", "postgres", "--", "psql", "--dbname", "fx-monitor", "-tA", "--command", query]
        code, said = self.attempt(*command)
        return said.split() if code == 0 else []

    def stored(self):
        """The times of the feed that the history has, in seconds."""
        query = "SELECT source_ts / 1000000 FROM fx_monitor.rates WHERE source = 'exchangerate-api-v6' AND pair = 'EURUSD'"
        return set(self.sql(query))

    def told_times(self):
        try:
            with open(self.told) as file:
                return set(file.read().split())
        except FileNotFoundError:
            return set()

    def latest(self):
        """The time of the rate that the API shows, as it writes it."""
        answer = self.fetch(f"{API}/rates/EURUSD")
        return json.loads(answer).get("source_ts") if answer else None

    def must_flow(self):
        """Waits for a rate that the API does not show yet."""
        before = wait_until("a rate at the API", self.latest)
        wait_until("a newer rate at the API", lambda: (newest := self.latest()) and newest != before)
