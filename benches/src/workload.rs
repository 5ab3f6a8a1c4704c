//! The workload definitions, read from `workloads/workloads.toml`.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::place;

/// What starmalloc allows itself relative to glibc where a row says nothing.
fn usual_limit() -> f64 {
    2.0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Definitions {
    pattern: Vec<Pattern>,
    program: Vec<Program>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pattern {
    name: String,
    models: String,
    source: String,
    settings: Vec<String>,
    count: u64,
    quick: u64,
    #[serde(default = "usual_limit")]
    time_limit: f64,
    #[serde(default = "usual_limit")]
    memory_limit: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    name: String,
    models: String,
    command: Vec<String>,
    #[serde(default)]
    client: Vec<String>,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    links_an_allocator: bool,
    count: u64,
    quick: u64,
    #[serde(default = "usual_limit")]
    time_limit: f64,
    #[serde(default = "usual_limit")]
    memory_limit: f64,
}

/// One row of the tables.
pub(crate) struct Workload {
    pub(crate) name: String,
    pub(crate) models: String,
    pub(crate) time_limit: f64,
    pub(crate) memory_limit: f64,
    count: u64,
    quick: u64,
    pub(crate) kind: Kind,
}

/// Where a workload's program comes from.
pub(crate) enum Kind {
    /// A C program of `workloads/patterns`, without its suffix.
    Pattern { source: String, settings: Vec<String> },
    /// A program of the machine; a server if it has a client. It `needs` other programs, or files, as well.
    Program {
        command: Vec<String>,
        client: Vec<String>,
        needs: Vec<String>,
        environment: BTreeMap<String, String>,
        links_an_allocator: bool,
    },
}

/// What the placeholders of a command stand for in one run.
pub(crate) struct Values<'a> {
    pub(crate) quick: bool,
    pub(crate) scratch: &'a Path,
    pub(crate) port: Option<u16>,
}

impl Workload {
    /// `part` with its placeholders replaced.
    pub(crate) fn filled(&self, part: &str, values: &Values<'_>) -> String {
        let count = if values.quick { self.quick } else { self.count };
        part.replace("{count}", &count.to_string())
            .replace("{scratch}", &values.scratch.display().to_string())
            .replace("{inputs}", &place::workloads().join("programs").display().to_string())
            .replace("{port}", &values.port.unwrap_or_default().to_string())
    }

    /// The first program, or file, that this workload needs and the machine does not have.
    pub(crate) fn missing_program(&self) -> Option<&str> {
        let Kind::Program { command, client, needs, .. } = &self.kind else {
            return None;
        };
        [command, client]
            .into_iter()
            .filter_map(|words| words.first())
            .chain(needs)
            .find(|names| installed(names).is_none())
            .map(String::as_str)
    }
}

/// The path of the first of `a|b|c` that is installed. The system's directory goes before PATH:
/// version managers put scripts of the same name in front, which would be measured instead.
pub(crate) fn installed(names: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> =
        [PathBuf::from("/usr/bin")].into_iter().chain(env::split_paths(&path)).collect();
    names
        .split('|')
        .flat_map(|name| directories.iter().map(move |directory| directory.join(name)))
        .find(|program| program.is_file())
}

/// The workloads whose name contains one of the comma-separated parts of `filter`.
pub(crate) fn load(filter: &str) -> Result<Vec<Workload>> {
    let path = place::workloads().join("workloads.toml");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let all = parse(&text)?;
    let chosen: Vec<Workload> =
        all.into_iter().filter(|workload| matches(&workload.name, filter)).collect();
    if chosen.is_empty() {
        bail!("no workload matches {filter}");
    }
    Ok(chosen)
}

/// Whether `name` contains one of the comma-separated parts of `filter`; an empty filter lets
/// everything through.
pub(crate) fn matches(name: &str, filter: &str) -> bool {
    filter.split(',').any(|part| name.contains(part))
}

fn parse(text: &str) -> Result<Vec<Workload>> {
    let definitions: Definitions = toml::from_str(text)?;
    let patterns = definitions.pattern.into_iter().map(|row| Workload {
        name: row.name,
        models: row.models,
        time_limit: row.time_limit,
        memory_limit: row.memory_limit,
        count: row.count,
        quick: row.quick,
        kind: Kind::Pattern { source: row.source, settings: row.settings },
    });
    let programs = definitions.program.into_iter().map(|row| Workload {
        name: row.name,
        models: row.models,
        time_limit: row.time_limit,
        memory_limit: row.memory_limit,
        count: row.count,
        quick: row.quick,
        kind: Kind::Program {
            command: row.command,
            client: row.client,
            needs: row.needs,
            environment: row.environment,
            links_an_allocator: row.links_an_allocator,
        },
    });
    Ok(patterns.chain(programs).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_sources_exist() {
        let all = load("").unwrap();
        let names: BTreeSet<&str> = all.iter().map(|workload| workload.name.as_str()).collect();
        assert_eq!(names.len(), all.len());
        for workload in &all {
            if let Kind::Pattern { source, .. } = &workload.kind {
                let file = place::workloads().join("patterns").join(format!("{source}.c"));
                assert!(file.is_file(), "{} has no source", workload.name);
            }
        }
    }

    #[test]
    fn a_filter_takes_any_of_its_parts() {
        assert!(matches("churn-256", "tree,churn"));
        assert!(matches("churn-256", ""));
        assert!(!matches("churn-256", "tree"));
    }
}
