use std::time::Duration;

use fx_domain::currency::Currency;
use fx_domain::door::Refusal;

/// Why a poll brought no rates. No message holds a key: neither do the URLs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FeedError {
    /// Nothing, or not all, came in time.
    #[error("no whole answer within {0:?}")]
    Timeout(Duration),
    /// The provider could not be reached, or hung up.
    #[error("cannot reach the provider: {0}")]
    Unreachable(String),
    /// One redirect after another.
    #[error("redirected more than {0} times, expected an answer")]
    Redirects(usize),
    /// Asked too often, or at a bad time.
    #[error("answered {status}{}, expected 200", said(.complaint.as_deref()))]
    Busy {
        /// 429 or 503.
        status: u16,
        /// When the provider wants to be asked again.
        retry_after: Option<Duration>,
        /// The provider's words.
        complaint: Option<String>,
    },
    /// Any other answer than success.
    #[error("answered {status}{}, expected 200", said(.complaint.as_deref()))]
    Status {
        /// The HTTP status.
        status: u16,
        /// The provider's words.
        complaint: Option<String>,
    },
    /// A success that says it is none.
    #[error("provider says `{0}`")]
    Complaint(String),
    /// More bytes than the settings allow.
    #[error("answer of more than {0} bytes, expected at most that")]
    TooLong(u64),
    /// No bytes.
    #[error("empty answer, expected {0}")]
    Empty(&'static str),
    /// Another format, such as the HTML of a proxy's error page.
    #[error("answer is {got}, expected {expected}")]
    Format {
        /// What came.
        got: &'static str,
        /// What the provider writes.
        expected: &'static str,
    },
    /// Right format, wrong or broken content.
    #[error("unreadable answer: {0}")]
    Unreadable(String),
    /// A table on another base than was asked for.
    #[error("answer is on base `{got}`, expected {wanted}")]
    WrongBase {
        /// What came.
        got: String,
        /// What was asked for.
        wanted: Currency,
    },
    /// Refused at the door as a whole.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The key has characters that no header can carry.
    #[error("api key cannot be sent in a header, expected printable ASCII")]
    Key,
}

fn said(complaint: Option<&str>) -> String {
    complaint.map(|words| format!(" `{words}`")).unwrap_or_default()
}

/// What the provider's own words say that no later try will mend.
const FINAL: [&str; 7] = [
    "unsupported-code",
    "malformed-request",
    "invalid-key",
    "inactive-account",
    "not-available-on-plan",
    "invalid_app_id",
    "not_allowed",
];

impl FeedError {
    /// The label under which it is counted.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Timeout(_) => "timeout",
            Self::Unreachable(_) => "unreachable",
            Self::Redirects(_) => "redirects",
            Self::Busy { .. } => "busy",
            Self::Status { .. } => "status",
            Self::Complaint(_) => "complaint",
            Self::TooLong(_) => "too_long",
            Self::Empty(_) | Self::Format { .. } | Self::Unreadable(_) => "unreadable",
            Self::WrongBase { .. } => "wrong_base",
            Self::Refused(refusal) => refusal.reason.label(),
            Self::Key => "key",
        }
    }

    /// Whether an answer came and was refused for what it says.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::TooLong(_)
                | Self::Empty(_)
                | Self::Format { .. }
                | Self::Unreadable(_)
                | Self::WrongBase { .. }
                | Self::Refused(_)
        )
    }

    /// Whether somebody must look: the same request will never be answered.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Status { status: 401 | 403, .. } | Self::Key => true,
            Self::Status { complaint: Some(words), .. } | Self::Complaint(words) => {
                FINAL.iter().any(|code| words.contains(code))
            }
            _ => false,
        }
    }

    /// How long the provider wants to be left alone.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
