{
  description = "A monitor of foreign-exchange rates";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    crane.url = "github:ipetkov/crane/master";
  };

  outputs = {
    self,
    nixpkgs,
    crane,
  }: let
    inherit (nixpkgs) lib;
    # Elastic's archives are fetched for this one; elsewhere the module asks where they run.
    elasticSystem = "x86_64-linux";
    # Elasticsearch and Kibana are under the Elastic License 2.0, which nixpkgs counts as unfree.
    elastic = ["elasticsearch" "kibana"];
    pkgsFor = system:
      import nixpkgs {
        inherit system;
        config.allowUnfreePredicate = package: builtins.elem (lib.getName package) elastic;
      };
    oursFor = pkgs:
      import ./nixos/packages/programs.nix {
        inherit lib pkgs;
        craneLib = crane.mkLib pkgs;
      };
    each = f:
      lib.genAttrs ["x86_64-linux" "aarch64-linux"] (
        system: let
          pkgs = pkgsFor system;
        in
          f pkgs (oursFor pkgs)
      );
    elasticFor = pkgs:
      lib.optionalAttrs (pkgs.stdenv.hostPlatform.system == elasticSystem)
      (lib.genAttrs elastic (name: pkgs.callPackage (./nixos/packages + "/${name}.nix") {}));
  in {
    packages = each (pkgs: ours: ours.programs // elasticFor pkgs // {default = ours.programs.fx-monitor;});

    apps = each (_: ours: let
      apps =
        lib.mapAttrs (name: program: {
          type = "app";
          program = "${program}/bin/${name}";
          meta = {inherit (program.meta) description;};
        })
        ours.programs;
    in
      apps // {default = apps.fx-monitor;});

    checks = each (pkgs: ours:
      ours.checks
      // lib.optionalAttrs (pkgs.stdenv.hostPlatform.system == elasticSystem) (
        lib.mapAttrs (_: host: host.config.system.build.toplevel) self.nixosConfigurations
        // import ./nixos/tests {
          inherit pkgs;
          module = self.nixosModules.default;
        }
      ));

    devShells = each (pkgs: _: {
      default = pkgs.mkShell {
        packages = with pkgs; [
          # To build.
          cargo
          clippy
          rustc
          rustfmt
          pkg-config
          openssl
          zlib
          # To test, beside what scripts/setup.sh names.
          curl
          jdk17_headless
          jq
          maven
          nodejs
          postgresql
          redis
          # For these files.
          alejandra
          deadnix
        ];
      };
    });

    formatter = each (pkgs: _: pkgs.alejandra);

    overlays.default = final: _: (oursFor final).programs;

    nixosModules.default = {pkgs, ...}: {
      imports = [./nixos/module.nix];
      services.fx-monitor.packages = lib.mapAttrs (_: lib.mkDefault) (oursFor pkgs).programs;
    };

    nixosConfigurations = let
      host = file:
        lib.nixosSystem {
          system = elasticSystem;
          modules = [self.nixosModules.default file];
        };
      several = import ./nixos/examples/several.nix;
    in
      {example = host ./nixos/example.nix;}
      // lib.mapAttrs' (name: module: lib.nameValuePair "example-${name}" (host module)) several;
  };
}
