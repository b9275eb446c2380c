//! Looking at a recording before it is replayed.

use flate2::Crc;
use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::pair::Pair;

use super::error::{RecordingError, ReplayError};
use super::file;
use super::options::ReplayOptions;
use super::origin::Origin;
use super::recording::{self, Kind, Recording};

/// What is to be replayed.
pub(super) struct Plan {
    options: ReplayOptions,
    pub(super) kind: Kind,
    pub(super) origin: Origin,
    /// The time of its first rate.
    pub(super) first: Timestamp,
    /// How many records it has.
    pub(super) total: u64,
}

impl Plan {
    /// Reads the files once, and refuses what cannot be meant.
    pub(super) fn try_new(options: ReplayOptions, tracked: &[Currency]) -> Result<Self, ReplayError> {
        let mut crc = Crc::new();
        let survey = file::survey(&options.file, &mut crc)?;
        let (kind, total) = (survey.kind, survey.records);
        check_pair(kind, options.pair, tracked)?;
        check_ask(kind, &options, &mut crc)?;
        // The same bars for another pair, or with their ask side, are another recording.
        crc.update(options.pair.map(|pair| pair.to_string()).unwrap_or_default().as_bytes());
        let name = options.file.file_name().unwrap_or_default().to_string_lossy();
        let origin = Origin(format!("replay:{}:{name}:{:08x}", kind.name(), crc.sum()));
        let mut plan = Self { options, kind, origin, first: Timestamp::UNIX_EPOCH, total };
        let first = plan.open()?.next();
        plan.first = first.ok_or_else(|| RecordingError::Empty(plan.options.file.clone()))??.answer.source_ts;
        Ok(plan)
    }

    /// The recording from its beginning.
    pub(super) fn open(&self) -> Result<Recording, RecordingError> {
        let options = &self.options;
        recording::open(self.kind, &options.file, options.ask_file.as_deref(), options.pair)
    }
}

fn check_pair(kind: Kind, pair: Option<Pair>, tracked: &[Currency]) -> Result<(), ReplayError> {
    match (kind, pair) {
        (Kind::Ecb, Some(_)) => Err(ReplayError::PairUseless),
        (Kind::Ecb, None) => Ok(()),
        (_, None) => Err(ReplayError::PairMissing(kind.described())),
        (_, Some(pair)) => {
            let untracked = [pair.base(), pair.quote()].into_iter().find(|side| !tracked.contains(side));
            untracked.map_or(Ok(()), |side| Err(ReplayError::Untracked(side)))
        }
    }
}

fn check_ask(kind: Kind, options: &ReplayOptions, crc: &mut Crc) -> Result<(), ReplayError> {
    let Some(ask) = &options.ask_file else { return Ok(()) };
    if kind != Kind::Bars {
        return Err(ReplayError::AskUseless(kind.described()));
    }
    match file::survey(ask, crc)?.kind {
        Kind::Bars => Ok(()),
        other => Err(ReplayError::AskDiffers { file: ask.clone(), kind: other.described() }),
    }
}
