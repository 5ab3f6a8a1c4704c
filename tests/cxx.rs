//! The C++ operators: each of the twenty, the new-handler, and exceptions through them.
#![allow(clippy::panic, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod support;

use support::{Child, Program};

/// The program checks itself, and prints the same as without the library.
#[track_caller]
fn holds(program: &str) {
    holds_built(Program::of(&format!("cxx/{program}")));
}

#[track_caller]
fn holds_built(program: Program) {
    let child = Child::of(program.build());
    let libc = child.run_plain().expect_success();
    let ours = child.run_preloaded().expect_success();
    assert_eq!(libc.stdout, ours.stdout);
}

#[test]
fn all_twenty_operators_work() {
    holds("operators.cpp");
}

#[test]
fn the_new_handler_is_called_until_it_gives_up() {
    holds("new_handler.cpp");
}

#[test]
fn an_exception_of_the_new_handler_passes_through() {
    holds("throwing_handler.cpp");
}

#[test]
fn a_throwing_new_handler_under_nothrow_gives_null() {
    holds("throwing_handler_nothrow.cpp");
}

#[test]
fn the_standard_library_works_on_top() {
    holds("containers.cpp");
}

#[test]
fn operators_are_built_on_the_programs_basic_ones() {
    holds("replaced_basic.cpp");
}

#[test]
fn array_operators_are_built_on_the_programs_basic_ones() {
    holds("replaced_array.cpp");
}

#[test]
fn a_c_program_needs_no_cxx_runtime() {
    holds("without_runtime.c");
}

#[test]
fn a_c_program_with_basic_operators_needs_no_cxx_runtime() {
    // Exported, as only the program itself defines them.
    holds_built(Program::of("cxx/replaced_without_runtime.c").flag("-rdynamic"));
}

/// Of such a plugin neither the program nor the library finds the runtime by name.
#[test]
fn a_plugin_of_a_c_program_gets_its_exception() {
    let plugin = Program::of("cxx/plugin.cpp").shared().build();
    let child = Child::of(Program::of("cxx/loads_plugin.c").build()).arg(plugin);
    let expected = child.run_plain().expect_success().stdout;
    assert_eq!(child.run_preloaded().expect_success().stdout, expected);
}

/// As LLVM's library in the Rust toolchain, and its linker.
#[test]
fn a_library_with_operators_of_its_own_may_share_its_objects() {
    let library = Program::of("cxx/own_operators.cpp").shared().flag("-Wl,-Bsymbolic").build();
    let program = Program::of("cxx/shares_objects.cpp").build();
    for options in ["", "type_mismatch_check=on"] {
        let child = Child::of(&program).companion(&library).env("STARMALLOC_OPTIONS", options);
        assert_eq!(child.run_preloaded().expect_success().stdout, "done\n");
    }
}
