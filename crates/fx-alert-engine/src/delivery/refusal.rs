use std::time::Duration;

/// What comes of an attempt: the target's answer where it has taken the message.
pub(super) type Answer = Result<Option<u16>, Refusal>;

/// Why a message was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    /// The target's answer, where there was one.
    pub(super) code: Option<u16>,
    /// What went wrong, in words, without secrets.
    pub(super) error: String,
    pub(super) then: Then,
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// It is tried again, not before so long.
    Again { after: Option<Duration> },
    /// It would be refused every time.
    GiveUp,
    /// So would everything else through this channel.
    Disable,
}

/// Why, in the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The target said no.
    Refused,
    /// The target said to go elsewhere, where nothing is sent.
    Redirected,
    /// The target said that it is no more.
    Gone,
    /// There was no answer in time.
    Timeout,
    /// There was no connection.
    Unreachable,
    /// The address is not sent to.
    Forbidden,
    /// The channel cannot be used with these settings.
    Unusable,
}

impl Reason {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Redirected => "redirected",
            Self::Gone => "gone",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Forbidden => "forbidden",
            Self::Unusable => "unusable",
        }
    }
}

impl Refusal {
    /// It is tried again.
    pub(super) fn passing(reason: Reason, error: impl Into<String>) -> Self {
        Self { reason, code: None, error: error.into(), then: Then::Again { after: None } }
    }

    pub(super) fn no_answer(within: Duration) -> Self {
        Self::passing(Reason::Timeout, format!("no answer within {}", fx_config::format_span(within)))
    }
}
