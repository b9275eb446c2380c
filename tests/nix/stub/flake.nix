{
  description = "Stands in for nixpkgs where there is none: nix flake check --override-input nixpkgs path:tests/nix/stub";
  outputs = _: import ./nixpkgs.nix;
}
