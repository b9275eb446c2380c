//! A rule that is to be tried, and the time.

use std::collections::BTreeMap;

use fx_domain::alert::Rule;
use fx_domain::clock::Timestamp;
use serde_json::value::RawValue;

use super::super::refused;
use crate::problem::{Fault, Problem};
use crate::query::Time;

/// What is to be tried, and when.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) rule: Rule,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Wanted {
    pub(super) fn read(body: &[u8], now: Timestamp) -> Result<Self, Problem> {
        let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(body)
            .map_err(|error| Problem::bad_request(format!("not readable as a JSON object: {error}")))?;
        let (from, to) = (time(&mut fields, "from"), time(&mut fields, "to"));
        let rest = serde_json::to_vec(&fields).map_err(|error| Problem::internal(&error))?;
        let rule = Rule::from_json(&rest)?;
        let missing = Fault { pointer: "/from".to_owned(), detail: "it is missing, expected a time".to_owned() };
        let from = from?.ok_or_else(|| refused(vec![missing]))?;
        let to = to?.unwrap_or(now);
        if from >= to {
            let detail = format!("{from} is not before {to}, where it ends");
            return Err(refused(vec![Fault { pointer: "/from".to_owned(), detail }]));
        }
        Ok(Self { rule, from, to })
    }
}

fn time(fields: &mut BTreeMap<String, Box<RawValue>>, name: &str) -> Result<Option<Timestamp>, Problem> {
    let Some(json) = fields.remove(name).filter(|json| json.get() != "null") else { return Ok(None) };
    let text = serde_json::from_str::<String>(json.get());
    let read = text.map_err(|_| format!("`{}` is no string", crate::problem::shown(json.get())));
    let read = read.and_then(|text| text.parse::<Time>());
    read.map(|at| Some(at.0)).map_err(|detail| refused(vec![Fault { pointer: format!("/{name}"), detail }]))
}
