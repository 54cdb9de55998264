//! Exports of a person's data: the records that services contribute, and how they are cut into events.
//!
//! accounts begins an export and contributes what it has; playlists contributes the library, which catalog completes with
//! titles and share links; media collects the parts, adds uploads, and packs the archive. No record holds a secret: no hash,
//! no token.

use polyphony_kit::typed_id;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

typed_id!(
    /// An export of everything that is kept about a person.
    DataExportId,
    "exp"
);

/// A part is closed when it has so many records.
const MAX_RECORDS: usize = 100;
/// Or when they have so many bytes of JSON together: with titles added it stays far below the 1 MB that Kafka takes.
const MAX_BYTES: usize = 64 << 10;

/// One thing that is kept about a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExportRecord {
    /// The file of the archive that it goes to, without `.json`. The records of one file follow one another, and only one service
    /// writes to it.
    pub file: String,
    /// The thing, a JSON object. Fields named `trackId`, `albumId` and `artistId` are ids that catalog knows.
    pub data: Value,
}

/// A part of what one service contributes to an export.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExportPart {
    /// Its position among the parts of its service, from 1.
    pub number: i32,
    /// Whether it is the last one: then the service contributes `number` parts.
    pub is_last: bool,
    /// What it contributes, in order.
    pub records: Vec<ExportRecord>,
}

/// Cuts records into parts.
#[derive(Debug, Default)]
pub struct ExportParts {
    closed: i32,
    records: Vec<ExportRecord>,
    bytes: usize,
}

impl ExportParts {
    /// Cuts what follows `closed` parts that there are already.
    pub fn after(closed: i32) -> Self {
        Self { closed, ..Self::default() }
    }

    /// Adds a record; gives the part before it once that is full.
    pub fn push(&mut self, file: &str, data: Value) -> Option<ExportPart> {
        let bytes = data.to_string().len();
        let is_full = self.records.len() >= MAX_RECORDS || self.bytes + bytes > MAX_BYTES && !self.records.is_empty();
        let full = is_full.then(|| self.close(false));
        self.records.push(ExportRecord { file: file.to_owned(), data });
        self.bytes += bytes;
        full
    }

    /// The last part, with what is left, which may be nothing.
    pub fn finish(mut self) -> ExportPart {
        self.close(true)
    }

    fn close(&mut self, is_last: bool) -> ExportPart {
        self.closed += 1;
        self.bytes = 0;
        ExportPart { number: self.closed, is_last, records: std::mem::take(&mut self.records) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parts(records: impl IntoIterator<Item = Value>) -> Vec<ExportPart> {
        let mut cutter = ExportParts::default();
        let mut parts: Vec<_> = records.into_iter().filter_map(|data| cutter.push("history", data)).collect();
        parts.push(cutter.finish());
        parts
    }

    #[test]
    fn records_are_cut_into_numbered_parts_and_the_last_one_says_so() {
        let parts = parts((0..250).map(|n| json!({ "n": n })));
        let shape: Vec<_> = parts.iter().map(|part| (part.number, part.is_last, part.records.len())).collect();
        assert_eq!(shape, [(1, false, 100), (2, false, 100), (3, true, 50)]);
        assert_eq!(parts[2].records[0].data, json!({ "n": 200 }));
    }

    #[test]
    fn large_records_make_small_parts_and_nothing_makes_one_part() {
        let long = "x".repeat(MAX_BYTES / 2);
        let sizes: Vec<_> = parts(vec![json!(long); 3]).iter().map(|part| part.records.len()).collect();
        assert_eq!(sizes, [1, 1, 1]);
        assert_eq!(ExportParts::after(7).finish().number, 8);
        assert_eq!(parts([]), [ExportPart { number: 1, is_last: true, records: Vec::new() }]);
    }
}
