//! The file in a request, and what is wrong with it as a whole.

use std::collections::BTreeSet;

use serde_json::Value;

/// The newest versions that 8.15 knows.
const KNOWN: [(&str, [u32; 3]); 2] = [("dashboard", [10, 2, 0]), ("index-pattern", [8, 0, 0])];
const CORE: [u32; 3] = [8, 8, 0];

type Refusal = (u16, String);

/// The objects in the one file of a form.
pub(super) fn objects(content_type: &str, body: &[u8]) -> Result<Vec<Value>, Refusal> {
    let file = file(content_type, body)?;
    let mut objects = Vec::new();
    let mut seen = BTreeSet::new();
    for line in file.lines().filter(|line| !line.is_empty()) {
        let object: Value = serde_json::from_str(line).map_err(|error| (400, error.to_string()))?;
        let name = format!("{}:{}", text(&object, "type"), text(&object, "id"));
        if !seen.insert(name.clone()) {
            return Err((400, format!("Non-unique import objects detected: [{name}]")));
        }
        is_known(&object)?;
        objects.push(object);
    }
    Ok(objects)
}

pub(super) fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().unwrap_or_default()
}

fn file(content_type: &str, body: &[u8]) -> Result<String, Refusal> {
    let bad = |message: &str| (400, message.to_owned());
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=");
    let boundary = boundary.ok_or_else(|| (415, "Unsupported Media Type".to_owned()))?.trim_matches('"');
    let body = str::from_utf8(body).map_err(|_| bad("not UTF-8"))?;
    let part = body.split(&format!("--{boundary}")).find(|part| part.contains("name=\"file\""));
    let part = part.ok_or_else(|| bad("[request body.file]: expected value of type [Stream] but got [undefined]"))?;
    let (head, content) = part.split_once("\r\n\r\n").ok_or_else(|| bad("no part"))?;
    let name = head.split("filename=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    if !name.ends_with(".ndjson") {
        let extension = name.rfind('.').map_or("", |dot| &name[dot..]);
        return Err(bad(&format!("Invalid file extension {extension}")));
    }
    Ok(content.trim_end_matches("\r\n").to_owned())
}

/// What is newer than the server is refused, and everything with it.
fn is_known(object: &Value) -> Result<(), Refusal> {
    let version =
        |key: &str| -> Vec<u32> { text(object, key).split('.').filter_map(|part| part.parse().ok()).collect() };
    let known = KNOWN.iter().find(|(kind, _)| *kind == text(object, "type")).map(|(_, known)| known);
    let newer = |given: &[u32], known: &[u32; 3]| given > known.as_slice();
    if known.is_some_and(|known| newer(&version("typeMigrationVersion"), known))
        || newer(&version("coreMigrationVersion"), &CORE)
    {
        let (id, given) = (text(object, "id"), text(object, "typeMigrationVersion"));
        return Err((422, format!("Document \"{id}\" belongs to a more recent version of Kibana [{given}]")));
    }
    Ok(())
}
