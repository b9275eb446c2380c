# What cannot work, each with what to type instead.
{
  config,
  lib,
  ...
}: let
  cfg = config.services.fx-monitor;
  backend = section: cfg.settings.${section}.backend;
  text = builtins.toJSON cfg.settings;
  # Every "$CREDENTIALS_DIRECTORY/NAME" of the settings.
  asked = let
    parts = builtins.split "\\$CREDENTIALS_DIRECTORY/([A-Za-z0-9_.-]+)" text;
  in
    map builtins.head (builtins.filter builtins.isList parts);
  handedOver = cfg.credentials // lib.optionalAttrs (cfg.keysFile != null) {api-keys = cfg.keysFile;};
  lacking = builtins.filter (name: !(handedOver ? ${name})) asked;
  inStore = builtins.filter (name: lib.hasPrefix builtins.storeDir cfg.credentials.${name}) (builtins.attrNames cfg.credentials);
  needsApart = section: word: {
    assertion = backend section == word;
    message = ''services.fx-monitor.settings.${section}.backend is "${backend section}", which only one process can use: remove it, or set it to "${word}"'';
  };
in {
  config.assertions = lib.mkIf cfg.enable ([
      (needsApart "stream" "kafka")
      (needsApart "store" "postgresql")
      (needsApart "cache" "redis")
      {
        assertion = cfg.keysFile == null || !(lib.hasPrefix builtins.storeDir cfg.keysFile);
        message = ''services.fx-monitor.keysFile lies in the Nix store, where everybody can read it and nobody can change it: name the file on the host, as a text: keysFile = "/var/lib/fx-monitor-keys/keys.toml"'';
      }
      {
        assertion = lacking == [];
        message = ''services.fx-monitor.settings asks for credentials that nobody hands over: set services.fx-monitor.credentials = { ${toString (map (name: ''${name} = "/run/secrets/${name}";'') lacking)} }'';
      }
    ]
    ++ map (name: {
      assertion = false;
      message = ''services.fx-monitor.credentials.${name} lies in the Nix store, where everybody can read it: name the file on the host, as a text: ${name} = "/run/secrets/${name}"'';
    })
    inStore);
}
