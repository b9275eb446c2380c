//! The answer to a request that has made something.

use std::fmt::Display;

use salvo::Response;
use salvo::http::header::LOCATION;
use salvo::http::{HeaderValue, StatusCode};

use crate::problem::Problem;

/// 201, and where it is: in that collection under that id.
pub(crate) fn created(res: &mut Response, collection: &str, id: impl Display) -> Result<(), Problem> {
    let location = HeaderValue::from_str(&format!("/{collection}/{id}")).map_err(|error| Problem::internal(&error))?;
    res.headers_mut().insert(LOCATION, location);
    res.status_code(StatusCode::CREATED);
    Ok(())
}
