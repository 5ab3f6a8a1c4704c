//! Link settings of the shared library: its SONAME, hardening flags, and which code is kept apart.

use std::{env, fs, path::Path};

/// What runs only on a fault, without memory, or if an option or a seldom used call asks for it: modules, or
/// functions, of the crate.
const RARE: &[&str] = &[
    "abi::gnu",
    "heap::announce",
    "heap::fault",
    "heap::figures",
    "heap::realloc::copy_damaged",
    "heap::realloc::reallocate_carefully",
    "heap::sampling",
    "heap::slow::give_up_what_is_idle",
    "heap::statistics::class",
    "heap::sweep",
    "options",
    "platform::signals",
    "platform::unwind",
    "report",
    "sample",
];
/// Exported functions of that kind.
const RARE_EXPORTS: &[&str] = &["malloc_info"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    keep_rare_code_apart();
    // Preload users and packages name the file by this; the number is the ABI's.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libstarmalloc.so.0");
    // All relocations are resolved at load time and their pages made read-only.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,relro,-z,now");
    // Blocks, hooks and a sealed page outlive a dlclose.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    // Fork hooks are to be the first ones, so that locks are held while no hook of others runs; and some
    // libraries fork or start threads when they are loaded.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,initfirst");
    // A symbol that nobody provides is an error here, not at the user's.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,defs");
    // The core library, not optimized together with this crate, names a function that unwinds; panics
    // abort here, so nothing calls it.
    if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,--defsym=rust_eh_personality=0");
    }
}

/// Gives what is [`RARE`] a segment of its own, so that programs which never run it have none of its pages: the
/// kernel maps the file by large pieces of a segment, whatever runs of them. A load address out of line (it
/// means nothing to a running program) is what makes the linker begin a segment. Not for a linker that somebody
/// chose, which may not know how to place a section among its own.
fn keep_rare_code_apart() {
    let is = |name, value| env::var(name).is_ok_and(|text| text == value);
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let is_chosen = env::var_os("RUSTC_LINKER").is_some() || flags.contains("link");
    let is_known = is("CARGO_CFG_TARGET_ARCH", "x86_64") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if is_chosen || !is_known || !is("PROFILE", "release") {
        return;
    }
    let patterns = RARE.iter().map(|path| {
        let mangled = path.split("::").map(|part| format!("{}{part}", part.len()));
        format!("*(.text.*10starmalloc{}*)\n", mangled.collect::<String>())
    });
    let exports = RARE_EXPORTS.iter().map(|name| format!("*(.text.{name})\n"));
    let section = format!(
        "SECTIONS {{ .text.rare : AT(ADDR(.text.rare) + 0x1000000) {{\n{}}} }} INSERT AFTER .plt;\n",
        patterns.chain(exports).collect::<String>()
    );
    let Some(folder) = env::var_os("OUT_DIR") else { return };
    let script = Path::new(&folder).join("rare.ld");
    if fs::write(&script, section).is_ok() {
        println!("cargo:rustc-cdylib-link-arg=-T{}", script.display());
    }
}
