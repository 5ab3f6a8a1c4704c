//! Why a subcommand could not do its work, in the user's words and as an exit status.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;

/// The exit status when the launcher itself failed, so that it is told from the program's.
pub(crate) const OURS: i32 = 125;

/// Says something to the user. Nobody is left to be told when standard error cannot be written to.
pub(crate) fn tell(what: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "starmalloc: {what}");
}

/// Why a subcommand gave up.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The launcher cannot tell where it is installed.
    NoPlace(io::Error),
    /// No library at any of the places that were tried.
    NoLibrary(Vec<PathBuf>),
    /// The loader splits its list at blanks and colons, so this path cannot be in it.
    UnlistablePath(PathBuf),
    /// No such program.
    NoProgram(OsString),
    /// The program is there, but the system would not start it.
    NotStarted(OsString, io::Error),
    /// The program would run without the library, for this reason.
    Unsuitable(PathBuf, String),
    /// This file could not be read.
    Unreadable(PathBuf, io::Error),
    /// This process has no figures to show, for this reason.
    NoFigures(i32, String),
    /// This file is not what it should be.
    Malformed(PathBuf, &'static str),
    /// This file could not be written.
    Unwritable(PathBuf, io::Error),
    /// What was to be printed could not be.
    NoOutput(io::Error),
}

impl Failure {
    /// The exit status, by the convention that `env`, `nice` and `timeout` follow.
    pub(crate) fn code(&self) -> i32 {
        match self {
            Self::NotStarted(..) => 126,
            Self::NoProgram(_) => 127,
            _ => OURS,
        }
    }

    /// Whether the reader of the output went away, which is no news for anybody.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::NoOutput(why) if why.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPlace(why) => write!(out, "cannot tell where I am installed: {why}"),
            Self::NoLibrary(tried) => {
                write!(out, "the library was not found; tried")?;
                for place in tried {
                    write!(out, "\n  {}", place.display())?;
                }
                write!(out, "\nIn a source tree, `cargo build --release` builds it.")
            }
            Self::UnlistablePath(path) => write!(
                out,
                "the library's path {:?} holds a blank or a colon, at which the loader splits \
                 LD_PRELOAD; move the library or link to it from a plain path",
                path
            ),
            Self::NoProgram(program) => write!(out, "{}: program not found", program.display()),
            Self::NotStarted(program, why) => {
                write!(out, "{}: cannot be started: {why}", program.display())
            }
            Self::Unsuitable(path, why) => write!(
                out,
                "{}: {why}\n`starmalloc run --force` starts it all the same.",
                path.display()
            ),
            Self::NoFigures(pid, why) => write!(out, "process {pid} {why}"),
            Self::Malformed(path, why) => write!(out, "{}: {why}", path.display()),
            Self::Unwritable(path, why) => {
                write!(out, "{}: cannot be written: {why}", path.display())
            }
            Self::Unreadable(path, why) => write!(out, "{}: {why}", path.display()),
            Self::NoOutput(why) => write!(out, "cannot write the output: {why}"),
        }
    }
}
