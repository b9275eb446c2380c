//! A socket address, with an error that says how one is written: `#[serde(with = "address")]`.

use std::net::SocketAddr;

use serde::{Deserialize, Deserializer, Serializer};

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
    String::deserialize(from)?
        .parse()
        .map_err(|_| serde::de::Error::custom("is no address with a port, such as 127.0.0.1:8000 or [::1]:8000"))
}

pub(super) fn serialize<S: Serializer>(address: &SocketAddr, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(address)
}
