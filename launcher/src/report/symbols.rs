//! Functions and lines of one module, from its file or from the file that holds its debug information.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use addr2line::{Context, LookupResult};
use gimli::{EndianArcSlice, RunTimeEndian};
use object::read::{Object, ObjectSection, ObjectSymbol};

/// Where distributions put debug information.
const DEBUG_ROOT: &str = "/usr/lib/debug";

type Slice = EndianArcSlice<RunTimeEndian>;

/// A function, and a line of it.
pub(crate) struct Place {
    /// Its name.
    pub(crate) function: String,
    /// The source file.
    pub(crate) file: String,
    /// The line in it.
    pub(crate) line: u32,
}

/// What is known of the addresses of one module.
pub(crate) struct Symbols {
    file: PathBuf,
    /// The file that holds its debug information, if it is another.
    pub(super) debug_file: Option<PathBuf>,
    lines: Option<Context<Slice>>,
    /// The functions: start, end and name, by start.
    functions: Vec<(u64, u64, String)>,
}

impl Symbols {
    /// Reads `file`, and its separate debug information if it has none itself, which may be one of `named`.
    pub(crate) fn read(file: &Path, named: &[PathBuf]) -> Option<Self> {
        // A file may be known by a link in another folder than its debug information.
        let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        let bytes = fs::read(&file).ok()?;
        let object = object::File::parse(&*bytes).ok()?;
        let mut functions = functions(&object);
        let mut debug_file = None;
        let has_lines = object.section_by_name(".debug_line").is_some();
        let lines = if has_lines {
            context(&object)
        } else {
            debug_files(&object, &file, named).into_iter().find_map(|(place, needs_id)| {
                let bytes = fs::read(&place).ok()?;
                let debug = object::File::parse(&*bytes).ok()?;
                if !is_same_build(&object, &debug).unwrap_or(!needs_id) {
                    return None;
                }
                functions.extend(self::functions(&debug));
                debug_file = Some(place);
                context(&debug)
            })
        };
        functions.sort();
        Some(Self { file, debug_file, lines, functions })
    }

    /// The function and line at an address in the file; with inlined calls, from the innermost
    /// outwards.
    pub(super) fn describe(&self, address: u64) -> Option<String> {
        let frames = self.frames(address);
        if !frames.is_empty() {
            return Some(frames.join(", inlined into "));
        }
        let function = self.function(address)?;
        Some(format!("{function} of {} (no line numbers)", self.file.display()))
    }

    fn frames(&self, address: u64) -> Vec<String> {
        let text = |place: Place| format!("{} at {}:{}", place.function, place.file, place.line);
        self.places(address).into_iter().map(text).collect()
    }

    /// The functions at an address in the file, with file and line; with inlined calls, from the
    /// innermost outwards. Without line numbers the file is empty and the line 0.
    pub(crate) fn calls(&self, address: u64) -> Vec<Place> {
        let places = self.places(address);
        if !places.is_empty() {
            return places;
        }
        let function = self.function(address).map(str::to_owned);
        function
            .map(|function| Place { function, file: String::new(), line: 0 })
            .into_iter()
            .collect()
    }

    fn places(&self, address: u64) -> Vec<Place> {
        let Some(lines) = &self.lines else { return Vec::new() };
        let mut result = lines.find_frames(address);
        let frames = loop {
            match result {
                LookupResult::Output(frames) => break frames,
                // Debug information split into files of its own is not followed.
                LookupResult::Load { continuation, .. } => {
                    result = addr2line::LookupContinuation::resume(continuation, None);
                }
            }
        };
        let mut places = Vec::new();
        let Ok(mut frames) = frames else { return places };
        while let Ok(Some(frame)) = frames.next() {
            let Some(location) = frame.location else { continue };
            let (Some(file), Some(line)) = (location.file, location.line) else { continue };
            let name = frame.function.as_ref().and_then(|function| function.demangle().ok());
            let name = name.map(|name| name.into_owned());
            let name = name.or_else(|| self.function(address).map(str::to_owned));
            let function = name.unwrap_or_else(|| "?".to_owned());
            places.push(Place { function, file: file.to_owned(), line });
        }
        places
    }

    /// The function that holds `address`, by the symbol table.
    fn function(&self, address: u64) -> Option<&str> {
        let behind = self.functions.partition_point(|(start, ..)| *start <= address);
        let (_, end, name) = self.functions.get(..behind)?.last()?;
        (address < *end).then_some(name)
    }
}

fn functions(object: &object::File<'_>) -> Vec<(u64, u64, String)> {
    let symbols = object.symbols().chain(object.dynamic_symbols());
    let symbols = symbols.filter(|symbol| symbol.is_definition() && symbol.size() > 0);
    let functions = symbols.filter(|symbol| symbol.kind() == object::SymbolKind::Text);
    let triple = |symbol: object::Symbol<'_, '_>| {
        let name = symbol.name().ok()?;
        // Only what is marked as mangled: `f` alone would read as C++'s name of a type, `float`.
        let is_mangled = name.starts_with("_Z") || name.starts_with("_R");
        let plain = || addr2line::demangle_auto(name.into(), None).into_owned();
        let name = if is_mangled { plain() } else { name.to_owned() };
        Some((symbol.address(), symbol.address() + symbol.size(), name))
    };
    functions.filter_map(triple).collect()
}

/// Reads the debug information of `object`; sections may be compressed.
fn context(object: &object::File<'_>) -> Option<Context<Slice>> {
    let endian = if object.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
    let load = |id: gimli::SectionId| -> Result<Slice, gimli::Error> {
        let section = object.section_by_name(id.name());
        let data = section.and_then(|section| section.uncompressed_data().ok());
        Ok(EndianArcSlice::new(Arc::from(data.unwrap_or_default().as_ref()), endian))
    };
    Context::from_dwarf(gimli::Dwarf::load(load).ok()?).ok()
}

/// The files that may hold the debug information of `object`: those that the user names, and where debuggers look
/// for them. Of each, whether only the same build ID makes it that.
fn debug_files(object: &object::File<'_>, file: &Path, named: &[PathBuf]) -> Vec<(PathBuf, bool)> {
    let named = named.iter().filter(|place| *place != file && place.is_file());
    let mut named: Vec<_> = named.map(|place| (place.clone(), true)).collect();
    let mut places = Vec::new();
    if let Ok(Some([first, rest @ ..])) = object.build_id() {
        let rest: String = rest.iter().map(|byte| format!("{byte:02x}")).collect();
        places.push(PathBuf::from(format!("{DEBUG_ROOT}/.build-id/{first:02x}/{rest}.debug")));
    }
    if let (Ok(Some((name, _))), Some(folder)) = (object.gnu_debuglink(), file.parent()) {
        let name = String::from_utf8_lossy(name).into_owned();
        let below = folder.strip_prefix("/").unwrap_or(folder);
        places.push(folder.join(&name));
        places.push(folder.join(".debug").join(&name));
        places.push(Path::new(DEBUG_ROOT).join(below).join(&name));
        for (place, needs_id) in &mut named {
            *needs_id = !place.ends_with(&name);
        }
    }
    named.into_iter().chain(places.into_iter().map(|place| (place, false))).collect()
}

/// Whether debug information belongs to this very build, if both say which they are.
fn is_same_build(object: &object::File<'_>, debug: &object::File<'_>) -> Option<bool> {
    match (object.build_id(), debug.build_id()) {
        (Ok(Some(ours)), Ok(Some(theirs))) => Some(ours == theirs),
        _ => None,
    }
}
