//! Runs programs under starmalloc.

fn main() {}
