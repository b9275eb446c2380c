//! A channel that is to be, and what may be wrong with it.

use std::path::{Component, Path};

use chrono::TimeDelta;
use fx_config::DeliverySettings;
use fx_domain::alert::span;
use fx_store::delivery::{NewChannel, Target};
use salvo::oapi::{Components, RefOr, Schema, ToSchema};
use serde::Deserialize;
use serde_json::json;

use super::guard;
use crate::alerts::refused;
use crate::notation::{SpanText, named, reference};
use crate::problem::{Fault, Problem, shown};

const LONGEST_NAME: usize = 64;
const LONGEST_TARGET: usize = 2000;
const MOST_RECIPIENTS: usize = 20;

/// The longest time for which transitions are collected.
const LONGEST_GROUP: TimeDelta = TimeDelta::hours(1);

/// A channel that is to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelBody {
    name: String,
    kind: Kind,
    url: Option<String>,
    to: Option<Vec<String>>,
    path: Option<String>,
    group: Option<String>,
}

/// Each kind has a target of its own.
impl ToSchema for ChannelBody {
    fn to_schema(components: &mut Components) -> RefOr<Schema> {
        let duration = reference::<SpanText>(components);
        let targets = json!({
            "url": {"type": "string", "format": "uri", "maxLength": LONGEST_TARGET, "description": "Where messages are posted to."},
            "to": {
                "type": "array", "items": {"type": "string", "format": "email", "maxLength": 254}, "minItems": 1,
                "maxItems": MOST_RECIPIENTS, "description": "The recipients."
            },
            "path": {
                "type": "string", "minLength": 1, "maxLength": LONGEST_TARGET,
                "description": "The name of a file within the data directory."
            }
        });
        let form = |kind: &str, target: &str| {
            let mut fields = json!({
                "name": {
                    "type": "string", "minLength": 1, "maxLength": LONGEST_NAME,
                    "description": "What alerts call it: letters, digits, hyphens, underscores, points or blanks."
                },
                "kind": {"type": "string", "const": kind},
                "group": {
                    "anyOf": [duration, {"type": "null"}],
                    "description": "Collects what fires within that time, at most 1h, into one message."
                },
                "url": {"type": "null"}, "to": {"type": "null"}, "path": {"type": "null"}
            });
            fields[target] = targets[target].clone();
            json!({
                "type": "object", "properties": fields, "required": ["name", "kind", target],
                "additionalProperties": false
            })
        };
        named(components, "NewChannel", || {
            json!({
                "description": "A channel that is to be.",
                "oneOf": [form("webhook", "url"), form("email", "to"), form("file", "path")],
                "examples": [
                    {"name": "ops", "kind": "file", "path": "alerts.jsonl"},
                    {"name": "desk", "kind": "webhook", "url": "https://hooks.example.com/fx", "group": "30s"}
                ]
            })
        })
    }
}

/// How a channel tells.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[salvo(schema(name = "ChannelKind"))]
pub(super) enum Kind {
    /// A POST, signed as Standard Webhooks says.
    Webhook,
    /// A mail.
    Email,
    /// A line in a file.
    File,
}

