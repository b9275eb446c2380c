//! Making the topics, and refusing those that are other than wanted.

use std::time::Duration;

use fx_config::KafkaSettings;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, ConfigEntry, ConfigResource, ConfigSource, NewTopic, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::ask::off_thread;
use super::client;
use super::names::Names;
use super::topics::{Wanted, wanted};
use crate::error::kafka_reason;
use crate::{StreamError, Topic};

const ANSWER: Duration = Duration::from_secs(15);

type Admin = AdminClient<DefaultClientContext>;

/// Makes the topics that are missing and brings their retention up to date; answers what was done, one line each.
///
/// # Errors
/// [`StreamError::TopicDiffers`] where a topic is there and is not as the file wants it, in what cannot be changed
/// without loss.
pub async fn provision(settings: &KafkaSettings, retention: Duration) -> Result<Vec<String>, StreamError> {
    let admin: Admin =
        client::config(settings).create().map_err(|error| StreamError::kafka("make a client", &error))?;
    let (admin, mut done) = (std::sync::Arc::new(admin), Vec::new());
    for wanted in all_wanted(settings, retention) {
        match found(&admin, &wanted.name).await? {
            None => {
                create(&admin, &wanted).await?;
                done.push(format!("topic {}: created with {wanted}", wanted.name));
            }
            Some(found) => {
                agree(&wanted, &found)?;
                done.extend(bring_up_to_date(&admin, &wanted, &found).await?);
            }
        }
    }
    Ok(done)
}

/// Says what [`provision`] makes sure of, one line for each topic, and asks nobody.
pub fn plan(settings: &KafkaSettings, retention: Duration) -> Vec<String> {
    all_wanted(settings, retention).map(|wanted| format!("topic {}: {wanted}", wanted.name)).collect()
}

fn all_wanted(settings: &KafkaSettings, retention: Duration) -> impl Iterator<Item = Wanted> {
    let names = Names::new(&settings.prefix);
    Topic::ALL.into_iter().map(move |topic| wanted(settings, retention, topic, names.topic(topic)))
}

/// A topic that is there.
struct Found {
    partitions: usize,
    replication: usize,
    config: ConfigResource,
}

async fn found(admin: &std::sync::Arc<Admin>, name: &str) -> Result<Option<Found>, StreamError> {
    let (client, topic) = (std::sync::Arc::clone(admin), name.to_owned());
    let metadata = off_thread(move || {
        let metadata = client.inner().fetch_metadata(Some(&topic), ANSWER);
        metadata.map_err(|error| StreamError::kafka(&format!("ask for topic {topic}"), &error))
    })
    .await?;
    let topic = metadata.topics().iter().find(|topic| topic.name() == name && topic.error().is_none());
    let Some(topic) = topic else { return Ok(None) };
    let replication = topic.partitions().iter().map(|partition| partition.replicas().len()).min().unwrap_or(0);
    let doing = format!("ask how topic {name} is set up");
    let specifier = ResourceSpecifier::Topic(name);
    let configs = admin.describe_configs([&specifier], &options()).await;
    let config = configs.map_err(|error| StreamError::kafka(&doing, &error))?.pop();
    let config = config.unwrap_or(Err(RDKafkaErrorCode::UnknownTopic));
    let config = config.map_err(|code| StreamError::kafka(&doing, &KafkaError::AdminOp(code)))?;
    Ok(Some(Found { partitions: topic.partitions().len(), replication, config }))
}

fn agree(wanted: &Wanted, found: &Found) -> Result<(), StreamError> {
    let must_be = |setting, found: &str, should: &str| {
        if found == should {
            return Ok(());
        }
        let (found, wanted_value) = (found.to_owned(), should.to_owned());
        Err(StreamError::TopicDiffers { name: wanted.name.clone(), setting, found, wanted: wanted_value })
    };
    must_be("partitions", &found.partitions.to_string(), &wanted.partitions.to_string())?;
    must_be("replication", &found.replication.to_string(), &wanted.replication.to_string())?;
    for (setting, value) in &wanted.fixed {
        must_be(setting, value_of(&found.config, setting), value)?;
    }
    Ok(())
}

fn value_of<'a>(config: &'a ConfigResource, setting: &str) -> &'a str {
    config.get(setting).and_then(|entry| entry.value.as_deref()).unwrap_or("nothing")
}

async fn create(admin: &Admin, wanted: &Wanted) -> Result<(), StreamError> {
    let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let mut topic =
        NewTopic::new(&wanted.name, count(wanted.partitions), TopicReplication::Fixed(count(wanted.replication)));
    for (setting, value) in wanted.fixed.iter().chain(&wanted.free) {
        topic = topic.set(setting, value);
    }
    let doing = format!("create topic {}", wanted.name);
    let results = admin.create_topics([&topic], &options()).await;
    match results.map_err(|error| StreamError::kafka(&doing, &error))?.pop() {
        // Somebody else did it meanwhile, from the same file or the next check says so.
        Some(Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(()),
        Some(Err((_, code))) => Err(StreamError::kafka(&doing, &KafkaError::AdminOp(code))),
        None => Err(StreamError::Kafka { doing, reason: "no answer".to_owned() }),
    }
}

async fn bring_up_to_date(admin: &Admin, wanted: &Wanted, found: &Found) -> Result<Vec<String>, StreamError> {
    let differing: Vec<_> =
        wanted.free.iter().filter(|(setting, value)| value_of(&found.config, setting) != value).collect();
    if differing.is_empty() {
        return Ok(Vec::new());
    }
    alter(admin, wanted, &found.config).await?;
    let said = |(setting, value): &&(&str, String)| {
        format!("topic {}: {setting} {} becomes {value}", wanted.name, value_of(&found.config, setting))
    };
    Ok(differing.iter().map(said).collect())
}

/// The request replaces all that was set on the topic, so it repeats what is not ours.
async fn alter(admin: &Admin, wanted: &Wanted, found: &ConfigResource) -> Result<(), StreamError> {
    let ours = |name: &str| wanted.fixed.iter().chain(&wanted.free).any(|(setting, _)| *setting == name);
    let is_kept = |entry: &&ConfigEntry| entry.source == ConfigSource::DynamicTopic && !ours(&entry.name);
    let mut config = AlterConfig::new(ResourceSpecifier::Topic(&wanted.name));
    for entry in found.entries.iter().filter(is_kept) {
        if let Some(value) = &entry.value {
            config = config.set(&entry.name, value);
        }
    }
    for (setting, value) in wanted.fixed.iter().chain(&wanted.free) {
        config = config.set(setting, value);
    }
    let doing = format!("change topic {}", wanted.name);
    let results = admin.alter_configs([&config], &options()).await;
    match results.map_err(|error| StreamError::kafka(&doing, &error))?.pop() {
        Some(Ok(_)) => Ok(()),
        Some(Err((_, code))) => Err(StreamError::Kafka { doing, reason: kafka_reason(&KafkaError::AdminOp(code)) }),
        None => Err(StreamError::Kafka { doing, reason: "no answer".to_owned() }),
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(ANSWER)).operation_timeout(Some(ANSWER))
}
