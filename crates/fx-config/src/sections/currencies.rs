//! `[currencies]`: what is tracked.

use fx_domain::currency::Currency;
use serde::{Deserialize, Serialize};

use crate::error::Finding;

/// `[currencies]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CurrenciesSettings {
    /// The currencies (ISO 4217) whose rates against the pivot are tracked; crosses between any
    /// two of them come on top. Default EUR, GBP, JPY, CAD, AUD, CHF, CNY, INR: 8 and 28 crosses.
    pub tracked: Vec<Currency>,
    /// The currency against which the others are tracked; not itself in the list. Default USD.
    pub pivot: Currency,
}

impl Default for CurrenciesSettings {
    fn default() -> Self {
        let code = |code: &str| code.parse().expect("the defaults are ISO 4217 codes");
        let tracked = ["EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "CNY", "INR"];
        Self { tracked: tracked.into_iter().map(code).collect(), pivot: code("USD") }
    }
}

impl CurrenciesSettings {
    /// The pivot and the tracked currencies, the pivot first.
    pub fn all(&self) -> Vec<Currency> {
        std::iter::once(self.pivot).chain(self.tracked.iter().copied()).collect()
    }

    /// How many pairs are tracked: n against the pivot and n(n−1)/2 crosses.
    pub fn pair_count(&self) -> usize {
        let n = self.tracked.len();
        n * (n + 1) / 2
    }

    pub(crate) fn validate(&self) -> Vec<Finding> {
        const KEY: &str = "currencies.tracked";
        let mut findings = Vec::new();
        if self.tracked.is_empty() {
            findings.push(Finding::of(KEY, "[]", "must name at least one currency"));
        }
        for (i, code) in self.tracked.iter().enumerate() {
            if *code == self.pivot {
                let problem = "is the pivot and is tracked anyway; remove it from the list";
                findings.push(Finding::text(KEY, &code.to_string(), problem));
            } else if self.tracked[..i].contains(code) {
                let problem = "stands twice; name each currency once";
                findings.push(Finding::text(KEY, &code.to_string(), problem));
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_36_pairs() {
        let settings = CurrenciesSettings::default();
        assert_eq!((settings.pair_count(), settings.all().len()), (36, 9));
        assert!(settings.validate().is_empty());
    }

    #[test]
    fn the_pivot_and_doubles_are_refused() {
        let mut settings = CurrenciesSettings::default();
        settings.tracked.push(settings.pivot);
        settings.tracked.push(settings.tracked[0]);
        let problems: Vec<_> = settings.validate().into_iter().filter_map(|f| f.value).collect();
        assert_eq!(problems, ["\"USD\"", "\"EUR\""]);
    }
}
