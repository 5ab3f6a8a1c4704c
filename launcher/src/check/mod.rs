//! `starmalloc check`: whether this machine suits the library, and how to mend what does not.

mod facts;
mod groups;
mod trial;

use std::io::{self, Write};

use serde::Serialize;

use self::trial::Trial;
use crate::failure::Failure;
use crate::library;

/// The command line of `check`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Print one object of JSON.
    #[arg(long)]
    json: bool,
}

/// What to make of a fact.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// As it should be.
    Good,
    /// It works, with less protection, memory or speed than there could be.
    Note,
    /// It does not work.
    Bad,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Bad => "BAD",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    verdict: Verdict,
    /// What it means and what can be done, unless all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Fact {
    fn good(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into(), verdict: Verdict::Good, advice: None }
    }

    fn note(name: &'static str, value: impl Into<String>, advice: impl Into<String>) -> Self {
        let advice = Some(advice.into());
        Self { name, value: value.into(), verdict: Verdict::Note, advice }
    }

    fn bad(name: &'static str, value: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Bad, ..Self::note(name, value, advice) }
    }
}

/// All that was looked at.
#[derive(Serialize)]
struct Answer {
    /// Whether the library works here.
    works: bool,
    facts: Vec<Fact>,
}

/// Prints what is so, and returns 0 when the library works here, otherwise 1.
pub(crate) fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let library = library::find()?;
    let trial = Trial::run(&library);
    let mut facts = trial.facts(&library);
    facts.extend(facts::of_machine(&trial));
    facts.extend(facts::of_process());
    facts.extend(groups::facts());
    let works = facts.iter().all(|fact| fact.verdict != Verdict::Bad);
    let answer = Answer { works, facts };
    let mut out = io::stdout().lock();
    let written =
        if arguments.json { write_json(&answer, &mut out) } else { write(&answer, &mut out) };
    written.map_err(Failure::NoOutput)?;
    Ok(i32::from(!answer.works))
}

fn write_json(answer: &Answer, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, answer)?;
    writeln!(out)
}

fn write(answer: &Answer, out: &mut impl Write) -> io::Result<()> {
    for fact in &answer.facts {
        writeln!(out, "{:<5} {:<18} {}", fact.verdict.word(), fact.name, fact.value)?;
        if let Some(advice) = &fact.advice {
            for line in advice.lines() {
                writeln!(out, "      {:<18} {line}", "")?;
            }
        }
    }
    let words =
        if answer.works { "starmalloc works here." } else { "starmalloc does not work here." };
    writeln!(out, "{words}")
}
