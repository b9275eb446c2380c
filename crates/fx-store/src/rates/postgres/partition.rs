//! The partitions of the history: a year each before 2025, of which there is mostly one rate a day, a month each from then on.

use chrono::{DateTime, Datelike, NaiveDate};
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::aborted::Aborted;

const FIRST_BY_MONTH: i32 = 2025;
const FIRST_BY_YEAR: i32 = 1970;

/// One of them, in the order of their times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Partition {
    /// Everything before 1970.
    Early,
    Year(i32),
    Month(i32, u32),
}

impl Partition {
    /// That of a source time in microseconds.
    pub(super) fn of(micros: i64) -> Self {
        let Some(at) = DateTime::from_timestamp_micros(micros) else { return Self::Early };
        match at.year() {
            year if year < FIRST_BY_YEAR => Self::Early,
            year if year < FIRST_BY_MONTH => Self::Year(year),
            year => Self::Month(year, at.month()),
        }
    }

    pub(super) fn table(self) -> String {
        match self {
            Self::Early => "rates_early".to_owned(),
            Self::Year(year) => format!("rates_{year}"),
            Self::Month(year, month) => format!("rates_{year}_{month:02}"),
        }
    }

    fn of_table(name: &str) -> Option<Self> {
        let name = name.strip_prefix("rates_")?;
        match name.split_once('_') {
            None if name == "early" => Some(Self::Early),
            None => Some(Self::Year(name.parse().ok()?)),
            Some((year, month)) => Some(Self::Month(year.parse().ok()?, month.parse().ok()?)),
        }
    }

    /// Where it begins, in microseconds; `None` for the first.
    pub(super) fn begin(self) -> Option<i64> {
        match self {
            Self::Early => None,
            Self::Year(year) => micros(year, 1),
            Self::Month(year, month) => micros(year, month),
        }
    }

    /// Where the next one begins, in microseconds.
    pub(super) fn end(self) -> Option<i64> {
        match self {
            Self::Early => micros(FIRST_BY_YEAR, 1),
            Self::Year(year) | Self::Month(year, 12) => micros(year + 1, 1),
            Self::Month(year, month) => micros(year, month + 1),
        }
    }
}

fn micros(year: i32, month: u32) -> Option<i64> {
    let midnight = NaiveDate::from_ymd_opt(year, month, 1)?.and_hms_opt(0, 0, 0)?;
    Some(midnight.and_utc().timestamp_micros())
}

/// Whoever makes or drops a partition is alone with that until the transaction ends.
pub(super) const ONE_AT_A_TIME: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('fx-monitor partitions ' || current_schema(), 0))";

/// Makes a partition where it is missing. It is attached rather than created as a partition, since that shuts out neither
/// readers nor writers; whoever comes first does it, others wait and find it done.
pub(super) async fn make(connection: &mut AsyncPgConnection, partition: Partition) -> Result<(), Aborted> {
    let bound = |at: Option<i64>, none: &str| at.map_or_else(|| none.to_owned(), |at| at.to_string());
    let sql = format!(
        "DO $$ BEGIN
            PERFORM FROM ({ONE_AT_A_TIME}) alone;
            IF to_regclass('{table}') IS NULL THEN
                CREATE TABLE {table} (LIKE rates INCLUDING ALL);
                ALTER TABLE rates ATTACH PARTITION {table} FOR VALUES FROM ({begin}) TO ({end});
            END IF;
        END $$",
        table = partition.table(),
        begin = bound(partition.begin(), "MINVALUE"),
        end = bound(partition.end(), "MAXVALUE"),
    );
    connection.batch_execute(&sql).await?;
    tracing::debug!(table = partition.table(), "a partition is there");
    Ok(())
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Those there are, oldest first.
pub(super) async fn all(connection: &mut AsyncPgConnection) -> Result<Vec<Partition>, Aborted> {
    let tables: Vec<Table> = diesel::sql_query(
        "SELECT relname::text AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
         WHERE inhparent = 'rates'::regclass",
    )
    .load(connection)
    .await?;
    let mut partitions: Vec<Partition> = tables.iter().filter_map(|table| Partition::of_table(&table.name)).collect();
    partitions.sort_unstable();
    Ok(partitions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_has_one_partition_and_they_leave_no_gap() {
        let of = |text: &str| Partition::of(text.parse::<DateTime<chrono::Utc>>().expect("a time").timestamp_micros());
        assert_eq!(of("1969-12-31T23:59:59.999999Z"), Partition::Early);
        assert_eq!(of("1999-01-04T15:00:00Z").table(), "rates_1999");
        assert_eq!(of("2024-12-31T23:59:59.999999Z"), Partition::Year(2024));
        assert_eq!(of("2025-01-01T00:00:00Z").table(), "rates_2025_01");
        let mut here = Partition::Early;
        for _ in 0..100 {
            assert_eq!(Partition::of_table(&here.table()), Some(here));
            let next = Partition::of(here.end().expect("an end"));
            assert_eq!((next.begin(), here < next), (here.end(), true));
            here = next;
        }
        assert_eq!(here, Partition::Month(2028, 9));
    }
}
