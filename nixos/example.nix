# One host with everything: the line that matters is `enable`. The rest is an example of what one may want beside it.
{lib, ...}: {
  services.fx-monitor = {
    enable = true;
    settings = {
      currencies.tracked = ["EUR" "GBP" "JPY" "CHF"];
      feeds = {
        order = ["kraken" "open-exchange-rates" "ecb"];
        # The file stands on the host; the store never sees what is in it.
        open-exchange-rates.api_key_file = "$CREDENTIALS_DIRECTORY/open-exchange-rates";
      };
    };
    credentials.open-exchange-rates = "/run/secrets/open-exchange-rates";
  };

  # Elasticsearch and Kibana are under the Elastic License 2.0; this allows them, and nothing else that is unfree.
  nixpkgs.config.allowUnfreePredicate = package: builtins.elem (lib.getName package) ["elasticsearch" "kibana"];

  # What any host must say of itself; take your own.
  boot.loader.grub.device = "/dev/sda";
  fileSystems."/" = {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
  };
  networking.hostName = "fx";
  system.stateVersion = "26.05";
}
