# The unit of one of Elastic's programs: what the two have in common.
{
  name,
  description,
  path,
  environment,
  preStart,
  command,
  # A command that succeeds when it works.
  isUp,
}: {
  inherit description path environment preStart;
  after = ["network.target"];
  wantedBy = ["multi-user.target"];
  postStart = ''
    until ${isUp}; do
      kill -0 "$MAINPID"
      sleep 1
    done
  '';
  serviceConfig = {
    Type = "exec";
    ExecStart = command;
    DynamicUser = true;
    User = name;
    StateDirectory = name;
    StateDirectoryMode = "0700";
    LogsDirectory = name;
    RuntimeDirectory = name;
    Restart = "on-failure";
    RestartSec = 5;
    TimeoutStartSec = 300;
    # Java ends so on SIGTERM.
    SuccessExitStatus = 143;
    LimitNOFILE = 65535;
    ProtectHome = true;
    PrivateTmp = true;
    PrivateDevices = true;
    NoNewPrivileges = true;
    ProtectKernelTunables = true;
    ProtectKernelModules = true;
    ProtectControlGroups = true;
    RestrictSUIDSGID = true;
    CapabilityBoundingSet = "";
    UMask = "0077";
  };
}
