//! What the tests across crates have in common: `fx-monitor up`, the four programs on real servers, and what is asked of
//! them.

#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod api;
pub(crate) mod expected;
mod service;
pub(crate) mod stored;
pub(crate) mod world;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use api::Api;
#[allow(unused_imports, reason = "each test binary uses its part")]
pub(crate) use service::{Service, command};

/// No condition here takes that long unless something hangs.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// The recorded data, or a message that the test is skipped.
pub(crate) fn recorded(file: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: recorded data {} is not here", path.display());
    None
}

/// A configuration that reaches no provider: every feed's endpoint is a closed port of this machine.
pub(crate) const OFFLINE: &str = r#"
[feeds]
order = ["kraken", "open-er-api", "ecb"]
[feeds.kraken]
url = "ws://127.0.0.1:9"
[feeds.open-er-api]
url = "http://127.0.0.1:9"
[feeds.ecb]
url = "http://127.0.0.1:9"
"#;

/// The same without the bundled history.
pub(crate) fn offline_and_empty() -> String {
    OFFLINE.replace("[feeds]", "[feeds]\nbundled_history = false")
}

/// Leaves the processor to the service between two looks at a condition.
pub(crate) fn look_again() {
    std::thread::sleep(Duration::from_millis(20));
}
