//! The dashboards.

use anyhow::{Context, Result};
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
    let server = format!("kibana at {}", own.url);
    if args.dry_run {
        let steps = kibana::steps(own, prefix)?.into_iter().map(|step| format!("  {step}"));
        return output::lines(&std::iter::once(format!("{server}: would import")).chain(steps).collect::<Vec<_>>());
    }
    let patience = format_span(own.patience);
    let waiting = |why: &str| {
        let otherwise = "where there is none, set kibana.enabled = false";
        output::complaint(&format!("waiting up to {patience} for {server}: {why}; {otherwise}"));
    };
    let steps = kibana::provision(own, prefix, &waiting).await;
    let steps = if args.only.is_some() { steps? } else { steps.context("all but the dashboards is provisioned")? };
    output::lines(&told(&server, steps, false))
}
