//! The machine against a model that keeps every rate that counted and looks back over all of them at each one.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
struct Counted {
    at: Timestamp,
    source_ts: Timestamp,
    value: f64,
    is_correction: bool,
}

/// The rates that count, by the words of the module: neither suspect, nor repeated, nor late.
fn counted(updates: &[Update]) -> Vec<Counted> {
    let mut kept: Vec<(&Update, bool)> = Vec::new();
    for update in updates.iter().filter(|update| update.quality != Quality::Suspect) {
        let newest = kept.iter().map(|(kept, _)| kept.seen.source_ts).max();
        let versions = kept.iter().filter(|(kept, _)| kept.seen.source_ts == update.seen.source_ts);
        let newest_version = versions.map(|(kept, _)| kept.seen.fetched_at).max();
        let is_newer = newest.is_none_or(|newest| update.seen.source_ts > newest);
        let is_correction =
            newest == Some(update.seen.source_ts) && newest_version.is_some_and(|it| update.seen.fetched_at > it);
        if is_newer || is_correction {
            kept.push((update, is_correction));
        }
    }
    kept.into_iter()
        .map(|(update, is_correction)| Counted {
            at: update.seen.fetched_at,
            source_ts: update.seen.source_ts,
            value: update.seen.value,
            is_correction,
        })
        .collect()
}

/// Firings and closings, as positions in the rates that count.
fn episodes(rule: &Rule, rates: &[Counted]) -> Vec<(usize, Option<usize>)> {
    let Condition::Level { kind, threshold } = rule.condition else { unreachable!("only levels") };
    let up_side = |value: f64| value > threshold;
    let down_side = |value: f64| value < threshold;
    let clear = rule.clear_threshold.unwrap_or(threshold);
    let mut episodes: Vec<(usize, Option<usize>)> = Vec::new();
    for now in 0..rates.len() {
        let value = rates[now].value;
        let crossed_up = |at: usize| at > 0 && !up_side(rates[at - 1].value) && up_side(rates[at].value);
        let crossed_down = |at: usize| at > 0 && !down_side(rates[at - 1].value) && down_side(rates[at].value);
        let open = episodes.last().is_some_and(|(_, closed)| closed.is_none());
        if open {
            let closes = match kind {
                LevelKind::Above | LevelKind::CrossesUp => value <= clear,
                LevelKind::Below | LevelKind::CrossesDown => value >= clear,
                LevelKind::Crosses => crossed_up(now) || crossed_down(now),
            };
            if !closes {
                continue;
            }
            episodes.last_mut().expect("one is open").1 = Some(now);
        }
        if rule.once && !episodes.is_empty() {
            continue;
        }
        // The run of rates at which the condition was true without a break, no longer than since the last closing.
        let after = episodes.last().map_or(0, |(_, closed)| closed.expect("none is open"));
        let is_up = match kind {
            LevelKind::Above | LevelKind::CrossesUp => true,
            LevelKind::Below | LevelKind::CrossesDown => false,
            LevelKind::Crosses => up_side(value),
        };
        let side: &dyn Fn(f64) -> bool = if is_up { &up_side } else { &down_side };
        let Some(start) = (after..=now).rev().take_while(|&at| side(rates[at].value)).last() else { continue };
        let began = match kind {
            LevelKind::Above | LevelKind::Below => true,
            LevelKind::CrossesUp => crossed_up(start),
            LevelKind::CrossesDown => crossed_down(start),
            LevelKind::Crosses => crossed_up(start) || crossed_down(start),
        };
        let distinct = 1 + rates[start + 1..=now].iter().filter(|rate| !rate.is_correction).count();
        let held = rates[now].source_ts - rates[start].source_ts;
        let cool = episodes
            .last()
            .is_none_or(|(fired, _)| rule.cooldown.is_none_or(|cooldown| rates[now].at - rates[*fired].at >= cooldown));
        let long_enough = rule.hold_for.is_none_or(|hold_for| held >= hold_for);
        if began && cool && long_enough && distinct >= usize::try_from(rule.min_updates).expect("small") {
            episodes.push((now, None));
        }
    }
    episodes
}

