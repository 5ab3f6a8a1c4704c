//! `starmalloc profile`: who holds the memory of a program, from the file that the option `profile` made
//! it write.

mod pprof;
mod raw;
mod stacks;

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use self::raw::Profile;
use self::stacks::Stacks;
use crate::failure::{Failure, tell};
use crate::status::megabytes;

/// The command line of `profile`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write a gzipped pprof file, for `pprof` and what else reads its format; `-` is standard output.
    #[arg(short, long, value_name = "PPROF")]
    output: Option<PathBuf>,
    /// Print folded stacks with bytes, for flame graphs: `outermost;...;innermost BYTES`.
    #[arg(long, conflicts_with = "output")]
    folded: bool,
    /// The file that the program wrote, or `-` for standard input. Its modules should be where they were.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Converts the profile, or prints which functions hold how much.
pub(crate) fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let (bytes, written) =
        read(&arguments.file).map_err(|why| Failure::Unreadable(arguments.file.clone(), why))?;
    // A path in it may be any bytes: only that one file is not found then.
    let profile = Profile::parse(&String::from_utf8_lossy(&bytes))
        .ok_or_else(|| Failure::Malformed(arguments.file.clone(), "not a heap profile"))?;
    if !profile.is_whole {
        let file = arguments.file.display();
        tell(format_args!("warning: {file} was cut off: what follows is not all"));
    }
    let stacks = Stacks::of(&profile, written);
    for (file, what) in &stacks.doubtful {
        tell(format_args!("warning: {} {what}", file.display()));
    }
    if let Some(output) = &arguments.output {
        let bytes = pprof::encode(&profile, &stacks).map_err(Failure::NoOutput)?;
        if output.as_os_str() == "-" {
            return io::stdout().write_all(&bytes).map(|()| 0).map_err(Failure::NoOutput);
        }
        return fs::write(output, bytes)
            .map(|()| 0)
            .map_err(|why| Failure::Unwritable(output.clone(), why));
    }
    let done = if arguments.folded { folded(&stacks) } else { table(&stacks) };
    done.map(|()| 0).map_err(Failure::NoOutput)
}

/// What is in `file`, and when it was written if that can be told.
fn read(file: &Path) -> io::Result<(Vec<u8>, Option<SystemTime>)> {
    if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok((bytes, None));
    }
    let written = fs::metadata(file).and_then(|about| about.modified()).ok();
    Ok((fs::read(file)?, written))
}

fn folded(stacks: &Stacks) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for (names, bytes) in stacks.folded() {
        writeln!(out, "{} {bytes}", names.join(";"))?;
    }
    Ok(())
}

fn table(stacks: &Stacks) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let all = stacks.bytes();
    writeln!(out, "{} live, in {} samples", megabytes(all), stacks.samples())?;
    writeln!(out, "{:>12} {:>6} {:>12} {:>6}  FUNCTION", "OWN", "%", "WITH CALLS", "%")?;
    let percent = |bytes: u64| bytes as f64 * 100.0 / all.max(1) as f64;
    for (name, own, with_calls) in stacks.functions() {
        let (own_part, part) = (percent(own), percent(with_calls));
        let (own, with_calls) = (megabytes(own), megabytes(with_calls));
        writeln!(out, "{own:>12} {own_part:>5.1}% {with_calls:>12} {part:>5.1}%  {name}")?;
    }
    Ok(())
}
