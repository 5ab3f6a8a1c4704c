//! `starmalloc completions` and `starmalloc man`: what a package installs beside the command.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::failure::Failure;

/// The command line of `completions`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The shell to complete the command line in.
    #[arg(value_enum)]
    shell: Shell,
}

/// The command line of `man`.
#[derive(clap::Args)]
pub(crate) struct Pages {
    /// Write this page and one for each command into this folder instead.
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

/// Prints the shell's completions for the command `C`.
pub(crate) fn completions<C: CommandFactory>(arguments: &Arguments) -> Result<i32, Failure> {
    let mut command = C::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    print(&script)
}

/// Prints the manual page of the command `C`, or writes it and those of its subcommands.
pub(crate) fn pages<C: CommandFactory>(arguments: &Pages) -> Result<i32, Failure> {
    let command = C::command().disable_help_subcommand(true);
    if let Some(folder) = &arguments.into {
        let written = clap_mangen::generate_to(command, folder);
        return written.map(|()| 0).map_err(|why| Failure::Unwritable(folder.clone(), why));
    }
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(Failure::NoOutput)?;
    print(&page)
}

fn print(bytes: &[u8]) -> Result<i32, Failure> {
    io::stdout().lock().write_all(bytes).map_err(Failure::NoOutput)?;
    Ok(0)
}
