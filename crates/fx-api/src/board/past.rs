//! What was believed at an earlier time.

use std::sync::Arc;

use fx_cache::Latest;
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::{Origin, RateRecord};
use fx_store::rates::Moment;

use super::{Board, Boards};
use crate::problem::Problem;

impl Boards {
    /// The picture of one pair, and of what it was derived from, at an earlier time: each feed's newest rate at or before
    /// it. `board` says which feeds there are.
    pub(crate) async fn past(&self, board: &Board, pair: Pair, at: Timestamp) -> Result<Board, Problem> {
        let sources: Vec<Source> = board.sources(pair).cloned().collect();
        let of_pair = sources.iter().map(|source| Moment { source: source.clone(), pair: pair.orient(), at });
        let mut records = self.stored(of_pair.collect()).await?;
        let legs = records.iter().flat_map(|record| match record.rate.origin {
            Origin::Derived(legs) => legs.map(|pair| Moment { source: record.source.clone(), pair, at }).to_vec(),
            Origin::Published(_) => Vec::new(),
        });
        let legs = legs.collect();
        records.extend(self.stored(legs).await?);
        records.sort_by(|a, b| (a.rate.pair, &a.source).cmp(&(b.rate.pair, &b.source)));
        let latest = records.into_iter().map(|record| Latest { accepted: Some(record), held: None }).collect();
        self.judge_at(at, Arc::new(latest), false).await
    }

    async fn stored(&self, moments: Vec<Moment>) -> Result<Vec<RateRecord>, Problem> {
        if moments.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.0.store.at_or_before(moments).await?.into_iter().flatten().collect())
    }
}
