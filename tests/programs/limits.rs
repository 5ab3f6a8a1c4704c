//! Real programs in little address space: the library must ask for less, not fail.

use crate::program::{ORDINARY, Program};
use crate::site::Site;

/// Runs a script in a shell that has `kibibytes` of address space; its children inherit the
/// limit and the library.
fn limited(site: &Site, kibibytes: u32, script: &str) -> String {
    site.run("bash", &["-c", &format!("ulimit -v {kibibytes} && {script}")])
}

#[test]
fn python3_and_git_in_one_gibibyte() {
    let program = Program {
        name: "limit-1g",
        package: "python3 and git",
        binaries: &["bash", "python3", "git"],
        job: |site| {
            site.write(
                "job.py",
                "import json\nprint(len(json.dumps([str(n) for n in range(200000)])))\n",
            );
            limited(
                site,
                1_048_576,
                "python3 job.py && git init -q one && cd one && echo text > file && git add file && \
                 git -c user.name=a -c user.email=a@example.org commit -q -m first && \
                 git fsck && git log --format=%s",
            )
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}

#[test]
fn bash_in_a_quarter_of_a_gibibyte() {
    let program = Program {
        name: "limit-256m",
        package: "bash",
        binaries: &["bash", "true"],
        job: |site| limited(site, 262_144, "/bin/true && bash -c 'echo ok'"),
        ..ORDINARY
    };
    program.same_with_and_without();
}
