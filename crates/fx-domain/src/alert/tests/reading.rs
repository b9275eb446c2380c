use super::*;

fn problems(json: &str) -> Vec<(String, String)> {
    match Rule::from_json(json.as_bytes()) {
        Err(RuleError::Invalid(problems)) => problems.into_iter().map(|it| (it.pointer, it.detail)).collect(),
        other => panic!("{json} gave {other:?}"),
    }
}

fn only_problem(json: &str) -> (String, String) {
    let [problem] = <[_; 1]>::try_from(problems(json)).unwrap_or_else(|many| panic!("{json} gave {many:?}"));
    problem
}

#[test]
fn the_short_form_is_the_long_form() {
    let short = rule(r#"{"pair":"EUR/USD","condition":"above","threshold":1.1}"#);
    let long = rule(r#"{"pairs":["EURUSD"],"condition":{"kind":"above","threshold":1.1}}"#);
    assert_eq!(short, long);
    assert_eq!(short.name, "EURUSD above 1.1");
    assert_eq!((short.min_updates, short.severity), (1, Severity::Warning));
    assert_eq!(rule(r#"{"pair":"*","condition":"below","threshold":2}"#).pairs, Pairs::All);
}

#[test]
fn every_field_is_written_and_read_again() {
    let full = rule(
        r#"{"name":"n","pairs":["EURUSD","usd-jpy"],"condition":{"kind":"crosses_up","threshold":1.1},
            "clear_threshold":1.09,"for":"10m","min_updates":2,"cooldown":"1h","repeat_every":"6h","once":true,
            "expires_at":"2026-12-31T17:00:00Z","severity":"critical","channels":["ops","me"],"rebase_on_fire":false,"closed_market":true,
            "source":"ecb","note":"why"}"#,
    );
    let written = serde_json::to_string(&full).expect("serialises");
    assert_eq!(rule(&written), full);
    assert_eq!(
        written,
        r#"{"name":"n","pairs":["EURUSD","USDJPY"],"condition":{"kind":"crosses_up","threshold":1.1},"clear_threshold":1.09,"for":"10m","min_updates":2,"cooldown":"1h","repeat_every":"6h","once":true,"expires_at":"2026-12-31T17:00:00Z","severity":"critical","channels":["ops","me"],"rebase_on_fire":false,"closed_market":true,"source":"ecb","note":"why"}"#
    );
    let all = rule(r#"{"pairs":["*"],"condition":{"kind":"crosses","threshold":1}}"#);
    assert_eq!(rule(&serde_json::to_string(&all).expect("serialises")), all);
}

#[test]
fn a_made_name_is_read_again_however_long_its_figures_are() {
    let huge = r#"{"pair":"*","condition":{"kind":"leaves_channel","low":1e307,"high":1.2140093922545943e+308}}"#;
    let huge = rule(huge);
    assert_eq!(huge.name.chars().count(), 200);
    assert_eq!(rule(&serde_json::to_string(&huge).expect("serialises")), huge);
}

#[test]
fn thresholds_that_are_none_are_named() {
    for (threshold, named) in [
        ("1e400", "`1e400` is not finite"),
        ("0", "`0` is no rate"),
        ("-1.1", "`-1.1` is no rate"),
        ("\"1.1\"", "`1.1` is a string"),
        ("\"NaN\"", "`NaN` is a string"),
        ("true", "`true` is no number"),
        ("null", "missing"),
        ("{}", "`{}` is no number"),
    ] {
        let short = only_problem(&format!(r#"{{"pair":"EURUSD","condition":"above","threshold":{threshold}}}"#));
        assert_eq!(short.0, "/threshold");
        assert!(short.1.contains(named), "{threshold}: {}", short.1);
        let long =
            only_problem(&format!(r#"{{"pair":"EURUSD","condition":{{"kind":"above","threshold":{threshold}}}}}"#));
        assert_eq!(long.0, "/condition/threshold");
        assert!(long.1.contains(named), "{threshold}: {}", long.1);
    }
}

#[test]
fn what_is_no_json_is_unreadable_and_named() {
    let unreadable = |body: &[u8]| match Rule::from_json(body) {
        Err(RuleError::Unreadable(detail)) => detail,
        other => panic!("{other:?}"),
    };
    let nan = unreadable(br#"{"pair":"EURUSD","condition":"above","threshold":NaN}"#);
    assert!(nan.contains("`NaN`"), "{nan}");
    for body in
        [&b""[..], b"{", b"[]", b"3", b"null", b"\xff", "{\"pair\":é".as_bytes(), b"{} {}", br#"{"pair":"EURUSD","#]
    {
        assert!(!unreadable(body).is_empty());
    }
}

#[test]
fn every_mistake_is_said_at_once() {
    let found = problems(
        r#"{"pairs":["EURXXX","*","EURUSD","EUR/USD",3],"condition":{"kind":"over","threshold":-1},"for":"soon",
            "min_updates":0,"cooldown":5,"severity":"bad","once":1,"source":"A B","channels":"ops","id":"x","treshold":1,
            "note":"","once":true,"repeat_every":"often"}"#,
    );
    let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    for pointer in [
        "/pairs/0",
        "/pairs/1",
        "/pairs/3",
        "/pairs/4",
        "/condition/kind",
        "/condition/threshold",
        "/for",
        "/min_updates",
        "/cooldown",
        "/severity",
        "/once",
        "/source",
        "/channels",
        "/id",
        "/treshold",
        "/note",
        "/repeat_every",
    ] {
        assert!(pointers.contains(&pointer), "{pointer} is missing in {found:?}");
    }
}

#[test]
fn a_kind_that_is_none_lists_those_there_are() {
    let valid = Kind::ALL.map(Kind::name).join(", ");
    let unknown = only_problem(r#"{"pair":"EURUSD","condition":"over","threshold":1}"#);
    assert_eq!(unknown, ("/condition".to_owned(), format!("unknown kind `over`, expected one of {valid}")));
    let short = only_problem(r#"{"pair":"EURUSD","condition":"zscore","threshold":1}"#);
    let wanted = r#"`zscore` needs more than a threshold, expected {"kind":"zscore","updates":20,"threshold":3}"#;
    assert_eq!(short, ("/condition".to_owned(), wanted.to_owned()));
}

#[test]
fn the_clear_threshold_lies_on_the_safe_side() {
    for (kind, clear, right) in [
        ("above", 1.0, true),
        ("above", 1.1, true),
        ("above", 1.2, false),
        ("below", 1.0, false),
        ("below", 1.2, true),
        ("crosses_up", 1.2, false),
        ("crosses_down", 1.0, false),
        ("crosses", 1.1, false),
        ("crosses", 1.0, false),
    ] {
        let json = format!(r#"{{"pair":"EURUSD","condition":"{kind}","threshold":1.1,"clear_threshold":{clear}}}"#);
        assert_eq!(Rule::from_json(json.as_bytes()).is_ok(), right, "{json}");
        if !right {
            assert_eq!(only_problem(&json).0, "/clear_threshold");
        }
    }
}

#[test]
fn missing_fields_are_told() {
    let pointers: Vec<_> = problems("{}").into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/pairs", "/condition"]);
    assert_eq!(only_problem(r#"{"pair":"EURUSD","pairs":["EURUSD"],"condition":"above","threshold":1}"#).0, "/pairs");
    assert_eq!(
        only_problem(r#"{"pair":"EURUSD","condition":{"kind":"above","threshold":1},"threshold":1}"#).0,
        "/threshold"
    );
    assert_eq!(only_problem(r#"{"pairs":[],"condition":"above","threshold":1}"#).0, "/pairs");
    assert_eq!(only_problem(r#"{"pair":"EURUSD","condition":"above","threshold":1,"a/b~":1}"#).0, "/a~1b~0");
    assert_eq!(
        only_problem(r#"{"pair":"EURUSD","condition":{"kind":"above","threshold":1,"low":2}}"#).0,
        "/condition/low"
    );
    assert_eq!(only_problem(r#"{"pair":"EURUSD","condition":[1],"threshold":1}"#).0, "/condition");
}

#[test]
fn a_flood_of_fields_is_answered_briefly() {
    let fields: Vec<_> = (0..9000).map(|at| format!("\"{at}\":1")).collect();
    let found = problems(&format!("{{{}}}", fields.join(",")));
    assert!(found.len() < 100);
    assert_eq!(found[0], (String::new(), "9000 fields are too many, expected at most 64".to_owned()));
    let nested = format!(r#"{{"pair":{}1{}}}"#, "[".repeat(30_000), "]".repeat(30_000));
    assert!(Rule::from_json(nested.as_bytes()).is_err());
}

#[test]
fn every_condition_is_written_and_read_again() {
    for (condition, name) in [
        (r#"{"kind":"enters_channel","low":1.05,"high":1.1}"#, "EURUSD enters channel 1.05 to 1.1"),
        (r#"{"kind":"leaves_channel","low":1.05,"high":1.1}"#, "EURUSD leaves channel 1.05 to 1.1"),
        (r#"{"kind":"change_abs","delta":0.01,"window":"90m","direction":"down"}"#, "EURUSD falls 0.01 in 90m"),
        (r#"{"kind":"change_pct","percent":1.5,"window":"1d","direction":"up"}"#, "EURUSD rises 1.5 % in 1d"),
        (
            r#"{"kind":"volatility_above","measure":"price_stddev_20","threshold":0.1}"#,
            "EURUSD price_stddev_20 above 0.1",
        ),
        (r#"{"kind":"zscore","updates":20,"threshold":3.0}"#, "EURUSD zscore of 20 above 3"),
        (r#"{"kind":"stale","factor":2.5}"#, "EURUSD stale for 2.5 times its cadence"),
        (r#"{"kind":"divergence","sources":["kraken","ecb"],"bp":20.0}"#, "EURUSD kraken and ecb 20 bp apart"),
    ] {
        let read = rule(&format!(r#"{{"pair":"EURUSD","condition":{condition}}}"#));
        assert_eq!(read.name, name);
        assert_eq!(serde_json::to_string(&read.condition).expect("serialises"), condition);
        assert_eq!(rule(&serde_json::to_string(&read).expect("serialises")), read);
    }
    let either = rule(r#"{"pair":"EURUSD","condition":{"kind":"change_pct","percent":1,"window":"1h"}}"#);
    assert!(matches!(either.condition, Condition::Change { direction: Direction::Either, .. }));
}

#[test]
fn every_mistake_in_a_condition_has_its_pointer() {
    for (condition, pointer, named) in [
        (r#"{"kind":"enters_channel","low":1.1}"#, "/condition/high", "missing"),
        (r#"{"kind":"enters_channel","low":1.1,"high":1.1}"#, "/condition/high", "more than 1.1"),
        (r#"{"kind":"change_abs","delta":0,"window":"1h"}"#, "/condition/delta", "above 0"),
        (r#"{"kind":"change_pct","delta":1,"percent":1,"window":"1h"}"#, "/condition/delta", "unknown field"),
        (r#"{"kind":"change_pct","percent":1,"window":"31d"}"#, "/condition/window", "expected 1s to 30d"),
        (r#"{"kind":"change_pct","percent":1,"window":"10ms"}"#, "/condition/window", "expected 1s to 30d"),
        (r#"{"kind":"change_pct","percent":1,"window":"1h","direction":"left"}"#, "/condition/direction", "`left`"),
        (r#"{"kind":"volatility_above","measure":"vix","threshold":1}"#, "/condition/measure", "`vix`"),
        (r#"{"kind":"zscore","updates":1,"threshold":1}"#, "/condition/updates", "2 to 1000"),
        (r#"{"kind":"stale","factor":-1}"#, "/condition/factor", "above 0"),
        (r#"{"kind":"divergence","sources":["ecb"],"bp":1}"#, "/condition/sources", "1 feeds"),
        (r#"{"kind":"divergence","sources":["ecb","ecb"],"bp":1}"#, "/condition/sources", "twice"),
    ] {
        let problem = only_problem(&format!(r#"{{"pair":"EURUSD","condition":{condition}}}"#));
        assert_eq!(problem.0, pointer, "{condition}");
        assert!(problem.1.contains(named), "{condition}: {}", problem.1);
    }
}

#[test]
fn what_says_nothing_beside_its_condition_is_refused() {
    let stale = r#""condition":{"kind":"stale","factor":3}"#;
    let apart = r#""condition":{"kind":"divergence","sources":["kraken","ecb"],"bp":20}"#;
    let above = r#""condition":"above","threshold":1.1"#;
    for (rest, pointer) in [
        (format!(r#"{stale},"min_updates":2"#), "/min_updates"),
        (format!(r#"{stale},"clear_threshold":2"#), "/clear_threshold"),
        (format!(r#"{apart},"source":"ecb""#), "/source"),
        (format!(r#"{apart},"clear_threshold":21"#), "/clear_threshold"),
        (format!(r#"{above},"rebase_on_fire":true"#), "/rebase_on_fire"),
        (format!(r#"{above},"expires_at":"soon""#), "/expires_at"),
        (format!(r#"{above},"channels":["a","a"]"#), "/channels/1"),
        (format!(r#"{above},"channels":[""]"#), "/channels/0"),
    ] {
        assert_eq!(only_problem(&format!(r#"{{"pair":"EURUSD",{rest}}}"#)).0, pointer, "{rest}");
    }
}
