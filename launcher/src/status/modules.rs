//! The modules of another process in the order in which its loader searches them for symbols.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use object::Endianness;
use object::elf::{DT_DEBUG, DT_NULL, PT_DYNAMIC, PT_PHDR};
use object::read::elf::ElfFile64;
use object::read::{Object, ObjectKind, ObjectSymbol, ReadCache};
use procfs::process::Process;

use super::memory::Memory;

/// Keys of the vector that the kernel gives to every program.
const AT_PHDR: u64 = 3;
const AT_PHENT: u64 = 4;
const AT_PHNUM: u64 = 5;

/// More modules than any program has: a list that is longer is no list.
const MODULES_MAX: usize = 100_000;
/// As above, entries of a program's dynamic section.
const ENTRIES_MAX: u64 = 10_000;

/// A module in memory.
pub(super) struct Module {
    /// What loading added to the addresses in its file.
    pub(super) bias: u64,
    /// Its path as the loader knows it, which is empty for the program itself.
    pub(super) path: PathBuf,
}

/// The modules of `process`, in the loader's order.
pub(super) fn list(process: &Process, memory: &Memory) -> io::Result<Vec<Module>> {
    let mut at = memory.word(loader_record(process, memory)? + 8)?;
    let mut modules = Vec::new();
    while at != 0 && modules.len() < MODULES_MAX {
        let name = memory.text(memory.word(at + 8)?)?;
        let path = PathBuf::from(String::from_utf8_lossy(&name).into_owned());
        modules.push(Module { bias: memory.word(at)?, path });
        at = memory.word(at + 24)?;
    }
    Ok(modules)
}

/// The address of the record that a loader keeps for debuggers, `struct r_debug`.
fn loader_record(process: &Process, memory: &Memory) -> io::Result<u64> {
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    let vector = process.auxv().map_err(io::Error::other)?;
    let value = |key| vector.get(&key).copied().ok_or_else(missing);
    let (headers, size, count) = (value(AT_PHDR)?, value(AT_PHENT)?, value(AT_PHNUM)?);
    let (mut bias, mut dynamic) = (0, None);
    for number in 0..count {
        let at = headers + number * size;
        let kind = u32::from_ne_bytes(memory.bytes(at)?);
        let address = memory.word(at + 16)?;
        if kind == PT_PHDR.0 {
            bias = headers.wrapping_sub(address);
        } else if kind == PT_DYNAMIC.0 {
            dynamic = Some(address);
        }
    }
    let dynamic = dynamic.ok_or_else(missing)?.wrapping_add(bias);
    for number in 0..ENTRIES_MAX {
        let at = dynamic + number * 16;
        match memory.word(at)? {
            tag if tag == DT_DEBUG.0.cast_unsigned() => return memory.word(at + 8),
            tag if tag == DT_NULL.0.cast_unsigned() => break,
            _ => {}
        }
    }
    Err(missing())
}

/// The address in memory of what the program in `file`, whose first byte is mapped at `start`, defines as
/// `name`, exported or not.
pub(super) fn defined(file: &Path, name: &str, start: u64) -> Option<u64> {
    let cache = ReadCache::new(File::open(file).ok()?);
    let elf = ElfFile64::<Endianness, _>::parse(&cache).ok()?;
    let mut symbols = elf.symbols().chain(elf.dynamic_symbols());
    let found = symbols.find(|symbol| symbol.is_definition() && symbol.name() == Ok(name))?;
    // Only a position-independent program is loaded elsewhere than it says.
    let bias = if elf.kind() == ObjectKind::Dynamic { start } else { 0 };
    Some(bias + found.address())
}

/// The address in its file of what `file` exports as `name`.
pub(super) fn exported(file: &Path, name: &str) -> Option<u64> {
    let cache = ReadCache::new(File::open(file).ok()?);
    let elf = ElfFile64::<Endianness, _>::parse(&cache).ok()?;
    let mut symbols = elf.dynamic_symbols();
    let found = symbols.find(|symbol| symbol.is_definition() && symbol.name() == Ok(name))?;
    Some(found.address())
}
