//! git: many short processes, some with threads, over one repository.

use crate::program::{ORDINARY, Program};

/// Dates and names are fixed so that every object has the same name in both runs.
const JOB: &str = include_str!("jobs/git.sh");

#[test]
fn git() {
    let program = Program {
        name: "git",
        package: "git",
        binaries: &["git", "bash", "cksum", "tar"],
        job: |site| {
            site.write("job.sh", JOB);
            site.run("bash", &["job.sh"])
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}
