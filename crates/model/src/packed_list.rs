//! A list in little room, for what is read seldom and then as a whole: the users of Entra, who are matched anew
//! once in hours, and older lines of the log.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// More takes longer than what it saves is worth.
const LEVEL: i32 = 1;

/// Records, encoded and compressed; a clone is the same in memory.
#[derive(Debug)]
pub struct PackedList<T> {
    bytes: Arc<[u8]>,
    /// Of `bytes`, before they were compressed.
    size: usize,
    len: usize,
    of: PhantomData<fn() -> T>,
}

impl<T> PackedList<T> {
    /// How many records there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<T: Serialize> FromIterator<T> for PackedList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(records: I) -> Self {
        let (mut raw, mut len) = (Vec::new(), 0);
        for record in records {
            // Neither can fail with what is in memory; where it did, the list could not be read.
            raw = postcard::to_extend(&record, raw).unwrap_or_default();
            len += 1;
        }
        Self {
            bytes: zstd::bulk::compress(&raw, LEVEL).unwrap_or_default().into(),
            size: raw.len(),
            len,
            of: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> PackedList<T> {
    /// The records in their order; nothing where they cannot be read, which would be a defect.
    #[must_use]
    pub fn unpacked(&self) -> Option<Vec<T>> {
        let raw = zstd::bulk::decompress(&self.bytes, self.size).ok()?;
        let (mut rest, mut records) = (&*raw, Vec::with_capacity(self.len));
        for _ in 0..self.len {
            let (record, after) = postcard::take_from_bytes(rest).ok()?;
            records.push(record);
            rest = after;
        }
        Some(records)
    }
}

impl<T> Clone for PackedList<T> {
    fn clone(&self) -> Self {
        Self {
            bytes: Arc::clone(&self.bytes),
            ..*self
        }
    }
}

/// Equal records in the same order.
impl<T> PartialEq for PackedList<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.len, &self.bytes) == (other.len, &other.bytes)
    }
}

impl<T> Eq for PackedList<T> {}

impl<T: Serialize> Default for PackedList<T> {
    fn default() -> Self {
        std::iter::empty().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn records_come_out_as_they_went_in(records in any::<Vec<(String, Option<u32>)>>()) {
            let packed: PackedList<_> = records.iter().cloned().collect();
            prop_assert_eq!(packed.len(), records.len());
            prop_assert_eq!(packed.unpacked(), Some(records));
        }
    }

    #[test]
    fn what_is_alike_takes_little_room() {
        let name = |n: u32| format!("somebody{n}@corp.example");
        let packed: PackedList<_> = (0..5_000).map(name).collect();
        assert!(packed.bytes.len() < 5_000 * 6, "{}", packed.bytes.len());
        assert_ne!(packed, (1..5_001).map(name).collect());
    }
}
