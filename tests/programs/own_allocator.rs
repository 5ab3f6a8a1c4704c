//! Programs that bring an allocator of their own, whole or in part. What they define goes
//! before the library; what they leave out must still fit to it.

use crate::program::{ORDINARY, Program};

#[test]
fn a_program_with_its_own_malloc() {
    let program = Program {
        name: "own-malloc",
        package: "gcc",
        binaries: &["gcc"],
        job: |site| {
            site.write("own.c", include_str!("jobs/own_malloc.c"));
            // Exported as from a program that can be extended by plugins.
            site.run("gcc", &["-O1", "-fno-builtin", "-rdynamic", "own.c", "-o", "own"]);
            site.run(&site.text_path("own"), &[""; 0])
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}

#[test]
fn a_program_with_its_own_basic_operators() {
    let program = Program {
        name: "own-operators",
        package: "g++",
        binaries: &["g++"],
        job: |site| {
            site.write("own.cpp", include_str!("jobs/own_operators.cpp"));
            site.run("g++", &["-std=c++17", "-O0", "own.cpp", "-o", "own"]);
            site.run(&site.text_path("own"), &[""; 0])
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}
