//! Keys as their holders have them, and as the file has them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fx_config::Secret;
use rand::Rng;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// By which a key is known for one wherever it turns up.
const PREFIX: &str = "fxk_";
const KEY_BYTES: usize = 32;

/// A new key: 256 random bits behind `fxk_`.
pub(super) fn new_key() -> Secret {
    let mut bytes = [0; KEY_BYTES];
    rand::rng().fill(&mut bytes);
    Secret::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// What the file holds of a key: its SHA-256.
///
/// Argon2 and its like make guessing slow because people choose passwords that can be guessed. A key is 256 random bits,
/// which nobody guesses from its hash, and it is looked at with every request, which must not take long.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(key: &str) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// In a time that says nothing of where they differ.
    pub(super) fn equals(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{:x}", sha2::digest::generic_array::GenericArray::from(self.0)))
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || de::Error::custom("is no SHA-256, which is 64 hexadecimal digits");
        let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut bytes = [0; 32];
        for (i, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(2 * i..2 * i + 2).filter(|_| is_hash).ok_or_else(wrong)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_long_and_never_the_same() {
        let (one, other) = (new_key(), new_key());
        assert!(one.expose().starts_with(PREFIX) && one.expose().len() == 47);
        assert_ne!(one.expose(), other.expose());
        let fingerprints = [&one, &other].map(|key| Fingerprint::of(key.expose()));
        assert!(bool::from(fingerprints[0].equals(&Fingerprint::of(one.expose()))));
        assert!(!bool::from(fingerprints[0].equals(&fingerprints[1])));
    }

    #[test]
    fn a_fingerprint_is_written_in_hexadecimal() {
        let written = serde_json::to_string(&Fingerprint::of("abc")).expect("written");
        // FIPS 180-2, appendix B.1.
        assert_eq!(written, "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
        let read: Fingerprint = serde_json::from_str(&written).expect("read");
        assert_eq!(read, Fingerprint::of("abc"));
        for wrong in ["\"\"", "\"ba78\"", &written.replace("ba", "xy"), &written.replace('b', "ä")] {
            assert!(serde_json::from_str::<Fingerprint>(wrong).is_err(), "{wrong}");
        }
    }
}
