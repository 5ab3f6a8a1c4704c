//! The allocators that are compared: glibc, those that Debian packages, and those named by path.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

/// glibc's name, which every figure is relative to.
pub(crate) const BASELINE: &str = "glibc";

/// An allocator and how a program is put under it.
#[derive(Clone, Debug)]
pub(crate) struct Allocator {
    pub(crate) name: String,
    /// What is preloaded; `None` leaves the program to glibc.
    pub(crate) library: Option<PathBuf>,
    pub(crate) environment: Vec<(String, String)>,
    /// For people: the specification or the package it came from.
    pub(crate) description: String,
    /// Whether it came from `--alloc`; only then is its failure ours.
    pub(crate) named_by_caller: bool,
}

impl Allocator {
    fn baseline() -> Self {
        Self {
            name: BASELINE.to_owned(),
            library: None,
            environment: Vec::new(),
            description: "no preload".to_owned(),
            named_by_caller: false,
        }
    }

    /// The variables a program needs to run under this allocator. `links_one` says that the
    /// program is linked to an allocator of its own, which glibc must then be put in front of.
    pub(crate) fn variables(&self, links_one: bool) -> Vec<(String, String)> {
        let mut variables = self.environment.clone();
        let preload = match &self.library {
            Some(library) => Some(library.display().to_string()),
            None => links_one.then(|| "libc.so.6".to_owned()),
        };
        variables.extend(preload.map(|preload| ("LD_PRELOAD".to_owned(), preload)));
        variables
    }
}

impl FromStr for Allocator {
    type Err = anyhow::Error;

    fn from_str(spec: &str) -> Result<Self> {
        let (name, rest) = spec.split_once('=').context("expected NAME=PATH")?;
        if name.is_empty() || name == BASELINE {
            bail!("the name must not be empty or {BASELINE}");
        }
        let mut parts = split_variables(rest).into_iter();
        let path = parts.next().unwrap_or_default();
        let environment = parts
            .filter_map(|part| part.split_once('='))
            .map(|(variable, value)| (variable.to_owned(), value.to_owned()))
            .collect();
        let library = if path.is_empty() {
            None
        } else {
            // Absolute, because programs run in a directory of their own.
            Some(fs::canonicalize(path).with_context(|| format!("cannot find {path}"))?)
        };
        Ok(Self {
            name: name.to_owned(),
            library,
            environment,
            description: rest.to_owned(),
            named_by_caller: true,
        })
    }
}

/// Splits `path,NAME=value,with=commas,OTHER=value` before each upper-case variable name.
fn split_variables(rest: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in rest.match_indices(',') {
        if starts_variable(&rest[at + 1..]) {
            parts.push(&rest[start..at]);
            start = at + 1;
        }
    }
    parts.push(&rest[start..]);
    parts
}

fn starts_variable(text: &str) -> bool {
    let Some((name, _)) = text.split_once('=') else {
        return false;
    };
    name.starts_with(|first: char| first.is_ascii_uppercase() || first == '_')
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// One of Debian's allocators, or which package would bring it.
pub(crate) enum Peer {
    Found(Allocator),
    Missing { name: &'static str, package: &'static str },
}

/// Looks for Debian's allocators where their packages put them; nothing is installed.
pub(crate) fn debian_peers() -> Vec<Peer> {
    let multiarch = PathBuf::from(format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH));
    let library = |file: &str| Some(multiarch.join(file)).filter(|path| path.exists());
    vec![
        peer("scudo", "libclang-rt-19-dev", scudo()),
        peer("mimalloc", "libmimalloc2.0", library("libmimalloc.so.2")),
        peer("jemalloc", "libjemalloc2", library("libjemalloc.so.2")),
        peer("tcmalloc", "libtcmalloc-minimal4", library("libtcmalloc_minimal.so.4")),
    ]
}

