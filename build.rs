//! Link settings of the shared library: its SONAME, hardening flags, and which code is kept apart.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

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
    "large::stranded::give_back_some",
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
/// means nothing to a running program) is what makes LLD begin a segment. Other linkers have another order of
/// sections, or take no such script; there all code is one segment.
fn keep_rare_code_apart() {
    let is = |name, value| env::var(name).is_ok_and(|text| text == value);
    let Some(folder) = env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    let patterns = RARE.iter().map(|path| {
        let mangled = path.split("::").map(|part| format!("{}{part}", part.len()));
        format!("*(.text.*10starmalloc{}*)\n", mangled.collect::<String>())
    });
    let exports = RARE_EXPORTS.iter().map(|name| format!("*(.text.{name})\n"));
    let section = format!(
        "SECTIONS {{ .text.rare : AT(ADDR(.text.rare) + 0x1000000) {{\n{}}} }} INSERT AFTER .plt;\n",
        patterns.chain(exports).collect::<String>()
    );
    let script = folder.join("rare.ld");
    let argument = format!("-T{}", script.display());
    if is("PROFILE", "release")
        && is("CARGO_CFG_TARGET_ARCH", "x86_64")
        && fs::write(&script, section).is_ok()
        && lld_takes(&argument, &folder)
    {
        println!("cargo:rustc-cdylib-link-arg={argument}");
    }
}

/// What the linker is tried with.
const EMPTY_LIBRARY: &str = "#![no_std]
#[panic_handler]
fn stop(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
";

/// Whether an empty library is linked by LLD with such an argument, as this one will be.
fn lld_takes(argument: &str, folder: &Path) -> bool {
    let [Some(compiler), Some(target)] = ["RUSTC", "TARGET"].map(env::var_os) else { return false };
    let [source, library] = ["empty.rs", "libempty.so"].map(|name| folder.join(name));
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let linker = env::var("RUSTC_LINKER").map(|linker| format!("-Clinker={linker}"));
    let is_linked = fs::write(&source, EMPTY_LIBRARY).is_ok()
        && Command::new(compiler)
            .args(["--crate-type", "cdylib", "-Cpanic=abort", "--target"])
            .args([&target, OsStr::new("-o"), library.as_os_str(), source.as_os_str()])
            .args(linker)
            .args(flags.split('\u{1f}').filter(|flag| !flag.is_empty()))
            .arg(format!("-Clink-arg={argument}"))
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
    is_linked && fs::read(library).is_ok_and(|bytes| bytes.windows(4).any(|four| four == b"LLD "))
}
