# Machines that are started, and looked at: `nix build .#checks.x86_64-linux.one-host`.
{
  pkgs,
  module,
}: let
  run = file: pkgs.testers.runNixOSTest (import file {inherit module;});
in {
  one-host = run ./one-host.nix;
  several-hosts = run ./several-hosts.nix;
  dashboards = run ./dashboards.nix;
}
