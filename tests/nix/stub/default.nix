# What `import nixpkgs { system = …; }` gives.
{
  system,
  config ? {},
}:
builtins.seq (config.allowUnfreePredicate or null) ((import ./nixpkgs.nix).legacyPackages.${system})
