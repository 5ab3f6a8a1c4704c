//! Where the shared library is, as seen from the launcher's own place.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The name in a build tree and in a development package.
const DEVELOPMENT_NAME: &str = "libstarmalloc.so";
/// The name that a package without development files installs.
const RUNTIME_NAME: &str = "libstarmalloc.so.0";

/// Finds the library that belongs to this launcher.
pub(crate) fn find() -> Result<PathBuf, Failure> {
    let launcher = env::current_exe().map_err(Failure::NoPlace)?;
    let tried = candidates(launcher.parent().unwrap_or(Path::new("/")));
    match tried.iter().find(|place| place.is_file()) {
        Some(found) => Ok(found.clone()),
        None => Err(Failure::NoLibrary(tried)),
    }
}

/// The places where the library may be, the likeliest first: beside the launcher as in a
/// build tree, then the library folders of the prefix that the launcher is installed in.
fn candidates(folder: &Path) -> Vec<PathBuf> {
    let prefix = folder.parent().unwrap_or(folder);
    // The last holds a link to the library where packaging/install was told another folder.
    let shared = ["lib64", "lib", "lib/starmalloc"].map(|name| prefix.join(name));
    let debian = prefix.join("lib").join(multiarch());
    let folders = [folder.to_path_buf()].into_iter().chain([debian]).chain(shared);
    let names = [DEVELOPMENT_NAME, RUNTIME_NAME];
    folders.flat_map(|place| names.map(|name| place.join(name))).collect()
}

/// The folders where the loader looks: those of its configuration, and its own.
pub(crate) fn folders() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for entry in fs::read_dir("/etc/ld.so.conf.d").into_iter().flatten().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        folders.extend(text.lines().filter(|line| line.starts_with('/')).map(PathBuf::from));
    }
    for top in ["/lib", "/usr/lib"] {
        folders.extend([Path::new(top).join(multiarch()), PathBuf::from(top)]);
    }
    folders.extend(["/lib64", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from));
    folders
}

/// The folder name that Debian gives to this machine's kind of library.
fn multiarch() -> String {
    format!("{}-linux-gnu", env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_tree_comes_before_an_installed_library() {
        let places = candidates(Path::new("/opt/star/bin"));
        assert_eq!(places[0], Path::new("/opt/star/bin/libstarmalloc.so"));
        for folder in ["lib", "lib64", "lib/starmalloc"] {
            let file = Path::new("/opt/star").join(folder).join("libstarmalloc.so.0");
            assert!(places.contains(&file), "{places:?}");
        }
    }

    #[test]
    fn a_launcher_in_the_root_folder_looks_no_higher() {
        let places = candidates(Path::new("/"));
        assert!(places.contains(&PathBuf::from("/lib/libstarmalloc.so")));
    }
}
