//! The scripts, each of which is one step for everybody else, and how they are called.

use std::sync::LazyLock;

use ::redis::{Cmd, Pipeline, Script, cmd, pipe};

macro_rules! script {
    ($name:ident, $file:literal) => {
        pub(super) static $name: LazyLock<Text> =
            LazyLock::new(|| Text::new(concat!(include_str!("proof.lua"), include_str!($file))));
    };
}

script!(BEGIN, "begin.lua");
script!(FINISH, "finish.lua");
script!(RATES, "rates.lua");
script!(FEED, "feed.lua");
script!(STATE, "state.lua");

pub(super) struct Text {
    code: &'static str,
    hash: String,
}

impl Text {
    fn new(code: &'static str) -> Self {
        Self { code, hash: Script::new(code).get_hash().to_owned() }
    }

    /// A call with these keys, to which arguments are added.
    pub(super) fn call(&self, keys: &[&str]) -> Cmd {
        let mut call = cmd("EVALSHA");
        call.arg(&self.hash).arg(keys.len()).arg(keys);
        call
    }
}

/// Makes them known to the server.
pub(super) fn load() -> Pipeline {
    let mut load = pipe();
    for script in [&BEGIN, &FINISH, &RATES, &FEED, &STATE] {
        load.cmd("SCRIPT").arg("LOAD").arg(script.code).ignore();
    }
    load
}