fn rules() -> impl Strategy<Value = Rule> {
    let kinds = prop::sample::select(&Kind::ALL[..5]);
    (kinds, any::<bool>(), 0i64..4, 1u32..4, 0i64..6, prop::bool::weighted(0.2)).prop_map(
        |(kind, clears, hold, min_updates, cooldown, once)| {
            let clear = match kind {
                _ if !clears => "null",
                Kind::Above | Kind::CrossesUp => "1.08",
                Kind::Below | Kind::CrossesDown => "1.12",
                _ => "null",
            };
            let span = |minutes: i64| if minutes == 0 { "null".to_owned() } else { format!("\"{minutes}m\"") };
            rule(&format!(
                r#"{{"pair":"EURUSD","condition":"{}","threshold":1.1,"clear_threshold":{clear},"for":{},
                    "min_updates":{min_updates},"cooldown":{},"once":{once}}}"#,
                kind.name(),
                span(hold),
                span(cooldown),
            ))
        },
    )
}

/// Rates around the threshold, one in a while late, repeated, corrected, suspect, or after a gap.
fn updates() -> impl Strategy<Value = Vec<Update>> {
    let one = (0u32..10, prop::sample::select(&[1.06, 1.08, 1.09, 1.1, 1.11, 1.12, 1.14][..]), 0u32..12);
    prop::collection::vec(one, 0..60).prop_map(|steps| {
        let (mut source_minute, mut log_minute) = (0, 0);
        let mut made: Vec<Update> = Vec::new();
        for (kind, value, odd) in steps {
            log_minute += 1;
            let mut next = update(source_minute, value);
            next.seen.fetched_at = minute(log_minute);
            match kind {
                0 => next.seen.source_ts = minute(source_minute - 2),
                1 => {}
                2 => made.extend(made.last().cloned()),
                3 => source_minute += 5,
                _ => source_minute += 1,
            }
            if kind >= 3 {
                next.seen.source_ts = minute(source_minute);
            }
            if odd == 0 {
                next.quality = Quality::Unusual;
            }
            made.push(next);
        }
        made
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn the_machine_has_the_episodes_of_the_model(rule in rules(), updates in updates()) {
        let rates = counted(&updates);
        let expected: Vec<_> = episodes(&rule, &rates)
            .into_iter()
            .map(|(fired, closed)| (rates[fired].at, closed.map(|closed| rates[closed].at)))
            .collect();
        let (_, transitions) = run(&rule, &updates);
        let mut found: Vec<(Timestamp, Option<Timestamp>)> = Vec::new();
        for it in &transitions {
            match (it.from, it.to) {
                (State::Recovering, State::Firing) => {}
                (_, State::Firing) => found.push((it.at, None)),
                (State::Firing | State::Recovering, State::Normal | State::Expired) => {
                    found.last_mut().expect("it fired").1 = Some(it.at);
                }
                _ => {}
            }
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn transitions_form_one_chain_with_one_firing_an_episode(rule in rules(), updates in updates()) {
        let (state, transitions) = run(&rule, &updates);
        let mut at = State::NoData;
        let mut fired = std::collections::HashSet::new();
        for it in &transitions {
            prop_assert_eq!(it.from, at);
            at = it.to;
            if it.to == State::Firing && it.from != State::Recovering {
                prop_assert!(fired.insert(it.episode_id.expect("a firing opens an episode")));
            }
            let in_episode = matches!(it.from, State::Firing | State::Recovering) || it.to == State::Firing;
            prop_assert_eq!(it.episode_id.is_some(), in_episode);
        }
        prop_assert_eq!(state.state, at);
        prop_assert_eq!(state.transitions, u64::try_from(transitions.len()).expect("small"));
    }

    #[test]
    fn a_state_that_was_stored_goes_on_as_if_it_had_not(rule in rules(), updates in updates()) {
        let (mut state, mut transitions) = (PairState::default(), Vec::new());
        for update in &updates {
            let stored = serde_json::to_string(&state).expect("serialises");
            let loaded = serde_json::from_str(&stored).expect("is read again");
            let next = step(&watched(&rule), loaded, &rate(update), update.seen.fetched_at);
            state = next.state;
            transitions.extend(next.transitions);
        }
        prop_assert_eq!((state, transitions), run(&rule, &updates));
    }
}
