//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

use crate::allocator::Allocator;

/// Compares allocators in time and memory.
#[derive(Parser)]
#[command(name = "bench")]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run the suite and write the table, JSON, CSV and plots
    Run(Run),
    /// Show the workloads and the allocators found
    List(List),
    /// Print the table and draw the plots of an earlier run again
    Report(ReportAgain),
    /// Count instructions of the hot paths under callgrind
    Instructions(Instructions),
}

#[derive(Args)]
pub(crate) struct Contestants {
    /// An allocator to preload: NAME=PATH[,VARIABLE=VALUE]...
    ///
    /// A comma starts a new variable only before upper-case letters and `=`, so that
    /// `light=libstarmalloc.so,STARMALLOC_OPTIONS=level=light,canary=0` sets one variable.
    /// An empty PATH is glibc with other variables.
    #[arg(long = "alloc", value_name = "SPEC", verbatim_doc_comment)]
    pub(crate) named: Vec<Allocator>,

    /// Debian's allocators to compare with: all, none, or names separated by commas
    #[arg(long, default_value = "all", value_name = "NAMES")]
    pub(crate) peers: String,
}

#[derive(Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) contestants: Contestants,

    /// Only workloads whose name contains one of these, separated by commas
    #[arg(long, default_value = "", value_name = "PARTS", hide_default_value = true)]
    pub(crate) filter: String,

    /// Passes over all workloads; medians are taken over them [default: 5, quick: 1]
    #[arg(long)]
    pub(crate) rounds: Option<usize>,

    /// Small counts and one round: under a minute with a handful of allocators
    #[arg(long)]
    pub(crate) quick: bool,

    /// Add a pass that counts system calls (with strace, if installed) and mappings
    #[arg(long)]
    pub(crate) trace: bool,

    /// Seconds after which a run is killed and counted as failed [default: 120, quick: 10]
    #[arg(long)]
    pub(crate) timeout: Option<u32>,

    /// Where to write; target/bench by default
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct List {
    /// Only workloads whose name contains one of these, separated by commas
    #[arg(long, default_value = "", value_name = "PARTS", hide_default_value = true)]
    pub(crate) filter: String,
}

#[derive(Args)]
pub(crate) struct ReportAgain {
    /// A results.json
    pub(crate) results: PathBuf,

    /// Where to write; without it the table is only printed
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Instructions {
    #[command(flatten)]
    pub(crate) contestants: Contestants,

    /// Only cases whose name contains one of these, separated by commas
    #[arg(long, default_value = "", value_name = "PARTS", hide_default_value = true)]
    pub(crate) filter: String,

    /// Fail if a case of an --alloc costs more than recorded, within the tolerance
    #[arg(long, conflicts_with = "record")]
    pub(crate) check: bool,

    /// Write the figures of every --alloc to the record
    #[arg(long)]
    pub(crate) record: bool,

    /// The record; benches/instructions.json by default
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}
