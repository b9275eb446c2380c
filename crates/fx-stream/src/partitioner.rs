//! Which partition a pair or a key is on.

use fx_domain::pair::Pair;

/// The partition of `fx-rates-enriched` that a pair is on, of `partitions`: murmur2 of its six letters in the direction in which the market quotes
/// it, its sign bit dropped, modulo `partitions`. That is where Kafka's own clients would put a message with the key
/// `EURUSD`, so that whoever reads a topic with other tools finds a pair where they expect it.
pub(crate) fn of_pair(pair: Pair, partitions: u32) -> u32 {
    of_key(pair.orient().to_string().as_bytes(), partitions)
}

/// The partition of a key among `partitions`, as Kafka's Java clients and librdkafka's `murmur2` choose it.
pub(crate) fn of_key(key: &[u8], partitions: u32) -> u32 {
    (murmur2(key) & 0x7fff_ffff) % partitions.max(1)
}

/// `MurmurHash2` with the seed that Kafka uses: org.apache.kafka.common.utils.Utils.murmur2.
fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    const R: u32 = 24;
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut hash = SEED ^ length;
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> R;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !rest.is_empty() {
        for (i, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * i);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From Kafka's own `UtilsTest`.
    #[test]
    fn hashes_as_kafka_does() {
        let cases: [(&str, i32); 6] = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ];
        for (text, hash) in cases {
            assert_eq!(murmur2(text.as_bytes()).cast_signed(), hash, "{text}");
        }
    }

    /// A pair that moved to another partition would lose its order: these stay for ever.
    #[test]
    fn a_pair_stays_where_it_is() {
        let on = |pair: &str, partitions| of_pair(pair.parse().expect("a pair"), partitions);
        let four = ["EURUSD", "EURGBP", "USDJPY", "GBPUSD", "EURCHF", "USDSEK", "AUDUSD"].map(|pair| on(pair, 4));
        assert_eq!(four, [1, 0, 1, 2, 2, 3, 2]);
        assert_eq!(on("USDEUR", 4), on("EURUSD", 4), "either direction is one pair");
        assert_eq!(on("EURUSD", 1), 0);
    }
}
