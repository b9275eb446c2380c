//! What is latest and believed: one picture of all pairs, computed at most once per change of the cache and at least every
//! 100 ms, which `/rates`, `/convert` and the event stream read.

mod past;
mod ranks;
mod reading;
mod references;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use fx_cache::Latest;
use fx_domain::clock::{Clock, Timestamp};
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::preferred::choose;
use fx_store::rates::RateStore;
use parking_lot::{Mutex, RwLock};

use crate::context::ApiContext;
use crate::latest::LatestReader;
use crate::prepared::Prepared;
use crate::problem::Problem;

use ranks::Ranks;
pub(crate) use reading::Reading;
use references::References;

/// How long one picture is shown while nothing changes: ages are computed with it.
const SHOWN_FOR: TimeDelta = TimeDelta::milliseconds(100);

/// So many prepared bodies are kept at most; whoever asks ever new questions gets them computed.
const MOST_BODIES: usize = 64;

/// The picture at one moment.
pub(crate) struct Board {
    /// When it was made.
    pub(crate) at: Timestamp,
    latest: Arc<Vec<Latest>>,
    /// By pair.
    quoted: Vec<Quoted>,
    bodies: Mutex<HashMap<String, Prepared>>,
}

/// What is known of one pair.
struct Quoted {
    pair: Pair,
    /// One per feed, the most trusted first.
    readings: Vec<Reading>,
    /// Which of them is believed.
    preferred: usize,
}

impl Board {
    /// Judges `latest`, which stands by pair, at `at`; `days_before` are the mids of a day before each.
    fn new(at: Timestamp, latest: Arc<Vec<Latest>>, ranks: &Ranks, days_before: Vec<Option<f64>>) -> Self {
        let readings = latest.iter().zip(days_before).filter_map(|(latest, day_before)| {
            let record = latest.accepted.clone()?;
            let standing = ranks.of(&record.source);
            Some((standing.rank, Reading::new(record, latest.held.as_ref(), &standing, day_before, at)))
        });
        let mut quoted: Vec<(Pair, Vec<(usize, Reading)>)> = Vec::new();
        for (rank, reading) in readings {
            let pair = reading.record.rate.pair;
            match quoted.last_mut() {
                Some((last, readings)) if *last == pair => readings.push((rank, reading)),
                _ => quoted.push((pair, vec![(rank, reading)])),
            }
        }
        let quoted = quoted.into_iter().map(|(pair, readings)| Quoted::new(pair, readings, at)).collect();
        Self { at, latest, quoted, bodies: Mutex::default() }
    }

    /// The believed rate of every pair, by pair.
    pub(crate) fn preferred(&self) -> impl Iterator<Item = &Reading> {
        self.quoted.iter().filter_map(Quoted::preferred)
    }

    /// Every rate of every feed, by pair and then by trust.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Reading> {
        self.quoted.iter().flat_map(|quoted| &quoted.readings)
    }

    /// The rate of a pair, in whichever direction it is asked for: of `source`, or the believed one.
    pub(crate) fn reading(&self, pair: Pair, source: Option<&Source>) -> Option<&Reading> {
        let quoted = self.of_pair(pair)?;
        match source {
            None => quoted.preferred(),
            Some(source) => quoted.readings.iter().find(|reading| reading.record.source == *source),
        }
    }

    /// The feeds that have rates of a pair, the most trusted first.
    pub(crate) fn sources(&self, pair: Pair) -> impl Iterator<Item = &Source> {
        self.of_pair(pair).into_iter().flat_map(|quoted| quoted.readings.iter().map(|reading| &reading.record.source))
    }

    /// A body that was prepared for this question.
    pub(crate) fn body(&self, question: &str) -> Option<Prepared> {
        self.bodies.lock().get(question).cloned()
    }

    /// Keeps a body for those who ask the same.
    pub(crate) fn keep_body(&self, question: &str, body: Prepared) {
        let mut bodies = self.bodies.lock();
        if bodies.len() < MOST_BODIES {
            bodies.insert(question.to_owned(), body);
        }
    }

    fn of_pair(&self, pair: Pair) -> Option<&Quoted> {
        let pair = pair.orient();
        let found = self.quoted.binary_search_by_key(&pair, |quoted| quoted.pair).ok()?;
        self.quoted.get(found)
    }

    fn shows(&self, latest: &Arc<Vec<Latest>>, now: Timestamp) -> bool {
        Arc::ptr_eq(&self.latest, latest) && (TimeDelta::zero()..=SHOWN_FOR).contains(&(now - self.at))
    }
}

