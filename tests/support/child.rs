//! Child processes: limits, the preload, a time limit, and what came out.

use super::library::{library, target_tmp};
use super::machine::{runner, without_runners};
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Long enough for a busy machine; only something that hangs takes so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a caller with a slower machine, or a slower level, asks for: STARMALLOC_TEST_PATIENCE, in seconds.
fn more_patience() -> Duration {
    let seconds = std::env::var("STARMALLOC_TEST_PATIENCE").ok();
    Duration::from_secs(seconds.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// How often a running child is looked at.
const PAUSE: Duration = Duration::from_millis(5);

/// A program about to be run.
pub struct Child {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    directory: PathBuf,
    limits: Vec<String>,
    companions: Vec<PathBuf>,
    patience: Duration,
}

/// How a child ended and what it wrote.
#[derive(Debug)]
pub struct Outcome {
    /// The exit status, unless a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Everything on its standard output.
    pub stdout: String,
    /// Everything on its standard error output.
    pub stderr: String,
    /// It was killed because it took too long.
    pub hung: bool,
}

impl Child {
    /// No core files, no arguments, and the default patience.
    pub fn of(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            directory: target_tmp().to_owned(),
            limits: vec!["-c 0".to_owned()],
            companions: Vec::new(),
            patience: PATIENCE.max(more_patience()),
        }
    }

    /// One more argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// More arguments.
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// One variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Where it runs.
    pub fn directory(mut self, directory: &Path) -> Self {
        directory.clone_into(&mut self.directory);
        self
    }

    /// An argument line for the shell's `ulimit`, such as `-v 262144`.
    pub fn limit(mut self, limit: &str) -> Self {
        self.limits.push(limit.to_owned());
        self
    }

    /// It may leave a core file, in its working directory where the system puts them there.
    pub fn core_dumps(mut self) -> Self {
        self.limits = vec!["-c unlimited".to_owned()];
        self
    }

    /// Another shared object, preloaded behind the library.
    pub fn companion(mut self, object: &Path) -> Self {
        self.companions.push(object.to_owned());
        self
    }

    /// How long it may take.
    pub fn patience(mut self, seconds: u64) -> Self {
        self.patience = Duration::from_secs(seconds);
        self
    }

    /// Runs it with libc's own malloc.
    pub fn run_plain(&self) -> Outcome {
        self.run(&self.companions)
    }

    /// Runs it with the library preloaded, and only into it.
    pub fn run_preloaded(&self) -> Outcome {
        let mut objects = vec![library().to_owned()];
        objects.extend(self.companions.iter().cloned());
        self.run(&objects)
    }

    /// Runs it with the library preloaded behind the companions.
    pub fn run_preloaded_last(&self) -> Outcome {
        let mut objects = self.companions.clone();
        objects.push(library().to_owned());
        self.run(&objects)
    }

    /// The shell sets the limits and makes way for `env`, which sets the preload and
    /// makes way for the program: neither of the two runs under the library. An emulator is given the
    /// preload as an argument, and does not run under it either.
    fn run(&self, preload: &[PathBuf]) -> Outcome {
        let mut script = String::new();
        for limit in &self.limits {
            script.push_str(&format!("ulimit {limit} && "));
        }
        script.push_str("exec env \"$@\"");
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(script).arg("sh");
        let runner = runner();
        command.args(&runner);
        if !preload.is_empty() {
            let mut list = OsString::from("LD_PRELOAD=");
            list.push(std::env::join_paths(preload).expect("the paths have no colon"));
            command.args((!runner.is_empty()).then_some("-E")).arg(list);
        }
        command.arg(&self.program).args(&self.arguments);
        command.env_remove("LD_PRELOAD").envs(self.environment.iter().cloned());
        command.current_dir(&self.directory).process_group(0);
        finish(&mut command, self.patience)
    }
}

/// Runs `command` to its end. Files catch its output: a grandchild that outlives it
/// cannot keep a file from being read, as it could a pipe.
fn finish(command: &mut Command, patience: Duration) -> Outcome {
    let (mut stdout, mut stderr) = (scratch_file(), scratch_file());
    command.stdin(Stdio::null()).stdout(twin(&stdout)).stderr(twin(&stderr));
    let start = Instant::now();
    let mut child = command.spawn().expect("a shell can be run");
    let group = Pid::from_child(&child);
    let mut hung = false;
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        if start.elapsed() > patience {
            hung = true;
            let _ = kill_process_group(group, Signal::KILL);
            break child.wait().expect("a child can be waited for");
        }
        std::thread::sleep(PAUSE);
    };
    // Whatever it left behind goes with it.
    let _ = kill_process_group(group, Signal::KILL);
    outcome(status, text(&mut stdout), without_runners(&text(&mut stderr)), hung)
}

fn outcome(status: ExitStatus, stdout: String, stderr: String, hung: bool) -> Outcome {
    Outcome { code: status.code(), signal: status.signal(), stdout, stderr, hung }
}

fn scratch_file() -> File {
    tempfile::tempfile_in(target_tmp()).expect("a scratch file can be made")
}

fn twin(file: &File) -> Stdio {
    Stdio::from(file.try_clone().expect("a descriptor can be copied"))
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.rewind().expect("a file can be rewound");
    file.read_to_end(&mut bytes).expect("a file can be read");
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Outcome {
    /// It ended by itself with status 0.
    pub fn is_success(&self) -> bool {
        self.code == Some(0) && !self.hung
    }

    /// Fails the test unless it ended by itself with status 0.
    #[track_caller]
    pub fn expect_success(self) -> Self {
        assert!(self.is_success(), "{}", self.story());
        self
    }

    /// The same as a text to fail with.
    pub fn story(&self) -> String {
        let Self { code, signal, hung, .. } = self;
        let stdout = shortened(&self.stdout);
        let stderr = shortened(&self.stderr);
        format!(
            "exit status {code:?}, signal {signal:?}, hung {hung}\n\
             --- standard output\n{stdout}\n--- standard error\n{stderr}"
        )
    }
}

/// The first and the last part of a long text.
fn shortened(text: &str) -> String {
    const KEPT: usize = 2000;
    if text.len() <= 2 * KEPT {
        return text.to_owned();
    }
    let head: String = text.chars().take(KEPT).collect();
    let tail: Vec<char> = text.chars().rev().take(KEPT).collect();
    let tail: String = tail.into_iter().rev().collect();
    format!("{head}\n[...]\n{tail}")
}
