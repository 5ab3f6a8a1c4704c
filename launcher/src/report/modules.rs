//! Finds the files of the modules that a report names, which has no folders in it.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::path::PathBuf;

use super::symbols::Symbols;
use crate::{library, suitability};

/// Where a report's programs and libraries are looked for, and those that were found.
pub(super) struct Modules {
    named: Vec<PathBuf>,
    places: Vec<PathBuf>,
    loaded: HashMap<String, Option<Symbols>>,
    /// Names whose addresses could not be told, and what would help; nobody was told of them yet.
    unclear: BTreeMap<String, &'static str>,
}

impl Modules {
    /// `named` are files and folders that the user gives; they come first.
    pub(super) fn new(named: Vec<PathBuf>) -> Self {
        let mut places: Vec<_> = env::current_dir().into_iter().collect();
        for variable in ["PATH", "LD_LIBRARY_PATH"] {
            let list = env::var_os(variable).unwrap_or_default();
            places.extend(env::split_paths(&list).filter(|folder| !folder.as_os_str().is_empty()));
        }
        places.extend(library::folders());
        places.extend(library::find().ok().and_then(|file| Some(file.parent()?.to_owned())));
        Self { named, places, loaded: HashMap::new(), unclear: BTreeMap::new() }
    }

    /// The function and line at `offset` of the module `name`, if they can be found.
    pub(super) fn describe(&mut self, name: &str, offset: u64) -> Option<String> {
        if !self.loaded.contains_key(name) {
            let file = self.find(name);
            if file.is_none() {
                self.unclear.insert(name.to_owned(), "was not found; name its file with --module");
            }
            let symbols = file.and_then(|file| Symbols::read(&file));
            self.loaded.insert(name.to_owned(), symbols);
        }
        let symbols = self.loaded.get(name)?.as_ref()?;
        let found = symbols.describe(offset);
        if found.is_none() {
            let advice = "has no symbols for all of its addresses; name a file that was not stripped \
                          with --module";
            self.unclear.insert(name.to_owned(), advice);
        }
        found
    }

    /// The names that something could not be told of since this was last asked, and what would help.
    pub(super) fn take_unclear(&mut self) -> BTreeMap<String, &'static str> {
        std::mem::take(&mut self.unclear)
    }

    /// The file called `name`. A name from a report may be any bytes that came from somewhere, and
    /// is taken only if it is a single component. The folders of the loader hold libraries of the same
    /// names for other machines, whose functions are elsewhere.
    fn find(&self, name: &str) -> Option<PathBuf> {
        if name.contains('/') || name.starts_with('.') {
            return None;
        }
        let candidate = |place: &PathBuf| {
            if place.is_dir() { place.join(name) } else { place.clone() }
        };
        let fits = |file: &PathBuf| file.file_name().is_some_and(|last| last == name);
        let is_there = |file: &PathBuf| fits(file) && file.is_file();
        let named = self.named.iter().map(candidate).find(is_there);
        named.or_else(|| {
            let mut files = self.places.iter().map(candidate).filter(is_there);
            files.find(|file| suitability::is_for_this_machine(file))
        })
    }
}
