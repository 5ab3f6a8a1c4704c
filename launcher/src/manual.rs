//! `starmalloc completions` and `starmalloc man`: what a package installs beside the command.

use std::io::{self, Write};

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

/// Prints the shell's completions for the command `C`.
pub(crate) fn completions<C: CommandFactory>(arguments: &Arguments) -> Result<i32, Failure> {
    let mut command = C::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    print(&script)
}

/// Prints the manual page of the command `C`, its subcommands' sections included.
pub(crate) fn page<C: CommandFactory>() -> Result<i32, Failure> {
    let mut page = Vec::new();
    let render = |command: clap::Command, page: &mut Vec<u8>| Man::new(command).render(page);
    render(C::command(), &mut page).map_err(Failure::NoOutput)?;
    print(&page)
}

fn print(bytes: &[u8]) -> Result<i32, Failure> {
    io::stdout().lock().write_all(bytes).map_err(Failure::NoOutput)?;
    Ok(0)
}
