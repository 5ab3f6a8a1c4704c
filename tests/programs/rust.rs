//! cargo building a small crate that has a build script and a procedural macro, which the
//! compiler opens as a plugin.

use std::env;
use std::path::{Path, PathBuf};

use crate::program::{ORDINARY, Program};
use crate::site::Site;

const FILES: [(&str, &str); 6] = [
    ("Cargo.toml", include_str!("jobs/crate/workspace.toml")),
    ("mac/Cargo.toml", include_str!("jobs/crate/mac.toml")),
    ("mac/src/lib.rs", include_str!("jobs/crate/mac.rs")),
    ("app/Cargo.toml", include_str!("jobs/crate/app.toml")),
    ("app/build.rs", include_str!("jobs/crate/build.rs")),
    ("app/src/main.rs", include_str!("jobs/crate/app.rs")),
];

/// The folder of the toolchain that builds these tests. Its compiler carries an allocator of
/// its own; cargo, the build script, the linker and the crate's program use ours.
fn toolchain() -> PathBuf {
    let cargo = PathBuf::from(env::var_os("CARGO").expect("the tests are run by cargo"));
    cargo.parent().expect("a program is in a folder").to_path_buf()
}

/// Where toolchains are kept, in case that cargo is the one that chooses between them.
fn rustup_home() -> PathBuf {
    let home = || Path::new(&env::var_os("HOME").unwrap_or_default()).join(".rustup");
    env::var_os("RUSTUP_HOME").map_or_else(home, PathBuf::from)
}

fn build_crate(site: &Site) -> String {
    for (name, text) in FILES {
        site.write(name, text);
    }
    let folder = toolchain();
    let [cargo, rustc] = ["cargo", "rustc"].map(|name| folder.join(name));
    let [cargo, rustc] = [&cargo, &rustc].map(|path| path.to_str().expect("a plain name"));
    site.assert_loaded_by(cargo);
    site.assert_loaded_by(rustc);
    let mut command = site.command(cargo);
    command.env("PATH", format!("{}:/usr/bin:/bin", folder.display()));
    command.env("CARGO_HOME", site.path("home")).env("RUSTUP_HOME", rustup_home());
    command.envs(env::var_os("RUSTUP_TOOLCHAIN").map(|name| ("RUSTUP_TOOLCHAIN", name)));
    site.finish(command.args(["build", "--offline", "--quiet", "-j2"]));
    site.run(&site.text_path("target/debug/app"), &[""; 0])
}

#[test]
fn cargo() {
    let program = Program {
        name: "cargo",
        package: "cargo",
        binaries: &["cc"],
        job: build_crate,
        ..ORDINARY
    };
    program.same_with_and_without();
}
