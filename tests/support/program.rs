//! C and C++ programs of `tests/programs_c`, compiled when first asked for.

use super::library::target_tmp;
use super::machine::{compiler, machine};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Where the sources are.
pub fn programs_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("programs_c")
}

/// Where our public header is.
pub fn header_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

/// One source file and how to build it.
pub struct Program {
    source: PathBuf,
    flags: Vec<String>,
    name: String,
}

/// Calls of malloc and free must stay, however pointless they look to a compiler.
const FLAGS: [&str; 8] = [
    "-O1",
    "-g",
    "-w",
    "-fno-builtin",
    "-D_GNU_SOURCE",
    "-pthread",
    "-fno-omit-frame-pointer",
    "-Wno-error",
];

impl Program {
    /// `source` is relative to `tests/programs_c`.
    pub fn of(source: &str) -> Self {
        let name = source.replace(['/', '.'], "_");
        Self { source: programs_dir().join(source), flags: Vec::new(), name }
    }

    /// A shared object instead of a program.
    pub fn shared(mut self) -> Self {
        self.name.push_str(".so");
        self.flag("-shared").flag("-fPIC")
    }

    /// Another name for what is built, so that one source can be built in several ways.
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// One more argument for the compiler.
    pub fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    /// The built file, from the cache when no source is newer.
    pub fn build(self) -> PathBuf {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = target_tmp().join("programs").join(machine().unwrap_or_default());
        std::fs::create_dir_all(&directory).expect("the directory can be made");
        let file = directory.join(&self.name);
        if self.is_fresh(&file) {
            return file;
        }
        let partial = directory.join(format!("{}.{}", self.name, std::process::id()));
        self.compile(&partial);
        std::fs::rename(&partial, &file).expect("the program can be put in place");
        file
    }

    fn compile(&self, file: &Path) {
        let is_cxx = self.source.extension().is_some_and(|extension| extension == "cpp");
        let output = Command::new(compiler(is_cxx))
            .arg(if is_cxx { "-std=c++17" } else { "-std=gnu11" })
            .args(FLAGS)
            .arg("-I")
            .arg(programs_dir())
            .arg("-o")
            .arg(file)
            .arg(&self.source)
            .args(&self.flags)
            .arg("-ldl")
            .output()
            .expect("a C and a C++ compiler are installed");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}:\n{complaint}", self.source.display());
    }

    fn is_fresh(&self, file: &Path) -> bool {
        let own = [self.source.clone(), this_test_binary()];
        let headers = [programs_dir(), self.source.with_file_name("")].map(|dir| headers_in(&dir));
        let inputs: Vec<_> = own.into_iter().chain(headers.into_iter().flatten()).collect();
        modified(file).is_some_and(|built| {
            inputs.iter().all(|input| modified(input).is_some_and(|changed| changed < built))
        })
    }
}

/// The C headers in `directory`.
fn headers_in(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a source lies in a directory");
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    files.filter(|file| file.extension().is_some_and(|extension| extension == "h")).collect()
}

/// Holds the flags, so a change of it rebuilds the programs.
fn this_test_binary() -> PathBuf {
    std::env::current_exe().expect("a running program has a file")
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|data| data.modified()).ok()
}
