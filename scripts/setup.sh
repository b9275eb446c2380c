#!/usr/bin/env bash
# Installs what a bare Debian machine with a Rust toolchain lacks. What is there already is left alone.
#   scripts/setup.sh build|test|bench|coverage
set -euo pipefail

purpose=${1:-build}
packages=()
servers=()

die() {
    echo "setup: $1" >&2
    exit 1
}

# want COMMAND PACKAGE…: the packages, where no program of that name is there; what the shell itself has is none.
want() {
    local command=$1
    shift
    type -P "$command" >/dev/null || packages+=("$@")
}

want_build() {
    # SQLite, the cryptography of TLS and Kafka's client are compiled from C; the last by its own configure script, which
    # also wants a compiler of C++, finds OpenSSL and zlib by pkg-config, and is linked to them.
    want cc gcc libc6-dev
    want c++ g++
    want make make
    want pkg-config pkg-config
    [[ -e /usr/include/stdlib.h ]] || packages+=(libc6-dev)
    [[ -e /usr/include/openssl/ssl.h ]] || packages+=(libssl-dev)
    [[ -e /usr/include/zlib.h ]] || packages+=(zlib1g-dev)
    [[ -e /etc/ssl/certs/ca-certificates.crt ]] || packages+=(ca-certificates)
}

# Tests and measurements start servers of their own: PostgreSQL and Redis are Debian's, Kafka and Elasticsearch are fetched
# by Maven (tests/servers/*/prepare.sh) and run on Java 17 or later; the latter's launcher is compiled.
want_servers() {
    want javac default-jdk-headless
    want mvn maven
    want openssl openssl
    want setpriv util-linux
    want kill procps
    compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || server postgresql
    type -P redis-server >/dev/null || server redis-server
}

# A package whose server Debian would start as soon as it is installed, and with the machine from then on. Nobody asked for
# that one; a server that was installed before is left as it is.
server() {
    packages+=("$1")
    servers+=("$1")
}

# The units are booted in a container, whose tree is Debian's.
want_container() {
    want mmdebstrap mmdebstrap
    want systemd-nspawn systemd-container
    want nsenter util-linux
    want python3 python3
}

want_test() {
    want_build
    want_servers
    want_container
    want curl curl
    want jq jq
    # Prometheus's own tool looks at the metrics and the rules of its alerts; its server is not needed.
    type -P promtool >/dev/null || server prometheus
    # The page is tested in a browser without a screen, which is driven from node.
    want node nodejs
    # Of npm: what looks over the page for everybody's access (tests/servers/node/prepare.sh).
    want npm npm
    # The mail server of the tests, the library that verifies webhooks, and what tries the API against its description are of
    # PyPI (tests/servers/python/prepare.sh).
    python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3 python3-venv)
    want chromium chromium
}

want_bench() {
    want_build
    want_servers
    want_container
    want curl curl
    want jq jq
    want wrk wrk
}

as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        die "missing: ${packages[*]}; run as root: apt-get install --no-install-recommends ${packages[*]}"
    fi
}

install_packages() {
    command -v apt-get >/dev/null 2>&1 || die "missing: ${packages[*]} (Debian's names); install them, then run this again"
    echo "setup: installing ${packages[*]}" >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update -qq </dev/null
    [[ ${#servers[@]} -eq 0 ]] || forbid_starts
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${packages[@]}" </dev/null
    [[ ${#servers[@]} -eq 0 ]] || ! type -P systemctl >/dev/null || as_root systemctl --quiet disable "${servers[@]}"
}

# For the time of the installation; where a policy is there already it decides.
forbid_starts() {
    local policy=/usr/sbin/policy-rc.d
    [[ ! -e $policy ]] || return 0
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin "$policy"
}

case $purpose in
build) want_build ;;
test | coverage) want_test ;;
bench) want_bench ;;
*) die "unknown purpose $purpose; one of build, test, bench, coverage" ;;
esac

command -v cargo >/dev/null 2>&1 || die "there is no cargo; install Rust from https://rustup.rs, then run this again"
[[ ${#packages[@]} -eq 0 ]] || install_packages

if [[ $purpose == coverage ]] && ! cargo llvm-cov --version >/dev/null 2>&1; then
    rustup component add llvm-tools
    cargo install cargo-llvm-cov --locked
fi
