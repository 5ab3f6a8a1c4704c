//! Perl, Ruby, Node and Lua: each with its own garbage collection on top of malloc.

use crate::program::{ORDINARY, Program};

const PERL: &str = include_str!("jobs/perl.pl");

#[test]
fn perl() {
    let program = Program {
        name: "perl",
        package: "perl",
        binaries: &["perl"],
        job: |site| {
            site.write("job.pl", PERL);
            site.run("perl", &["job.pl"])
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}

const RUBY: &str = include_str!("jobs/ruby.rb");

#[test]
fn ruby() {
    let program = Program {
        name: "ruby",
        package: "ruby",
        binaries: &["ruby"],
        job: |site| {
            site.write("job.rb", RUBY);
            site.run("ruby", &["job.rb"])
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}

/// The interpreter allocates scripts' objects itself; buffers, worker threads, compression
/// and cryptography come from malloc and from C++'s operators.
const NODE: &str = include_str!("jobs/node.js");

#[test]
fn node() {
    let program = Program {
        name: "node",
        package: "nodejs",
        binaries: &["node"],
        job: |site| {
            site.write("job.js", NODE);
            site.run("node", &["job.js"])
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}

/// SpiderMonkey, Firefox's engine, on the C library's malloc, as Firefox is when built with
/// --disable-jemalloc.
const GJS: &str = include_str!("jobs/gjs.js");

#[test]
fn gjs() {
    let program = Program {
        name: "gjs",
        package: "gjs",
        binaries: &["gjs"],
        job: |site| {
            site.write("job.js", GJS);
            site.run("gjs", &["job.js"])
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}

const LUA: &str = include_str!("jobs/lua.lua");

#[test]
fn lua() {
    let program = Program {
        name: "lua",
        package: "lua5.4",
        binaries: &["lua5.4"],
        job: |site| {
            site.write("job.lua", LUA);
            site.run("lua5.4", &["job.lua"])
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}
