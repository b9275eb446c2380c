//! Where what an answer holds leads to.

use salvo::oapi::{PathItemType, Paths, RefOr};
use serde_json::{Value, json};

/// Each collection whose members have an id, and the operations on one of them.
const COLLECTIONS: [(&str, &[&str]); 2] = [
    ("/alerts", &["show_alert", "change_alert", "delete_alert", "acknowledge_alert", "snooze_alert", "resume_alert"]),
    ("/channels", &["show_channel", "delete_channel", "test_channel", "rotate_secret"]),
];

/// From what was created to what can be done with it.
pub(super) fn describe(paths: &mut Paths) {
    for (path, operations) in COLLECTIONS {
        let created = paths
            .get_mut(path)
            .and_then(|item| item.operations.get_mut(&PathItemType::Post))
            .and_then(|operation| operation.responses.get_mut("201"));
        let Some(RefOr::Type(response)) = created else { continue };
        let link = |name: &&str| {
            let to = json!({"operationId": name, "parameters": {"id": "$response.body#/id"}});
            ((*name).to_owned(), to)
        };
        // The framework's own links have their fields' names in another spelling than the standard's.
        response.extensions.insert("links".to_owned(), Value::Object(operations.iter().map(link).collect()));
    }
}
