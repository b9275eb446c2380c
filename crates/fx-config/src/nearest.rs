//! What a misspelt word was probably meant to be.

/// The candidate nearest to `word`, where one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let enough = 0.6;
    candidates
        .iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(word, candidate), *candidate))
        .filter(|(likeness, _)| *likeness >= enough)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// `did you mean X?` where something is near, else the whole list.
pub(crate) fn suggestion(word: &str, candidates: &[&str]) -> String {
    match nearest(word, candidates) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("one of {}", candidates.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_and_a_far_one_gets_the_list() {
        let keys = ["listen", "cors_origins", "sse_buffer"];
        assert_eq!(suggestion("lisen", &keys), "did you mean listen?");
        assert_eq!(suggestion("cors_orgins", &keys), "did you mean cors_origins?");
        assert_eq!(suggestion("colour", &keys), "one of listen, cors_origins, sse_buffer");
    }
}
