//! What can go wrong between here and the dashboards.

/// Why the dashboards are not there.
#[derive(Debug, thiserror::Error)]
pub enum KibanaError {
    /// A file in `kibana/` does not hold together.
    #[error("{0}")]
    Definition(String),
    /// The certificates of the settings are of no use.
    #[error("kibana.tls.ca_file: {0}")]
    Authority(String),
    /// The key of the settings can be none.
    #[error("kibana.api_key_file: holds no API key; its first line must be the key as elasticsearch encodes it")]
    Key,
    /// It was not available in time.
    #[error(
        "kibana at {url} is not available after {patience}: {why}; start it and provision again with --only kibana, or set \
         kibana.enabled = false where there is none"
    )]
    NotAvailable {
        /// Where it was asked.
        url: String,
        /// How long was waited.
        patience: String,
        /// What it last said.
        why: String,
    },
    /// The connection is not safe.
    #[error(
        "kibana at {url} cannot be trusted: {why}; name the authority that signed its certificate in kibana.tls.ca_file"
    )]
    NotTrusted {
        /// Where it was asked.
        url: String,
        /// What is wrong with the certificate.
        why: String,
    },
    /// What answers there is something else.
    #[error("{url} is no kibana: {why}")]
    NotKibana {
        /// Where it was asked.
        url: String,
        /// What it answered.
        why: String,
    },
    /// It does not know the user, or does not let them.
    #[error("kibana at {url} refuses this user ({status}): {why}; the user needs the right to manage saved objects")]
    Forbidden {
        /// Where it was asked.
        url: String,
        /// The status of the answer.
        status: u16,
        /// What it answered.
        why: String,
    },
    /// Its objects are older than ours.
    #[error("kibana {0} is too old for these dashboards, which need 8.14 or newer")]
    TooOld(String),
    /// It did not take the file.
    #[error("kibana at {url} refuses the dashboards ({status}): {why}")]
    Refused {
        /// Where it was asked.
        url: String,
        /// The status of the answer.
        status: u16,
        /// What it answered.
        why: String,
    },
    /// It took the file and did not import it.
    #[error("kibana imported nothing, or not all: {}", .0.join("; "))]
    NotImported(Vec<String>),
    /// The request could not be made, or its answer not be read.
    #[error("kibana at {url} could not be asked")]
    Http {
        /// Where it was asked.
        url: String,
        /// What happened.
        source: reqwest::Error,
    },
}
