//! `[delivery.smtp]`: the server that takes mail.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::server;
use super::tls::pem;
use crate::error::Finding;
use crate::secret::Secret;

const SECTION: &str = "delivery.smtp";

/// How the connection to the mail server is secured. Where it is, the server's certificate and its name are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// TLS from the first byte, usually on port 465.
    Implicit,
    /// STARTTLS, without which nothing is sent, usually on port 587.
    Starttls,
    /// None: only to this machine itself.
    None,
}

/// `[delivery.smtp]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpSettings {
    /// The server's name or address. Default none: channels of e-mail fail.
    pub host: Option<String>,
    /// The port. Default 587.
    pub port: u16,
    /// How the connection is secured. Default `starttls`.
    pub tls: SmtpTls,
    /// The certificates, as PEM, of the authorities that may have signed the server's. Default: those of the system.
    pub ca_file: Option<PathBuf>,
    /// What `ca_file` holds, read at start.
    #[serde(skip)]
    pub ca: Option<String>,
    /// The user; needs `password_file`. Default none.
    pub user: Option<String>,
    /// The file whose first line is the user's password. Default none.
    pub password_file: Option<PathBuf>,
    /// What `password_file` holds.
    #[serde(skip)]
    pub password: Option<Secret>,
    /// Whom the mail is from: `fx-monitor@example.org`, or `FX monitor <fx-monitor@example.org>`. Needed with a host.
    pub from: Option<String>,
}

impl Default for SmtpSettings {
    fn default() -> Self {
        Self {
            host: None,
            port: 587,
            tls: SmtpTls::Starttls,
            ca_file: None,
            ca: None,
            user: None,
            password_file: None,
            password: None,
            from: None,
        }
    }
}

impl SmtpSettings {
    pub(crate) fn validate(&self) -> Vec<Finding> {
        let key = |key: &str| format!("{SECTION}.{key}");
        let Some(host) = &self.host else {
            let unused = self.from.is_some() || self.user.is_some() || self.password_file.is_some();
            let problem = "is missing; name the server that takes the mail, or remove the other keys";
            return unused.then(|| Finding::missing(key("host"), problem)).into_iter().collect();
        };
        let mut findings = server::network_findings(SECTION, host, self.port);
        if self.tls == SmtpTls::None && !is_loopback(host) {
            let problem = "would send mail in the clear; use \"starttls\" or \"implicit\", or a server on 127.0.0.1";
            findings.push(Finding::text(key("tls"), "none", problem));
        }
        if self.tls == SmtpTls::None && self.ca_file.is_some() {
            findings.push(Finding::missing(key("ca_file"), "is of no use without TLS; remove it, or set tls"));
        }
        if !self.from.as_deref().is_some_and(|from| from.contains('@')) {
            let problem = "must be whom the mail is from, such as fx-monitor@example.org";
            findings.push(match &self.from {
                Some(from) => Finding::text(key("from"), from, problem),
                None => Finding::missing(key("from"), problem),
            });
        }
        if self.user.is_some() != self.password_file.is_some() {
            let (missing, other) =
                if self.user.is_some() { ("password_file", "user") } else { ("user", "password_file") };
            findings.push(Finding::missing(key(missing), format!("is missing; {other} stands without it")));
        }
        findings
    }

    /// Reads the secrets that the keys name.
    pub(crate) fn read_secrets(&mut self) -> Vec<Finding> {
        let key = |key: &str| format!("{SECTION}.{key}");
        let file = self.password_file.as_deref();
        let mut findings: Vec<_> = Secret::fill(&mut self.password, file, &key("password_file")).into_iter().collect();
        if let Some(path) = self.ca_file.as_deref() {
            match pem(path) {
                Ok(text) => self.ca = Some(text),
                Err(problem) => findings.push(Finding::text(key("ca_file"), &path.display().to_string(), problem)),
            }
        }
        findings
    }

    pub(crate) fn described(&self) -> String {
        let Some(host) = &self.host else { return "no e-mail".to_owned() };
        let user = self.user.as_ref().map_or_else(String::new, |user| format!(" as {user}"));
        format!("e-mail by {}{user}", server::shown(host, self.port))
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(settings: &SmtpSettings) -> Vec<String> {
        settings.validate().into_iter().map(|finding| finding.key).collect()
    }

    #[test]
    fn mail_goes_in_the_clear_only_within_this_machine() {
        let settings = |host: &str, tls| SmtpSettings {
            host: Some(host.to_owned()),
            tls,
            from: Some("fx-monitor@example.org".to_owned()),
            ..Default::default()
        };
        assert!(keys(&settings("127.0.0.1", SmtpTls::None)).is_empty());
        assert!(keys(&settings("mail.example", SmtpTls::Starttls)).is_empty());
        assert_eq!(keys(&settings("mail.example", SmtpTls::None)), ["delivery.smtp.tls"]);
        let with_ca = SmtpSettings { ca_file: Some("ca.pem".into()), ..settings("127.0.0.1", SmtpTls::None) };
        assert_eq!(keys(&with_ca), ["delivery.smtp.ca_file"]);
    }

    #[test]
    fn a_server_needs_a_sender_and_a_user_a_password() {
        assert!(keys(&SmtpSettings::default()).is_empty(), "none");
        let host = SmtpSettings { host: Some("mail.example".to_owned()), ..Default::default() };
        assert_eq!(keys(&host), ["delivery.smtp.from"]);
        let from = Some("ops@example.org".to_owned());
        assert_eq!(keys(&SmtpSettings { from: from.clone(), ..Default::default() }), ["delivery.smtp.host"]);
        let user = SmtpSettings { user: Some("fx".to_owned()), from, ..host };
        assert_eq!(keys(&user), ["delivery.smtp.password_file"]);
        let password_file = Some("password".into());
        assert_eq!(keys(&SmtpSettings { user: None, password_file, ..user }), ["delivery.smtp.user"]);
    }
}
