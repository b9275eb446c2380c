//! What every log must do.

use fx_stream::{Assigned, Record, Start, StreamError, Topic};

use crate::stage::{Stage, assigned, follow, metrics, noise, numbered, payloads, record, soon, take, until};

pub(crate) async fn what_is_published_is_read_in_order_with_everything_it_had(stage: &mut impl Stage) {
    let log = stage.log();
    let records: Vec<Record> = (0..1000).map(|i| record("ecb", &format!("message {i}"))).collect();
    log.publish(Topic::Rates, records.clone()).await.expect("published");
    let mut consumer = log.subscribe("enrich", Topic::Rates).await.expect("subscribed");
    assert_eq!(assigned(consumer.as_mut()).await, vec![Assigned { partition: 0, committed: None }]);
    let taken = take(consumer.as_mut(), 1000).await;
    assert!(taken.iter().map(|message| message.offset).eq(0..1000));
    assert_eq!(taken.into_iter().map(|message| message.record).collect::<Vec<_>>(), records);
}

pub(crate) async fn a_group_goes_on_after_its_last_commit_even_in_another_process(stage: &mut impl Stage) {
    let log = stage.log();
    log.publish(Topic::Rates, numbered(1..4)).await.expect("published");
    let mut consumer = log.subscribe("enrich", Topic::Rates).await.expect("subscribed");
    assigned(consumer.as_mut()).await;
    let taken = take(consumer.as_mut(), 3).await;
    consumer.commit(0, taken[1].offset).await.expect("committed");
    consumer.close().await.expect("closed");
    drop(log);
    stage.reopen();
    let log = stage.log();
    let mut consumer = log.subscribe("enrich", Topic::Rates).await.expect("subscribed");
    assert_eq!(assigned(consumer.as_mut()).await[0].committed, Some(taken[1].offset));
    assert_eq!(payloads(&take(consumer.as_mut(), 2).await), ["2", "3"]);
    let position = log.positions("enrich", Topic::Rates).await.expect("positions")[0];
    assert_eq!((position.committed, position.end), (Some(taken[1].offset), taken[2].offset + 1));
}

pub(crate) async fn a_consumer_can_be_sent_back_and_waits_for_what_is_to_come(stage: &mut impl Stage) {
    let log = stage.log();
    log.publish(Topic::Rates, vec![record("a", "one")]).await.expect("published");
    let mut consumer = log.subscribe("enrich", Topic::Rates).await.expect("subscribed");
    assigned(consumer.as_mut()).await;
    let first = take(consumer.as_mut(), 1).await;
    consumer.seek(0, first[0].offset).await.expect("sought");
    assert_eq!(payloads(&take(consumer.as_mut(), 1).await), ["one"]);
    let waiting = tokio::spawn(async move { payloads(&take(consumer.as_mut(), 1).await) });
    log.publish(Topic::Rates, vec![record("a", "two")]).await.expect("published");
    assert_eq!(waiting.await.expect("no panic"), ["two"]);
}

pub(crate) async fn a_consumer_sent_elsewhere_gets_nothing_from_before(stage: &mut impl Stage) {
    let log = stage.log();
    log.publish(Topic::Rates, numbered(0..3000)).await.expect("published");
    let mut consumer = log.subscribe("enrich", Topic::Rates).await.expect("subscribed");
    assigned(consumer.as_mut()).await;
    consumer.seek(0, 2500).await.expect("sought");
    assert_eq!(take(consumer.as_mut(), 1).await[0].offset, 2500, "nothing from before the assignment was dealt with");
    for place in [10, 2000, 700, 2990, 0, 1] {
        consumer.seek(0, place).await.expect("sought");
        let taken = take(consumer.as_mut(), 5).await;
        assert!(taken.iter().map(|message| message.offset).zip(place..).all(|(have, want)| have == want), "{place}");
    }
    consumer.seek(7, 3).await.expect("a partition that is not its own is none of its business");
    consumer.commit(7, 3).await.expect("nor is what was committed there");
}

pub(crate) async fn groups_and_topics_do_not_touch_each_other(stage: &mut impl Stage) {
    let log = stage.log();
    log.publish(Topic::Rates, vec![record("a", "raw")]).await.expect("published");
    log.publish(Topic::RatesEnriched, vec![record("a", "enriched")]).await.expect("published");
    for group in ["history", "cache"] {
        let mut consumer = log.subscribe(group, Topic::RatesEnriched).await.expect("subscribed");
        assert_eq!(assigned(consumer.as_mut()).await[0].committed, None);
        let taken = take(consumer.as_mut(), 1).await;
        assert_eq!(payloads(&taken), ["enriched"]);
        consumer.commit(0, taken[0].offset + 1).await.expect("committed");
        consumer.close().await.expect("closed");
        let position = log.positions(group, Topic::RatesEnriched).await.expect("positions")[0];
        assert_eq!((position.committed, position.end), (Some(1), 1));
        assert_eq!(log.positions(group, Topic::Rates).await.expect("positions")[0].committed, None);
    }
}

