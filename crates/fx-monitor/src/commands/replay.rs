//! `fx-monitor replay`: moves a group back, so that what it writes is filled again from the log.

use std::process::ExitCode;

use anyhow::{Result, bail};
use fx_consumer::{cache, enrich, history, index};
use fx_stream::{Start, Topic};

use crate::cli::{From, Group, ReplayArgs};
use crate::{backends, output};

pub(crate) async fn run(args: &ReplayArgs) -> Result<ExitCode> {
    let (group, topic) = match args.group {
        Group::Enrich => (enrich::GROUP, Topic::Rates),
        Group::History => (history::GROUP, Topic::RatesEnriched),
        Group::Cache => (cache::GROUP, Topic::RatesEnriched),
        Group::Index => of_index(index::Part::Rates),
        Group::IndexAlerts => of_index(index::Part::Alerts),
        Group::IndexDeliveries => of_index(index::Part::Deliveries),
    };
    let start = match args.from {
        From::Beginning => Start::Beginning,
        // Every figure follows from all that came before it.
        From::Time(at) if args.group == Group::Enrich => {
            bail!("the group enrich can go back to the beginning only, not to {at}: its windows would begin anew there")
        }
        From::Time(at) => Start::Since(at),
    };
    let log = backends::log(args.config.path())?;
    let positions = log.move_group(group, topic, start).await?;
    if args.group == Group::Enrich {
        enrich::forget(log.as_ref()).await?;
    }
    let line = |at: &fx_stream::PartitionPosition| {
        let next = at.committed.unwrap_or(0);
        format!("{group} goes on at {next} of {} in partition {} of {topic}", at.end, at.partition)
    };
    output::lines(&positions.iter().map(line).collect::<Vec<_>>())?;
    Ok(ExitCode::SUCCESS)
}

fn of_index(part: index::Part) -> (&'static str, Topic) {
    (part.group(), part.topic())
}
