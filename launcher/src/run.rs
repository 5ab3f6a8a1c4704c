//! `starmalloc run`: replaces the launcher by a program with the library preloaded.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process;

use crate::failure::{Failure, tell};
use crate::options::{self, Level};
use crate::{library, preload, program, signals, suitability};

/// The command line of `run`.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// A preset of several options at once.
    #[arg(long, value_enum)]
    level: Option<Level>,
    /// An option of the library (docs/options.md); may be given several times.
    #[arg(short, long = "option", value_name = "NAME=VALUE", value_parser = options::setting)]
    options: Vec<String>,
    /// Print statistics when the program exits.
    #[arg(long)]
    stats: bool,
    /// Start the program even if it would run without the library.
    #[arg(long)]
    force: bool,
    /// The program and its arguments.
    #[arg(value_names = ["PROGRAM", "ARGS"], required = true, trailing_var_arg = true)]
    #[arg(value_hint = clap::ValueHint::CommandWithArguments)]
    words: Vec<OsString>,
}

impl Arguments {
    /// A program and its arguments, with nothing else asked for.
    pub(crate) fn plain(words: Vec<OsString>) -> Self {
        Self { words, ..Self::default() }
    }
}

/// Becomes the program. The process stays the same one, so its exit status, its signals and
/// its standard streams need nobody to pass them on. Returns only when that fails.
pub(crate) fn run(arguments: Arguments) -> Result<i32, Failure> {
    let mut words = arguments.words.into_iter();
    let program = words.next().unwrap_or_default();
    let preloaded = env::var_os(preload::VARIABLE);
    let library = library::find()?;
    if !arguments.force && !suitability::is_for_this_machine(&library) {
        let why = "this should be the library, and cannot be read or is not for this machine";
        return Err(Failure::Unsuitable(library, why.to_owned()));
    }
    let list = preload::with(preloaded.as_deref(), &library)?;
    look_at(&program, arguments.force)?;
    look_at_preloaded(preloaded.as_deref().unwrap_or_default());
    let mut command = process::Command::new(&program);
    command.args(words).env(preload::VARIABLE, list);
    let before = env::var_os(options::VARIABLE);
    if let Some(list) =
        options::with(before.as_deref(), arguments.level, &arguments.options, arguments.stats)
    {
        command.env(options::VARIABLE, list);
    }
    signals::pass_on(&mut command);
    let why = command.exec();
    // A script that is there is not found either when its interpreter is missing.
    let is_there = program::find(&program).is_some_and(|file| file.exists());
    let missing = why.kind() == ErrorKind::NotFound && !is_there;
    Err(if missing { Failure::NoProgram(program) } else { Failure::NotStarted(program, why) })
}

/// Warns of what is preloaded before the library and has a malloc of its own.
fn look_at_preloaded(list: &OsStr) {
    for name in preload::entries(list) {
        let file = if name.as_bytes().contains(&b'/') {
            Some(PathBuf::from(name))
        } else {
            library::folders()
                .into_iter()
                .map(|folder| folder.join(name))
                .find(|file| file.is_file() && suitability::is_for_this_machine(file))
        };
        if file.is_some_and(|file| suitability::brings_malloc(&file)) {
            tell(format_args!(
                "warning: {} is in LD_PRELOAD already and brings its own malloc, which goes \
                 before the library's. Take it out of LD_PRELOAD.",
                name.display()
            ));
        }
    }
}

/// Refuses a program that would run without the library, and warns of one that would in part.
fn look_at(program: &OsStr, force: bool) -> Result<(), Failure> {
    let Some(file) = program::find(program) else { return Ok(()) };
    if env::current_exe().is_ok_and(|launcher| program::runs_itself(&file, &launcher)) {
        let why = "its first line names no program to run it with, as this would: \
                   #!/usr/bin/env -S starmalloc run PROGRAM";
        return Err(Failure::NotStarted(file.into(), io::Error::other(why)));
    }
    let file = program::loaded(file);
    match suitability::examine(&file) {
        Some(finding) if finding.is_obstacle() && !force => {
            Err(Failure::Unsuitable(file, finding.to_string()))
        }
        Some(finding) => {
            tell(format_args!("warning: {}: {finding}", file.display()));
            Ok(())
        }
        None => Ok(()),
    }
}
