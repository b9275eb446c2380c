//! The state of one source: its legs, the crosses between them, and what is held.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::crosses::{Cross, Slot, Standing};
use super::held::Context;
use super::leg::{Leg, Mark, Seen, Verdict};
use super::series::Instant;
use super::{EnrichSettings, PARALLEL_FROM};
use crate::batch::Batch;
use crate::clock::Timestamp;
use crate::currency::Currency;
use crate::feed::FeedKind;
use crate::pair::Pair;
use crate::rate::{EnrichedBatch, Published, Quality, Rate};
use crate::volatility::Gaps;

/// The state of one source.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SourceState {
    pivot: Currency,
    /// Published pairs with the pivot on one side.
    legs: Vec<Leg>,
    /// Published pairs without the pivot: nothing is derived from them.
    others: Vec<Leg>,
    /// Every two legs: that of legs i < j stands at j(j−1)/2 + i.
    crosses: Vec<Cross>,
    contexts: Vec<Context>,
    #[serde(skip)]
    gaps: Gaps,
}

/// Which leg a quote is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LegId {
    Pivot(usize),
    Other(usize),
}

/// What a quote says of its leg.
struct Update {
    leg: LegId,
    published: Published,
    mark: Mark,
}

/// What was held of one leg, and is true.
struct Confirmed {
    leg: LegId,
    held: Vec<Seen>,
}

impl SourceState {
    pub(super) fn new(pivot: Currency) -> Self {
        Self {
            pivot,
            legs: Vec::new(),
            others: Vec::new(),
            crosses: Vec::new(),
            contexts: Vec::new(),
            gaps: Gaps::default(),
        }
    }

    pub(super) fn pivot(&self) -> Currency {
        self.pivot
    }

    pub(super) fn enrich(
        &mut self,
        batch: &Batch,
        ingested_at: Timestamp,
        settings: &EnrichSettings,
    ) -> Vec<EnrichedBatch> {
        let instant = |at| Instant::new(batch.kind, batch.market, at, settings.stream_period);
        let enriched = |source_ts, rates, status| EnrichedBatch {
            source: batch.source.clone(),
            kind: batch.kind,
            market: batch.market,
            source_ts,
            fetched_at: batch.fetched_at,
            ingested_at,
            rates,
            status,
        };
        for &pair in &batch.publishes {
            self.leg_id(pair);
        }
        let (updates, confirmed) = self.judge(batch);
        let mut batches = Vec::with_capacity(1);
        let times: BTreeSet<Timestamp> =
            confirmed.iter().flat_map(|one| one.held.iter().map(|seen| seen.source_ts)).collect();
        for at in times {
            let rates = self.emit_again(&confirmed, &instant(at));
            batches.push(enriched(at, rates, None));
        }
        let slots = self.slots(batch.kind);
        let rates = self.emit(&updates, slots, &instant(batch.source_ts), batch.kind);
        self.remember_context(&updates, batch);
        batches.push(enriched(batch.source_ts, rates, batch.status.clone()));
        batches
    }

    fn judge(&mut self, batch: &Batch) -> (Vec<Update>, Vec<Confirmed>) {
        let (mut updates, mut confirmed) = (Vec::with_capacity(batch.quotes.len()), Vec::new());
        for quote in &batch.quotes {
            let Ok(pair) = Pair::try_new(batch.base, quote.code) else { continue };
            let id = self.leg_id(pair);
            let published = Published { pair, price: quote.price.clone() };
            let seen = Seen { source_ts: batch.source_ts, fetched_at: batch.fetched_at, published: published.clone() };
            let mark = match self.leg_mut(id).judge(seen, batch.market) {
                Verdict::Marked(mark) => mark,
                Verdict::Confirmed(held) => {
                    confirmed.push(Confirmed { leg: id, held });
                    Mark::Fresh(Quality::Ok)
                }
            };
            updates.push(Update { leg: id, published, mark });
        }
        (updates, confirmed)
    }

    /// The rates of one update: those of the legs, then the crosses that follow from them.
    fn emit(&mut self, updates: &[Update], mut slots: Vec<Slot>, at: &Instant, kind: FeedKind) -> Vec<Rate> {
        let mut rates = Vec::with_capacity(updates.len() + self.crosses.len().min(updates.len() * slots.len()));
        let mut gaps = std::mem::take(&mut self.gaps);
        for update in updates {
            rates.extend(self.leg_mut(update.leg).rate(&update.published, update.mark, at, &mut gaps));
            // A stream's legs are not of one time: with a late one nothing stands beside it.
            if let LegId::Pivot(leg) = update.leg
                && !(kind == FeedKind::Stream && update.mark == Mark::Late)
            {
                slots[leg] = Slot::new(update.mark, &update.published, self.pivot, at.source_ts);
            }
        }
        let legs = &self.legs;
        let crosses = self.crosses.iter_mut().filter_map(|cross| Some((cross.standing(&slots)?, cross)));
        let crosses: Vec<(Standing, &mut Cross)> = crosses.collect();
        if crosses.len() < PARALLEL_FROM {
            rates.extend(
                crosses.into_iter().map(|(standing, cross)| cross.rate(&standing, legs, &slots, at, &mut gaps)),
            );
        } else {
            let crosses = crosses.into_par_iter();
            rates.par_extend(
                crosses
                    .map_init(Gaps::default, |gaps, (standing, cross)| cross.rate(&standing, legs, &slots, at, gaps)),
            );
        }
        self.gaps = gaps;
        rates
    }

