#!/usr/bin/env bash
# Installs what a bare Debian machine with a Rust toolchain lacks. What is there already is left alone.
#   scripts/setup.sh build|test|bench|coverage
set -euo pipefail

purpose=${1:-build}
packages=()

die() {
    echo "setup: $1" >&2
    exit 1
}

# want COMMAND PACKAGE…: the packages, where the command is missing.
want() {
    local command=$1
    shift
    command -v "$command" >/dev/null 2>&1 || packages+=("$@")
}

want_build() {
    # SQLite and the cryptography of TLS are compiled from C.
    want cc gcc libc6-dev
    want make make
    [[ -e /usr/include/stdlib.h ]] || packages+=(libc6-dev)
    [[ -e /etc/ssl/certs/ca-certificates.crt ]] || packages+=(ca-certificates)
}

want_test() {
    want_build
    want curl curl
    want jq jq
    # The page is tested in a browser without a screen, which is driven from node.
    want node nodejs
    want chromium chromium
}

want_bench() {
    want_build
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
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${packages[@]}" </dev/null
}

case $purpose in
build | coverage) want_build ;;
test) want_test ;;
bench) want_bench ;;
*) die "unknown purpose $purpose; one of build, test, bench, coverage" ;;
esac

command -v cargo >/dev/null 2>&1 || die "there is no cargo; install Rust from https://rustup.rs, then run this again"
[[ ${#packages[@]} -eq 0 ]] || install_packages

if [[ $purpose == coverage ]] && ! cargo llvm-cov --version >/dev/null 2>&1; then
    rustup component add llvm-tools
    cargo install cargo-llvm-cov --locked
fi
