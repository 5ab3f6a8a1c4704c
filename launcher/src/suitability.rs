//! Whether a program takes a preloaded allocator, by what is in its file.

use std::env;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use object::elf::ELFMAG;
use object::read::elf::{ElfFile64, ProgramHeader};
use object::read::{Object, ObjectSection, ObjectSymbol, ReadCache};
use object::{Endianness, ReadRef};
use rustix::fs::{Access, StatVfsMountFlags};

use crate::allocators::Allocator;
use crate::linked::Linked;
use crate::sanitizers::Sanitizer;

/// Bits of a file's mode that start it with the privileges of its owner or group.
const SETUID: u32 = 0o4000;
const SETGID: u32 = 0o2000;

/// What was found in a program's file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// No loader takes part in its start. Where its symbols were stripped, nobody can tell whether it is linked
    /// with the library.
    Static { is_stripped: bool },
    /// The loader ignores the library, because the program has privileges through this.
    Privileged(&'static str),
    /// It is for machines of another kind.
    OtherMachine,
    /// It uses another libc, whose loader is this.
    OtherLibc(String),
    /// Its own `malloc` goes before any other, this allocator's if that could be told.
    OwnMalloc(Option<Allocator>),
    /// It is built with a sanitizer that another allocator is in the way of.
    Sanitized(Sanitizer),
    /// It has this allocator in it beside malloc.
    Bundled(Allocator),
    /// Who starts it may not read it.
    Unreadable,
}

impl Finding {
    /// Whether the library would do nothing at all for the program.
    pub(crate) fn is_obstacle(&self) -> bool {
        !matches!(self, Self::Bundled(_) | Self::Unreadable)
    }
}

/// What speaks against the program in `file`, if anything does. A file that cannot be started, or that
/// is no ELF file, is for the system to complain about.
pub(crate) fn examine(file: &Path) -> Option<Finding> {
    let header = match Header::read(file) {
        // The right to start a program does not need that to read it.
        Err(why) if why.kind() == ErrorKind::PermissionDenied => {
            rustix::fs::access(file, Access::EXEC_OK).ok()?;
            return privileges(file).or(Some(Finding::Unreadable));
        }
        header => header.ok()?,
    };
    if !header.is_elf() {
        return None;
    }
    if !is_for_this_machine(file) {
        return Some(Finding::OtherMachine);
    }
    privileges(file).or_else(|| contents(file))
}

/// Whether `file` is an ELF file for the kind of machine that this program is for.
pub(crate) fn is_for_this_machine(file: &Path) -> bool {
    let own = env::current_exe().and_then(|own| Header::read(&own));
    let (Ok(own), Ok(header)) = (own, Header::read(file)) else { return false };
    header.is_elf() && header.is_like(&own)
}

/// The bytes of a file that say for which machine it is.
struct Header([u8; 20]);

impl Header {
    fn read(file: &Path) -> io::Result<Self> {
        let mut bytes = [0; 20];
        File::open(file)?.read_exact(&mut bytes)?;
        Ok(Self(bytes))
    }

    fn is_elf(&self) -> bool {
        self.0.starts_with(&ELFMAG)
    }

    /// Class, byte order and machine.
    fn is_like(&self, other: &Self) -> bool {
        self.0[4..6] == other.0[4..6] && self.0[18..20] == other.0[18..20]
    }
}

/// Privileges that the kernel gives to whoever starts `file`, which make the loader careful.
fn privileges(file: &Path) -> Option<Finding> {
    // There are places, and callers, that nobody gains any from.
    let is_nosuid = |about: rustix::fs::StatVfs| about.f_flag.contains(StatVfsMountFlags::NOSUID);
    if rustix::thread::no_new_privs() == Ok(true) || rustix::fs::statvfs(file).is_ok_and(is_nosuid)
    {
        return None;
    }
    let about = file.metadata().ok()?;
    let (user, group) = (rustix::process::getuid(), rustix::process::getgid());
    if about.mode() & SETUID != 0 && about.uid() != user.as_raw() {
        return Some(Finding::Privileged("is setuid"));
    }
    if about.mode() & SETGID != 0 && about.gid() != group.as_raw() {
        return Some(Finding::Privileged("is setgid"));
    }
    // Root has all of them anyhow, and the kernel does not count them as gained.
    let has_capabilities =
        rustix::fs::getxattr(file, "security.capability", &mut [0_u8; 64]).is_ok();
    (has_capabilities && !user.is_root()).then_some(Finding::Privileged("has file capabilities"))
}

