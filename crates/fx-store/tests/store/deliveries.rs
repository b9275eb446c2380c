//! What every store of deliveries must do.

use std::sync::Arc;

use chrono::TimeDelta;
use fx_domain::alert::{State, Transition};
use fx_domain::delivery::{Attempt, Delivery, Status};
use fx_store::alerts::{Effect, Outgoing};
use fx_store::delivery::{DeliveryQuery, DueDelivery, Outcome, Wanted};
use uuid::Uuid;

use crate::alerts::{MOST, at, effect, rule, state, transition};
use crate::backend::Backend;
use crate::channels::webhook;

contracts! {
    what_is_told_is_delivered_once_through_each_channel,
    what_is_lent_and_never_finished_is_lent_again_under_the_same_id,
    an_attempt_that_fails_is_followed_by_another_or_by_the_end,
    a_channel_that_collects_tells_all_at_once,
    a_channel_that_is_missing_or_disabled_leaves_a_trace,
    what_is_on_its_way_ends_with_its_channel,
    nobody_gets_more_than_there_is_room_for,
    what_is_finished_is_published_and_can_be_sent_again,
    what_was_finished_long_ago_is_forgotten,
    a_test_message_tells_nothing,
    deliveries_are_filtered_and_come_in_pages_the_newest_first,
    what_is_to_be_told_of_a_rule_that_is_gone_is_left_out,
}

pub(crate) fn wanted() -> Wanted {
    Wanted { limit: 10, per_channel: 10, except: Vec::new(), lease: TimeDelta::seconds(60) }
}

fn all() -> DeliveryQuery {
    DeliveryQuery { alert_id: None, status: None, after: None, limit: 50 }
}

pub(crate) fn attempt(second: i64, code: u16) -> Attempt {
    Attempt { at: at(second), took_ms: 20, code: Some(code), error: (code != 200).then(|| "it said no".to_owned()) }
}

