//! Conditions on documents: for Kibana in its language, for Elasticsearch as a query.

use serde::Deserialize;
use serde_json::{Value, json};

/// A condition on one field.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The field has this value.
    Is(String, Value),
    /// The field does not have this value.
    Not(String, Value),
    /// The field is less than this.
    Below(String, f64),
    /// The field is this or more.
    AtLeast(String, f64),
    /// The field is there.
    Exists(String),
}

impl Condition {
    /// The field.
    pub fn field(&self) -> &str {
        match self {
            Self::Is(field, _)
            | Self::Not(field, _)
            | Self::Below(field, _)
            | Self::AtLeast(field, _)
            | Self::Exists(field) => field,
        }
    }

    fn kql(&self) -> String {
        match self {
            Self::Is(field, value) => format!("{field} : {value}"),
            Self::Not(field, value) => format!("not {field} : {value}"),
            Self::Below(field, bound) => format!("{field} < {bound}"),
            Self::AtLeast(field, bound) => format!("{field} >= {bound}"),
            Self::Exists(field) => format!("{field} : *"),
        }
    }

    /// What Kibana makes of it.
    pub(super) fn query(&self) -> Value {
        match self {
            Self::Is(field, value) => json!({"term": {field: value}}),
            Self::Not(field, value) => json!({"bool": {"must_not": {"term": {field: value}}}}),
            Self::Below(field, bound) => json!({"range": {field: {"lt": bound}}}),
            Self::AtLeast(field, bound) => json!({"range": {field: {"gte": bound}}}),
            Self::Exists(field) => json!({"exists": {"field": field}}),
        }
    }
}

/// All of them in Kibana's language.
pub(super) fn kql(conditions: &[Condition]) -> Value {
    let query: Vec<_> = conditions.iter().map(Condition::kql).collect();
    json!({"query": query.join(" and "), "language": "kuery"})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_said_in_both_languages() {
        let conditions = [
            Condition::Not("quality".to_owned(), json!("suspect")),
            Condition::Is("open_change".to_owned(), json!(1)),
            Condition::AtLeast("mid".to_owned(), 10.0),
            Condition::Exists("episode_id".to_owned()),
        ];
        let said = r#"not quality : "suspect" and open_change : 1 and mid >= 10 and episode_id : *"#;
        assert_eq!(kql(&conditions)["query"], said);
        assert_eq!(conditions[0].query(), json!({"bool": {"must_not": {"term": {"quality": "suspect"}}}}));
        assert_eq!(kql(&[])["query"], "");
    }
}
