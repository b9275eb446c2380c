//! The key that a request brings.

use salvo::http::HeaderMap;
use salvo::http::header::AUTHORIZATION;

/// What stands in `Authorization`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Presented<'a> {
    Nothing,
    /// Something that is no `Bearer KEY`.
    Other,
    Key(&'a str),
}

pub(super) fn presented(headers: &HeaderMap) -> Presented<'_> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Presented::Nothing,
        (Some(value), None) => value.to_str().ok().and_then(bearer).map_or(Presented::Other, Presented::Key),
        _ => Presented::Other,
    }
}

/// RFC 6750: the word in any case, a space, the token.
fn bearer(text: &str) -> Option<&str> {
    let (scheme, key) = text.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() && !key.contains(' ')).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_bearer_is_a_key() {
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, value.parse().expect("a header"));
            }
            match presented(&headers) {
                Presented::Nothing => "nothing".to_owned(),
                Presented::Other => "other".to_owned(),
                Presented::Key(key) => key.to_owned(),
            }
        };
        assert_eq!(of(&[]), "nothing");
        assert_eq!((of(&["Bearer fxk_a"]), of(&["bearer  fxk_a"])), ("fxk_a".to_owned(), "fxk_a".to_owned()));
        for other in
            [&["Basic YTpi"][..], &["Bearer"], &["Bearer "], &["fxk_a"], &["Bearer a b"], &["Bearer a", "Bearer b"]]
        {
            assert_eq!(of(other), "other", "{other:?}");
        }
    }
}
