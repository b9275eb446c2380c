"""A Debian tree booted by systemd-nspawn, without a systemd of the host's. Wants root."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

# They would only take time, or reach for a network that is not there.
MASKED = [
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_reap.service", "fstrim.timer",
    "redis-server.service", "systemd-networkd.service", "systemd-resolved.service", "systemd-timesyncd.service",
]
HIERARCHIES = ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"]


class Container:
    def __init__(self, tree, binds):
        self.name, self.binds = f"fx-{os.getpid()}", binds
        self.process = self.leader = None
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.work = tempfile.mkdtemp(prefix="fx-systemd-")
        # What is written goes to memory and is gone afterwards; the tree stays as it is.
        run("mount", "-t", "tmpfs", "-o", "size=4G,mode=0755", "fx-systemd", self.work)
        for part in ("upper", "work", "root"):
            os.mkdir(f"{self.work}/{part}")
        self.root = f"{self.work}/root"
        layers = f"lowerdir={tree},upperdir={self.work}/upper,workdir={self.work}/work"
        run("mount", "-t", "overlay", "overlay", "-o", layers, self.root)
        self.write("/etc/machine-id", "f" * 31 + "0\n")
        self.write("/etc/hostname", "fx-test\n")
        self.write("/etc/hosts", "127.0.0.1 localhost fx-test\n")
        for unit in MASKED:
            self.link("/dev/null", f"/etc/systemd/system/{unit}")
        os.makedirs(f"{self.root}/var/log/journal", exist_ok=True)

    def write(self, path, text, mode=0o644):
        target = self.root + path
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(target)
        with open(os.open(target, os.O_WRONLY | os.O_CREAT, mode), "w") as file:
            file.write(text)

    def link(self, target, path):
        os.makedirs(os.path.dirname(self.root + path), exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.root + path)
        os.symlink(target, self.root + path)

    def copy(self, folder, path):
        shutil.copytree(folder, self.root + path, symlinks=True, dirs_exist_ok=True)

    def start(self):
        """Boots, and returns as soon as its first process is there."""
        address = f"{self.work}/notify"
        self.notify.bind(address)
        self.notify.settimeout(30)
        environment = {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": address, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        # Without bpf within, IPAddressDeny= would be ignored without a word.
        command = [
            "systemd-nspawn", "-D", self.root, "--boot", "--register=no", "--keep-unit", f"--machine={self.name}",
            "--console=pipe", "--private-network", "--link-journal=no", "--resolv-conf=off", "--timezone=off",
            "--notify-ready=yes", "--capability=CAP_BPF,CAP_PERFMON", "--system-call-filter=bpf",
            *(f"--bind-ro={bind}" for bind in self.binds),
        ]
        self.console = open(f"{self.work}/console", "wb")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.console, stderr=self.console, env=environment,
            preexec_fn=self.enter_group, start_new_session=True)
        while self.leader is None:
            self.read_notification()
        # It tells of every unit, and would wait for a reader.
        self.notify.close()

    def enter_group(self):
        # A group of its own, so that two containers do not get into each other's.
        for group in self.groups():
            os.makedirs(group, exist_ok=True)
            with open(f"{group}/cgroup.procs", "w") as file:
                file.write(str(os.getpid()))

    def groups(self):
        return [f"{mount}/{self.name}" for mount in HIERARCHIES if os.path.exists(f"{mount}/cgroup.procs")]

    def read_notification(self):
        try:
            message = self.notify.recv(4096).decode()
        except TimeoutError:
            with open(self.console.name) as file:
                raise AssertionError(f"the container does not start: {file.read()[-3000:]}") from None
        for line in message.splitlines():
            if line.startswith("X_NSPAWN_LEADER_PID="):
                self.leader = int(line.partition("=")[2])

    def inside(self, *command):
        """A command that is run in the container, for subprocess; what the host's environment says is not handed on."""
        into = ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-r", "-w", "--"]
        environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"]
        return [*into, "/usr/bin/env", "-i", *environment, *command]

    def beside(self, *command):
        """A command of the host's on the container's network."""
        return ["nsenter", "-t", str(self.leader), "-n", "--", *command]

    def attempt(self, *command, timeout=120):
        """The exit code and what the command says."""
        ended = subprocess.run(
            self.inside(*command), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, timeout=timeout)
        return ended.returncode, ended.stdout.strip()

    def run(self, *command, timeout=120):
        code, said = self.attempt(*command, timeout=timeout)
        if code:
            raise AssertionError(f"{' '.join(command)} ended with {code}: {said}")
        return said

    def fetch(self, url):
        """What is answered there, or nothing."""
        command = self.beside("curl", "--silent", "--fail", "--max-time", "5", "--noproxy", "*", url)
        ended = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        return ended.stdout if ended.returncode == 0 else ""

    def show(self, unit, name):
        return self.run("systemctl", "show", "--property", name, "--value", "--", unit)

    def journal(self, *filters):
        return self.run("journalctl", "--boot", "--no-pager", "--output", "short-monotonic", *filters)

    def last_lines(self):
        """The end of the journal, also of a container that has ended, and of the console."""
        journal = subprocess.run(
            ["journalctl", "--directory", f"{self.root}/var/log/journal", "--no-pager", "--lines", "60"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        with open(self.console.name, errors="replace") as console:
            return f"{journal}\n{console.read()[-3000:]}"

    def power_off(self):
        """Ends the container by its own means."""
        self.attempt("systemctl", "poweroff")
        wait_until("the container has ended", lambda: self.process.poll() is not None)
        if self.process.returncode:
            raise AssertionError(f"the container ended with {self.process.returncode}")

    def close(self):
        if self.process and self.process.poll() is None:
            # Without its container nspawn ends by itself; without nspawn the container would run on.
            if self.leader:
                os.kill(self.leader, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        for group in self.groups():
            for folder, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
        self.notify.close()
        subprocess.run(["umount", self.root], check=False)
        subprocess.run(["umount", "--lazy", self.work], check=False)
        with contextlib.suppress(OSError):
            os.rmdir(self.work)


def run(*command):
    subprocess.run(command, check=True)


def wait_until(what, holds, seconds=60):
    """Waits for a condition; the time is a deadline, and no figure."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if found := holds():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")
