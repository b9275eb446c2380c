# What the machines of a test have beyond a host.
{lib, ...}: {
  options.virtualisation = lib.genAttrs ["memorySize" "diskSize"] (_:
    lib.mkOption {
      type = lib.types.int;
      default = 1024;
    });
}
