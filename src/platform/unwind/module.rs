//! Which module an address of code is in: the program, a library, the kernel's vDSO.
//!
//! A module's ELF header is the start of its first mapping. It is looked for page by page downwards
//! from the address: that needs no list of modules, which only libc has, behind a lock.

use super::memory::{Memory, PAGE};
use core::sync::atomic::{AtomicUsize, Ordering};

/// Modules remembered: a stack crosses few, and comes back to them.
const KNOWN: usize = 4;

/// Most entries of a table of segments that are read.
const SEGMENTS: usize = 64;

const MAGIC: u32 = u32::from_le_bytes(*b"\x7fELF");
/// 64 bits, little-endian, version 1: what follows the magic number.
const CLASS: u32 = 0x0001_0102;

/// Offsets in an ELF header and in an entry of its table of segments.
const SEGMENTS_AT: usize = 32;
const SEGMENT_BYTES_AT: usize = 54;
const SEGMENT_COUNT_AT: usize = 56;
const SEGMENT_BYTES: usize = 56;

/// Kinds of segments.
const LOADED: u32 = 1;
const UNWIND_INDEX: u32 = 0x6474_e550;

/// A loaded file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Module {
    /// What loading added to the addresses in the file.
    pub(super) bias: usize,
    /// Where its index of unwind tables is: `.eh_frame_hdr`.
    pub(super) index: Option<usize>,
    /// Its first address and the one behind its last.
    start: usize,
    end: usize,
}

/// The modules seen so far.
#[derive(Default)]
pub(super) struct Modules {
    known: [Option<Module>; KNOWN],
    next: usize,
}

impl Modules {
    /// The module that `address` is in.
    pub(super) fn find(&mut self, memory: &mut Memory, address: usize) -> Option<Module> {
        let mut known = self.known.iter().flatten();
        if let Some(module) = known.find(|module| (module.start..module.end).contains(&address)) {
            return Some(*module);
        }
        let found = search(memory, address)?;
        if let Some(place) = self.known.get_mut(self.next) {
            *place = Some(found);
            self.next = (self.next + 1) % KNOWN;
        }
        Some(found)
    }
}

/// Pages at which headers were found, by any walk: only where to look first, since a library may be
/// gone by now.
static SEEN: [AtomicUsize; HINTS] = [const { AtomicUsize::new(0) }; HINTS];
static NEXT_SEEN: AtomicUsize = AtomicUsize::new(0);
const HINTS: usize = 32;

fn search(memory: &mut Memory, address: usize) -> Option<Module> {
    let seen = SEEN.iter().map(|page| page.load(Ordering::Relaxed));
    // The nearest one below.
    if let Some(page) = seen.filter(|page| *page <= address).max().filter(|page| *page != 0)
        && let Some(module) = at_page(memory, page, address)
    {
        return Some(module);
    }
    let mut page = address & !(PAGE - 1);
    while page > 0 && memory.is_patient() {
        if let Some(module) = at_page(memory, page, address) {
            let next = NEXT_SEEN.fetch_add(1, Ordering::Relaxed) % HINTS;
            if let Some(place) = SEEN.get(next) {
                place.store(page, Ordering::Relaxed);
            }
            return Some(module);
        }
        page -= PAGE;
    }
    None
}

/// The module whose header is at `page`, if `address` is in it.
fn at_page(memory: &mut Memory, page: usize, address: usize) -> Option<Module> {
    if memory.word(page) != Some(MAGIC) {
        return None;
    }
    at_header(memory, page).filter(|module| (module.start..module.end).contains(&address))
}

/// The module whose ELF header is at `header`.
fn at_header(memory: &mut Memory, header: usize) -> Option<Module> {
    let is_ours = memory.word(header + 4)? & 0x00ff_ffff == CLASS
        && usize::from(memory.half(header + SEGMENT_BYTES_AT)?) == SEGMENT_BYTES;
    if !is_ours {
        return None;
    }
    let table = header.checked_add(memory.long(header + SEGMENTS_AT)?)?;
    let count = usize::from(memory.half(header + SEGMENT_COUNT_AT)?).min(SEGMENTS);
    let (mut bias, mut index) = (None, None);
    let (mut lowest, mut highest) = (usize::MAX, 0);
    for entry in (0..count).map(|i| table.wrapping_add(i * SEGMENT_BYTES)) {
        let kind = memory.word(entry)?;
        let offset = memory.long(entry.wrapping_add(8))?;
        let address = memory.long(entry.wrapping_add(16))?;
        let len = memory.long(entry.wrapping_add(40))?;
        match kind {
            LOADED => {
                if offset == 0 {
                    bias = Some(header.wrapping_sub(address));
                }
                lowest = lowest.min(address);
                highest = highest.max(address.checked_add(len)?);
            }
            UNWIND_INDEX => index = Some(address),
            _ => {}
        }
    }
    let bias = bias?;
    Some(Module {
        bias,
        index: index.map(|index| index.wrapping_add(bias)),
        start: lowest.wrapping_add(bias),
        end: highest.wrapping_add(bias),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ptr::with_exposed_provenance;

    #[test]
    fn code_is_in_the_module_that_libc_says() {
        let mut memory = Memory::new().unwrap();
        let mut modules = Modules::default();
        let own = code_is_in_the_module_that_libc_says as *const ();
        for address in [own.expose_provenance(), (libc::abort as *const ()).expose_provenance()] {
            // SAFETY: all zeros is no answer; the call fills it in.
            let mut info: libc::Dl_info = unsafe { core::mem::zeroed() };
            // SAFETY: `info` is ours to write.
            assert_ne!(unsafe { libc::dladdr(with_exposed_provenance(address), &raw mut info) }, 0);
            let module = modules.find(&mut memory, address).unwrap();
            assert_eq!(module.bias, info.dli_fbase.addr());
            assert!(module.index.is_some());
        }
    }

    #[test]
    fn data_that_is_not_a_modules_is_in_none() {
        let mut memory = Memory::new().unwrap();
        let address = core::ptr::from_ref(Box::leak(Box::new(0u8))).expose_provenance();
        assert_eq!(Modules::default().find(&mut memory, address), None);
        assert_eq!(Modules::default().find(&mut memory, 0x10), None);
    }
}
