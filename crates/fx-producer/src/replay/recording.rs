//! A recording of any kind, as the answers that a feed would have given.

use std::collections::BTreeMap;
use std::path::Path;

use fx_domain::batch::Batch;
use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::door::{Answer, Door, Reason, Refusal};
use fx_domain::feed::{FeedKind, Market, Source};
use fx_domain::pair::Pair;

use super::error::RecordingError;
use super::lines::Place;
use super::{bars, ecb, file, ticks};
use crate::metrics;

/// What a recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Ecb,
    Bars,
    Ticks,
}

impl Kind {
    /// By the first line of the file, whatever its name.
    pub(super) fn by_header(header: &str) -> Option<Self> {
        let columns: Vec<String> = header.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        match columns.as_slice() {
            ["timestamp", "open", "high", "low", "close"] => Some(Self::Bars),
            ["timestamp", "bid", "ask"] => Some(Self::Ticks),
            ["date", first, ..] if first.parse::<Currency>().is_ok() => Some(Self::Ecb),
            _ => None,
        }
    }

    /// The source of its rates.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ecb => "ecb",
            Self::Bars => "bars",
            Self::Ticks => "ticks",
        }
    }

    pub(crate) fn source(self) -> Source {
        self.name().parse().expect("the names of the kinds are names of sources")
    }

    /// In words.
    pub(super) fn described(self) -> &'static str {
        match self {
            Self::Ecb => "ECB histories",
            Self::Bars => "minute bars",
            Self::Ticks => "ticks",
        }
    }

    pub(crate) fn feed_kind(self) -> FeedKind {
        if self == Self::Ecb { FeedKind::Table } else { FeedKind::Stream }
    }

    pub(crate) fn market(self) -> Market {
        if self == Self::Ecb { Market::Target } else { Market::Spot }
    }
}

/// An answer, and where in the recording it stands.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) answer: Answer,
    pub(crate) place: Place,
}

/// The answers of a recording, oldest first.
pub(crate) type Recording = Box<dyn Iterator<Item = Result<Entry, RecordingError>> + Send>;

/// Opens a recording.
pub(super) fn open(
    kind: Kind,
    path: &Path,
    ask: Option<&Path>,
    pair: Option<Pair>,
) -> Result<Recording, RecordingError> {
    match (kind, pair) {
        (Kind::Bars, Some(pair)) => bars::open(path, ask, pair),
        (Kind::Ticks, Some(pair)) => ticks::open(path, pair),
        _ => ecb::read(path, file::open(path)?),
    }
}

/// The door of a recording: a figure that is none is a mistake in the file, what else the door refuses is counted.
pub(crate) struct Judge {
    source: Source,
    door: Door,
    now: Timestamp,
    refused: BTreeMap<String, u64>,
}

impl Judge {
    pub(crate) fn new(kind: Kind, tracked: Vec<Currency>, now: Timestamp) -> Self {
        let door = Door::new(kind.source(), kind.feed_kind(), kind.market(), tracked);
        Self { source: kind.source(), door, now, refused: BTreeMap::new() }
    }

    /// The batch, or `None` where nothing of it is let in.
    pub(crate) fn judge(&mut self, entry: &Entry) -> Result<Option<Batch>, RecordingError> {
        match self.door.admit(&entry.answer, self.now) {
            Ok(admitted) => {
                admitted.refusals.into_iter().try_for_each(|refusal| self.weigh(&refusal, &entry.place))?;
                metrics::untracked(&self.source, admitted.untracked);
                Ok(Some(admitted.batch).filter(|batch| !batch.quotes.is_empty()))
            }
            Err(refusal) => {
                self.weigh(&refusal, &entry.place)?;
                Ok(None)
            }
        }
    }

    /// How many were refused so far, by reason.
    pub(crate) fn refused(&self) -> &BTreeMap<String, u64> {
        &self.refused
    }

    fn weigh(&mut self, refusal: &Refusal, place: &Place) -> Result<(), RecordingError> {
        if matches!(refusal.reason, Reason::NotANumber | Reason::NotFinite) {
            return Err(place.malformed(refusal.detail.clone()));
        }
        let reason = refusal.reason.label();
        tracing::debug!(source = %self.source, reason, %refusal, "recorded rate refused");
        metrics::refused(&self.source, reason);
        *self.refused.entry(reason.to_owned()).or_default() += 1;
        Ok(())
    }
}
