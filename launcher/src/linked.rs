//! Whether a program is linked with the library's archive, so that it has the library without any help.

use std::fs::File;
use std::path::Path;

use memchr::memmem;
use object::read::elf::ElfFile64;
use object::read::{Object, ObjectSection, ObjectSymbol, ReadCache};
use object::{Endianness, ReadRef};

/// Only the library has this function, and it is in every archive.
const FUNCTION: &[u8] = b"starmalloc_version";
/// What the library's `malloc_info` says of itself: a text that is there without symbols as well.
const TEXT: &[u8] = b"<malloc version=\"starmalloc-";

/// What a program's file says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Linked {
    /// The library is in it.
    Yes,
    /// It is not.
    No,
    /// It is static and its symbols were stripped, so that no names are left.
    Untold,
}

impl Linked {
    /// Reads the program in `file`; one that cannot be read says nothing.
    pub(crate) fn of_file(file: &Path) -> Self {
        let Ok(file) = File::open(file) else { return Self::No };
        let cache = ReadCache::new(file);
        ElfFile64::<Endianness, _>::parse(&cache).map_or(Self::No, |elf| Self::of(&elf))
    }

    /// As `of_file`.
    pub(crate) fn of<'data, R: ReadRef<'data>>(elf: &ElfFile64<'data, Endianness, R>) -> Self {
        if elf.symbols().any(|symbol| defines(&symbol, FUNCTION)) {
            return Self::Yes;
        }
        if elf.symbols().next().is_some() {
            return Self::No;
        }
        if elf.dynamic_symbols().next().is_none() {
            return Self::Untold;
        }
        // What is left in a dynamic program are the names that libc is to find.
        let exports_malloc = elf.dynamic_symbols().any(|symbol| defines(&symbol, b"malloc"));
        let constants = || elf.section_by_name(".rodata")?.data().ok();
        let has_text = || constants().is_some_and(|bytes| memmem::find(bytes, TEXT).is_some());
        if exports_malloc && has_text() { Self::Yes } else { Self::No }
    }
}

fn defines<'data>(symbol: &impl ObjectSymbol<'data>, name: &[u8]) -> bool {
    symbol.is_definition() && symbol.name_bytes() == Ok(name)
}
