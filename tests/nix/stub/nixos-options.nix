# The options of NixOS that we set, with their types: our reading of nixpkgs 26.05, not nixpkgs itself. It finds our typos and
# wrong types; that nixpkgs has renamed or retyped an option only real.sh notices.
{lib, ...}: let
  inherit (lib) mkOption types;
  def = type: default: mkOption {inherit type default;};
  texts = def (types.listOf types.str) [];
  flag = def types.bool false;
  plain = [types.bool types.int types.str];
  keys = values: def (types.attrsOf (types.oneOf (plain ++ values))) {};
  primitive = types.oneOf (plain ++ [types.path]);
  section = keys [types.path (types.listOf primitive)];
  set = options: def (types.attrsOf (types.submodule {inherit options;})) {};
  unit =
    {
      enable = def types.bool true;
      description = def types.str "";
      unitConfig = section;
    }
    // lib.genAttrs ["after" "before" "requires" "wants" "bindsTo" "partOf" "conflicts" "wantedBy" "requiredBy" "onFailure" "aliases"] (_: texts);
in {
  options = {
    assertions = def (types.listOf types.unspecified) [];
    boot.loader.grub.device = def types.str "";
    environment = {
      systemPackages = def (types.listOf types.package) [];
      etc = set {
        source = def types.unspecified null;
        text = def (types.nullOr types.lines) null;
        mode = def types.str "symlink";
      };
    };
    fileSystems = set {
      device = def types.str "";
      fsType = def types.str "";
    };
    networking = {
      hostName = def types.str "";
      firewall.allowedTCPPorts = def (types.listOf types.port) [];
    };
    nixpkgs.config = def (types.attrsOf types.unspecified) {};
    system.stateVersion = def types.str "";
    systemd = {
      services = set (unit
        // {
          environment = def (types.attrsOf (types.nullOr (types.oneOf [types.str types.path types.package]))) {};
          path = def (types.listOf (types.either types.package types.str)) [];
          preStart = def types.lines "";
          postStart = def types.lines "";
          restartTriggers = def (types.listOf types.unspecified) [];
          reloadTriggers = def (types.listOf types.unspecified) [];
          serviceConfig = section;
        });
      targets = set unit;
      paths = set (unit // {pathConfig = section;});
    };
    services = {
      apache-kafka = {
        enable = flag;
        clusterId = def (types.nullOr types.str) null;
        formatLogDirs = flag;
        jvmOptions = texts;
        settings = keys [(types.listOf (types.oneOf plain))];
      };
      postgresql = {
        enable = flag;
        enableTCPIP = flag;
        authentication = def types.lines "";
        ensureDatabases = texts;
        ensureUsers = def (types.listOf (types.submodule {
          options = {
            name = mkOption {type = types.str;};
            ensureDBOwnership = flag;
          };
        })) [];
        settings = keys [types.float];
      };
      redis.servers = set {
        enable = flag;
        bind = def (types.nullOr types.str) "127.0.0.1";
        port = def types.port 0;
        save = def (types.listOf (types.listOf types.int)) [];
        settings = keys [(types.listOf types.str)];
      };
    };
  };
}
