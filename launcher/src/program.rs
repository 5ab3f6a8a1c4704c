//! Which file the system will load when a program is named.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Scripts whose interpreters are scripts: as many as the kernel follows.
const NESTING: usize = 4;
/// What the kernel reads of a script's first line.
const FIRST_LINE: u64 = 256;

/// Finds `program` as the system does: by its path if it has one, otherwise along PATH.
pub(crate) fn find(program: &OsStr) -> Option<PathBuf> {
    if program.as_bytes().contains(&b'/') {
        return Some(PathBuf::from(program));
    }
    let path = env::var_os("PATH").unwrap_or_else(|| OsString::from("/bin:/usr/bin"));
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// The file that is loaded for `file`: itself, or for a script what its first line names.
pub(crate) fn loaded(file: PathBuf) -> PathBuf {
    let mut file = file;
    for _ in 0..NESTING {
        match interpreter(&file) {
            Some(interpreter) => file = interpreter,
            None => break,
        }
    }
    file
}

/// Whether `file` is a script that `launcher` is to run, with no program for it: the script itself would be
/// run again and again.
pub(crate) fn runs_itself(file: &Path, launcher: &Path) -> bool {
    let is_launcher =
        |word: &Vec<u8>| find(OsStr::from_bytes(word)).is_some_and(|file| is_same(&file, launcher));
    let words = first_line(file).unwrap_or_default();
    let after = words.iter().skip_while(|word| !is_launcher(word)).skip(1);
    words.iter().any(is_launcher) && after.clone().all(|word| word == b"run" || word[0] == b'-')
}

fn is_same(file: &Path, other: &Path) -> bool {
    fs::canonicalize(file)
        .is_ok_and(|file| fs::canonicalize(other).is_ok_and(|other| file == other))
}

/// The words of a script's first line.
fn first_line(script: &Path) -> Option<Vec<Vec<u8>>> {
    let mut line = Vec::new();
    File::open(script).ok()?.take(FIRST_LINE).read_to_end(&mut line).ok()?;
    let line = line.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    Some(words.map(<[u8]>::to_vec).collect())
}

/// The interpreter of a script. `env` is looked through: it becomes what it is told to run.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let line = first_line(script)?;
    let mut words = line.iter();
    let interpreter = PathBuf::from(OsStr::from_bytes(words.next()?));
    if interpreter.file_name() != Some(OsStr::new("env")) {
        return Some(interpreter);
    }
    let is_program = |word: &&Vec<u8>| !word.starts_with(b"-") && !word.contains(&b'=');
    words.find(is_program).and_then(|word| find(OsStr::from_bytes(word))).or(Some(interpreter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interpreter_of(first_line: &str) -> Option<PathBuf> {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("script");
        fs::write(&script, format!("{first_line}\nexit\n")).unwrap();
        interpreter(&script)
    }

    #[test]
    fn a_script_s_first_line_names_its_interpreter() {
        assert_eq!(interpreter_of("#!/bin/sh -e"), Some(PathBuf::from("/bin/sh")));
        assert_eq!(interpreter_of("#! /bin/sh"), Some(PathBuf::from("/bin/sh")));
        assert_eq!(interpreter_of("\x7fELF"), None);
        assert_eq!(interpreter_of("#!"), None);
    }

    #[test]
    fn a_script_that_runs_itself_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (script, launcher) = (folder.path().join("script"), find(OsStr::new("sh")).unwrap());
        let cases = [
            ("/bin/sh", true),
            ("/bin/sh run", true),
            ("/usr/bin/env sh", true),
            ("/usr/bin/env -S sh run --stats", true),
            ("/usr/bin/env -S sh run true", false),
            ("/usr/bin/env true", false),
            ("/bin/true", false),
            ("", false),
        ];
        for (line, expected) in cases {
            fs::write(&script, format!("#!{line}\n")).unwrap();
            assert_eq!(runs_itself(&script, &launcher), expected, "{line}");
        }
        assert!(!runs_itself(&launcher, &launcher));
    }

    #[test]
    fn env_is_looked_through() {
        let sh = find(OsStr::new("sh"));
        assert!(sh.is_some());
        assert_eq!(interpreter_of("#!/usr/bin/env sh"), sh);
        assert_eq!(interpreter_of("#!/usr/bin/env -S A=b sh -e"), sh);
        let env = Some(PathBuf::from("/usr/bin/env"));
        assert_eq!(interpreter_of("#!/usr/bin/env no-such-program"), env);
    }
}
