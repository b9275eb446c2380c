# What every unit of ours may not do. Builtins only, like units.nix.
{
  DynamicUser = true;
  User = "fx-monitor";
  ProtectSystem = "strict";
  ProtectHome = true;
  PrivateTmp = true;
  PrivateDevices = true;
  PrivateUsers = true;
  ProtectHostname = true;
  ProtectClock = true;
  ProtectKernelTunables = true;
  ProtectKernelModules = true;
  ProtectKernelLogs = true;
  ProtectControlGroups = true;
  ProtectProc = "invisible";
  ProcSubset = "pid";
  NoNewPrivileges = true;
  RestrictAddressFamilies = ["AF_UNIX" "AF_INET" "AF_INET6"];
  RestrictNamespaces = true;
  RestrictRealtime = true;
  RestrictSUIDSGID = true;
  RemoveIPC = true;
  LockPersonality = true;
  MemoryDenyWriteExecute = true;
  SystemCallArchitectures = "native";
  SystemCallFilter = ["@system-service" "~@privileged @resources"];
  SystemCallErrorNumber = "EPERM";
  CapabilityBoundingSet = "";
  AmbientCapabilities = "";
  UMask = "0077";
  # A core dump would hold the secrets.
  LimitCORE = 0;
}
