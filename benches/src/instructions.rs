//! Instruction counts of the hot paths under callgrind, and the record they are held against.
//!
//! A count does not depend on the machine's noise, so a regression of a few instructions shows.
//! It is taken twice, with few and with many repetitions; the difference is free of start-up.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::allocator::{self, Allocator};
use crate::cli::Instructions;
use crate::compile::Programs;
use crate::machine::About;
use crate::place;
use crate::process::bare;
use crate::progress::Progress;
use crate::workload::{installed, matches};

/// Repetitions before counting starts, enough to fill what an allocator fills lazily.
const FEW: u64 = 5_000;
/// Repetitions of the longer run. A multiple of a thousand above `FEW`, as the batches are.
const MANY: u64 = 25_000;

/// Keeps glibc's memset and memcpy from using string instructions, which callgrind counts once for
/// every byte: a clearing of 4 KiB would count as four thousand instructions instead of some
/// hundred, and drown everything else.
const WITHOUT_STRING_INSTRUCTIONS: (&str, &str) = (
    "GLIBC_TUNABLES",
    "glibc.cpu.x86_rep_stosb_threshold=1073741824:glibc.cpu.x86_rep_movsb_threshold=1073741824",
);

/// A case: its name in the record, the one in `hot_paths.c`, and the size.
const CASES: [(&str, &str, u32); 17] = [
    ("malloc-free-16", "pair", 16),
    ("malloc-free-48", "pair", 48),
    ("malloc-free-128", "pair", 128),
    ("malloc-free-500", "pair", 500),
    ("malloc-free-1000", "pair", 1000),
    ("malloc-free-4000", "pair", 4000),
    ("malloc-free-20000", "pair", 20_000),
    ("batch-48", "batch", 48),
    ("batch-500", "batch", 500),
    ("calloc-free-48", "calloc", 48),
    ("calloc-free-1000", "calloc", 1000),
    ("aligned-free-256", "aligned", 256),
    ("realloc-in-place-100", "stay", 100),
    ("realloc-growing-1000", "grow", 1000),
    ("realloc-growing-30000", "grow", 30_000),
    ("cross-thread-free-48", "across", 48),
    ("cross-thread-free-500", "across", 500),
];

/// The checked-in figures.
#[derive(Serialize, Deserialize)]
struct Record {
    /// What makes the figures comparable: emulator, C library, processor.
    valgrind: String,
    libc: String,
    cpu: String,
    commit: String,
    command: String,
    /// How much more than recorded passes, in percent.
    tolerance_percent: f64,
    /// How much more passes in any case, in instructions: a percentage of little is nothing.
    tolerance_instructions: f64,
    /// Instructions for each step by allocator and case.
    figures: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Record {
    fn empty() -> Self {
        Self {
            valgrind: String::new(),
            libc: String::new(),
            cpu: String::new(),
            commit: String::new(),
            command: String::new(),
            tolerance_percent: 2.0,
            tolerance_instructions: 1.0,
            figures: BTreeMap::new(),
        }
    }

    fn allowed(&self, recorded: f64) -> f64 {
        recorded + (recorded * self.tolerance_percent / 100.0).max(self.tolerance_instructions)
    }
}

/// Counts, prints, and checks or records as asked.
pub(crate) fn run(options: &Instructions) -> Result<()> {
    let contestants = &options.contestants;
    let (allocators, missing) = allocator::chosen(&contestants.named, &contestants.peers)?;
    for line in missing {
        eprintln!("note: {line}");
    }
    let path = options.file.clone().unwrap_or_else(|| place::package().join("instructions.json"));
    let mut record = load(&path)?;
    let counter = Counter::new()?;
    let figures = counter.count_all(&allocators, &options.filter)?;
    show(&allocators, &figures, &record);

    if options.record {
        let about = About::now();
        record.valgrind = counter.version()?;
        record.libc = about.libc;
        record.cpu = about.cpu;
        record.commit = about.commit;
        record.command = about.command;
        for allocator in &contestants.named {
            let counted = figures.get(&allocator.name).cloned().unwrap_or_default();
            record.figures.entry(allocator.name.clone()).or_default().extend(counted);
        }
        fs::write(&path, serde_json::to_string_pretty(&record)? + "\n")?;
        eprintln!("recorded in {}", path.display());
    }
    if !options.check {
        return Ok(());
    }
    let here = (counter.version()?, About::now().libc);
    if here != (record.valgrind.clone(), record.libc.clone()) {
        // Still checked, since a difference is worth a look; but the reason may be this one.
        eprintln!("note: recorded under {} and {}", record.valgrind, record.libc);
        eprintln!("note: counted under {} and {}", here.0, here.1);
    }
    check(&contestants.named, &figures, &record)
}

fn load(path: &Path) -> Result<Record> {
    if !path.exists() {
        return Ok(Record::empty());
    }
    let text = fs::read_to_string(path)?;
    serde_json::from_str(&text).with_context(|| format!("cannot read {}", path.display()))
}

type Figures = BTreeMap<String, BTreeMap<String, f64>>;

/// Fails if a case of a named allocator costs more than recorded, or was not counted at all.
fn check(named: &[Allocator], figures: &Figures, record: &Record) -> Result<()> {
    if named.is_empty() {
        bail!("--check needs an --alloc");
    }
    let mut worse = Vec::new();
    for allocator in named {
        let Some(recorded) = record.figures.get(&allocator.name) else {
            bail!("nothing is recorded for {}; use --record", allocator.name);
        };
        let counted = figures.get(&allocator.name);
        for (case, now) in counted.into_iter().flatten() {
            let Some(before) = recorded.get(case) else {
                worse.push(format!("{case} is not recorded"));
                continue;
            };
            if *now > record.allowed(*before) {
                worse.push(format!("{case} of {}: {before:.1} -> {now:.1}", allocator.name));
            }
        }
        if counted.is_none_or(BTreeMap::is_empty) {
            worse.push(format!("{} could not be counted", allocator.name));
        }
    }
    if worse.is_empty() {
        eprintln!("no case costs more than recorded");
        return Ok(());
    }
    bail!("more instructions than recorded:\n  {}", worse.join("\n  "));
}

fn show(allocators: &[Allocator], figures: &Figures, record: &Record) {
    let names: Vec<&str> = allocators.iter().map(|one| one.name.as_str()).collect();
    print!("{:<24}", "instructions a step");
    for name in &names {
        print!(" {name:>12}");
    }
    println!("  (recorded)");
    for (case, _, _) in CASES {
        if figures.values().all(|counted| !counted.contains_key(case)) {
            continue;
        }
        print!("{case:<24}");
        for name in &names {
            match figures.get(*name).and_then(|counted| counted.get(case)) {
                Some(count) => print!(" {count:>12.1}"),
                None => print!(" {:>12}", "failed"),
            }
        }
        for name in &names {
            if let Some(before) = record.figures.get(*name).and_then(|counted| counted.get(case)) {
                print!("  {name} {before:.1}");
            }
        }
        println!();
    }
}

/// Runs the hot paths under callgrind.
struct Counter {
    valgrind: PathBuf,
    loader: PathBuf,
    program: PathBuf,
    scratch: PathBuf,
}

impl Counter {
    fn new() -> Result<Self> {
        let valgrind = installed("valgrind").context("valgrind is not installed")?;
        // The loader is given the preload instead of the environment, since `valgrind` may be a
        // shell script, which would otherwise be put under the allocator as well.
        let loader = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"]
            .into_iter()
            .map(PathBuf::from)
            .find(|path| path.exists())
            .context("no dynamic loader of glibc is known for this machine")?;
        let program = Programs::new()?.build_hot_paths()?;
        Ok(Self { valgrind, loader, program, scratch: place::scratch()? })
    }

