//! A rule with a JSON merge patch on it (RFC 7396), whose texts are left as they were written.

use std::collections::BTreeMap;

use fx_domain::alert::Rule;
use serde_json::value::RawValue;

use crate::problem::Problem;

type Object = BTreeMap<String, Box<RawValue>>;

/// The rule as it is to be.
pub(super) fn merged(rule: &Rule, patch: &[u8]) -> Result<Rule, Problem> {
    let patch: Object = serde_json::from_slice(patch)
        .map_err(|error| Problem::bad_request(format!("not readable as a JSON object: {error}")))?;
    let mut object = object_of(rule)?;
    // A name that was made from what is changed would be wrong.
    if !patch.contains_key("name") && has_made_name(rule)? {
        object.remove("name");
    }
    if patch.contains_key("pair") {
        object.remove("pairs");
    }
    for (field, value) in patch {
        let value = match object.get(&field) {
            Some(before) if field == "condition" => condition(before, value),
            _ => value,
        };
        object.insert(field, value);
    }
    Ok(Rule::from_json(&encoded(&object)?)?)
}

fn object_of(rule: &Rule) -> Result<Object, Problem> {
    let text = serde_json::to_string(rule).map_err(|error| Problem::internal(&error))?;
    serde_json::from_str(&text).map_err(|error| Problem::internal(&error))
}

fn encoded(object: &Object) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(object).map_err(|error| Problem::internal(&error))
}

fn has_made_name(rule: &Rule) -> Result<bool, Problem> {
    let mut object = object_of(rule)?;
    object.remove("name");
    Ok(Rule::from_json(&encoded(&object)?).is_ok_and(|unnamed| unnamed.name == rule.name))
}

/// Fields of a condition change one by one; with a kind, or as a word, it is another.
fn condition(before: &RawValue, patch: Box<RawValue>) -> Box<RawValue> {
    let (Ok(mut merged), Ok(fields)) =
        (serde_json::from_str::<Object>(before.get()), serde_json::from_str::<Object>(patch.get()))
    else {
        return patch;
    };
    if fields.contains_key("kind") {
        return patch;
    }
    merged.extend(fields);
    serde_json::value::to_raw_value(&merged).unwrap_or(patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(json: &str) -> Rule {
        Rule::from_json(json.as_bytes()).expect("a rule")
    }

    const BEFORE: &str = r#"{"pair":"EURUSD","condition":{"kind":"above","threshold":1.1},"for":"10m","note":"a"}"#;

    #[test]
    fn what_is_left_out_stays_and_null_takes_away() {
        let changed = merged(&rule(BEFORE), br#"{"severity":"critical","note":null}"#).expect("merges");
        let expected =
            r#"{"pair":"EURUSD","condition":{"kind":"above","threshold":1.1},"for":"10m","severity":"critical"}"#;
        assert_eq!(changed, rule(expected));
    }

    #[test]
    fn a_condition_changes_by_its_fields_or_as_a_whole() {
        let changed = |patch: &str| merged(&rule(BEFORE), patch.as_bytes()).expect("merges").condition;
        let condition = |json: &str| rule(&format!(r#"{{"pair":"EURUSD","condition":{json}}}"#)).condition;
        assert_eq!(changed(r#"{"condition":{"threshold":1.2}}"#), condition(r#"{"kind":"above","threshold":1.2}"#));
        let channel = r#"{"kind":"enters_channel","low":1.1,"high":1.2}"#;
        assert_eq!(changed(&format!(r#"{{"condition":{channel}}}"#)), condition(channel));
        assert_eq!(
            changed(r#"{"condition":"below","threshold":1.0}"#),
            condition(r#"{"kind":"below","threshold":1.0}"#)
        );
    }

    #[test]
    fn a_made_name_is_made_again_and_a_given_one_stays() {
        let renamed = merged(&rule(BEFORE), br#"{"pair":"GBPUSD"}"#).expect("merges");
        assert_eq!(renamed.name, rule(&BEFORE.replace("EURUSD", "GBPUSD")).name);
        let named = rule(&BEFORE.replacen('{', r#"{"name":"mine","#, 1));
        assert_eq!(merged(&named, br#"{"pair":"GBPUSD"}"#).expect("merges").name, "mine");
    }

    #[test]
    fn what_is_wrong_is_refused() {
        for patch in [&b"[]"[..], b"{", br#"{"id":"x"}"#, br#"{"condition":null}"#, br#"{"condition":{"low":1}}"#] {
            assert!(merged(&rule(BEFORE), patch).is_err());
        }
    }
}
