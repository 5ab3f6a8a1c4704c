//! Finds the files of the modules that a report names, which has no folders in it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::printed::{DELETED, fits, may_be_another};
use super::symbols::Symbols;
use crate::failure::Failure;
use crate::{library, suitability};

/// What gdb and the tools of distributions append to the name of a file of debug information.
const DEBUG: &[u8] = b".debug";

/// Where a report's programs and libraries are looked for, and those that were found.
pub(super) struct Modules {
    /// Files for names of a report.
    assigned: HashMap<OsString, PathBuf>,
    named: Vec<PathBuf>,
    places: Vec<PathBuf>,
    /// Files among `named` that belong to a module.
    taken: HashSet<PathBuf>,
    loaded: HashMap<String, Option<Symbols>>,
    /// Names whose addresses could not be told, and what would help; nobody was told of them yet.
    unclear: BTreeMap<String, String>,
}

impl Modules {
    /// `words` are what the user gives: files, folders, and files for names. They come first.
    pub(super) fn new(words: Vec<OsString>) -> Result<Self, Failure> {
        let (mut assigned, mut named) = (HashMap::new(), Vec::new());
        for word in words {
            if let Err(why) = fs::metadata(&word) {
                let (name, file) = assignment(&word)
                    .ok_or_else(|| Failure::Unreadable(word.clone().into(), why))?;
                assigned.insert(name, file);
            } else {
                named.push(PathBuf::from(word));
            }
        }
        let mut places: Vec<_> = env::current_dir().into_iter().collect();
        for variable in ["PATH", "LD_LIBRARY_PATH"] {
            let list = env::var_os(variable).unwrap_or_default();
            places.extend(env::split_paths(&list).filter(|folder| !folder.as_os_str().is_empty()));
        }
        places.extend(library::folders());
        places.extend(library::find().ok().and_then(|file| Some(file.parent()?.to_owned())));
        let (taken, loaded, unclear) = (HashSet::new(), HashMap::new(), BTreeMap::new());
        Ok(Self { assigned, named, places, taken, loaded, unclear })
    }

    /// The function and line at `offset` of the module `name`, if they can be found.
    pub(super) fn describe(&mut self, name: &str, offset: u64) -> Option<String> {
        if !self.loaded.contains_key(name) {
            let file = self.find(name);
            if file.is_none() {
                let why = if name.ends_with(DELETED) {
                    "was deleted or replaced while it was in use; name a file of the same build"
                } else {
                    "was not found; name its file"
                };
                let advice = format!("{why} with --module FILE, or --module '{name}=FILE'");
                self.unclear.insert(name.to_owned(), advice);
            }
            let symbols = file.and_then(|file| Symbols::read(&file, &self.named));
            self.taken.extend(symbols.iter().filter_map(|symbols| symbols.debug_file.clone()));
            self.loaded.insert(name.to_owned(), symbols);
        }
        let symbols = self.loaded.get(name)?.as_ref()?;
        let found = symbols.describe(offset);
        if found.is_none() {
            let advice = "has no symbols for all of its addresses; name a file that was not stripped, or its \
                          debug information, with --module";
            self.unclear.entry(name.to_owned()).or_insert_with(|| advice.to_owned());
        }
        found
    }

    /// The names that something could not be told of since this was last asked, and what would help.
    pub(super) fn take_unclear(&mut self) -> BTreeMap<String, String> {
        std::mem::take(&mut self.unclear)
    }

    /// The file called `name`: the one that the user says, one that the user names, one of that name in the
    /// folders, or the one that the user names and that is nothing else.
    fn find(&mut self, name: &str) -> Option<PathBuf> {
        if let Some(file) = self.assigned.get(OsStr::new(name)) {
            return Some(file.clone());
        }
        let in_folder = |folder: &PathBuf| one_in(folder, name, |_| true);
        let named = self.named.iter().find_map(|place| {
            if place.is_dir() {
                in_folder(place)
            } else {
                Some(place.clone()).filter(|file| is_called(file, name))
            }
        });
        let found = named.or_else(|| {
            let is_ours = |file: &Path| suitability::is_for_this_machine(file);
            // What is there now in the place of a deleted file is another build.
            let mut places = self.places.iter().filter(|_| !name.ends_with(DELETED));
            // The folders of the loader hold libraries of the same names for other machines, whose functions
            // are elsewhere.
            places.find_map(|place| one_in(place, name, is_ours))
        });
        let found = found.or_else(|| {
            let file = self.only_one_left()?;
            let advice = format!("was taken to be {}", file.display());
            self.unclear.insert(name.to_owned(), advice);
            Some(file)
        });
        self.taken.extend(found.clone());
        found
    }

    /// The program or library that the user names, if it is one and belongs to no module so far.
    fn only_one_left(&self) -> Option<PathBuf> {
        let is_left =
            |file: &&PathBuf| suitability::is_for_this_machine(file) && !self.taken.contains(*file);
        let mut left = self.named.iter().filter(is_left);
        left.next().filter(|_| left.next().is_none()).cloned()
    }
}

/// Takes `NAME=FILE` apart, where either may have such a sign in it.
fn assignment(word: &OsStr) -> Option<(OsString, PathBuf)> {
    let bytes = word.as_bytes();
    let signs = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'=');
    let mut parts = signs.filter_map(|(at, _)| Some((bytes.get(..at)?, bytes.get(at + 1..)?)));
    let (name, file) = parts.find(|(_, file)| Path::new(OsStr::from_bytes(file)).is_file())?;
    Some((OsStr::from_bytes(name).to_owned(), OsStr::from_bytes(file).into()))
}

/// Whether a file, or the module that it holds the debug information of, is called `name` in a report.
fn is_called(file: &Path, name: &str) -> bool {
    let own = file.file_name().unwrap_or_default().as_bytes();
    fits(own, name) || own.strip_suffix(DEBUG).is_some_and(|own| fits(own, name))
}

/// The file in `folder` that a report calls `name`. A name from a report may be any bytes that came from
/// somewhere, and is taken for one in the folder only if it is a single component.
fn one_in(folder: &Path, name: &str, is_fine: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let is_fine = |file: &PathBuf| file.is_file() && is_fine(file);
    let is_component = !name.contains('/') && name != "." && name != "..";
    let exact = Some(folder.join(name)).filter(|file| is_component && is_fine(file));
    exact.or_else(|| {
        if !may_be_another(name) {
            return None;
        }
        let entries = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
        entries.filter(|file| is_called(file, name)).find(is_fine)
    })
}
