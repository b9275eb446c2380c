//! What makes the alerts of a service those of a file: pure.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use fx_domain::alert::Rule;
use serde_json::{Map, Value};

use super::export::Existing;

/// What is to be done, in this order.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// Alerts that are not there.
    pub(super) created: Vec<Rule>,
    /// The ids of alerts that are different, and what they are to be.
    pub(super) changed: Vec<(String, Rule)>,
    /// The ids and names of alerts that are not in the file.
    pub(super) others: Vec<(String, String)>,
}

impl Difference {
    /// Each alert is known by its name.
    ///
    /// # Errors
    /// The names that several alerts of the service have.
    pub(super) fn between(existing: &[Existing], wanted: Vec<Rule>) -> Result<Self, String> {
        let mut by_name: BTreeMap<&str, Vec<&Existing>> = BTreeMap::new();
        for alert in existing {
            by_name.entry(&alert.rule.name).or_default().push(alert);
        }
        let mut difference = Self::default();
        let names: BTreeSet<String> = wanted.iter().map(|rule| rule.name.clone()).collect();
        for rule in wanted {
            match by_name.get(rule.name.as_str()).map(Vec::as_slice) {
                None => difference.created.push(rule),
                Some([alert]) if alert.rule == rule => {}
                Some([alert]) => difference.changed.push((alert.id.clone(), rule)),
                Some(several) => {
                    let (name, count) = (&rule.name, several.len());
                    return Err(format!("{count} alerts are called `{name}`; delete or rename all but one of them"));
                }
            }
        }
        let others = existing.iter().filter(|alert| !names.contains(&alert.rule.name));
        difference.others = others.map(|alert| (alert.id.clone(), alert.rule.name.clone())).collect();
        Ok(difference)
    }
}

/// A change of one field.
#[derive(Debug, PartialEq)]
pub(super) struct Change {
    field: String,
    before: Value,
    after: Value,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} → {}", self.field, self.before, self.after)
    }
}

/// What is different, field by field; of a condition of the same kind its own fields.
pub(super) fn changes(before: &Rule, after: &Rule) -> Result<Vec<Change>> {
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let mut changes = Vec::new();
    for name in differing(&before, &after) {
        let (before, after) = (&before[&name], &after[&name]);
        if name == "condition" && before["kind"] == after["kind"] {
            let inner = differing(before, after).into_iter();
            changes.extend(inner.map(|field| change(format!("condition.{field}"), &before[&field], &after[&field])));
        } else {
            changes.push(change(name, before, after));
        }
    }
    Ok(changes)
}

fn change(field: String, before: &Value, after: &Value) -> Change {
    Change { field, before: before.clone(), after: after.clone() }
}

fn differing(before: &Value, after: &Value) -> BTreeSet<String> {
    let names = [before, after].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
    names.filter(|name| before[*name] != after[*name]).cloned().collect()
}

/// The body that changes one into the other. The name is in it, since a name that was made from what is changed would be
/// made anew.
pub(super) fn patch(before: &Rule, after: &Rule) -> Result<Value> {
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let names = differing(&before, &after).into_iter().chain(["name".to_owned()]);
    Ok(Value::Object(names.map(|name| (name.clone(), after[&name].clone())).collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(name: &str, condition: &Value, more: &Value) -> Rule {
        let mut alert = json!({"name": name, "pair": "EURUSD", "condition": condition});
        if let (Value::Object(fields), Value::Object(more)) = (&mut alert, more.clone()) {
            fields.extend(more);
        }
        Rule::from_json(alert.to_string().as_bytes()).expect("a rule")
    }

    fn above(name: &str, threshold: f64) -> Rule {
        rule(name, &json!({"kind": "above", "threshold": threshold}), &json!({}))
    }

    fn existing(rules: &[Rule]) -> Vec<Existing> {
        let alert = |(number, rule): (usize, &Rule)| Existing { id: number.to_string(), rule: rule.clone() };
        rules.iter().enumerate().map(alert).collect()
    }

    #[test]
    fn what_is_the_same_is_no_difference() {
        let rules = [above("a", 1.1), above("b", 1.2)];
        let Difference { created, changed, others } =
            Difference::between(&existing(&rules), rules.to_vec()).expect("names of their own");
        assert!(created.is_empty() && changed.is_empty() && others.is_empty());
    }

    #[test]
    fn alerts_are_known_by_their_names() {
        let there = existing(&[above("a", 1.1), above("b", 1.2), above("b", 1.3)]);
        let found = Difference::between(&there, vec![above("a", 1.15), above("c", 2.0)]).expect("one a");
        assert_eq!(found.created, [above("c", 2.0)]);
        assert_eq!(found.changed, [("0".to_owned(), above("a", 1.15))]);
        assert_eq!(found.others.len(), 2);
        let told = Difference::between(&there, vec![above("b", 1.2)]).expect_err("which one?");
        assert_eq!(told, "2 alerts are called `b`; delete or rename all but one of them");
    }

    #[test]
    fn changes_name_the_field_and_both_values() {
        let before = rule("a", &json!({"kind": "above", "threshold": 1.1}), &json!({"for": "10m", "note": "x"}));
        let after = rule("a", &json!({"kind": "above", "threshold": 1.2}), &json!({"for": "10m", "severity": "info"}));
        let told: Vec<_> = changes(&before, &after).expect("plain data").iter().map(Change::to_string).collect();
        assert_eq!(told, ["condition.threshold 1.1 → 1.2", "note \"x\" → null", "severity \"warning\" → \"info\""]);
        let body = patch(&before, &after).expect("plain data");
        let condition = json!({"kind": "above", "threshold": 1.2});
        assert_eq!(body, json!({"name": "a", "condition": condition, "note": null, "severity": "info"}));
    }

    #[test]
    fn another_kind_is_another_condition() {
        let after = rule("a", &json!({"kind": "stale", "factor": 3.0}), &json!({}));
        let told: Vec<_> =
            changes(&above("a", 1.1), &after).expect("plain data").iter().map(Change::to_string).collect();
        let kind = "condition {\"kind\":\"above\",\"threshold\":1.1} → {\"factor\":3.0,\"kind\":\"stale\"}";
        assert_eq!(told, [kind]);
    }
}
