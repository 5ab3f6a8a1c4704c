//! The `starmalloc` command: runs programs with the library preloaded, and tells what became of it.
//!
//! One module per subcommand, each with its arguments and one function that carries it out;
//! what two of them need has a file of its own (`library`, `failure`). Nothing here touches
//! memory by hand but `signals`: the launcher is an ordinary program, and the only one allowed to be.

mod allocators;
mod check;
mod failure;
mod library;
mod linked;
mod manual;
mod options;
mod preload;
mod profile;
mod program;
mod report;
mod run;
mod sanitizers;
mod signals;
mod status;
mod suitability;
mod top;

use std::ffi::OsString;
use std::process;

use clap::{Parser, Subcommand};

/// Runs programs under the starmalloc memory allocator.
#[derive(Parser)]
#[command(name = "starmalloc", version, about, arg_required_else_help = true)]
#[command(override_usage = "starmalloc [run] PROGRAM [ARGS]...\n       starmalloc COMMAND")]
#[command(after_help = "A PROGRAM that is named like a command of this list is run as \
`starmalloc run PROGRAM`.\n\nExit status: the program's own; 125 when starmalloc itself \
fails, 126 when the program cannot be started, 127 when it is not found.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What the user asked for.
#[derive(Subcommand)]
enum Command {
    /// Run a program with starmalloc as its allocator.
    Run(run::Arguments),
    /// Say whether this machine suits the library, and how to mend what does not.
    Check(check::Arguments),
    /// Say which running processes use the library.
    Status(status::Arguments),
    /// Watch what a running process has allocated.
    Top(top::Arguments),
    /// Turn a heap profile into a pprof file, or say who holds the memory.
    Profile(profile::Arguments),
    /// Turn the addresses of a fault report into functions and lines, and explain the fault.
    Report(report::Arguments),
    /// Print completions for a shell.
    Completions(manual::Arguments),
    /// Print the manual page.
    Man(manual::Pages),
    /// A program named without `run` in front of it.
    #[command(external_subcommand)]
    Program(Vec<OsString>),
}

/// Reads the command line; help and complaints about it end the launcher here.
fn arguments() -> Arguments {
    Arguments::try_parse().unwrap_or_else(|answer| {
        let printed = answer.print().map_err(failure::Failure::NoOutput);
        let is_lost = printed.is_err_and(|failure| !failure.is_closed_pipe());
        process::exit(if answer.use_stderr() || is_lost { failure::OURS } else { 0 })
    })
}

fn main() {
    let done = match arguments().command {
        Command::Run(arguments) => run::run(arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Status(arguments) => status::run(arguments),
        Command::Top(arguments) => top::run(&arguments),
        Command::Profile(arguments) => profile::run(&arguments),
        Command::Report(arguments) => report::run(arguments),
        Command::Completions(arguments) => manual::completions::<Arguments>(&arguments),
        Command::Man(arguments) => manual::pages::<Arguments>(&arguments),
        Command::Program(words) => run::run(run::Arguments::plain(words)),
    };
    match done {
        Ok(code) => process::exit(code),
        Err(failure) if failure.is_closed_pipe() => process::exit(failure.code()),
        Err(failure) => {
            failure::tell(&failure);
            process::exit(failure.code());
        }
    }
}
