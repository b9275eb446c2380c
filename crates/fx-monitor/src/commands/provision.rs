//! `fx-monitor provision`: what the servers must have before the services start.

mod kibana;

use std::process::ExitCode;

use anyhow::Result;
use fx_config::{
    IndexBackend, IndexSettings, PostgresqlSettings, Settings, StoreBackend, StreamBackend, StreamSettings,
};
use fx_index::Index;

use crate::cli::{ProvisionArgs, Target};
use crate::output;

/// Makes what is missing, and may be run again at any time. With `--dry-run` no server is asked.
pub(crate) async fn run(args: &ProvisionArgs) -> Result<ExitCode> {
    let settings = Settings::load(args.config.path())?;
    let is_wanted = |target| args.only.is_none_or(|only| only == target);
    if is_wanted(Target::Kafka) {
        let said = match settings.stream.backend {
            StreamBackend::Kafka => kafka(&settings.stream, args.dry_run).await?,
            StreamBackend::Embedded => vec!["kafka: not used, [stream] backend is \"embedded\"".to_owned()],
        };
        output::lines(&said)?;
    }
    if is_wanted(Target::Postgres) {
        let said = match settings.store.backend {
            StoreBackend::Postgresql => postgresql(&settings.store.postgresql, args.dry_run).await?,
            StoreBackend::Sqlite => vec!["postgresql: not used, [store] backend is \"sqlite\"".to_owned()],
        };
        output::lines(&said)?;
    }
    if is_wanted(Target::Elasticsearch) {
        let said = match settings.index.backend {
            IndexBackend::Elasticsearch => elasticsearch(&settings.index, args.dry_run).await?,
            IndexBackend::None => vec!["elasticsearch: not used, [index] backend is \"none\"".to_owned()],
        };
        output::lines(&said)?;
    }
    if is_wanted(Target::Kibana) {
        kibana::run(&settings, args).await?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn kafka(stream: &StreamSettings, is_dry: bool) -> Result<Vec<String>> {
    let server = format!("kafka at {}", stream.kafka.brokers.join(", "));
    let steps = if is_dry {
        fx_stream::kafka::plan(&stream.kafka, stream.retention)
    } else {
        fx_stream::kafka::provision(&stream.kafka, stream.retention).await?
    };
    Ok(told(&server, steps, is_dry))
}

async fn postgresql(settings: &PostgresqlSettings, is_dry: bool) -> Result<Vec<String>> {
    let server = format!("postgresql at {}:{}", settings.host, settings.port);
    let steps =
        if is_dry { fx_store::postgres::plan(settings)? } else { fx_store::postgres::provision(settings).await? };
    Ok(told(&server, steps, is_dry))
}

async fn elasticsearch(settings: &IndexSettings, is_dry: bool) -> Result<Vec<String>> {
    let server = format!("elasticsearch at {}", settings.elasticsearch.url);
    let steps = if is_dry { fx_index::plan(settings) } else { Index::connect(settings)?.provision().await? };
    Ok(told(&server, steps, is_dry))
}

fn told(server: &str, steps: Vec<String>, is_dry: bool) -> Vec<String> {
    let head = match (is_dry, steps.is_empty()) {
        (true, _) => "would make what is missing of",
        (false, true) => "nothing to do",
        (false, false) => "done",
    };
    let steps = steps.into_iter().map(|step| format!("  {step}"));
    std::iter::once(format!("{server}: {head}")).chain(steps).collect()
}
