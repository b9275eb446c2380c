//! The last look at an address, when the connection is made.
//!
//! A name may have had other addresses when the channel was created, or a moment ago: what is looked at here is what is
//! connected to. An address that stands in the URL itself is never resolved, and is looked at before.

use std::net::SocketAddr;
use std::sync::Arc;

use fx_config::AllowedNetworks;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves names as the system does.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(addresses.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

/// Leaves only those addresses of a name that are permitted.
pub(super) struct GuardedResolver {
    pub(super) allowed: Arc<AllowedNetworks>,
    pub(super) inner: Arc<dyn Resolve>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, resolving) = (Arc::clone(&self.allowed), self.inner.resolve(name));
        Box::pin(async move {
            let mut refused = None;
            let addresses = resolving.await?;
            let permitted = |address: &SocketAddr| match allowed.permits(address.ip()) {
                Ok(()) => true,
                Err(forbidden) => {
                    refused = Some(forbidden);
                    false
                }
            };
            let addresses: Vec<SocketAddr> = addresses.filter(permitted).collect();
            match refused.filter(|_| addresses.is_empty()) {
                Some(forbidden) => Err(forbidden.into()),
                None => Ok(Box::new(addresses.into_iter()) as Addrs),
            }
        })
    }
}
