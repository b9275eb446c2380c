# What is ours rather than of one of the servers.
{lib, ...}: let
  inherit (lib) mkEnableOption mkOption types;
  allRoles = ["producer" "consumer" "alert-engine" "api"];
in {
  options.services.fx-monitor = {
    enable = mkEnableOption "fx-monitor, a monitor of foreign-exchange rates, with all that it needs";

    packages = mkOption {
      type = types.attrsOf types.package;
      description = "The package of each program by its name; that of `fx-api` has `bin/fx-api`.";
    };

    roles = mkOption {
      type = types.listOf (types.enum allRoles);
      default = allRoles;
      example = ["consumer"];
      description = ''
        The services that run on this host. Each but the producer may run on several; the partitions in
        `settings.stream.kafka` say how many of them share the work.
      '';
    };

    provision.enable = mkOption {
      type = types.bool;
      default = true;
      description = ''
        Whether this host makes topics, tables, index templates and dashboards before its services start. One host is enough.
      '';
    };

    credentials = mkOption {
      type = types.attrsOf types.str;
      default = {};
      example = {open-exchange-rates = "/run/secrets/open-exchange-rates";};
      description = ''
        The files that hold the secrets, on the host and outside the store. Each is handed to the services by systemd under
        its name here, which `settings` then asks for:
        `feeds.open-exchange-rates.api_key_file = "$CREDENTIALS_DIRECTORY/open-exchange-rates"`.
      '';
    };

    servers = mkOption {
      type = types.attrsOf types.str;
      default = {};
      internal = true;
      description = "The units of the servers that run on this host, by what they are.";
    };
  };
}
