//! What the tests ask of a shared object.

use object::elf;
use object::read::elf::{Dyn, ElfFile64, ProgramHeader, Rela, SectionHeader};
use object::{Endianness, Object, ObjectSymbol};
use std::path::{Path, PathBuf};

/// A shared object read into memory.
pub struct Elf {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Elf {
    /// Reads `path`.
    pub fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).expect("the shared object can be read");
        Self { path: path.to_owned(), bytes }
    }

    /// Where it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn parse(&self) -> ElfFile64<'_, Endianness> {
        ElfFile64::parse(&*self.bytes).expect("it is a 64-bit ELF file")
    }

    /// Names it defines for others, sorted.
    pub fn exports(&self) -> Vec<String> {
        self.dynamic_names(|symbol_is_undefined| !symbol_is_undefined)
    }

    /// Names it takes from others, sorted.
    pub fn imports(&self) -> Vec<String> {
        self.dynamic_names(|symbol_is_undefined| symbol_is_undefined)
    }

    fn dynamic_names(&self, wanted: impl Fn(bool) -> bool) -> Vec<String> {
        let file = self.parse();
        let mut names: Vec<String> = file
            .dynamic_symbols()
            .filter(|symbol| wanted(symbol.is_undefined()) && !symbol.is_local())
            .filter_map(|symbol| symbol.name().ok().map(str::to_owned))
            .filter(|name| !name.is_empty())
            .collect();
        names.sort();
        names
    }

    /// Every name in the full symbol table.
    pub fn all_names(&self) -> Vec<String> {
        let file = self.parse();
        file.symbols().filter_map(|symbol| symbol.name().ok().map(str::to_owned)).collect()
    }

    /// The number held by every dynamic entry with `tag`.
    pub fn dynamic(&self, tag: u32) -> Vec<u64> {
        let file = self.parse();
        let endian = file.endian();
        let (entries, _) = self.dynamic_section(&file);
        entries.iter().filter(|e| e.tag32(endian) == Some(tag)).map(|e| e.d_val(endian)).collect()
    }

    /// The text meant by every dynamic entry with `tag`.
    pub fn dynamic_text(&self, tag: u32) -> Vec<String> {
        let file = self.parse();
        let endian = file.endian();
        let (entries, strings) = self.dynamic_section(&file);
        let entries = entries.iter().filter(|entry| entry.tag32(endian) == Some(tag));
        entries
            .map(|entry| {
                let text = entry.string(endian, strings).expect("the text is in the table");
                String::from_utf8_lossy(text).into_owned()
            })
            .collect()
    }

    fn dynamic_section<'a>(
        &self,
        file: &ElfFile64<'a, Endianness>,
    ) -> (&'a [elf::Dyn64<Endianness>], object::StringTable<'a>) {
        let (endian, data) = (file.endian(), file.data());
        let sections = file.elf_section_table();
        let (entries, link) = sections
            .dynamic(endian, data)
            .expect("the dynamic section can be read")
            .expect("there is a dynamic section");
        let strings = sections.strings(endian, data, link).expect("it has a string table");
        (entries, strings)
    }

    /// Kind and flags of every program header.
    pub fn segments(&self) -> Vec<(u32, u32)> {
        let file = self.parse();
        let endian = file.endian();
        file.elf_program_headers()
            .iter()
            .map(|header| (header.p_type(endian), header.p_flags(endian)))
            .collect()
    }

    /// The machine type and the kind of every dynamic relocation.
    pub fn relocations(&self) -> (u16, Vec<u32>) {
        let file = self.parse();
        let (endian, data) = (file.endian(), file.data());
        let machine = file.elf_header().e_machine.get(endian);
        let mut kinds = Vec::new();
        for section in file.elf_section_table().iter() {
            if let Ok(Some((entries, _))) = section.rela(endian, data) {
                kinds.extend(entries.iter().map(|entry| entry.r_type(endian, false)));
            }
        }
        (machine, kinds)
    }

    /// First address and size of the function `name`.
    pub fn function(&self, name: &str) -> Option<(u64, u64)> {
        self.functions().into_iter().find(|f| f.0 == name).map(|f| (f.1, f.2))
    }

    /// First address and size of the function that begins at `address`.
    pub fn function_at(&self, address: u64) -> Option<(u64, u64)> {
        self.functions().into_iter().find(|f| f.1 == address).map(|f| (f.1, f.2))
    }

    fn functions(&self) -> Vec<(String, u64, u64)> {
        let file = self.parse();
        file.dynamic_symbols()
            .chain(file.symbols())
            .filter(|symbol| symbol.is_definition() && symbol.size() > 0)
            .filter_map(|symbol| {
                Some((symbol.name().ok()?.to_owned(), symbol.address(), symbol.size()))
            })
            .collect()
    }
}
