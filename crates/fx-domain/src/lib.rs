//! The rules of foreign-exchange rates, and nothing else: no IO, no runtime, no clock but the one that is handed in.
//!
//! A *pair* is base/quote: EUR/USD 1.0842 says that one euro costs 1.0842 dollars. A *quote* has bid and ask, a *mid* is
//! their average. A *cross* is derived through a third currency, the *pivot*. A *batch* is what one feed said at one
//! source time, from one quote to a whole table.
//!
//! The way of a rate through this crate: a feed's [`Batch`](batch::Batch) passes the [`door`], the
//! [`enrich::Enricher`] derives the crosses and the volatility and judges the quality, and out come
//! [`EnrichedBatch`](rate::EnrichedBatch)es; [`preferred`] says which feed is believed, [`alert`] watches, [`candle`]
//! draws.

pub mod alert;
pub mod batch;
pub mod calendar;
pub mod candle;
pub mod clock;
pub mod cross;
pub mod currency;
pub mod delivery;
pub mod door;
pub mod enrich;
pub mod feed;
pub mod figure;
pub mod number;
pub mod pair;
pub mod preferred;
mod priced;
pub mod rate;
pub mod text;
pub mod volatility;
