//! How the way to a server is secured.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Finding;
use crate::secret::{Secret, read_text};

/// TLS to a server. The server's certificate and its name are always checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsSettings {
    /// Whether the connection is encrypted. Default false.
    pub enabled: bool,
    /// The certificates, as PEM, of the authorities that may have signed the server's. Default: those of the system.
    pub ca_file: Option<PathBuf>,
    /// The certificate, as PEM, by which the server knows this client. Default none.
    pub certificate_file: Option<PathBuf>,
    /// The key of that certificate, as PEM. Default none.
    pub key_file: Option<PathBuf>,
    /// What `ca_file` holds, read at start.
    #[serde(skip)]
    pub ca: Option<String>,
    /// What `certificate_file` holds, read at start.
    #[serde(skip)]
    pub certificate: Option<String>,
    /// What `key_file` holds, read at start.
    #[serde(skip)]
    pub key: Option<Secret>,
}

impl TlsSettings {
    pub(super) fn validate(&self, section: &str) -> Vec<Finding> {
        let key = |key: &str| format!("{section}.tls.{key}");
        let files = [&self.ca_file, &self.certificate_file, &self.key_file];
        if !self.enabled && files.iter().any(|file| file.is_some()) {
            let problem = "must be true where a file is named; or remove the files";
            return vec![Finding::of(key("enabled"), "false", problem)];
        }
        match (&self.certificate_file, &self.key_file) {
            (Some(_), None) => {
                vec![Finding::missing(key("key_file"), "is missing; certificate_file needs its key")]
            }
            (None, Some(_)) => {
                vec![Finding::missing(key("certificate_file"), "is missing; key_file needs its certificate")]
            }
            _ => Vec::new(),
        }
    }

    /// Reads what the files hold.
    pub(super) fn read_files(&mut self, section: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut read = |key: &str, file: &Option<PathBuf>| {
            let (path, key) = (file.as_deref()?, format!("{section}.tls.{key}"));
            pem(path).map_err(|problem| findings.push(Finding::text(key, &path.display().to_string(), problem))).ok()
        };
        self.ca = read("ca_file", &self.ca_file);
        self.certificate = read("certificate_file", &self.certificate_file);
        self.key = read("key_file", &self.key_file).map(Secret::from);
        findings
    }
}

/// The text of a file that holds PEM.
pub(super) fn pem(path: &Path) -> Result<String, String> {
    let text = read_text(path)?;
    if text.contains("-----BEGIN ") { Ok(text) } else { Err(format!("{} holds no PEM", path.display())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_needs_its_key_and_files_need_tls() {
        let certificate_file = Some(PathBuf::from("client.pem"));
        let mut tls = TlsSettings { enabled: true, certificate_file, ..Default::default() };
        assert_eq!(tls.validate("x")[0].key, "x.tls.key_file");
        (tls.key_file, tls.certificate_file) = (tls.certificate_file, None);
        assert_eq!(tls.validate("x")[0].key, "x.tls.certificate_file");
        tls.enabled = false;
        assert_eq!(tls.validate("x")[0].key, "x.tls.enabled");
    }

    #[test]
    fn the_key_is_read_whole_and_never_shown() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("key.pem");
        std::fs::write(&path, "-----BEGIN PRIVATE KEY-----\nsesame\n").expect("written");
        let mut tls = TlsSettings { enabled: true, key_file: Some(path.clone()), ..Default::default() };
        assert!(tls.read_files("x").is_empty());
        assert!(tls.key.as_ref().is_some_and(|key| key.expose().ends_with("sesame\n")));
        assert!(!format!("{tls:?}").contains("sesame"));
        std::fs::write(&path, "sesame").expect("written");
        let findings = tls.read_files("x");
        assert!(findings[0].problem.ends_with("key.pem holds no PEM"), "{findings:?}");
    }
}
