//! How one process uses the library.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use procfs::process::{MMapPath, MemoryMap, Process};
use procfs::{ProcError, ProcResult};

use super::memory::Memory;
use super::modules::{self, Module};
use crate::linked::Linked;
use crate::options;

/// How the name of every file of the library starts.
const LIBRARY: &str = "libstarmalloc.so";
/// What the library calls its `struct starmalloc_description`, and where that names the figures.
const DESCRIPTION: &str = "starmalloc_description";
const STATISTICS_AT: u64 = 32;
/// Where the kernel says who may trace whom.
const YAMA: &str = "/proc/sys/kernel/yama/ptrace_scope";
/// The levels, in the order of the numbers that the library gives them.
const LEVELS: [&str; 3] = ["light", "default", "strong"];

/// What is known of a process that has the library.
#[derive(Default)]
pub(super) struct Usage {
    /// The version of the library in use.
    pub(super) version: Option<String>,
    /// The level in force.
    pub(super) level: Option<String>,
    /// Whose `malloc` the process calls.
    pub(super) malloc: Malloc,
}

/// Whose `malloc` a process calls.
#[derive(Default)]
pub(super) enum Malloc {
    /// The library's.
    Ours,
    /// That of this module, which the loader searches first.
    Theirs(PathBuf),
    /// Nobody can tell.
    #[default]
    Unknown,
    /// Nobody can tell whether the program is linked with the library, and it has none loaded.
    Hidden,
}

/// Why nothing is known of a process.
pub(crate) enum Trouble {
    /// There is no such process.
    Gone,
    /// It belongs to somebody else.
    Forbidden,
    /// It has no memory: it is a thread of the kernel, or has ended.
    Empty,
    /// Something else.
    Other(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => write!(out, "does not exist"),
            Self::Forbidden => {
                write!(
                    out,
                    "may not be looked at: that takes the right to trace it (its user, or root with \
                     CAP_SYS_PTRACE)"
                )?;
                out.write_str(tracers(&fs::read_to_string(YAMA).unwrap_or_default()))
            }
            Self::Empty => write!(out, "has no memory: a thread of the kernel, or ended already"),
            Self::Other(why) => write!(out, "cannot be looked at: {why}"),
        }
    }
}

/// Whom the setting of the security module Yama leaves the right to trace, if not all whom Linux gives it.
fn tracers(setting: &str) -> &'static str {
    match setting.trim() {
        "1" => {
            ". kernel.yama.ptrace_scope is 1 here: only a process that it descends from may, or root; \
             `sysctl kernel.yama.ptrace_scope=0` lets its user"
        }
        "2" => ". kernel.yama.ptrace_scope is 2 here: only root may",
        "3" => ". kernel.yama.ptrace_scope is 3 here: nobody may, until the machine starts anew",
        _ => "",
    }
}

impl From<ProcError> for Trouble {
    fn from(error: ProcError) -> Self {
        match error {
            ProcError::NotFound(_) => Self::Gone,
            ProcError::PermissionDenied(_) => Self::Forbidden,
            // The kernel's answer for a process that ends while its files are open.
            ProcError::Io(error, _) if error.raw_os_error() == Some(3) => Self::Gone,
            error => Self::Other(error.to_string()),
        }
    }
}

/// Where the shared figures of `process` are (`struct starmalloc_statistics`), with its memory; `None`
/// when it does not use the library, or a version without figures.
pub(crate) fn shared_figures(process: &Process) -> Result<Option<(Memory, u64)>, Trouble> {
    let maps = process.maps()?;
    if maps.0.is_empty() {
        return Err(Trouble::Empty);
    }
    let memory = Memory::open(process.pid).map_err(|_| Trouble::Forbidden)?;
    let in_library = || {
        // Of a program that has the library in it, one that is preloaded knows nothing.
        let mapping = library(&maps.0).filter(|_| Linked::of_file(&exe(process)) != Linked::Yes);
        description_of(&memory, mapping?)
    };
    let description = description_in_program(process, &maps.0).or_else(in_library);
    let Some(at) = description else { return Ok(None) };
    let place = Some(at)
        .filter(|at| memory.word(*at).is_ok_and(|size| size > STATISTICS_AT))
        .and_then(|at| memory.word(at + STATISTICS_AT).ok());
    Ok(place.map(|place| (memory, place)))
}

/// How `process` uses the library, or `None` when it does not.
pub(super) fn of(process: &Process) -> Result<Option<Usage>, Trouble> {
    let maps = process.maps()?;
    if maps.0.is_empty() {
        return Err(Trouble::Empty);
    }
    // The program's own goes before one that is preloaded.
    if let Some(at) = description_in_program(process, &maps.0) {
        return Ok(Some(linked_with(process, at)));
    }
    match (Linked::of_file(&exe(process)), library(&maps.0)) {
        (Linked::Yes, _) => {
            let level = named_level(process);
            Ok(Some(Usage { level, malloc: Malloc::Ours, ..Usage::default() }))
        }
        (_, Some(mapping)) => Ok(Some(details(process, mapping))),
        (Linked::Untold, None) => Ok(Some(Usage { malloc: Malloc::Hidden, ..Usage::default() })),
        (Linked::No, None) => Ok(None),
    }
}