/// Has an alert fire so many times, told through the channels.
async fn fires(store: &Backend, times: i64, channels: &[&str]) -> (Uuid, Vec<Transition>) {
    let id = store.alerts.create(rule(r#"["EURUSD"]"#, "info"), at(0), MOST).await.expect("is created").id;
    let transitions: Vec<_> = (1..=times).map(|second| transition(id, second, State::Firing)).collect();
    let through = |transition: &Transition| channels.iter().map(|name| (transition.id, (*name).to_owned())).collect();
    let tell = transitions.iter().flat_map::<Vec<_>, _>(through).collect();
    let states = vec![state(id, "EURUSD", State::Firing)];
    let expected = store.engine.open(0).await.expect("opens").next_offset;
    let fired = Effect { states, transitions: transitions.clone(), tell, ..effect(expected, expected + 1) };
    store.engine.commit(Arc::new(fired)).await.expect("commits");
    (id, transitions)
}

async fn due(store: &Backend, second: i64) -> Vec<DueDelivery> {
    store.deliveries.due(at(second), wanted()).await.expect("lends")
}

async fn listed(store: &Backend, query: DeliveryQuery) -> Vec<Delivery> {
    store.deliveries.deliveries(query).await.expect("lists").items
}

async fn what_is_told_is_delivered_once_through_each_channel(store: Backend) {
    for name in ["ops", "desk"] {
        store.channels.create_channel(webhook(name, None), at(0), MOST).await.expect("is created");
    }
    let mut changes = store.deliveries.delivery_changes();
    changes.mark_unchanged();
    let (alert, transitions) = fires(&store, 2, &["ops", "desk"]).await;
    assert!(changes.has_changed().expect("the store lives"));
    assert_eq!(store.deliveries.next_due().await.expect("reads"), None);
    assert_eq!(store.deliveries.gather(at(5)).await.expect("gathers"), 4);
    assert_eq!(store.deliveries.gather(at(5)).await.expect("gathers"), 0);
    assert_eq!(store.deliveries.next_due().await.expect("reads"), Some(at(5)));
    let store = store.restart().await;
    let lent = due(&store, 5).await;
    let told = |name: &str| {
        let through = lent.iter().filter(|due| due.channel.name == name && due.attempt == 1);
        through.flat_map(|due| due.transitions.clone()).collect::<Vec<_>>()
    };
    assert_eq!((told("ops"), told("desk")), (transitions.clone(), transitions));
    let first = &lent[0].delivery;
    assert_eq!((&first.alert_ids[..], &first.alert_names[..]), (&[alert][..], &["n".to_owned()][..]));
    assert!(due(&store, 5).await.is_empty());
    for one in &lent {
        store.deliveries.finished(one.delivery.id, attempt(6, 200), Outcome::Delivered).await.expect("keeps");
    }
    let kept = listed(&store, all()).await;
    assert!(kept.iter().all(|it| it.status == Status::Delivered && it.attempts == [attempt(6, 200)]));
    assert!(kept.iter().all(|it| it.finished_at == Some(at(6) + TimeDelta::milliseconds(20)) && it.next_at.is_none()));
    assert_eq!(store.deliveries.next_due().await.expect("reads"), None);
}

async fn what_is_lent_and_never_finished_is_lent_again_under_the_same_id(store: Backend) {
    store.channels.create_channel(webhook("ops", None), at(0), MOST).await.expect("is created");
    fires(&store, 1, &["ops"]).await;
    store.deliveries.gather(at(5)).await.expect("gathers");
    let first = due(&store, 5).await;
    let store = store.restart().await;
    assert!(due(&store, 64).await.is_empty());
    assert_eq!(store.deliveries.next_due().await.expect("reads"), Some(at(65)));
    let second = due(&store, 65).await;
    assert_eq!((second[0].delivery.id, second[0].attempt), (first[0].delivery.id, 2));
}

async fn an_attempt_that_fails_is_followed_by_another_or_by_the_end(store: Backend) {
    store.channels.create_channel(webhook("ops", None), at(0), MOST).await.expect("is created");
    fires(&store, 1, &["ops"]).await;
    store.deliveries.gather(at(5)).await.expect("gathers");
    let id = due(&store, 5).await[0].delivery.id;
    store.deliveries.finished(id, attempt(5, 500), Outcome::RetryAt(at(305))).await.expect("keeps");
    assert_eq!(store.deliveries.next_due().await.expect("reads"), Some(at(305)));
    assert!(due(&store, 304).await.is_empty());
    assert_eq!(due(&store, 305).await[0].attempt, 2);
    let given_up = Outcome::Failed("gone".to_owned());
    store.deliveries.finished(id, attempt(305, 410), given_up).await.expect("keeps");
    let kept = listed(&store, all()).await;
    assert_eq!((kept[0].status, kept[0].reason.as_deref()), (Status::Failed, Some("gone")));
    assert_eq!(kept[0].attempts, [attempt(5, 500), attempt(305, 410)]);
    // Somebody whose lease was over is told of no other end.
    store.deliveries.finished(id, attempt(306, 200), Outcome::RetryAt(at(400))).await.expect("keeps");
    let kept = listed(&store, all()).await;
    assert_eq!((kept[0].status, kept[0].attempts.len()), (Status::Failed, 3));
}

async fn a_channel_that_collects_tells_all_at_once(store: Backend) {
    let group = Some(TimeDelta::seconds(10));
    store.channels.create_channel(webhook("ops", group), at(0), MOST).await.expect("is created");
    let (_, first) = fires(&store, 2, &["ops"]).await;
    store.deliveries.gather(at(5)).await.expect("gathers");
    let (_, second) = fires(&store, 1, &["ops"]).await;
    store.deliveries.gather(at(14)).await.expect("gathers");
    assert!(due(&store, 14).await.is_empty());
    let lent = due(&store, 15).await;
    assert_eq!(lent.len(), 1);
    assert_eq!(lent[0].transitions, [first, second].concat());
    assert_eq!(lent[0].delivery.alert_ids.len(), 2);
    // Nothing is added to what is being sent.
    fires(&store, 1, &["ops"]).await;
    store.deliveries.gather(at(16)).await.expect("gathers");
    assert_eq!(listed(&store, all()).await.len(), 2);
}

async fn a_channel_that_is_missing_or_disabled_leaves_a_trace(store: Backend) {
    let id = store.channels.create_channel(webhook("ops", None), at(0), MOST).await.expect("is created").id;
    assert!(store.channels.disable(id, "410 Gone".to_owned(), at(1)).await.expect("disables"));
    assert!(!store.channels.disable(id, "again".to_owned(), at(2)).await.expect("answers"));
    let disabled = store.channels.channel(id).await.expect("reads").expect("is there").disabled.expect("is disabled");
    assert_eq!((disabled.at, disabled.reason.as_str()), (at(1), "410 Gone"));
    fires(&store, 1, &["ops", "nobody"]).await;
    store.deliveries.gather(at(5)).await.expect("gathers");
    assert!(due(&store, 5).await.is_empty());
    let mut kept = listed(&store, all()).await;
    kept.sort_by(|a, b| a.channel.cmp(&b.channel));
    let shown: Vec<_> = kept.iter().map(|it| (it.channel.as_str(), it.status, it.reason.as_deref())).collect();
    let expected =
        [("nobody", Status::Failed, Some("channel_missing")), ("ops", Status::Suppressed, Some("channel_disabled"))];
    assert_eq!(shown, expected);
}

async fn what_is_on_its_way_ends_with_its_channel(store: Backend) {
    let mut ids = Vec::new();
    for name in ["gone", "off"] {
        let created = store.channels.create_channel(webhook(name, None), at(0), MOST).await;
        ids.push(created.expect("is created").id);
    }
    fires(&store, 1, &["gone", "off"]).await;
    store.deliveries.gather(at(5)).await.expect("gathers");
    store.channels.delete_channel(ids[0], at(6)).await.expect("deletes");
    store.channels.disable(ids[1], "410 Gone".to_owned(), at(6)).await.expect("disables");
    let mut shown: Vec<_> = listed(&store, all()).await.into_iter().map(|it| (it.channel, it.status)).collect();
    shown.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(shown, [("gone".to_owned(), Status::Failed), ("off".to_owned(), Status::Suppressed)]);
    assert_eq!(store.deliveries.next_due().await.expect("reads"), None);
    // Sent again, it ends the same way as soon as it is due.
    let gone = listed(&store, DeliveryQuery { status: Some(Status::Failed), ..all() }).await;
    let again = store.deliveries.replay(gone[0].id, at(7)).await.expect("answers").expect("is there");
    assert_eq!(again.status, Status::Pending);
    assert!(due(&store, 7).await.is_empty());
    assert_eq!(listed(&store, DeliveryQuery { status: Some(Status::Failed), ..all() }).await.len(), 1);
}

async fn nobody_gets_more_than_there_is_room_for(store: Backend) {
    for name in ["slow", "quick"] {
        store.channels.create_channel(webhook(name, None), at(0), MOST).await.expect("is created");
    }
    fires(&store, 3, &["slow"]).await;
    store.deliveries.gather(at(4)).await.expect("gathers");
    fires(&store, 3, &["quick"]).await;
    store.deliveries.gather(at(5)).await.expect("gathers");
    let names = async |wanted: Wanted| -> Vec<String> {
        let lent = store.deliveries.due(at(5), wanted).await.expect("lends");
        lent.into_iter().map(|due| due.channel.name).collect()
    };
    assert_eq!(names(Wanted { per_channel: 1, ..wanted() }).await, ["slow", "quick"]);
    assert_eq!(names(Wanted { except: vec!["slow".to_owned()], limit: 1, ..wanted() }).await, ["quick"]);
    assert_eq!(names(wanted()).await, ["slow", "slow", "quick"]);
}

async fn what_is_finished_is_published_and_can_be_sent_again(store: Backend) {
    store.channels.create_channel(webhook("ops", None), at(0), MOST).await.expect("is created");
    let (_, transitions) = fires(&store, 1, &["ops"]).await;
    store.deliveries.gather(at(5)).await.expect("gathers");
    let lent = due(&store, 5).await;
    let id = lent[0].delivery.id;
    store.deliveries.finished(id, attempt(6, 200), Outcome::Delivered).await.expect("keeps");
    let published = store.engine.unpublished(10).await.expect("reads");
    let [event, delivery] = published.as_slice() else { panic!("{published:?}") };
    assert_eq!(event.what, Outgoing::Transition(Box::new(transitions[0].clone())));
    assert_eq!(delivery.what, Outgoing::Delivery(listed(&store, all()).await.remove(0)));
    store.engine.published(delivery.position).await.expect("marks");
    let mut changes = store.deliveries.delivery_changes();
    changes.mark_unchanged();
    let again = store.deliveries.replay(id, at(9)).await.expect("answers").expect("is there");
    assert_eq!((again.id, again.status, again.next_at), (id, Status::Pending, Some(at(9))));
    tokio::time::timeout(std::time::Duration::from_mins(1), changes.changed()).await.expect("in time").expect("lives");
    let lent = due(&store, 9).await;
    assert_eq!((lent[0].delivery.id, lent[0].attempt, &lent[0].transitions), (id, 1, &transitions));
    store.deliveries.finished(id, attempt(10, 200), Outcome::Delivered).await.expect("keeps");
    assert_eq!(store.engine.unpublished(10).await.expect("reads").len(), 1);
    assert_eq!(store.deliveries.replay(Uuid::nil(), at(9)).await.expect("answers"), None);
}

async fn what_was_finished_long_ago_is_forgotten(store: Backend) {
    store.channels.create_channel(webhook("ops", None), at(0), MOST).await.expect("is created");
    fires(&store, 4, &["ops"]).await;
    store.deliveries.gather(at(5)).await.expect("gathers");
    let ids: Vec<Uuid> = due(&store, 5).await.iter().map(|lent| lent.delivery.id).collect();
    for (second, id) in (6..).zip(&ids[..3]) {
        store.deliveries.finished(*id, attempt(second, 200), Outcome::Delivered).await.expect("keeps");
    }
    store.deliveries.finished(ids[3], attempt(6, 500), Outcome::RetryAt(at(99))).await.expect("keeps");
    assert_eq!(store.deliveries.forget(at(100)).await.expect("forgets"), 0, "nothing is published");
    let published = store.engine.unpublished(10).await.expect("reads");
    store.engine.published(published.last().expect("some").position).await.expect("marks");
    store.deliveries.replay(ids[1], at(9)).await.expect("answers").expect("is there");
    assert_eq!(store.deliveries.forget(at(8)).await.expect("forgets"), 1);
    let mut left: Vec<Uuid> = listed(&store, all()).await.iter().map(|delivery| delivery.id).collect();
    left.reverse();
    assert_eq!(left, ids[1..], "one is sent again, one is too new, one is on its way");
    assert_eq!(store.deliveries.forget(at(8)).await.expect("forgets"), 0);
}

async fn a_test_message_tells_nothing(store: Backend) {
    let id = store.channels.create_channel(webhook("ops", None), at(0), MOST).await.expect("is created").id;
    let made = store.deliveries.test(id, at(5)).await.expect("answers").expect("is there");
    let lent = due(&store, 5).await;
    assert_eq!((lent[0].delivery.id, lent[0].transitions.len()), (made.id, 0));
    assert_eq!(store.deliveries.test(Uuid::nil(), at(5)).await.expect("answers"), None);
}

async fn deliveries_are_filtered_and_come_in_pages_the_newest_first(store: Backend) {
    store.channels.create_channel(webhook("ops", None), at(0), MOST).await.expect("is created");
    let (alert, _) = fires(&store, 2, &["ops"]).await;
    fires(&store, 1, &["nobody"]).await;
    store.deliveries.gather(at(5)).await.expect("gathers");
    assert_eq!(listed(&store, DeliveryQuery { alert_id: Some(alert), ..all() }).await.len(), 2);
    assert_eq!(listed(&store, DeliveryQuery { status: Some(Status::Failed), ..all() }).await.len(), 1);
    let mut paged = Vec::new();
    let mut after = None;
    loop {
        let query = DeliveryQuery { after, limit: 1, ..all() };
        let page = store.deliveries.deliveries(query).await.expect("lists");
        paged.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((paged.len(), paged), (3, listed(&store, all()).await));
}

async fn what_is_to_be_told_of_a_rule_that_is_gone_is_left_out(store: Backend) {
    let id = store.alerts.create(rule(r#"["EURUSD"]"#, "info"), at(0), MOST).await.expect("is created").id;
    store.engine.open(0).await.expect("opens");
    store.alerts.delete(id, None, at(1)).await.expect("deletes");
    let late = transition(id, 2, State::Firing);
    let tell = vec![(late.id, "ops".to_owned())];
    let states = vec![state(id, "EURUSD", State::Firing)];
    let late = Effect { states, transitions: vec![late], tell, ..effect(0, 1) };
    store.engine.commit(Arc::new(late)).await.expect("commits");
    assert_eq!(store.deliveries.gather(at(5)).await.expect("gathers"), 0);
}
