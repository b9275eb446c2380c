# Elasticsearch as Elastic ships it, with the Java that comes with it.
{
  lib,
  stdenv,
  fetchurl,
  autoPatchelfHook,
  zlib,
}:
stdenv.mkDerivation (finalAttrs: {
  pname = "elasticsearch";
  version = "8.15.2";
  src = fetchurl {
    url = "https://artifacts.elastic.co/downloads/elasticsearch/elasticsearch-${finalAttrs.version}-linux-x86_64.tar.gz";
    hash = "sha256-C2kF7eRXvp0dc9C2vhw6fHxiIIKYRrUy8mBK0wunMI8=";
  };
  nativeBuildInputs = [autoPatchelfHook];
  buildInputs = [stdenv.cc.cc.lib zlib];
  # Machine learning and the desktop's part of Java are not used.
  autoPatchelfIgnoreMissingDeps = true;
  dontStrip = true;
  installPhase = ''
    runHook preInstall
    rm -rf modules/x-pack-ml/platform
    mkdir -p $out
    cp -r . $out
    runHook postInstall
  '';
  meta = {
    description = "Search engine, from Elastic's archive";
    homepage = "https://www.elastic.co/elasticsearch";
    license = lib.licenses.elastic20;
    sourceProvenance = [lib.sourceTypes.binaryBytecode lib.sourceTypes.binaryNativeCode];
    platforms = ["x86_64-linux"];
    mainProgram = "elasticsearch";
  };
})
