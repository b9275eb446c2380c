//! The dashboards.

use anyhow::Result;
use fx_config::{Settings, format_span};
use fx_index::kibana;

use super::told;
use crate::cli::{ProvisionArgs, Target};
use crate::output;

/// Asked for alone, a dry run writes the file that would be imported, and nothing else: it can be imported by hand, too.
pub(super) async fn run(settings: &Settings, args: &ProvisionArgs) -> Result<()> {
    let (own, prefix) = (&settings.kibana, &settings.index.elasticsearch.prefix);
    if args.dry_run && args.only == Some(Target::Kibana) {
        return output::raw(kibana::plan(own, prefix)?.as_bytes());
    }
    if !own.enabled {
        return output::lines(&["kibana: not used, [kibana] enabled is false".to_owned()]);
    }
    let steps = if args.dry_run {
        kibana::steps(own, prefix)?
    } else {
        let patience = format_span(own.patience);
        let waiting = |why: &str| output::complaint(&format!("waiting up to {patience} for kibana: {why}"));
        kibana::provision(own, prefix, &waiting).await?
    };
    output::lines(&told(&format!("kibana at {}", own.url), steps, args.dry_run))
}
