//! What every store of channels must do.

use chrono::TimeDelta;
use fx_config::Secret;
use fx_store::delivery::{ChannelError, NewChannel, Target};
use uuid::Uuid;

use crate::alerts::{MOST, at};
use crate::backend::Backend;

contracts! {
    channels_are_kept_and_deleted,
    a_name_is_given_once_and_there_are_never_more_than_allowed,
    two_secrets_are_valid_while_one_follows_the_other,
    no_secret_is_ever_shown,
}

pub(crate) fn webhook(name: &str, group: Option<TimeDelta>) -> NewChannel {
    let target = Target::Webhook { url: format!("https://example.com/{name}") };
    NewChannel { name: name.to_owned(), target, secret: Some(Secret::from("whsec_first".to_owned())), group }
}

async fn channels_are_kept_and_deleted(store: Backend) {
    let email = NewChannel {
        name: "desk".to_owned(),
        target: Target::Email { to: vec!["a@example.com".to_owned(), "b@example.com".to_owned()] },
        secret: None,
        group: Some(TimeDelta::seconds(30)),
    };
    let hook = store.channels.create_channel(webhook("ops", None), at(0), MOST).await.expect("is created");
    let mail = store.channels.create_channel(email, at(1), MOST).await.expect("is created");
    let store = store.restart().await;
    assert_eq!(store.channels.channels().await.expect("reads"), [mail.clone(), hook.clone()]);
    assert_eq!(store.channels.channel(mail.id).await.expect("reads"), Some(mail.clone()));
    assert!(store.channels.delete_channel(mail.id, at(2)).await.expect("deletes"));
    assert!(!store.channels.delete_channel(mail.id, at(2)).await.expect("answers"));
    assert_eq!(store.channels.channel(mail.id).await.expect("reads"), None);
    assert_eq!(store.channels.channels().await.expect("reads"), [hook]);
}

async fn a_name_is_given_once_and_there_are_never_more_than_allowed(store: Backend) {
    store.channels.create_channel(webhook("ops", None), at(0), 2).await.expect("is created");
    let taken = store.channels.create_channel(webhook("ops", None), at(0), 2).await.expect_err("is taken");
    assert!(matches!(&taken, ChannelError::Taken(name) if name == "ops"), "{taken}");
    store.channels.create_channel(webhook("desk", None), at(0), 2).await.expect("is created");
    let refused = store.channels.create_channel(webhook("more", None), at(0), 2).await.expect_err("is one too many");
    assert!(matches!(refused, ChannelError::TooMany { most: 2 }), "{refused}");
}

async fn two_secrets_are_valid_while_one_follows_the_other(store: Backend) {
    let id = store.channels.create_channel(webhook("ops", None), at(0), MOST).await.expect("is created").id;
    assert!(store.channels.rotate(id, Secret::from("whsec_second".to_owned()), at(10)).await.expect("rotates"));
    assert!(!store.channels.rotate(Uuid::nil(), Secret::from("x".to_owned()), at(10)).await.expect("answers"));
    let channel = store.channels.channel(id).await.expect("reads").expect("is there");
    let valid = |seconds| channel.secrets.valid_at(at(seconds)).map(Secret::expose).collect::<Vec<_>>();
    let day = 24 * 60 * 60;
    assert_eq!(valid(10 + day - 1), ["whsec_second", "whsec_first"]);
    assert_eq!(valid(10 + day), ["whsec_second"]);
}

async fn no_secret_is_ever_shown(store: Backend) {
    let id = store.channels.create_channel(webhook("ops", None), at(0), MOST).await.expect("is created").id;
    store.channels.rotate(id, Secret::from("whsec_second".to_owned()), at(10)).await.expect("rotates");
    let shown = format!("{:?}", store.channels.channel(id).await.expect("reads"));
    assert!(shown.contains("ops") && !shown.contains("whsec"), "{shown}");
}
