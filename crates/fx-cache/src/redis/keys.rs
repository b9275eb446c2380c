//! The keys.
//!
//! | key | what |
//! |---|---|
//! | `warm` | hash: `run` of the server for which it is warm, `since` when, and a field for each warm partition |
//! | `filling:TOKEN` | the run in which somebody fills |
//! | `revisions` | hash: how often each source's rates have changed |
//! | `rates:SOURCE` | hash: `EUR/USD` and `EUR/USD held` → `source time`, `version`, rate |
//! | `feeds` | set: the sources that told of themselves |
//! | `feed:SOURCE` | hash: `last` source time, when it `told` its `body`, the `seconds` for which both are kept |

use std::fmt::Display;

/// With another layout, this is another number: what is there is not misread, and the cache begins cold.
const LAYOUT: u32 = 1;

pub(super) struct Keys {
    prefix: String,
    pub(super) warm: String,
    pub(super) revisions: String,
    pub(super) feeds: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        let prefix = format!("{prefix}{LAYOUT}:");
        let key = |name| format!("{prefix}{name}");
        Self { warm: key("warm"), revisions: key("revisions"), feeds: key("feeds"), prefix }
    }

    pub(super) fn rates(&self, source: &impl Display) -> String {
        format!("{}rates:{source}", self.prefix)
    }

    pub(super) fn feed(&self, source: &impl Display) -> String {
        format!("{}feed:{source}", self.prefix)
    }

    pub(super) fn filling(&self, token: &impl Display) -> String {
        format!("{}filling:{token}", self.prefix)
    }
}
