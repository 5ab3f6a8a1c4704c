//! The value of LD_PRELOAD, the list of libraries that the loader puts before all others.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::failure::Failure;

/// The environment variable that the loader reads.
pub(crate) const VARIABLE: &str = "LD_PRELOAD";

/// Adds `library` at the end of the list `before`, so that what the user already preloads
/// keeps its place. A library that is in the list already is not added again.
pub(crate) fn with(before: Option<&OsStr>, library: &Path) -> Result<OsString, Failure> {
    if library.as_os_str().as_bytes().iter().any(is_separator) {
        return Err(Failure::UnlistablePath(library.to_path_buf()));
    }
    let mut list = before.unwrap_or_default().to_os_string();
    if list.as_bytes().split(is_separator).any(|entry| entry == library.as_os_str().as_bytes()) {
        return Ok(list);
    }
    if !list.is_empty() {
        list.push(":");
    }
    list.push(library);
    Ok(list)
}

/// The entries of a list.
pub(crate) fn entries(list: &OsStr) -> impl Iterator<Item = &OsStr> {
    let entries = list.as_bytes().split(is_separator).filter(|entry| !entry.is_empty());
    entries.map(OsStr::from_bytes)
}

/// The loader takes both characters as the end of an entry and knows no escape.
fn is_separator(byte: &u8) -> bool {
    matches!(byte, b' ' | b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(before: Option<&str>, library: &str) -> String {
        let list = with(before.map(OsStr::new), Path::new(library)).unwrap();
        list.into_string().unwrap()
    }

    #[test]
    fn an_empty_list_becomes_the_library_alone() {
        assert_eq!(list(None, "/a.so"), "/a.so");
        assert_eq!(list(Some(""), "/a.so"), "/a.so");
    }

    #[test]
    fn what_was_preloaded_before_stays_in_front() {
        assert_eq!(list(Some("/x.so /y.so"), "/a.so"), "/x.so /y.so:/a.so");
    }

    #[test]
    fn a_library_is_listed_once() {
        assert_eq!(list(Some("/x.so:/a.so"), "/a.so"), "/x.so:/a.so");
    }

    #[test]
    fn a_path_that_the_loader_would_split_is_refused() {
        assert!(with(None, Path::new("/a b.so")).is_err());
        assert!(with(None, Path::new("/a:b.so")).is_err());
    }
}