pub(crate) async fn a_follower_starts_where_it_is_told(stage: &mut impl Stage) {
    let log = stage.log();
    log.publish(Topic::Rates, numbered(0..4)).await.expect("published");
    let mut from_start = log.follow(Topic::Rates, Start::Beginning).await.expect("follows");
    let all = follow(from_start.as_mut(), 4).await;
    assert_eq!(payloads(&all), ["0", "1", "2", "3"]);
    let mut from_two = log.follow(Topic::Rates, Start::At(vec![(0, 2)])).await.expect("follows");
    assert_eq!(from_two.positions(), [(0, 2)]);
    assert_eq!(payloads(&follow(from_two.as_mut(), 2).await), ["2", "3"]);
    assert_eq!(from_two.positions(), [(0, 4)]);
    let mut from_then = log.follow(Topic::Rates, Start::Since(all[0].at)).await.expect("follows");
    assert_eq!(payloads(&follow(from_then.as_mut(), 4).await)[0], "0");
    let tomorrow = all[3].at + chrono::TimeDelta::days(1);
    let mut from_tomorrow = log.follow(Topic::Rates, Start::Since(tomorrow)).await.expect("follows");
    let mut from_end = log.follow(Topic::Rates, Start::End).await.expect("follows");
    log.publish(Topic::Rates, numbered(4..5)).await.expect("published");
    assert_eq!(payloads(&follow(from_end.as_mut(), 1).await), ["4"]);
    assert_eq!(payloads(&follow(from_tomorrow.as_mut(), 1).await), ["4"], "what comes later belongs to it");
}

pub(crate) async fn the_newest_of_a_key_is_found(stage: &mut impl Stage) {
    let log = stage.log();
    for topic in [Topic::Rates, Topic::State] {
        assert_eq!(log.newest(topic, "ecb").await.expect("answers"), None);
        let records = vec![record("ecb", "old"), record("kraken", "other"), record("ecb", "new")];
        log.publish(topic, records).await.expect("published");
        let newest = log.newest(topic, "ecb").await.expect("answers").expect("there is one");
        assert_eq!(payloads(&[newest]), ["new"]);
        assert_eq!(log.newest(topic, "nobody").await.expect("answers"), None);
    }
    let mut states = log.follow(Topic::State, Start::Beginning).await.expect("follows");
    let kept = follow(states.as_mut(), 2).await;
    assert!(kept.iter().all(|message| message.offset < 3));
}

pub(crate) async fn the_newest_is_found_far_behind_others(stage: &mut impl Stage) {
    let log = stage.log();
    log.publish(Topic::Rates, vec![record("ecb", "first"), record("rare", "here")]).await.expect("published");
    log.publish(Topic::Rates, numbered(0..2000)).await.expect("published");
    let newest = log.newest(Topic::Rates, "rare").await.expect("answers").expect("there is one");
    assert_eq!((payloads(std::slice::from_ref(&newest))[0].as_str(), newest.offset), ("here", 1));
}

pub(crate) async fn a_group_without_members_can_be_moved(stage: &mut impl Stage) {
    let log = stage.log();
    log.publish(Topic::Rates, numbered(0..4)).await.expect("published");
    let mut consumer = log.subscribe("history", Topic::Rates).await.expect("subscribed");
    assigned(consumer.as_mut()).await;
    let refused = log.move_group("history", Topic::Rates, Start::Beginning).await.err();
    assert!(matches!(refused, Some(StreamError::GroupActive { members: 1, .. })), "{refused:?}");
    consumer.close().await.expect("closed");
    for (to, stands) in [(Start::At(vec![(0, 2)]), 2), (Start::Beginning, 0), (Start::End, 4), (Start::At(vec![]), 4)] {
        let at = log.move_group("history", Topic::Rates, to.clone()).await.expect("moved");
        assert_eq!((at[0].committed, at[0].end), (Some(stands), 4), "{to:?}");
    }
    log.move_group("history", Topic::Rates, Start::At(vec![(0, 2)])).await.expect("moved");
    let mut consumer = log.subscribe("history", Topic::Rates).await.expect("subscribed");
    assert_eq!(assigned(consumer.as_mut()).await[0].committed, Some(2));
    assert_eq!(payloads(&take(consumer.as_mut(), 2).await), ["2", "3"]);
}

