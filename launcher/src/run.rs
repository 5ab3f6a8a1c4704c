//! `starmalloc run`: replaces the launcher by a program with the library preloaded.

use std::env;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process;

use crate::failure::Failure;
use crate::{library, preload};

/// The command line of `run`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The program and its arguments.
    #[arg(value_names = ["PROGRAM", "ARGS"], required = true, trailing_var_arg = true)]
    pub(crate) words: Vec<OsString>,
}

/// Becomes the program. The process stays the same one, so its exit status, its signals and
/// its standard streams need nobody to pass them on. Returns only when that fails.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut words = arguments.words.into_iter();
    let program = words.next().unwrap_or_default();
    let list = preload::with(env::var_os(preload::VARIABLE).as_deref(), &library::find()?)?;
    let why = process::Command::new(&program).args(words).env(preload::VARIABLE, list).exec();
    // A script that is there is not found either when its interpreter is missing.
    let missing = why.kind() == ErrorKind::NotFound && !Path::new(&program).exists();
    Err(if missing { Failure::NoProgram(program) } else { Failure::NotStarted(program, why) })
}
