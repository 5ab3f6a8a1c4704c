//! `starmalloc report`: a fault report with functions and lines for its addresses, and in words what
//! the fault is.

mod explain;
mod line;
mod modules;
mod printed;
mod symbols;

pub(crate) use symbols::{Place, Symbols};

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use self::line::{Kind, Line};
use self::modules::Modules;
use crate::failure::Failure;

/// The command line of `report`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A program or library of the report, its debug information, or a folder to look for them in; NAME=FILE is
    /// the file of what the report calls NAME. May be given several times.
    #[arg(short, long = "module", value_name = "PATH")]
    modules: Vec<OsString>,
    /// Leave out what the fault means and what to do.
    #[arg(long)]
    brief: bool,
    /// The file with the report; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// So many other lines in a row are taken to come after a report and not in between.
const LINES_BETWEEN: u32 = 8;

/// Copies the file to standard output, adding to the reports in it.
pub(crate) fn run(arguments: Arguments) -> Result<i32, Failure> {
    let input: Box<dyn BufRead> = if arguments.file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let opened = File::open(&arguments.file);
        let file = opened.map_err(|why| Failure::Unreadable(arguments.file.clone(), why))?;
        Box::new(BufReader::new(file))
    };
    let mut reader = Reader {
        out: io::stdout().lock(),
        modules: Modules::new(arguments.modules)?,
        is_brief: arguments.brief,
        pending: None,
        lines_between: 0,
        explained: BTreeSet::new(),
    };
    reader.copy(input, &arguments.file)?;
    Ok(0)
}

/// What the command knows between two lines.
struct Reader<W: Write> {
    out: W,
    modules: Modules,
    is_brief: bool,
    /// The entry that explains the report whose lines are being read.
    pending: Option<explain::Entry>,
    /// Other lines since its last one.
    lines_between: u32,
    /// Entries that were printed: once is enough.
    explained: BTreeSet<&'static str>,
}

impl<W: Write> Reader<W> {
    fn copy(&mut self, mut input: impl BufRead, name: &Path) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let read = input.read_until(b'\n', &mut bytes);
            match read.map_err(|why| Failure::Unreadable(name.to_owned(), why))? {
                0 => break,
                _ => self.line(&bytes).map_err(Failure::NoOutput)?,
            }
        }
        self.explain().map_err(Failure::NoOutput)
    }

    /// Copies one line, which may end with a line feed, with what is to be added to it.
    fn line(&mut self, bytes: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(bytes);
        let Some(line) = Line::read(&text) else {
            // Something else may write between the lines of a report.
            self.out.write_all(bytes)?;
            self.lines_between += 1;
            return if self.lines_between < LINES_BETWEEN { Ok(()) } else { self.explain() };
        };
        self.lines_between = 0;
        if let Kind::Headline(words) = line.kind {
            self.explain()?;
            self.pending = explain::entry(words);
        }
        let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        self.out.write_all(text)?;
        if let Some((module, offset)) = line.place
            && let Some(found) = self.modules.describe(module, offset)
        {
            write!(self.out, "  {found}")?;
        }
        self.out.write_all(bytes.get(text.len()..).unwrap_or_default())
    }

    /// Ends a report: says what it means, and what would tell more.
    fn explain(&mut self) -> io::Result<()> {
        let Some(entry) = self.pending.take() else { return Ok(()) };
        for (name, advice) in self.modules.take_unclear() {
            writeln!(self.out, "\nstarmalloc report: {name} {advice}")?;
        }
        if !self.is_brief && self.explained.insert(entry.title) {
            writeln!(self.out, "\n{}: {}\n", entry.title, entry.source())?;
            for line in entry.text.lines() {
                writeln!(self.out, "{}", format!("  {line}").trim_end())?;
            }
            writeln!(self.out)?;
        }
        self.out.flush()
    }
}
