//! Where a webhook goes.

use std::net::IpAddr;

use url::{Host, Url};

use crate::networks::{AllowedNetworks, Forbidden};

/// Why a text is no target of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is no URL, or of another kind.
    #[error("that is no address of a webhook, which begins with https:// or http:// and names a host")]
    NoUrl,
    /// A password would be shown wherever the URL is.
    #[error("an address with a user or a password in it is shown to others, leave them out")]
    Password,
    /// Its host is an address that is not sent to.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
}

impl AllowedNetworks {
    /// The URL of a webhook. Where its host is a name, the addresses of that are still to be [permitted](Self::permits),
    /// at each connection anew.
    ///
    /// # Errors
    /// It is none, or its host is a forbidden address, in whatever way that is written. The text itself is not shown.
    pub fn target(&self, text: &str) -> Result<Url, TargetError> {
        let known = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = known.ok_or(TargetError::NoUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Password);
        }
        let literal: Option<IpAddr> = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) | None => None,
        };
        literal.map_or(Ok(()), |address| self.permits(address))?;
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_whatever_way_it_is_written() {
        let none = AllowedNetworks::default();
        for hidden in [
            "http://127.0.0.1/",
            "http://127.1",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://\u{ff11}27.0.0.1/",
            "http://[::1]:8080/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[::]/",
            "http://0/",
            "http://169.254.169.254/latest/meta-data/",
            "https://10.0.0.1/hook",
        ] {
            assert!(matches!(none.target(hidden), Err(TargetError::Forbidden(_))), "{hidden}");
        }
        for good in ["https://hooks.example/a?b=c", "http://8.8.8.8:8080/", "https://[2606:4700::1111]/"] {
            assert_eq!(none.target(good).map(String::from).as_deref(), Ok(good));
        }
    }

    #[test]
    fn what_is_no_webhook_is_refused_and_no_password_is_shown() {
        let none = AllowedNetworks::default();
        for (text, error) in [
            ("hooks.example", TargetError::NoUrl),
            ("file:///etc/passwd", TargetError::NoUrl),
            ("gopher://hooks.example", TargetError::NoUrl),
            ("https://fx:sesame@hooks.example/", TargetError::Password),
        ] {
            assert_eq!(none.target(text), Err(error.clone()));
            assert!(!error.to_string().contains("sesame"));
        }
    }
}
