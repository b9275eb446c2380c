# Our programs, each a package of its own, on dependencies that are built once; and what is checked of them.
{
  lib,
  pkgs,
  craneLib,
}: let
  names = ["fx-monitor" "fx-producer" "fx-consumer" "fx-alert-engine" "fx-api"];
  root = ../..;
  # What is compiled, or compiled in. Everything else may change without a new build.
  src = lib.fileset.toSource {
    inherit root;
    fileset = lib.fileset.unions [
      (root + "/Cargo.toml")
      (root + "/Cargo.lock")
      (root + "/clippy.toml")
      (root + "/config")
      (root + "/crates")
      (lib.fileset.fileFilter (file: file.hasExt "rs") (root + "/tests"))
      (lib.fileset.fileFilter (file: file.hasExt "rs") (root + "/benches"))
    ];
  };
  # Kafka's client is configured by a script that looks for bash where a build finds none.
  vendored = craneLib.vendorCargoDeps {
    cargoLock = root + "/Cargo.lock";
    overrideVendorCargoPackage = package: drv:
      if package.name == "rdkafka-sys"
      then drv.overrideAttrs (_: {postPatch = "patchShebangs --build librdkafka";})
      else drv;
  };
  common = {
    inherit src;
    pname = "fx-monitor";
    version = (lib.importTOML (root + "/Cargo.toml")).workspace.package.version;
    strictDeps = true;
    cargoVendorDir = vendored;
    nativeBuildInputs = [pkgs.pkg-config];
    buildInputs = [pkgs.openssl pkgs.zlib];
    # The tests want servers; `make test` and the machines in tests.nix have them.
    doCheck = false;
  };
  cargoArtifacts = craneLib.buildDepsOnly common;
  build = name:
    craneLib.buildPackage (common
      // {
        inherit cargoArtifacts;
        pname = name;
        cargoExtraArgs = "--locked --package ${name}";
        meta = {
          description = "fx-monitor, a monitor of foreign-exchange rates: ${name}";
          license = lib.licenses.mit;
          platforms = ["x86_64-linux" "aarch64-linux"];
          mainProgram = name;
        };
      });
in {
  programs = lib.genAttrs names build;
  checks = {
    clippy = craneLib.cargoClippy (common
      // {
        inherit cargoArtifacts;
        cargoClippyExtraArgs = "--workspace --all-targets -- --deny warnings";
      });
    # Those of the tests that need no server.
    unit-tests = craneLib.cargoTest (common
      // {
        inherit cargoArtifacts;
        doCheck = true;
        cargoTestExtraArgs = "--workspace --lib --bins";
      });
  };
}
