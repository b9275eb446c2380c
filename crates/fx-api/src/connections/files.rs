//! Each connection is an open file, of which a process may have so many.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open files that are left to everything else: the store, the log, the feeds.
const SPARE_FILES: u64 = 256;

/// How many there can be with the files that the process may open, after asking for as many as it may ask for.
pub(super) fn room_for(wanted: usize) -> usize {
    let needed = u64::try_from(wanted).unwrap_or(u64::MAX).saturating_add(SPARE_FILES);
    let limit = getrlimit(Resource::Nofile);
    let Some(now) = limit.current.filter(|now| *now < needed) else { return wanted };
    let raised = limit.maximum.map_or(needed, |most| most.min(needed));
    let granted = match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }) {
        Ok(()) => raised,
        Err(_) => now,
    };
    if granted >= needed {
        return wanted;
    }
    let most = granted.saturating_sub(SPARE_FILES).max(granted / 2).max(1);
    tracing::warn!(
        wanted,
        most,
        granted,
        "the limit of open files leaves room for fewer connections, raise LimitNOFILE="
    );
    usize::try_from(most).unwrap_or(wanted)
}
