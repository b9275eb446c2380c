//! `fx-monitor provision`: what the servers must have before the services start.

use std::process::ExitCode;

use anyhow::Result;
use fx_config::{Settings, StoreBackend, StreamBackend};

use crate::cli::{ProvisionArgs, Target};
use crate::output;

/// Makes what is missing, and may be run again at any time.
pub(crate) async fn run(args: &ProvisionArgs) -> Result<ExitCode> {
    let settings = Settings::load(args.config.as_deref())?;
    let is_wanted = |target| args.only.is_none_or(|only| only == target);
    let mut said = Vec::new();
    if is_wanted(Target::Kafka) {
        match settings.stream.backend {
            StreamBackend::Kafka => {
                let stream = &settings.stream;
                said.extend(match args.dry_run {
                    true => fx_stream::kafka::plan(&stream.kafka, stream.retention).await?,
                    false => fx_stream::kafka::provision(&stream.kafka, stream.retention).await?,
                });
            }
            StreamBackend::Embedded => said.push("kafka: not used, [stream] backend is \"embedded\"".to_owned()),
        }
        output::lines(&std::mem::take(&mut said))?;
    }
    if is_wanted(Target::Postgres) {
        match settings.store.backend {
            StoreBackend::Postgresql => {
                said.extend(fx_store::postgres::provision(&settings.store.postgresql, args.dry_run).await?);
            }
            StoreBackend::Sqlite => said.push("postgresql: not used, [store] backend is \"sqlite\"".to_owned()),
        }
        output::lines(&said)?;
    }
    Ok(ExitCode::SUCCESS)
}