/// What the loader will do with `file`, and which allocators are in it.
fn contents(file: &Path) -> Option<Finding> {
    let cache = ReadCache::new(File::open(file).ok()?);
    let elf = ElfFile64::<Endianness, _>::parse(&cache).ok()?;
    let linked = Linked::of(&elf);
    if linked == Linked::Yes {
        return None;
    }
    match loader(&elf, &cache) {
        None if !is_loader(file) => {
            return Some(Finding::Static { is_stripped: linked == Linked::Untold });
        }
        Some(loader) if loader.contains("musl") => return Some(Finding::OtherLibc(loader)),
        _ => {}
    }
    sanitizer(&elf).map(Finding::Sanitized).or_else(|| symbols(&elf))
}

/// The sanitizer whose library the program needs, or that is in it.
fn sanitizer<'data, R: ReadRef<'data>>(elf: &ElfFile64<'data, Endianness, R>) -> Option<Sanitizer> {
    let needed = elf.import_libraries().into_iter().flatten().flatten();
    let of_library = needed.filter_map(|library| Sanitizer::of_library(library.name())).next();
    let symbols = || elf.dynamic_symbols().chain(elf.symbols());
    of_library.or_else(|| {
        let defined = symbols().filter(|symbol| symbol.is_definition());
        defined.filter_map(|symbol| Sanitizer::of_symbol(symbol.name_bytes().ok()?)).next()
    })
}

/// The loader that the program asks for.
fn loader<'data, R: ReadRef<'data>>(
    elf: &ElfFile64<'data, Endianness, R>,
    data: R,
) -> Option<String> {
    let headers = elf.elf_program_headers().iter();
    let mut names = headers.filter_map(|header| header.interpreter(elf.endian(), data).ok()?);
    Some(String::from_utf8_lossy(names.next()?).into_owned())
}

/// Whether a library defines malloc and is not this one.
pub(crate) fn brings_malloc(file: &Path) -> bool {
    let Ok(file) = File::open(file) else { return false };
    let cache = ReadCache::new(file);
    let Ok(elf) = ElfFile64::<Endianness, _>::parse(&cache) else { return false };
    let defines = |wanted: &[u8]| {
        elf.dynamic_symbols().any(|symbol| {
            symbol.is_definition() && symbol.name_bytes().is_ok_and(|name| name == wanted)
        })
    };
    defines(b"malloc") && !defines(b"starmalloc_version")
}

/// Whether `file` is a loader itself, which may be started with a program as its argument.
fn is_loader(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("ld-") || name.starts_with("ld.so")
}

/// Looks through the names in both symbol tables, and through the constants of a program that has few.
fn symbols<'data, R: ReadRef<'data>>(elf: &ElfFile64<'data, Endianness, R>) -> Option<Finding> {
    let mut bundled = elf.section_by_name(".go.buildinfo").map(|_| Allocator::Go);
    let mut has_malloc = false;
    for symbol in elf.dynamic_symbols().chain(elf.symbols()) {
        let Ok(name) = symbol.name_bytes() else { continue };
        has_malloc |= name == b"malloc" && symbol.is_definition() && symbol.is_global();
        bundled = bundled.or_else(|| Allocator::of_symbol(name));
    }
    let constants = || elf.section_by_name(".rodata")?.data().ok();
    let bundled = bundled.or_else(|| Allocator::of_constants(constants()?));
    if has_malloc { Some(Finding::OwnMalloc(bundled)) } else { bundled.map(Finding::Bundled) }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Static { is_stripped } => {
                write!(
                    out,
                    "is statically linked, so that nothing can be preloaded into it. Use a \
                     dynamically linked build of it."
                )?;
                if *is_stripped {
                    write!(
                        out,
                        " Whether it is linked with starmalloc itself cannot be told: its symbols \
                         were stripped."
                    )?;
                }
                Ok(())
            }
            Self::Privileged(how) => write!(
                out,
                "{how}, so that the loader ignores LD_PRELOAD. Name the library by its full path in \
                 /etc/ld.so.preload, which holds for every program of the machine, or start the \
                 program as the user whose privileges it needs."
            ),
            Self::OtherMachine => write!(
                out,
                "is for another kind of machine than the library ({}). Use a build of the program \
                 for this one, or a build of the library for the other.",
                env::consts::ARCH
            ),
            Self::OtherLibc(loader) => write!(
                out,
                "is linked to musl ({loader}), and the library to glibc. Use a build of it for glibc."
            ),
            Self::OwnMalloc(allocator) => {
                write!(out, "defines malloc itself")?;
                if let Some(allocator) = allocator {
                    write!(out, " ({allocator})")?;
                }
                write!(out, ", and a program's own definition goes before a preloaded one. ")?;
                out.write_str(allocator.map_or("Build it without.", Allocator::remedy))
            }
            Self::Sanitized(sanitizer) => sanitizer.fmt(out),
            Self::Unreadable => write!(
                out,
                "may be started but not read, so that nothing can be told of it: whether it uses \
                 the library is not known."
            ),
            Self::Bundled(allocator) => write!(
                out,
                "brings its own allocator, {allocator}; what it allocates with that is not \
                 protected. {}",
                allocator.remedy()
            ),
        }
    }
}
