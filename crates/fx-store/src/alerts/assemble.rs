//! Rows of several tables put together.

use std::collections::HashMap;

use fx_domain::alert::{Alert, PairState, Transition, Watched, end};
use fx_domain::clock::Timestamp;
use fx_domain::pair::Pair;
use uuid::Uuid;

use super::row::{RuleRow, StateRow, TransitionRow, moment, parsed};
use super::{Page, StoredState, TransitionCursor};
use crate::StoreError;

/// The rules, in their order, with where their pairs stand.
pub(super) fn alerts(rules: Vec<RuleRow>, rows: Vec<StateRow>) -> Result<Vec<Alert>, StoreError> {
    let mut states: HashMap<Uuid, Vec<(Pair, PairState)>> = HashMap::new();
    for row in rows {
        let StoredState { alert_id, pair, state } = row.try_into()?;
        states.entry(alert_id).or_default().push((pair, state));
    }
    let alert = |row: RuleRow| {
        let id = parsed(&row.id)?;
        let times = (moment(row.created_at)?, moment(row.updated_at)?);
        Ok(Alert::new(id, row.rule()?, times, states.remove(&id).unwrap_or_default()))
    };
    rules.into_iter().map(alert).collect()
}

/// What is told of a rule that is deleted: the ends of the episodes that are open.
pub(super) fn ends(rule: &RuleRow, mut states: Vec<StateRow>, at: Timestamp) -> Result<Vec<Transition>, StoreError> {
    let (alert_id, rule) = (parsed(&rule.id)?, rule.rule()?);
    states.sort_unstable_by(|a, b| a.pair.cmp(&b.pair));
    let told = states.into_iter().map(|row| {
        let StoredState { pair, state, .. } = row.try_into()?;
        Ok(end(&Watched { alert_id, rule: &rule, pair }, &state, at))
    });
    told.filter_map(Result::transpose).collect()
}

/// A page of at most `limit` of the rows, which are one more where there is another page.
pub(super) fn page_of(
    mut rows: Vec<(i64, TransitionRow)>,
    limit: usize,
) -> Result<Page<Transition, TransitionCursor>, StoreError> {
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| is_more);
    let next =
        last.map(|(position, row)| Ok::<_, StoreError>(TransitionCursor { at: moment(row.at)?, position: *position }));
    let next = next.transpose()?;
    let items = rows.into_iter().map(|(_, row)| row.try_into()).collect::<Result<_, _>>()?;
    Ok(Page { items, next })
}
