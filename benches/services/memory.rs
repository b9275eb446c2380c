//! The memory of a program.

use crate::figures::figure;
use crate::support::world::Program;

/// Proportional set size.
pub(crate) fn memory(name: &str, program: &Program) {
    let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", program.pid())).expect("it runs");
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).expect("a line of its own");
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    figure(name, format_args!("{:.1}", kib / 1024.0), "MiB");
}
