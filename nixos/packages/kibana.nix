# Kibana as Elastic ships it, with the Node.js that comes with it.
{
  lib,
  stdenv,
  fetchurl,
  autoPatchelfHook,
}:
stdenv.mkDerivation (finalAttrs: {
  pname = "kibana";
  version = "8.15.2";
  src = fetchurl {
    url = "https://artifacts.elastic.co/downloads/kibana/kibana-${finalAttrs.version}-linux-x86_64.tar.gz";
    hash = "sha256-sfgIKkIAhnB4Fw6SrSmeKT7lFPX9u5a3oNHeF6iA0es=";
  };
  nativeBuildInputs = [autoPatchelfHook];
  buildInputs = [stdenv.cc.cc.lib];
  # Some of its modules come for several C libraries.
  autoPatchelfIgnoreMissingDeps = true;
  dontStrip = true;
  installPhase = ''
    runHook preInstall
    mkdir -p $out
    cp -r . $out
    runHook postInstall
  '';
  meta = {
    description = "Dashboards for Elasticsearch, from Elastic's archive";
    homepage = "https://www.elastic.co/kibana";
    license = lib.licenses.elastic20;
    sourceProvenance = [lib.sourceTypes.binaryNativeCode];
    platforms = ["x86_64-linux"];
    mainProgram = "kibana";
  };
})