type Checked<T> = Result<T, (&'static str, String)>;

impl ChannelBody {
    /// The channel, its target permitted.
    pub(super) async fn checked(self, settings: &DeliverySettings) -> Result<NewChannel, Problem> {
        let checks = (self.name(), self.group(), self.target(settings), self.nothing_senseless());
        let (Ok(name), Ok(group), Ok(target), Ok(())) = checks else {
            let wrong = [checks.0.err(), checks.1.err(), checks.2.err(), checks.3.err()];
            return Err(refused(wrong.into_iter().flatten().map(fault).collect()));
        };
        if let Target::Webhook { url } = &target {
            let checked = guard::check(url, &settings.allow_private_targets).await;
            checked.map_err(|detail| refused(vec![fault(("/url", detail))]))?;
        }
        Ok(NewChannel { name, target, secret: None, group })
    }

    fn name(&self) -> Checked<String> {
        let is_plain = |c: char| c.is_alphanumeric() || "-_. ".contains(c);
        let name = &self.name;
        if name.trim() == name && (1..=LONGEST_NAME).contains(&name.chars().count()) && name.chars().all(is_plain) {
            return Ok(name.clone());
        }
        let wanted = format!("expected 1 to {LONGEST_NAME} letters, digits, hyphens, underscores, points or blanks");
        Err(("/name", format!("`{}` is no name of a channel, {wanted}", shown(name))))
    }

    fn group(&self) -> Checked<Option<TimeDelta>> {
        let Some(text) = &self.group else { return Ok(None) };
        let group = span::parse(text).map_err(|detail| ("/group", detail))?;
        let detail = || format!("`{}` is too long to wait, expected at most 1h", shown(text));
        if group <= LONGEST_GROUP { Ok(Some(group)) } else { Err(("/group", detail())) }
    }

    fn target(&self, settings: &DeliverySettings) -> Checked<Target> {
        let missing = |pointer, what: &str| (pointer, format!("it is missing, expected {what}"));
        match self.kind {
            Kind::Webhook => {
                let url = self.url.clone().ok_or_else(|| missing("/url", "the address of a webhook"))?;
                if url.len() > LONGEST_TARGET {
                    return Err(("/url", format!("it is longer than {LONGEST_TARGET} bytes")));
                }
                Ok(Target::Webhook { url })
            }
            Kind::Email => {
                let to = self.to.clone().ok_or_else(|| missing("/to", "the recipients of a mail"))?;
                recipients(&to).map_err(|detail| ("/to", detail))?;
                if settings.smtp.host.is_none() {
                    let detail = "no mail server is configured, delivery.smtp.host names one";
                    return Err(("/kind", detail.to_owned()));
                }
                Ok(Target::Email { to })
            }
            Kind::File => {
                let path = self.path.clone().ok_or_else(|| missing("/path", "the name of a file"))?;
                let parts = Path::new(&path).components();
                let is_inside = parts.clone().all(|part| matches!(part, Component::Normal(_)));
                if !is_inside || parts.count() == 0 || path.contains('\0') || path.len() > LONGEST_TARGET {
                    let detail =
                        format!("`{}` is no file within the data directory, expected alerts.jsonl", shown(&path));
                    return Err(("/path", detail));
                }
                Ok(Target::File { path })
            }
        }
    }

    /// What another kind would have.
    fn nothing_senseless(&self) -> Checked<()> {
        let fields = [
            ("/url", self.url.is_some(), "webhook"),
            ("/to", self.to.is_some(), "email"),
            ("/path", self.path.is_some(), "file"),
        ];
        let kind = match self.kind {
            Kind::Webhook => "webhook",
            Kind::Email => "email",
            Kind::File => "file",
        };
        let other = fields.into_iter().find(|(_, is_given, of)| *is_given && *of != kind);
        other.map_or(Ok(()), |(pointer, _, of)| {
            Err((pointer, format!("only a channel of kind {of} has it, leave it out")))
        })
    }
}

fn fault((pointer, detail): (&'static str, String)) -> Fault {
    Fault { pointer: pointer.to_owned(), detail }
}

fn recipients(to: &[String]) -> Result<(), String> {
    if !(1..=MOST_RECIPIENTS).contains(&to.len()) {
        return Err(format!("{} recipients, expected 1 to {MOST_RECIPIENTS}", to.len()));
    }
    let is_address = |text: &str| {
        let plain =
            text.len() <= 254 && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
        plain
            && text
                .split_once('@')
                .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
    };
    let wrong = to.iter().find(|text| !is_address(text));
    wrong.map_or(Ok(()), |text| {
        Err(format!("`{}` is no address of mail, expected one such as ada@example.com", shown(text)))
    })
}
