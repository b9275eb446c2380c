//! Problem documents (RFC 9457) in one line.

use anyhow::anyhow;
use reqwest::{StatusCode, Url};
use serde_json::Value;

/// The `detail`, and after it each error of the body with where it stands unless it is the only one, which the detail says.
pub(super) fn line(status: StatusCode, url: &Url, document: Option<&Value>) -> anyhow::Error {
    let field = |name: &str| document.and_then(|document| document[name].as_str());
    let Some(detail) = field("detail").or_else(|| field("title")) else {
        return anyhow!("{url} answers {status}");
    };
    let errors = document.and_then(|document| document["errors"].as_array()).into_iter().flatten();
    let is_said = |error: &&Value| error["detail"].as_str().is_some_and(|error| detail.ends_with(error));
    let errors: Vec<String> = errors.filter(|error| !is_said(error)).filter_map(error).collect();
    if errors.is_empty() { anyhow!("{detail}") } else { anyhow!("{detail}: {}", errors.join("; ")) }
}

fn error(error: &Value) -> Option<String> {
    let detail = error["detail"].as_str()?;
    Some(match error["pointer"].as_str().filter(|pointer| !pointer.is_empty()) {
        Some(pointer) => format!("{pointer} {detail}"),
        None => detail.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(document: Option<&Value>) -> String {
        let url = "http://127.0.0.1:8000/rates".parse().expect("an address");
        line(StatusCode::UNPROCESSABLE_ENTITY, &url, document).to_string()
    }

    #[test]
    fn the_detail_is_shown_with_what_stands_where() {
        let problem = json!({"title": "Unprocessable", "detail": "the alert is wrong",
            "errors": [{"pointer": "/condition/threshold", "detail": "must be above 0"}]});
        assert_eq!(shown(Some(&problem)), "the alert is wrong: /condition/threshold must be above 0");
        let one = json!({"detail": "/url: must be https", "errors": [{"pointer": "/url", "detail": "must be https"}]});
        assert_eq!(shown(Some(&one)), "/url: must be https");
        assert_eq!(shown(Some(&json!({"title": "Not found"}))), "Not found");
    }

    #[test]
    fn without_a_document_the_status_is_shown() {
        assert_eq!(shown(None), "http://127.0.0.1:8000/rates answers 422 Unprocessable Entity");
    }
}
