//! The modules of another process in the order in which its loader searches them for symbols.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use object::Endianness;
use object::elf::{DT_DEBUG, DT_NULL, DT_STRTAB, DT_SYMTAB, DynamicTag, PT_DYNAMIC, PT_PHDR};
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
/// As above, entries of a dynamic section, and symbols of the library.
const ENTRIES_MAX: u64 = 10_000;

/// Where the header of an ELF file says where the program headers are, how long each is, and how many.
const E_PHOFF: u64 = 32;
const E_PHENTSIZE: u64 = 54;
const E_PHNUM: u64 = 56;
/// Bytes of an entry of a symbol table.
const SYMBOL_SIZE: u64 = 24;

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
    let vector = process.auxv().map_err(io::Error::other)?;
    let value = |key| vector.get(&key).copied().ok_or_else(missing);
    let headers = value(AT_PHDR)?;
    let (bias, dynamic) = segments(memory, headers, value(AT_PHENT)?, value(AT_PHNUM)?)?;
    // Only a program has a header that says where the headers are.
    let bias = bias.map_or(0, |address| headers.wrapping_sub(address));
    entry(memory, dynamic.wrapping_add(bias), DT_DEBUG)
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

/// Where, by `count` program headers of `size` bytes at `at`, they are themselves and the dynamic section is,
/// before loading added its bias.
fn segments(memory: &Memory, at: u64, size: u64, count: u64) -> io::Result<(Option<u64>, u64)> {
    let (mut headers, mut dynamic) = (None, None);
    for number in 0..count {
        let header = at + number * size;
        let kind = u32::from_ne_bytes(memory.bytes(header)?);
        if kind == PT_PHDR.0 {
            headers = Some(memory.word(header + 16)?);
        } else if kind == PT_DYNAMIC.0 {
            dynamic = Some(memory.word(header + 16)?);
        }
    }
    Ok((headers, dynamic.ok_or_else(missing)?))
}

/// What the dynamic section at `dynamic` says for `tag`.
fn entry(memory: &Memory, dynamic: u64, tag: DynamicTag) -> io::Result<u64> {
    for number in 0..ENTRIES_MAX {
        let at = dynamic + number * 16;
        match memory.word(at)? {
            found if found == tag.0.cast_unsigned() => return memory.word(at + 8),
            found if found == DT_NULL.0.cast_unsigned() => break,
            _ => {}
        }
    }
    Err(missing())
}

/// The address of what the module that is mapped from `start` on, and linked to address zero, exports as
/// `name`. It is looked up in memory, for the file may be another one by now.
pub(super) fn exported_in_memory(memory: &Memory, start: u64, name: &str) -> io::Result<u64> {
    let half = |at| memory.bytes(start + at).map(|bytes| u64::from(u16::from_ne_bytes(bytes)));
    let headers = start + memory.word(start + E_PHOFF)?;
    let (_, dynamic) = segments(memory, headers, half(E_PHENTSIZE)?, half(E_PHNUM)?)?;
    let table = |tag| {
        // The loader of glibc adds the bias in place, that of musl does not.
        entry(memory, start + dynamic, tag).map(|at| if at < start { start + at } else { at })
    };
    let (symbols, names) = (table(DT_SYMTAB)?, table(DT_STRTAB)?);
    for number in 1..ENTRIES_MAX {
        let [first, address, _] = memory.words(symbols + number * SYMBOL_SIZE, 3)?[..] else {
            break;
        };
        if memory.text(names + (first & u64::from(u32::MAX)))? == name.as_bytes() {
            return Ok(start + address);
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