    /// What is known of each leg before the batch: a table's crosses come from that table alone, a stream's from the newest
    /// of each leg.
    fn slots(&self, kind: FeedKind) -> Vec<Slot> {
        let known = |leg: &Leg| match (&leg.accepted, kind) {
            (Some(seen), FeedKind::Stream) => {
                Slot::new(Mark::Unchanged(leg.quality), &seen.published, self.pivot, seen.source_ts)
            }
            _ => Slot::ABSENT,
        };
        self.legs.iter().map(known).collect()
    }

    /// The rates of an earlier update that was held and is now accepted: its legs, and the crosses with what stood beside
    /// them.
    fn emit_again(&mut self, confirmed: &[Confirmed], at: &Instant) -> Vec<Rate> {
        let updates: Vec<Update> = confirmed
            .iter()
            .filter_map(|one| {
                let seen = one.held.iter().find(|seen| seen.source_ts == at.source_ts)?;
                Some(Update { leg: one.leg, published: seen.published.clone(), mark: Mark::Fresh(Quality::Ok) })
            })
            .collect();
        let mut slots = vec![Slot::ABSENT; self.legs.len()];
        if let Some(context) = self.contexts.iter().find(|context| context.source_ts == at.source_ts) {
            for (leg, seen) in &context.beside {
                slots[*leg] = Slot::new(Mark::Unchanged(Quality::Ok), &seen.published, self.pivot, seen.source_ts);
            }
        }
        self.emit(&updates, slots, at, FeedKind::Table)
    }

    /// Keeps what stands beside a held price for as long as it is held.
    fn remember_context(&mut self, updates: &[Update], batch: &Batch) {
        let is_held = |leg: usize| {
            updates.iter().any(|update| update.leg == LegId::Pivot(leg) && matches!(update.mark, Mark::Held(_)))
        };
        if updates.iter().any(|update| matches!(update.mark, Mark::Held(_))) {
            let stands = |leg: &Leg| {
                let seen = leg.accepted.as_ref()?;
                (batch.kind == FeedKind::Stream || seen.source_ts == batch.source_ts).then(|| seen.clone())
            };
            let beside = self.legs.iter().enumerate().filter(|(leg, _)| !is_held(*leg));
            let beside = beside.filter_map(|(leg, state)| Some((leg, stands(state)?))).collect();
            self.contexts.retain(|context| context.source_ts != batch.source_ts);
            self.contexts.push(Context { source_ts: batch.source_ts, beside });
        }
        if !self.contexts.is_empty() {
            let legs = &self.legs;
            self.contexts.retain(|context| legs.iter().any(|leg| leg.holds(context.source_ts)));
        }
    }

    /// The leg of a published pair, which is made where it is new.
    fn leg_id(&mut self, pair: Pair) -> LegId {
        let oriented = pair.orient();
        if pair.base() != self.pivot && pair.quote() != self.pivot {
            return LegId::Other(self.others.iter().position(|leg| leg.pair == oriented).unwrap_or_else(|| {
                self.others.push(Leg::new(oriented));
                self.crosses
                    .iter_mut()
                    .filter(|cross| cross.pair == oriented)
                    .for_each(|cross| cross.is_published = true);
                self.others.len() - 1
            }));
        }
        LegId::Pivot(self.legs.iter().position(|leg| leg.pair == oriented).unwrap_or_else(|| self.add_leg(oriented)))
    }

    fn add_leg(&mut self, pair: Pair) -> usize {
        let new = self.legs.len();
        self.legs.push(Leg::new(pair));
        let crosses = (0..new).filter_map(|other| Cross::between(&self.legs, other, new, self.pivot));
        let mut crosses: Vec<Cross> = crosses.collect();
        for cross in &mut crosses {
            cross.is_published = self.others.iter().any(|leg| leg.pair == cross.pair);
        }
        self.crosses.extend(crosses);
        new
    }

    fn leg_mut(&mut self, id: LegId) -> &mut Leg {
        match id {
            LegId::Pivot(leg) => &mut self.legs[leg],
            LegId::Other(leg) => &mut self.others[leg],
        }
    }
}
