//! `GET /currencies`

use fx_domain::currency::Currency;
use salvo::Writer;
use salvo::oapi::{ToSchema, endpoint};
use serde::Serialize;

use crate::prepared::Prepared;
use crate::problem::Problem;
use crate::query::{NoParameters, Query};

/// Every currency that is known here.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Currencies"))]
struct CurrenciesView {
    /// How many there are.
    count: usize,
    /// By code.
    currencies: Vec<CurrencyView>,
}

/// A currency of ISO 4217.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Currency"))]
struct CurrencyView {
    /// Three letters.
    #[salvo(schema(example = "EUR"))]
    code: &'static str,
    /// Its English name.
    #[salvo(schema(example = "Euro"))]
    name: String,
    /// Digits after the point in an amount of money; null for metals and units of account.
    #[salvo(schema(example = 2))]
    minor_unit: Option<u16>,
}

/// The currencies that pairs may be made of. Whether a feed has a rate of one, `/rates` shows.
#[endpoint(
    tags("currencies"),
    responses((status_code = 200, description = "The currencies, by code.", body = CurrenciesView))
)]
pub(crate) async fn list_currencies(_query: Query<NoParameters>) -> Result<Prepared, Problem> {
    let currencies: Vec<CurrencyView> = Currency::all()
        .map(|currency| CurrencyView {
            code: currency.code(),
            name: currency.name(),
            minor_unit: currency.minor_unit(),
        })
        .collect();
    let view = CurrenciesView { count: currencies.len(), currencies };
    Ok(Prepared::new(&view, env!("CARGO_PKG_VERSION"))?.lasting())
}
