//! Link settings of the shared library: its SONAME and hardening flags.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
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
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,--defsym=rust_eh_personality=0");
    }
}
