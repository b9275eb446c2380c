//! The answers that refuse: which an operation may give follows from what it takes.

use salvo::oapi::schema::BasicType;
use salvo::oapi::{Components, Header, Object, Operation, ParameterIn, Ref, RefOr, Response};

use crate::problem::PROBLEM_JSON;

/// Each has its status, its name among the components, and what it says.
const REFUSALS: [(&str, &str, &str); 15] = [
    ("400", "BadRequest", "The request cannot be read; an unknown query parameter is one that cannot."),
    ("401", "Unauthorized", "There is no key, or none that is known."),
    ("403", "Forbidden", "The key lacks the scope that this needs."),
    ("404", "NotFound", "There is no such thing."),
    ("406", "NotAcceptable", "There is no answer of the media types that are accepted."),
    ("409", "Conflict", "It does not fit what there is."),
    ("412", "PreconditionFailed", "It has another version by now."),
    ("413", "ContentTooLarge", "The body has more than 64 KiB."),
    ("415", "UnsupportedMediaType", "The body has another media type than those that are read."),
    ("421", "MisdirectedRequest", "The host in the request is not served here."),
    ("422", "UnprocessableContent", "It can be read, and some value of it is wrong; `errors` names each in a body."),
    ("429", "TooManyRequests", "More requests than are allowed; `Retry-After` says when to come back."),
    ("500", "InternalServerError", "The service made a mistake."),
    ("503", "ServiceUnavailable", "A part that this needs does not answer; `Retry-After` says when to try again."),
    ("default", "Refused", "Any other refusal."),
];

/// Makes them known.
pub(super) fn describe(components: &mut Components) {
    for (status, name, description) in REFUSALS {
        let mut response = with_problem(Response::new(description));
        if matches!(status, "429" | "503") {
            let seconds = Object::with_type(BasicType::Integer).minimum(0);
            let header = Header::new(seconds).description("After how many seconds to try again.");
            response.headers.insert("Retry-After".to_owned(), header);
        }
        components.responses.insert(name, response);
    }
}

fn with_problem(response: Response) -> Response {
    response.add_content(PROBLEM_JSON, RefOr::from(Ref::from_schema_name("Problem")))
}

/// Adds those that the operation may give.
pub(super) fn add(path: &str, operation: &mut Operation, is_open: bool) {
    let has_succeeded = |status: &String| status.starts_with('2') && status != "200";
    if operation.responses.keys().any(has_succeeded) {
        // The framework adds it wherever a handler writes its answer itself.
        operation.responses.remove("200");
    }
    for (status, name, _) in REFUSALS {
        if operation.responses.contains_key(status) && status != "default" {
            if let Some(RefOr::Type(response)) = operation.responses.get_mut(status)
                && response.contents.is_empty()
            {
                *response = with_problem(response.clone());
            }
        } else if may_give(status, path, operation, is_open) {
            operation.responses.insert(status, Ref::from_response_name(name));
        }
    }
}

fn may_give(status: &str, path: &str, operation: &Operation, is_open: bool) -> bool {
    let has = |place: ParameterIn| operation.parameters.iter_inline().any(|it| it.parameter_in == place);
    match status {
        "400" | "406" | "421" | "500" | "default" => true,
        "401" | "403" | "429" | "503" => !is_open,
        "404" => has(ParameterIn::Path) || path == "/convert",
        "412" => operation.parameters.contains("if-match", ParameterIn::Header),
        "413" | "415" => operation.request_body.is_some(),
        "422" => operation.request_body.is_some() || has(ParameterIn::Query),
        _ => false,
    }
}
