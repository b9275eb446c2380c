//! Whether a webhook may be sent there: looked at here, so that a mistake shows at once. What decides is the look when it is
//! sent, since a name may lead elsewhere by then.

use std::net::IpAddr;
use std::time::Duration;

use fx_config::AllowedNetworks;
use url::Host;

use crate::problem::shown;

/// How long a name may take to be looked up.
const LOOK_UP: Duration = Duration::from_secs(5);

/// Says what is wrong with the address.
pub(super) async fn check(text: &str, networks: &AllowedNetworks) -> Result<(), String> {
    let url = networks.target(text).map_err(|error| error.to_string())?;
    let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
    let addresses = resolved(name, url.port_or_known_default().unwrap_or(443)).await?;
    addresses.into_iter().try_for_each(|address| networks.permits(address)).map_err(|forbidden| forbidden.to_string())
}

async fn resolved(name: &str, port: u16) -> Result<Vec<IpAddr>, String> {
    let unknown = |why: String| format!("the host `{}` cannot be looked up: {why}", shown(name));
    match tokio::time::timeout(LOOK_UP, tokio::net::lookup_host((name, port))).await {
        Ok(Ok(addresses)) => Ok(addresses.map(|address| address.ip()).collect()),
        Ok(Err(error)) => Err(unknown(error.to_string())),
        Err(_) => Err(unknown(format!("no answer within {} s", LOOK_UP.as_secs()))),
    }
}
