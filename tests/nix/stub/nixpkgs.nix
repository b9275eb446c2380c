let
  lib = import ./lib.nix;
  pkgsFor = system: import ./pkgs.nix {inherit lib system;};
in {
  lib =
    lib
    // {
      nixosSystem = {
        system,
        modules,
      }:
        import ./host.nix {
          inherit lib modules;
          pkgs = pkgsFor system;
        };
    };
  legacyPackages = lib.genAttrs ["x86_64-linux" "aarch64-linux"] pkgsFor;
}
