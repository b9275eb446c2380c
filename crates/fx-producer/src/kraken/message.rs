//! What Kraken sends and is sent.

use std::borrow::Cow;

use fx_domain::clock::Timestamp;
use fx_domain::pair::Pair;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

/// A message from Kraken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    /// Quotes: all of them after a subscription, then those that changed.
    Tickers(Vec<Ticker>),
    /// The answer to the subscription of one symbol.
    Subscribed(String),
    /// The same, where it was refused.
    NotSubscribed {
        /// Where Kraken names it.
        symbol: Option<String>,
        /// Kraken's words.
        error: String,
    },
    /// What the exchange says of itself: `online`, `maintenance`, …
    System(String),
    /// A sign of life.
    Alive,
}

/// The best bid and offer of a symbol, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ticker {
    pub(super) symbol: String,
    pub(super) bid: String,
    pub(super) ask: String,
    /// Missing in older recordings.
    pub(super) timestamp: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    channel: Option<&'a str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    method: Option<&'a str>,
    success: Option<bool>,
    #[serde(borrow)]
    error: Option<Cow<'a, str>>,
    #[serde(borrow)]
    symbol: Option<Cow<'a, str>>,
    #[serde(borrow)]
    result: Option<Subscription<'a>>,
}

#[derive(Deserialize)]
struct Subscription<'a> {
    #[serde(borrow)]
    symbol: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct TickerFields<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    #[serde(borrow)]
    bid: &'a RawValue,
    #[serde(borrow)]
    ask: &'a RawValue,
    timestamp: Option<Timestamp>,
}

#[derive(Deserialize)]
struct SystemFields<'a> {
    #[serde(borrow)]
    system: Cow<'a, str>,
}

/// Reads a message. Unknown channels are signs of life: Kraken may add some.
pub(super) fn read(text: &str) -> Result<Incoming, serde_json::Error> {
    let envelope: Envelope<'_> = serde_json::from_str(text)?;
    let data = envelope.data.map_or("[]", RawValue::get);
    match (envelope.channel, envelope.method) {
        (Some("ticker"), _) => {
            let fields: Vec<TickerFields<'_>> = serde_json::from_str(data)?;
            Ok(Incoming::Tickers(fields.into_iter().map(Ticker::from).collect()))
        }
        (Some("status"), _) => {
            let fields: Vec<SystemFields<'_>> = serde_json::from_str(data)?;
            let system = fields.into_iter().next().map(|first| Incoming::System(first.system.into_owned()));
            Ok(system.unwrap_or(Incoming::Alive))
        }
        (_, Some("subscribe")) => Ok(subscription(envelope)),
        _ => Ok(Incoming::Alive),
    }
}

fn subscription(envelope: Envelope<'_>) -> Incoming {
    let in_result = envelope.result.and_then(|result| result.symbol);
    let symbol = envelope.symbol.or(in_result).map(Cow::into_owned);
    if envelope.success == Some(true) {
        return symbol.map_or(Incoming::Alive, Incoming::Subscribed);
    }
    let error = envelope.error.unwrap_or(Cow::Borrowed("refused without a reason"));
    Incoming::NotSubscribed { symbol, error: error.chars().take(200).collect() }
}

impl From<TickerFields<'_>> for Ticker {
    fn from(fields: TickerFields<'_>) -> Self {
        Self {
            symbol: fields.symbol.into_owned(),
            bid: fields.bid.get().to_owned(),
            ask: fields.ask.get().to_owned(),
            timestamp: fields.timestamp,
        }
    }
}

/// The subscription to every change of best bid or offer.
pub(super) fn subscribe(symbols: &[Pair]) -> String {
    let symbols: Vec<String> = symbols.iter().map(|&pair| symbol_of(pair)).collect();
    let params = json!({ "channel": "ticker", "symbol": symbols, "event_trigger": "bbo", "snapshot": true });
    json!({ "method": "subscribe", "params": params }).to_string()
}

/// A pair as Kraken writes it.
pub(super) fn symbol_of(pair: Pair) -> String {
    format!("{}/{}", pair.base(), pair.quote())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticker_keeps_its_figures_as_written() {
        let text = r#"{"channel":"ticker","type":"update","data":[{"symbol":"EUR/USD","bid":1.08420,"bid_qty":1.5,
            "ask":1.0843,"ask_qty":2,"last":1.0842,"volume":1,"vwap":1.08,"low":1,"high":2,"change":0.1,"change_pct":1,
            "timestamp":"2023-09-25T09:04:31.742648Z"}]}"#;
        let expected = Ticker {
            symbol: "EUR/USD".to_owned(),
            bid: "1.08420".to_owned(),
            ask: "1.0843".to_owned(),
            timestamp: "2023-09-25T09:04:31.742648Z".parse().ok(),
        };
        assert_eq!(read(text).expect("a message"), Incoming::Tickers(vec![expected]));
    }

    #[test]
    fn an_older_ticker_has_no_time() {
        let text = r#"{"channel":"ticker","type":"snapshot","data":[{"symbol":"USD/JPY","bid":150,"ask":150.01}]}"#;
        let Incoming::Tickers(tickers) = read(text).expect("a message") else { panic!("no ticker") };
        assert_eq!(tickers[0].timestamp, None);
    }

    #[test]
    fn subscriptions_are_answered_by_symbol() {
        let good = r#"{"method":"subscribe","result":{"channel":"ticker","symbol":"EUR/USD"},"success":true}"#;
        assert_eq!(read(good).expect("a message"), Incoming::Subscribed("EUR/USD".to_owned()));
        let bad = r#"{"error":"Currency pair not supported EUR/XXX","method":"subscribe","success":false,"symbol":"EUR/XXX"}"#;
        let error = "Currency pair not supported EUR/XXX".to_owned();
        let expected = Incoming::NotSubscribed { symbol: Some("EUR/XXX".to_owned()), error };
        assert_eq!(read(bad).expect("a message"), expected);
    }

    #[test]
    fn everything_else_is_a_sign_of_life() {
        for text in [r#"{"channel":"heartbeat"}"#, r#"{"method":"pong"}"#, r#"{"channel":"new","data":{"a":1}}"#] {
            assert_eq!(read(text).expect("a message"), Incoming::Alive, "{text}");
        }
        let status = r#"{"channel":"status","type":"update","data":[{"system":"maintenance","version":"2.0.0"}]}"#;
        assert_eq!(read(status).expect("a message"), Incoming::System("maintenance".to_owned()));
        assert!(read("<html>").is_err());
        assert!(read(r#"{"channel":"ticker","data":[{"symbol":"EUR/USD"}]}"#).is_err());
    }

    #[test]
    fn the_subscription_is_as_kraken_wants_it() {
        let pairs: Vec<Pair> = ["EURUSD", "USDJPY"].iter().map(|id| id.parse().expect("a pair")).collect();
        let sent: serde_json::Value = serde_json::from_str(&subscribe(&pairs)).expect("json");
        let expected = json!({"method": "subscribe", "params": {"channel": "ticker", "symbol": ["EUR/USD", "USD/JPY"],
            "event_trigger": "bbo", "snapshot": true}});
        assert_eq!(sent, expected);
    }
}