fn peer(name: &'static str, package: &'static str, library: Option<PathBuf>) -> Peer {
    let Some(library) = library else {
        return Peer::Missing { name, package };
    };
    let owner = package_of(&library).unwrap_or_else(|| package.to_owned());
    Peer::Found(Allocator {
        name: name.to_owned(),
        library: Some(library),
        environment: Vec::new(),
        description: owner,
        named_by_caller: false,
    })
}

/// The newest Scudo of the LLVM packages, whose directory carries the version twice.
fn scudo() -> Option<PathBuf> {
    let file = format!("libclang_rt.scudo_standalone-{}.so", std::env::consts::ARCH);
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for llvm in subdirectories(Path::new("/usr/lib")) {
        let name = llvm.file_name()?.to_string_lossy().into_owned();
        let Some(version) = name.strip_prefix("llvm-").and_then(|text| text.parse().ok()) else {
            continue;
        };
        for clang in subdirectories(&llvm.join("lib/clang")) {
            let path = clang.join("lib/linux").join(&file);
            if path.exists() {
                found.push((version, path));
            }
        }
    }
    found.into_iter().max().map(|(_, path)| path)
}

fn subdirectories(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else {
        return Vec::new();
    };
    entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

/// The package that owns `file` and its version, as dpkg knows them.
fn package_of(file: &Path) -> Option<String> {
    let file = fs::canonicalize(file).ok()?;
    let owner = Command::new("dpkg-query").arg("-S").arg(file).output().ok()?;
    let owner = String::from_utf8(owner.stdout).ok()?;
    let (package, _) = owner.split_once(": ")?;
    let shown = Command::new("dpkg-query")
        .args(["-W", "-f", "${Package} ${Version}", package])
        .output()
        .ok()?;
    String::from_utf8(shown.stdout).ok().filter(|text| !text.is_empty())
}

/// The allocators of a run, glibc first, and a line for each peer that is missing.
pub(crate) fn chosen(named: &[Allocator], peers: &str) -> Result<(Vec<Allocator>, Vec<String>)> {
    let mut allocators = vec![Allocator::baseline()];
    allocators.extend_from_slice(named);
    let mut missing = Vec::new();
    let mut wanted: Vec<&str> = peers.split(',').filter(|name| *name != "none").collect();
    for peer in debian_peers() {
        let name = match &peer {
            Peer::Found(found) => found.name.clone(),
            Peer::Missing { name, .. } => (*name).to_owned(),
        };
        if !wanted.contains(&"all") && !wanted.contains(&name.as_str()) {
            continue;
        }
        wanted.retain(|other| *other != name);
        match peer {
            Peer::Found(found) => allocators.push(found),
            Peer::Missing { name, package } => {
                missing.push(format!("{name} is missing (apt-get install {package})"));
            }
        }
    }
    if let Some(unknown) = wanted.iter().find(|name| **name != "all") {
        bail!("no peer is called {unknown}");
    }
    let mut names: Vec<&str> = allocators.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        bail!("two allocators are called {}", pair[0]);
    }
    Ok((allocators, missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_split_only_before_variables() {
        assert_eq!(
            split_variables("lib.so,STARMALLOC_OPTIONS=level=light,canary=0,A_1=2"),
            ["lib.so", "STARMALLOC_OPTIONS=level=light,canary=0", "A_1=2"]
        );
        assert_eq!(split_variables("a,b.so"), ["a,b.so"]);
    }

    #[test]
    fn an_empty_path_is_glibc_with_variables() {
        let tuned: Allocator = "tuned=,GLIBC_TUNABLES=glibc.malloc.tcache_count=0".parse().unwrap();
        assert!(tuned.library.is_none());
        assert_eq!(tuned.variables(false).len(), 1);
        assert_eq!(tuned.variables(true).len(), 2);
    }

    #[test]
    fn the_baseline_cannot_be_named_again() {
        assert!("glibc=".parse::<Allocator>().is_err());
        assert!(chosen(&[], "nobody").is_err());
    }
}