pub(crate) async fn what_retention_has_removed_is_gone(stage: &mut impl Stage) {
    let log = stage.log();
    log.publish(Topic::Rates, numbered(0..4)).await.expect("published");
    let mut early = log.follow(Topic::Rates, Start::At(vec![(0, 1)])).await.expect("follows");
    follow(early.as_mut(), 3).await;
    stage.remove_before(Topic::Rates, 2).await;
    let gone = log.follow(Topic::Rates, Start::At(vec![(0, 1)])).await.err();
    assert!(matches!(gone, Some(StreamError::Gone { wanted: 1, oldest: 2, .. })), "{gone:?}");
    let mut rest = log.follow(Topic::Rates, Start::Beginning).await.expect("follows");
    assert_eq!(payloads(&follow(rest.as_mut(), 2).await), ["2", "3"]);
    stage.remove_before(Topic::Rates, 4).await;
    log.publish(Topic::Rates, numbered(4..5)).await.expect("published");
    assert_eq!(follow(early.as_mut(), 1).await[0].offset, 4, "offsets are never used again, and nothing was missed");
}

pub(crate) async fn a_follower_that_is_too_slow_is_told(stage: &mut impl Stage) {
    let log = stage.log();
    log.publish(Topic::Rates, (0..500).map(large).collect()).await.expect("published");
    let mut follower = log.follow(Topic::Rates, Start::Beginning).await.expect("follows");
    stage.remove_before(Topic::Rates, 450).await;
    let mut next = 0;
    let gone = loop {
        match soon("news", follower.next()).await {
            // A client may have fetched the first ones already.
            Ok(messages) => next += messages.len() as u64,
            Err(error) => break error,
        }
        assert_eq!(follower.positions(), [(0, next)], "nothing is left out without a word");
    };
    assert!(matches!(gone, StreamError::Gone { wanted, oldest: 450, .. } if wanted == next), "{gone:?} at {next}");
}

pub(crate) async fn a_partition_that_is_not_there_is_refused(stage: &mut impl Stage) {
    let log = stage.log();
    assert_eq!(log.partitions(Topic::Rates).await.expect("answers"), 1);
    let there = Record { partition: Some(0), ..record("a", "there") };
    let elsewhere = Record { partition: Some(1), ..record("a", "elsewhere") };
    log.publish(Topic::Rates, vec![there]).await.expect("published");
    let refused = soon("a refusal", log.publish(Topic::Rates, vec![elsewhere])).await.expect_err("is refused");
    assert!(refused.to_string().contains("fx-rates"), "{refused}");
}

pub(crate) async fn a_log_that_is_well_says_so(stage: &mut impl Stage) {
    let log = stage.log();
    log.check().await.expect("is well");
    assert_eq!(log.trouble(), None);
}

pub(crate) async fn a_group_says_how_far_behind_it_is(stage: &mut impl Stage) {
    let (log, group) = (stage.log(), fx_testkit::unique());
    let metrics = metrics();
    let lag = |behind: u32| {
        let line = format!("fx_stream_lag_messages{{group=\"{group}\",topic=\"fx-rates\"}} {behind}\n");
        async move { until(&line.clone(), || metrics.render().contains(&line)).await }
    };
    log.publish(Topic::Rates, numbered(0..10)).await.expect("published");
    let mut consumer = log.subscribe(&group, Topic::Rates).await.expect("subscribed");
    assigned(consumer.as_mut()).await;
    take(consumer.as_mut(), 10).await;
    lag(10).await;
    consumer.commit(0, 4).await.expect("committed");
    lag(6).await;
    log.publish(Topic::Rates, numbered(10..12)).await.expect("published");
    lag(8).await;
    take(consumer.as_mut(), 2).await;
    consumer.commit(0, 12).await.expect("committed");
    lag(0).await;
}

pub(crate) async fn a_consumer_that_is_busy_for_long_misses_nothing(stage: &mut impl Stage) {
    let log = stage.log();
    let mut consumer = log.subscribe("history", Topic::Rates).await.expect("subscribed");
    assigned(consumer.as_mut()).await;
    let mut offsets = Vec::new();
    for round in 0..4 {
        // More than is kept ready; what the consumer is busy with is that nobody asks it.
        log.publish(Topic::Rates, (0..500).map(large).collect()).await.expect("published");
        let busy = tokio::time::sleep(std::time::Duration::from_millis(700 * round));
        busy.await;
        offsets.extend(take(consumer.as_mut(), 400).await.iter().map(|message| message.offset));
    }
    let left = 2000 - offsets.len();
    offsets.extend(take(consumer.as_mut(), left).await.iter().map(|message| message.offset));
    assert!(offsets.into_iter().eq(0..2000));
}

/// So large that more is in the log than is kept ready.
fn large(number: u32) -> Record {
    Record { payload: noise(20_000, number).into(), ..record("a", &number.to_string()) }
}