/// Where the library is mapped.
fn library(maps: &[MemoryMap]) -> Option<&MemoryMap> {
    maps.iter().find(|mapping| mapping.offset == 0 && is_library(mapping))
}

/// The address of `struct starmalloc_description` in the library that starts at `mapping`.
fn description_of(memory: &Memory, mapping: &MemoryMap) -> Option<u64> {
    modules::exported_in_memory(memory, mapping.address.0, DESCRIPTION).ok()
}

/// The same in a program that was linked with the archive, unless its symbols were stripped.
fn description_in_program(process: &Process, maps: &[MemoryMap]) -> Option<u64> {
    let name = process.exe().ok()?;
    let is_start = |mapping: &&MemoryMap| mapping.offset == 0 && path(mapping) == name.to_str();
    modules::defined(&exe(process), DESCRIPTION, maps.iter().find(is_start)?.address.0)
}

/// How a program uses the library that it is linked with.
fn linked_with(process: &Process, description: u64) -> Usage {
    let memory = Memory::open(process.pid).ok();
    let described = memory.and_then(|memory| describe(&memory, description).ok());
    let (version, level) = described.unwrap_or_default();
    Usage { version, level, malloc: Malloc::Ours }
}

/// The path of a mapped file, as the process sees it.
fn path(mapping: &MemoryMap) -> Option<&str> {
    match &mapping.pathname {
        MMapPath::Path(path) => path.to_str(),
        _ => None,
    }
}

fn is_library(mapping: &MemoryMap) -> bool {
    let name = path(mapping).and_then(|path| path.rsplit('/').next());
    name.is_some_and(|name| name.starts_with(LIBRARY))
}

/// What can be found out of the library that starts at `mapping`.
fn details(process: &Process, mapping: &MemoryMap) -> Usage {
    let Ok(memory) = Memory::open(process.pid) else {
        return Usage { level: named_level(process), ..Usage::default() };
    };
    let description = description_of(&memory, mapping).and_then(|at| describe(&memory, at).ok());
    let (version, level) = description.unwrap_or_default();
    let malloc = whose_malloc(process, &memory, mapping.address.0).unwrap_or_default();
    Usage { version, level: level.or_else(|| named_level(process)), malloc }
}

/// Reads `struct starmalloc_description` (see `include/starmalloc.h`).
fn describe(memory: &Memory, at: u64) -> io::Result<(Option<String>, Option<String>)> {
    let version: [u8; 16] = memory.bytes(at + 8)?;
    let version = version.split(|byte| *byte == 0).next().unwrap_or_default();
    let [level] = memory.bytes(memory.word(at + 24)?)?;
    let level = LEVELS.get(usize::from(level)).map(|word| (*word).to_owned());
    Ok((Some(String::from_utf8_lossy(version).into_owned()), level))
}

/// The level that the environment asks for, where the memory cannot be read to see the one in force.
fn named_level(process: &Process) -> Option<String> {
    let environment = process.environ().ok()?;
    let list = environment.get(std::ffi::OsStr::new(options::VARIABLE))?.to_str()?;
    Some(format!("{}?", options::value(list, "level")?))
}

/// The file that `process` knows as `path`.
fn inside(process: &Process, path: &Path) -> PathBuf {
    let root = PathBuf::from(format!("/proc/{}/root", process.pid));
    root.join(path.strip_prefix("/").unwrap_or(path))
}

/// Whose `malloc` the loader of `process` finds first.
fn whose_malloc(process: &Process, memory: &Memory, ours: u64) -> io::Result<Malloc> {
    for Module { bias, path } in modules::list(process, memory)? {
        if bias == ours {
            return Ok(Malloc::Ours);
        }
        let is_program = path.as_os_str().is_empty();
        let file = if is_program { exe(process) } else { inside(process, &path) };
        if modules::exported(&file, "malloc").is_some() {
            let name = if is_program { process.exe().unwrap_or(file) } else { path };
            return Ok(Malloc::Theirs(name));
        }
    }
    Ok(Malloc::Unknown)
}

fn exe(process: &Process) -> PathBuf {
    PathBuf::from(format!("/proc/{}/exe", process.pid))
}

/// Resident memory of `process` in bytes.
pub(super) fn resident(process: &Process) -> ProcResult<u64> {
    Ok(process.statm()?.resident * rustix::param::page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_forbids_tracing_is_named() {
        assert_eq!((tracers(""), tracers("0\n")), ("", ""));
        for (setting, who) in [("1\n", "descends"), ("2\n", "root"), ("3\n", "nobody")] {
            assert!(tracers(setting).contains(who), "{setting}");
        }
    }
}
