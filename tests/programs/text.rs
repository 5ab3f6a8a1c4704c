//! The shell and the tools that are used in it.

use std::fmt::Write;

use crate::program::{ORDINARY, Program};
use crate::site::{Site, digest};

const BASH: &str = include_str!("jobs/bash.sh");

#[test]
fn bash() {
    let program = Program {
        name: "bash",
        package: "bash",
        binaries: &["bash", "cksum", "sort", "cat"],
        job: |site| {
            site.write("job.sh", BASH);
            site.run("bash", &["job.sh"])
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}

/// Lines of many lengths in no order, always the same.
fn lines(count: usize) -> String {
    let mut text = String::new();
    let mut state: u32 = 1;
    for number in 0..count {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12345);
        let width = (state >> 16) as usize % 60;
        writeln!(text, "{state:x}.{} {number:0width$}", state % 100).unwrap();
    }
    text
}

#[test]
fn sort() {
    let program = Program {
        name: "sort",
        package: "coreutils",
        binaries: &["sort"],
        job: |site| {
            site.write("lines", lines(200_000));
            // A small buffer makes it write and merge temporary files.
            let ways = [
                &["--parallel=4"][..],
                &["--parallel=4", "-S", "2M", "-r"],
                &["--parallel=2", "-V"],
                &["--parallel=2", "-k2,2n", "-k1,1", "-S", "8M", "--batch-size=4"],
                &["-u", "-k1,1.2"],
            ];
            let sorted =
                ways.map(|way| digest(site.run("sort", &[way, &["lines"]].concat()).as_bytes()));
            sorted.join("\n")
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}

/// Packs with each set of arguments, unpacks, and names what the packed files hold.
fn pack(site: &Site, tool: &str, ways: &[&[&str]]) -> String {
    let original = lines(100_000);
    site.write("plain", &original);
    let mut answer = String::new();
    for way in ways {
        site.write("plain", &original);
        site.run(tool, &[*way, &["-k", "-q", "-f", "plain"]].concat());
        let packed = if tool == "xz" { "plain.xz" } else { "plain.zst" };
        writeln!(answer, "{way:?} {}", site.digest(packed)).unwrap();
        let unpacked = site.run(tool, &["-d", "-c", "-q", packed]);
        assert!(unpacked == original, "{tool} {way:?} does not give back what it was given");
    }
    answer
}

#[test]
fn xz() {
    let program = Program {
        name: "xz",
        package: "xz-utils",
        binaries: &["xz"],
        job: |site| pack(site, "xz", &[&["-0"], &["-6"], &["-3", "-T2", "--block-size=1MiB"]]),
        ..ORDINARY
    };
    program.same_with_and_without();
}

#[test]
fn zstd() {
    let program = Program {
        name: "zstd",
        package: "zstd",
        binaries: &["zstd"],
        job: |site| pack(site, "zstd", &[&["-1"], &["-15"], &["-6", "-T2"], &["-5", "--long=27"]]),
        ..ORDINARY
    };
    program.same_with_and_without();
}
