//! What counts as one target, of which a slow one must not hold up others.

use fx_store::delivery::Target;
use reqwest::Url;

/// The host of a webhook with its port, the mail server, or a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Host(String),
    Mail,
    File(String),
}

impl Place {
    pub(super) fn of(target: &Target) -> Self {
        match target {
            Target::Webhook { url } => Self::Host(host(url)),
            Target::Email { .. } => Self::Mail,
            Target::File { path } => Self::File(path.clone()),
        }
    }
}

fn host(url: &str) -> String {
    let known = Url::parse(url).ok();
    let place = known.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    place.map_or_else(|| url.to_owned(), |(host, port)| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_webhooks_of_one_host_are_one_target() {
        let place = |url: &str| Place::of(&Target::Webhook { url: url.to_owned() });
        assert_eq!(place("https://hooks.example/a?b"), place("https://hooks.example:443/c"));
        assert_ne!(place("https://hooks.example/"), place("https://hooks.example:8443/"));
    }
}
