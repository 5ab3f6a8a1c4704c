//! The samples' stacks with names.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::SystemTime;

use object::read::{Object, ObjectSegment};

use super::raw::{Mapping, Profile, Sample};
use crate::report::{Place, Symbols};

/// One call: where it is, and which functions are there; inlined ones first.
pub(super) struct Call {
    /// The address in the process.
    pub(super) address: u64,
    /// The mapping it is in.
    pub(super) mapping: Option<usize>,
    /// The functions, the innermost first.
    pub(super) places: Vec<Place>,
}

/// All stacks of a profile.
pub(super) struct Stacks {
    /// Every address of code in it.
    pub(super) calls: BTreeMap<u64, Call>,
    /// Stacks by their addresses, with the bytes and the allocations that they stand for.
    pub(super) totals: BTreeMap<Vec<u64>, (u64, u64)>,
    /// Files of code that are not there, or not what they were, and what that means.
    pub(super) doubtful: BTreeMap<PathBuf, &'static str>,
    samples: usize,
}

/// A file of code, and what loading added to its addresses is found with it.
struct Module {
    symbols: Option<Symbols>,
    /// For each loaded segment: where it begins in the file, how long it is, and its address there.
    segments: Vec<(u64, u64, u64)>,
}

impl Module {
    fn read(path: &PathBuf) -> Self {
        let bytes = std::fs::read(path).unwrap_or_default();
        let segments = object::File::parse(&*bytes).map_or_else(
            |_| Vec::new(),
            |object| {
                let place = |segment: object::Segment<'_, '_>| {
                    let (offset, len) = segment.file_range();
                    (offset, len, segment.address())
                };
                object.segments().map(place).collect()
            },
        );
        Self { symbols: Symbols::read(path, &[]), segments }
    }

    /// The address in the file of what is mapped at `address`.
    fn address_in_file(&self, mapping: &Mapping, address: u64) -> u64 {
        let offset = address - mapping.start + mapping.offset;
        let segment =
            self.segments.iter().find(|(start, len, _)| (*start..start + len).contains(&offset));
        segment.map_or(offset, |(start, _, at)| offset - start + at)
    }
}

impl Stacks {
    /// Gives the calls of `profile` their names, as far as the files of its modules tell; `written` is when
    /// the profile was, if that is known.
    pub(super) fn of(profile: &Profile, written: Option<SystemTime>) -> Self {
        let mut modules: HashMap<&PathBuf, Module> = HashMap::new();
        let mut calls = BTreeMap::new();
        let mut totals: BTreeMap<Vec<u64>, (u64, u64)> = BTreeMap::new();
        for sample in &profile.samples {
            for address in &sample.calls {
                calls.entry(*address).or_insert_with(|| call(profile, &mut modules, *address));
            }
            let total = totals.entry(sample.calls.clone()).or_default();
            total.0 += sample.stands_for;
            total.1 += allocations(sample);
        }
        let of_module = |mapping: &&Mapping| modules.contains_key(&mapping.path);
        let mappings = profile.mappings.iter().filter(of_module);
        let doubtful = mappings.filter_map(|mapping| doubt(mapping, written)).collect();
        Self { calls, totals, doubtful, samples: profile.samples.len() }
    }

    /// Bytes that all samples stand for.
    pub(super) fn bytes(&self) -> u64 {
        self.totals.values().map(|(bytes, _)| bytes).sum()
    }

    /// How many samples there are.
    pub(super) fn samples(&self) -> usize {
        self.samples
    }

    /// Each stack's names, the outermost first, and its bytes; in the order of the names.
    pub(super) fn folded(&self) -> BTreeMap<Vec<String>, u64> {
        let mut folded = BTreeMap::new();
        for (addresses, (bytes, _)) in &self.totals {
            let names = addresses.iter().rev().flat_map(|address| self.names(*address));
            *folded.entry(names.collect()).or_default() += bytes;
        }
        folded
    }

    /// Each function with the bytes it allocated itself, and those with what it called; the largest
    /// first.
    pub(super) fn functions(&self) -> Vec<(String, u64, u64)> {
        let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (names, bytes) in self.folded() {
            if let Some(innermost) = names.last() {
                sums.entry(innermost.clone()).or_default().0 += bytes;
            }
            // A function that calls itself counts once.
            for name in names.into_iter().collect::<BTreeSet<_>>() {
                sums.entry(name).or_default().1 += bytes;
            }
        }
        let mut sums: Vec<_> =
            sums.into_iter().map(|(name, (own, all))| (name, own, all)).collect();
        sums.sort_by_key(|(_, own, all)| std::cmp::Reverse((*own, *all)));
        sums
    }

    /// The names at an address, the outermost first; the address itself where there are none.
    fn names(&self, address: u64) -> Vec<String> {
        let places = self.calls.get(&address).map_or(&[][..], |call| &call.places);
        if places.is_empty() {
            return vec![format!("{address:#x}")];
        }
        places.iter().rev().map(|place| place.function.clone()).collect()
    }
}

/// What is wrong with the file of a mapping.
fn doubt(mapping: &Mapping, written: Option<SystemTime>) -> Option<(PathBuf, &'static str)> {
    let what = match std::fs::metadata(&mapping.path) {
        Err(_) => "was not found: its functions have no names",
        // The kernel's list has no better mark of a file.
        Ok(about) if mapping.inode != 0 && about.ino() != mapping.inode => {
            "may be another build than the program had, for its inode number has changed: names of its functions \
             may be wrong"
        }
        // Compilers write over the file that is there.
        Ok(about) if written.is_some_and(|then| about.modified().is_ok_and(|now| now > then)) => {
            "was changed after the profile was written: names of its functions may be wrong"
        }
        Ok(_) => return None,
    };
    Some((mapping.path.clone(), what))
}

/// How many allocations of its size a sample stands for.
pub(super) fn allocations(sample: &Sample) -> u64 {
    (sample.stands_for / sample.size.max(1)).max(1)
}

fn call<'a>(
    profile: &'a Profile,
    modules: &mut HashMap<&'a PathBuf, Module>,
    address: u64,
) -> Call {
    let index = profile.mapping_of(address);
    let mapping = index.and_then(|index| profile.mappings.get(index));
    let places = mapping.map_or_else(Vec::new, |mapping| {
        let module = modules.entry(&mapping.path).or_insert_with(|| Module::read(&mapping.path));
        let at = module.address_in_file(mapping, address);
        module.symbols.as_ref().map_or_else(Vec::new, |symbols| symbols.calls(at))
    });
    Call { address, mapping: index, places }
}
