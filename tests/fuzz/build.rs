//! Link settings of the fuzz targets.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // The library under test tells libFuzzer, which is in the target, what was reached. Without link-time
    // optimisation it also names what Rust's own library unwinds by, which nothing of it ever does.
    for names in ["__sanitizer_cov_*", "__sancov_*", "rust_eh_personality"] {
        println!("cargo:rustc-link-arg-bins=-Wl,--export-dynamic-symbol={names}");
    }
}
