//! The format of pprof: a protocol buffer, gzipped.

use std::collections::HashMap;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;

use super::raw::Profile;
use super::stacks::Stacks;

/// What is measured, and its unit: places in the table of strings, like all names here.
#[derive(Clone, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    locations: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    values: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Mapping {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    start: u64,
    #[prost(uint64, tag = "3")]
    end: u64,
    #[prost(uint64, tag = "4")]
    offset: u64,
    #[prost(int64, tag = "5")]
    file: i64,
    #[prost(bool, tag = "7")]
    has_functions: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    mapping: u64,
    #[prost(uint64, tag = "3")]
    address: u64,
    #[prost(message, repeated, tag = "4")]
    lines: Vec<Line>,
}

#[derive(Clone, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function: u64,
    #[prost(int64, tag = "2")]
    line: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
    #[prost(int64, tag = "4")]
    file: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Whole {
    #[prost(message, repeated, tag = "1")]
    sample_types: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    mappings: Vec<Mapping>,
    #[prost(message, repeated, tag = "4")]
    locations: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    functions: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    strings: Vec<String>,
    #[prost(message, optional, tag = "11")]
    period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    period: i64,
}

/// The table of strings; the first is empty.
struct Strings {
    all: Vec<String>,
    places: HashMap<String, i64>,
}

impl Strings {
    fn new() -> Self {
        let mut strings = Self { all: Vec::new(), places: HashMap::new() };
        strings.place("");
        strings
    }

    fn place(&mut self, text: &str) -> i64 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.all.len() as i64;
        self.all.push(text.to_owned());
        self.places.insert(text.to_owned(), place);
        place
    }
}

/// The profile as the bytes of a pprof file.
pub(super) fn encode(profile: &Profile, stacks: &Stacks) -> io::Result<Vec<u8>> {
    let mut strings = Strings::new();
    let mut whole = Whole { period: profile.interval as i64, ..Whole::default() };
    for (kind, unit) in [("inuse_objects", "count"), ("inuse_space", "bytes")] {
        let (kind, unit) = (strings.place(kind), strings.place(unit));
        whole.sample_types.push(ValueType { kind, unit });
    }
    whole.period_type =
        Some(ValueType { kind: strings.place("space"), unit: strings.place("bytes") });
    for (index, mapping) in profile.mappings.iter().enumerate() {
        whole.mappings.push(Mapping {
            id: index as u64 + 1,
            start: mapping.start,
            end: mapping.end,
            offset: mapping.offset,
            file: strings.place(&mapping.path.to_string_lossy()),
            has_functions: true,
        });
    }
    let mut functions: HashMap<(i64, i64), u64> = HashMap::new();
    let mut locations: HashMap<u64, u64> = HashMap::new();
    for call in stacks.calls.values() {
        let id = locations.len() as u64 + 1;
        locations.insert(call.address, id);
        let mut lines = Vec::new();
        for place in &call.places {
            let key = (strings.place(&place.function), strings.place(&place.file));
            let next = functions.len() as u64 + 1;
            let function = *functions.entry(key).or_insert_with(|| {
                let (name, file) = key;
                whole.functions.push(Function { id: next, name, system_name: name, file });
                next
            });
            lines.push(Line { function, line: i64::from(place.line) });
        }
        let mapping = call.mapping.map_or(0, |index| index as u64 + 1);
        whole.locations.push(Location { id, mapping, address: call.address, lines });
    }
    for (addresses, (bytes, count)) in &stacks.totals {
        let ids = addresses.iter().filter_map(|address| locations.get(address).copied());
        let values = vec![*count as i64, *bytes as i64];
        whole.samples.push(Sample { locations: ids.collect(), values });
    }
    whole.strings = strings.all;
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(&whole.encode_to_vec())?;
    out.finish()
}
