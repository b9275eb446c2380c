//! What a message says: to programs as JSON, to people as a mail.

use fx_domain::alert::{Notice, Severity, State, Transition};
use fx_domain::clock::Timestamp;
use fx_store::delivery::DueDelivery;
use serde::Serialize;
use uuid::Uuid;

/// A message, the same at every attempt.
pub(super) struct Words<'a> {
    pub(super) due: &'a DueDelivery,
}

/// The body of a webhook, as Standard Webhooks wants it.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    One(&'a Transition),
    Several { transitions: Vec<Typed<'a>> },
    Test { channel: &'a str, message: &'static str },
}

#[derive(Serialize)]
struct Typed<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    transition: &'a Transition,
}

/// A line of a file.
#[derive(Serialize)]
struct Line<'a> {
    id: Uuid,
    #[serde(flatten)]
    body: Body<'a>,
}

const TEST: &str = "this is a test message of fx-monitor: the channel works";

impl<'a> Words<'a> {
    /// The body of a webhook.
    pub(super) fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&self.body())
    }

    /// The same with its id, on one line.
    pub(super) fn line(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Line { id: self.due.delivery.id, body: self.body() })
    }

    fn body(&self) -> Body<'a> {
        let DueDelivery { delivery, channel, transitions, .. } = self.due;
        let timestamp = transitions.last().map_or(delivery.created_at, |last| last.at);
        let (kind, data) = match &transitions[..] {
            [] => ("channel.test", Data::Test { channel: &channel.name, message: TEST }),
            [one] if channel.group.is_none() => (kind_of(one), Data::One(one)),
            several => {
                let typed = |transition| Typed { kind: kind_of(transition), transition };
                ("alert.group", Data::Several { transitions: several.iter().map(typed).collect() })
            }
        };
        Body { kind, timestamp, data }
    }

    /// The subject of a mail.
    pub(super) fn subject(&self) -> String {
        let subject = match &self.due.transitions[..] {
            [] => format!("fx-monitor: test of channel {}", self.due.channel.name),
            [one] => format!("[{}] {}: {} {}", one.severity.name(), word_of(one), one.pair, one.alert_name),
            several => {
                let worst = several.iter().map(|one| one.severity).max().unwrap_or(Severity::Info);
                format!("[{}] {} alerts: {}", worst.name(), several.len(), self.due.delivery.alert_names.join(", "))
            }
        };
        subject.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(200).collect()
    }

    /// The text of a mail.
    pub(super) fn text(&self) -> String {
        if self.due.transitions.is_empty() {
            return format!("{TEST}\n");
        }
        let texts: Vec<String> = self.due.transitions.iter().map(paragraph).collect();
        texts.join("\n")
    }
}

fn paragraph(transition: &Transition) -> String {
    let Transition { alert_name, pair, from, to, severity, source, source_ts, at, .. } = transition;
    let state = if from == to { to.name().to_owned() } else { format!("{} -> {}", from.name(), to.name()) };
    let derived = if transition.derived == Some(true) { ", derived from others" } else { "" };
    let rate = format!("{} of {source}, {}{derived}", transition.value, shown(*source_ts));
    let mut facts = vec![
        ("alert", Some(alert_name.clone())),
        ("pair", Some(pair.to_string())),
        ("state", Some(state)),
        ("severity", Some(severity.name().to_owned())),
        ("rate", Some(rate)),
        ("precision", transition.precision_bp.map(|precision| format!("{precision:.2} bp"))),
        ("at", Some(shown(*at))),
        ("by", transition.by.clone()),
        ("comment", transition.comment.clone()),
        ("episode", transition.episode_id.map(|episode| episode.to_string())),
    ];
    facts.retain(|(_, fact)| fact.is_some());
    let facts = facts.into_iter().map(|(name, fact)| format!("{name:<11}{}\n", fact.unwrap_or_default()));
    format!("{}\n\n{}", transition.message, facts.collect::<String>())
}

fn shown(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The `type` of a webhook.
fn kind_of(transition: &Transition) -> &'static str {
    match (transition.notice, transition.to) {
        (Some(Notice::Unconfirmed), _) => "alert.unconfirmed",
        (Some(Notice::Withdrawn), _) => "alert.withdrawn",
        (Some(Notice::Repeat), _) => "alert.repeat",
        (None, State::NoData) => "alert.no_data",
        (None, State::Normal) => "alert.resolved",
        (None, State::Pending) => "alert.pending",
        (None, State::Firing) => "alert.firing",
        (None, State::Recovering) => "alert.recovering",
        (None, State::Snoozed) => "alert.snoozed",
        (None, State::Acknowledged) => "alert.acknowledged",
        (None, State::Expired) => "alert.expired",
    }
}

/// The same for a person.
fn word_of(transition: &Transition) -> &'static str {
    kind_of(transition).trim_start_matches("alert.")
}
