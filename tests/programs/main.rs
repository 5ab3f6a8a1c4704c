//! Real programs do a real job twice, without the library and with it preloaded, and must
//! give the same answer both times.
//!
//! One test per program; its entry names the program, the binaries it needs, the Debian
//! package that has them and the job. A program that is not installed is skipped with a
//! line on stderr, but fails the test when `CI=true`, where `.ci/run` has installed them all.
//!
//! - `program` runs a job twice and compares;
//! - `site` is the folder, the environment and the commands of one run;
//! - `server` is a program that stays until it is told to stop;
//! - the other files are the programs.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]

#[path = "../support/mod.rs"]
mod support;

mod program;
mod server;
mod site;

mod browser;
mod caches;
mod compilers;
mod databases;
mod debugger;
mod interpreters;
mod media;
mod own_allocator;
mod php;
mod python;
mod rust;
mod ssh;
mod text;
mod versions;
mod web;
