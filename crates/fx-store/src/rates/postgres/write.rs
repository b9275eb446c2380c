//! Rates into their partitions.

use std::collections::{BTreeSet, HashSet};

use diesel::sql_types::{Array, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures::{StreamExt, TryStreamExt, stream};
use fx_domain::rate::RateRecord;

use super::PostgresRates;
use super::partition::{self, Partition};
use super::upsert::Upsert;
use crate::StoreError;
use crate::aborted::Aborted;
use crate::rates::row::{Row, newest_versions};

/// The most rows in one statement: enough that its cost is that of the rows, and not so many that it holds its locks long.
const MOST: usize = 4_096;

/// Fewer rows are not worth a statement of their own.
const FEWEST: usize = 512;

/// While the server works on one piece, the next one is made.
const PIECES_AT_ONCE: usize = 2;

impl PostgresRates {
    /// Each statement is a transaction of its own: what is written stays written, and what is not is written again.
    pub(super) async fn write_rows(&self, records: Vec<RateRecord>) -> Result<usize, StoreError> {
        let mut rows = newest_versions(records);
        // Partition by partition, so that each page is visited once; all writers in one order, so that none of two waits for
        // the other while that waits for it.
        rows.sort_by_cached_key(|row| Partition::of(row.source_ts));
        self.make_room(&rows).await?;
        let size = rows.len().div_ceil(PIECES_AT_ONCE).clamp(FEWEST, MOST);
        let pieces: Vec<_> = rows.chunks(size).map(|piece| self.write_piece(piece)).collect();
        let mut pieces = stream::iter(pieces).buffer_unordered(PIECES_AT_ONCE);
        let mut written = 0;
        while let Some(rows) = pieces.try_next().await? {
            written += rows;
        }
        Ok(written)
    }

    async fn write_piece(&self, rows: &[Row]) -> Result<usize, StoreError> {
        let upsert = Upsert::of(rows);
        match self.pool.try_run(async |connection| Ok((&upsert).execute(connection).await?)).await {
            Err(aborted) if aborted.lacks_partition() => {
                // Somebody has dropped it since it was last seen.
                self.known.lock().partitions.clear();
                self.make_room(rows).await?;
                self.pool.run(async |connection| Ok((&upsert).execute(connection).await?)).await
            }
            answer => answer.map_err(|aborted| aborted.at(self.pool.connector().server())),
        }
    }

    /// Sees to it that there are the partitions and the series of these rows.
    async fn make_room(&self, rows: &[Row]) -> Result<(), StoreError> {
        let (partitions, series) = self.unknown(rows);
        if partitions.is_empty() && series.is_empty() {
            return Ok(());
        }
        let make = async |connection: &mut AsyncPgConnection| {
            for &partition in &partitions {
                partition::make(connection, partition).await?;
            }
            note_series(connection, &series).await
        };
        self.pool.run(make).await?;
        let mut known = self.known.lock();
        known.partitions.extend(partitions);
        known.series.extend(series.into_iter().map(|(source, pair)| (source.to_owned(), pair.to_owned())));
        Ok(())
    }

    fn unknown<'a>(&self, rows: &'a [Row]) -> (BTreeSet<Partition>, BTreeSet<(&'a str, &'a str)>) {
        let partitions: HashSet<Partition> = rows.iter().map(|row| Partition::of(row.source_ts)).collect();
        let series: HashSet<(&str, &str)> = rows.iter().map(|row| (row.source.as_str(), row.pair.as_str())).collect();
        let known = self.known.lock();
        let is_new = |&(source, pair): &(&str, &str)| !known.series.contains(&(source.to_owned(), pair.to_owned()));
        let partitions = partitions.into_iter().filter(|partition| !known.partitions.contains(partition)).collect();
        (partitions, series.into_iter().filter(is_new).collect())
    }
}

async fn note_series(connection: &mut AsyncPgConnection, series: &BTreeSet<(&str, &str)>) -> Result<(), Aborted> {
    let (sources, pairs): (Vec<&str>, Vec<&str>) = series.iter().copied().unzip();
    diesel::sql_query("INSERT INTO rate_series SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING")
        .bind::<Array<Text>, _>(sources)
        .bind::<Array<Text>, _>(pairs)
        .execute(connection)
        .await?;
    Ok(())
}