    fn version(&self) -> Result<String> {
        let output = Command::new(&self.valgrind).arg("--version").output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn count_all(&self, allocators: &[Allocator], filter: &str) -> Result<Figures> {
        let cases: Vec<_> = CASES.iter().filter(|case| matches(case.0, filter)).collect();
        if cases.is_empty() {
            bail!("no case matches {filter}");
        }
        let mut progress = Progress::new(cases.len() * allocators.len());
        let mut figures = Figures::new();
        for allocator in allocators {
            let counted = figures.entry(allocator.name.clone()).or_default();
            for (name, path, size) in cases.iter().copied() {
                progress.step(&format!("{name}  {}", allocator.name));
                if let Some(count) = self.count_case(allocator, path, *size)? {
                    // A tenth is finer than any tolerance and keeps the record readable.
                    counted.insert((*name).to_owned(), (count * 10.0).round() / 10.0);
                }
            }
        }
        progress.finish();
        fs::remove_dir_all(&self.scratch)?;
        Ok(figures)
    }

    /// Instructions for one repetition, or nothing where the allocator does not run under
    /// valgrind; Scudo does not, which reserves more address space than valgrind hands out.
    fn count_case(&self, allocator: &Allocator, path: &str, size: u32) -> Result<Option<f64>> {
        let few = self.count(allocator, path, size, FEW)?;
        let many = self.count(allocator, path, size, MANY)?;
        let (Some(few), Some(many)) = (few, many) else {
            return Ok(None);
        };
        Ok(Some((many as f64 - few as f64) / (MANY - FEW) as f64))
    }

    fn count(
        &self,
        allocator: &Allocator,
        path: &str,
        size: u32,
        repetitions: u64,
    ) -> Result<Option<u64>> {
        let mut command = bare(&self.valgrind, &self.scratch);
        command
            .envs([WITHOUT_STRING_INSTRUCTIONS])
            .envs(allocator.environment.iter().cloned())
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(&self.loader);
        if let Some(library) = &allocator.library {
            command.arg("--preload").arg(library);
        }
        let output = command
            .arg(&self.program)
            .arg(format!("case={path}"))
            .arg(format!("size={size}"))
            .arg(format!("count={repetitions}"))
            .output()?;
        let ran = String::from_utf8_lossy(&output.stdout).contains("done=");
        if !output.status.success() || !ran {
            return Ok(None);
        }
        Ok(collected(&String::from_utf8_lossy(&output.stderr)))
    }
}

/// Reads callgrind's line `==pid== Collected : N`.
fn collected(errors: &str) -> Option<u64> {
    errors.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_figures_have_an_absolute_tolerance() {
        let record = Record::empty();
        assert!((record.allowed(20.0) - 21.0).abs() < 1e-9);
        assert!((record.allowed(1000.0) - 1020.0).abs() < 1e-9);
    }

    #[test]
    fn a_rise_beyond_the_tolerance_fails_the_check() {
        let spec = "tuned=,GLIBC_TUNABLES=glibc.malloc.tcache_count=0";
        let named = [spec.parse::<Allocator>().unwrap()];
        let of = |count| {
            let case = BTreeMap::from([("malloc-free-16".to_owned(), count)]);
            Figures::from([("tuned".to_owned(), case)])
        };
        let record = Record { figures: of(100.0), ..Record::empty() };
        assert!(check(&named, &of(102.0), &record).is_ok());
        assert!(check(&named, &of(102.5), &record).is_err());
        assert!(check(&named, &Figures::new(), &record).is_err());
    }

    #[test]
    fn the_count_is_read_from_the_collected_line() {
        assert_eq!(collected("==1== \n==1== Collected : 42\n"), Some(42));
        assert_eq!(collected("==1== killed"), None);
    }
}
