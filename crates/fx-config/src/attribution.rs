//! Whom rates are by, as their providers want to be named.

use crate::sections::feed::Provider;

/// A provider's words for itself, and where they lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribution {
    /// To be shown.
    pub text: &'static str,
    /// To be linked to.
    pub url: &'static str,
}

impl Provider {
    /// How the provider wants to be named wherever its rates are shown.
    pub fn attribution(self) -> Attribution {
        let (text, url) = match self {
            Self::Kraken => ("Quotes by Kraken", "https://www.kraken.com"),
            Self::ExchangerateApiOpen => ("Rates by Exchange Rate API", "https://www.exchangerate-api.com"),
            Self::ExchangerateApiV6 | Self::ExchangerateApiV4 => {
                ("Rates by ExchangeRate-API", "https://www.exchangerate-api.com")
            }
            Self::Frankfurter => ("Rates of the European Central Bank by Frankfurter", "https://frankfurter.dev"),
            Self::Ecb => (
                "Source: ECB euro foreign exchange reference rates",
                "https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html",
            ),
            Self::OpenExchangeRates => ("Rates by Open Exchange Rates", "https://openexchangerates.org"),
            Self::Coinbase => ("Rates by Coinbase", "https://www.coinbase.com"),
        };
        Attribution { text, url }
    }
}
