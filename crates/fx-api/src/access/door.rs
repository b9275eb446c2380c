//! What decides who is let in, where there are keys.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;

use fx_service::HealthHandle;
use salvo::Request;

use super::addresses::Addresses;
use super::bearer::{Presented, presented};
use super::key_file::KeyFileError;
use super::keyring::{Key, Keyring};
use super::peer::peer;
use super::refusal::Refusal;
use super::scope::Scope;

pub(super) struct Door {
    keyring: Keyring,
    addresses: Addresses,
}

/// With which key a request came, and why it may not go on. Nothing of both where nobody asks.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) key: Option<Arc<Key>>,
    pub(super) refusal: Option<Refusal>,
}

impl Door {
    pub(super) fn open(file: PathBuf, health: HealthHandle, requests_per_address: u32) -> Result<Self, KeyFileError> {
        Ok(Self { keyring: Keyring::open(file, health)?, addresses: Addresses::new(requests_per_address) })
    }

    /// Sees what has changed in the file, and forgets addresses that were quiet.
    pub(super) fn refresh(&self) {
        self.keyring.refresh();
        self.addresses.forget();
    }

    pub(super) fn judge(&self, req: &Request, needed: Option<Scope>) -> Verdict {
        let Some(needed) = needed else { return Verdict { key: None, refusal: self.without_key(req, None) } };
        let (key, refusal) = match presented(req.headers()) {
            Presented::Nothing => (None, Refusal::NoKey),
            Presented::Other => (None, Refusal::NoBearer),
            Presented::Key(key) => (self.keyring.find(key), Refusal::UnknownKey),
        };
        let Some(key) = key else { return Verdict { key: None, refusal: self.without_key(req, Some(refusal)) } };
        let has = key.entry.scope;
        let refusal = match key.admit() {
            Err(wait) => Some(Refusal::KeyRate(wait)),
            Ok(()) => (has < needed).then_some(Refusal::Scope { has, needed }),
        };
        Verdict { key: Some(key), refusal }
    }

    /// Counts a request of an address, which may come too often in place of what else is wrong with it.
    fn without_key(&self, req: &Request, refusal: Option<Refusal>) -> Option<Refusal> {
        let address = peer(req.remote_addr()).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        self.addresses.admit(address).map_or_else(|wait| Some(Refusal::AddressRate(wait)), |()| refusal)
    }
}
