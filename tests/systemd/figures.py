"""What the units take, as `name value unit`."""

from host import SERVICES


def show(host):
    up = stamp(host, "fx-monitor.target", "ActiveEnterTimestampMonotonic")
    print(f"systemd_target_cold_start {up - manager_start(host):.2f} s")
    for name in ["fx-monitor", *SERVICES]:
        size = int(host.run("stat", "--format=%s", f"/opt/fx/bin/{name}"))
        print(f"systemd_{name.replace('-', '_')}_program {size / 2**20:.1f} MiB")
    for name in SERVICES:
        label = name.replace("-", "_")
        begun, ready = (stamp(host, name, f"{edge}TimestampMonotonic") for edge in ("InactiveExit", "ActiveEnter"))
        print(f"systemd_{label}_ready_after_dependencies {ready - begun:.2f} s")
        print(f"systemd_{label}_memory_pss {pss(host, host.pid(name)) / 1024:.1f} MiB")


def stamp(host, unit, name):
    return int(host.show(unit, name)) / 1e6


def manager_start(host):
    return int(host.run("systemctl", "show", "--property", "UserspaceTimestampMonotonic", "--value")) / 1e6


def pss(host, pid):
    """In KiB."""
    rollup = host.run("cat", f"/proc/{pid}/smaps_rollup")
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
