/// What can go wrong with the index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The server did not do as asked, or was not to be reached. It may well do so later.
    #[error("elasticsearch at {server}: {reason}")]
    Unavailable {
        /// Its URL.
        server: String,
        /// What it said.
        reason: String,
    },
    /// Something of a name of ours was made by somebody else.
    #[error(
        "elasticsearch at {server}: {what} exists and was not made by fx-monitor: \
         rename or remove it, or set a prefix in [index.elasticsearch]"
    )]
    Foreign {
        /// Its URL.
        server: String,
        /// What it is.
        what: String,
    },
}