impl Quoted {
    fn new(pair: Pair, mut readings: Vec<(usize, Reading)>, at: Timestamp) -> Self {
        readings.sort_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.record.source.cmp(&right.record.source)));
        let readings: Vec<Reading> = readings.into_iter().map(|(_, reading)| reading).collect();
        let candidates: Vec<_> = readings.iter().map(|reading| reading.candidate).collect();
        Self { pair, preferred: choose(&candidates, at).unwrap_or_default(), readings }
    }

    fn preferred(&self) -> Option<&Reading> {
        self.readings.get(self.preferred)
    }
}

/// Makes boards, and shows the last one for as long as it is right. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Boards(Arc<Maker>);

struct Maker {
    latest: Arc<LatestReader>,
    store: Arc<dyn RateStore>,
    clock: Arc<dyn Clock>,
    ranks: Ranks,
    references: References,
    last: RwLock<Option<Arc<Board>>>,
    /// Held by the one who makes the next board, while the others wait for it.
    making: tokio::sync::Mutex<()>,
}

impl Boards {
    pub(crate) fn new(context: &ApiContext, latest: &Arc<LatestReader>) -> Self {
        Self(Arc::new(Maker {
            latest: Arc::clone(latest),
            store: Arc::clone(&context.rates),
            clock: Arc::clone(&context.clock),
            ranks: Ranks::new(&context.feeds),
            references: References::new(Arc::clone(&context.rates)),
            last: RwLock::default(),
            making: tokio::sync::Mutex::default(),
        }))
    }

    /// The picture as it is now.
    pub(crate) async fn current(&self) -> Result<Arc<Board>, Problem> {
        let latest = self.0.latest.rates().await?;
        let last = self.0.last.read().clone();
        match last {
            Some(board) if board.shows(&latest, self.0.clock.now()) => return Ok(board),
            // Only the ages are behind: one makes the next picture, and nobody waits for it.
            Some(board) if Arc::ptr_eq(&board.latest, &latest) && self.0.making.try_lock().is_err() => {
                return Ok(board);
            }
            _ => {}
        }
        let _making = self.0.making.lock().await;
        let latest = self.0.latest.rates().await?;
        let last = self.0.last.read().clone();
        if let Some(board) = last.filter(|board| board.shows(&latest, self.0.clock.now())) {
            return Ok(board);
        }
        let board = Arc::new(self.judge(latest, true).await?);
        *self.0.last.write() = Some(Arc::clone(&board));
        Ok(board)
    }

    /// What is thought of `latest` now; without `looked_up`, changes stand only where the rate of a day before is known
    /// already.
    pub(crate) async fn judge(&self, latest: Arc<Vec<Latest>>, looked_up: bool) -> Result<Board, Problem> {
        self.judge_at(self.0.clock.now(), latest, looked_up).await
    }

    async fn judge_at(&self, at: Timestamp, latest: Arc<Vec<Latest>>, looked_up: bool) -> Result<Board, Problem> {
        let ranks = self.0.ranks.with(&self.0.latest.feeds().await);
        let references = &self.0.references;
        let days_before = if looked_up { references.of(&latest).await } else { references.known(&latest) };
        Ok(Board::new(at, latest, &ranks, days_before))
    }
}
