//! One run of a job: its folder, its environment and the commands it gives.

use std::cell::Cell;
use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// Longer than any command takes on a loaded machine; a hang is a failure, not a wait.
const LIMIT: Duration = Duration::from_secs(240);
/// Searched before PATH, so that a program is Debian's even where someone put another in
/// front, and so that server programs are found too.
const SYSTEM_FOLDERS: [&str; 4] = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];
/// Debian's `nobody` and `nogroup`.
const NOBODY: u32 = 65534;

/// Where one run of a job happens. The folder is removed with it.
///
/// The run without the library and the run with it use the same path one after the other,
/// so that a path that finds its way into an output is the same in both.
pub(crate) struct Site {
    folder: PathBuf,
    library: Option<PathBuf>,
    user: Option<u32>,
    commands: Cell<usize>,
}

impl Site {
    /// Makes an empty folder; with `library`, a copy of it that every user can read.
    pub(crate) fn new(name: &str, library: Option<&Path>, unprivileged: bool) -> Self {
        let folder = env::temp_dir().join(format!("starmalloc-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(folder.join("out")).expect("a folder for the run");
        let is_root = fs::metadata(&folder).expect("the folder is there").uid() == 0;
        let user = (unprivileged && is_root).then_some(NOBODY);
        if user.is_some() {
            chown(&folder, user, user).expect("the folder is handed over");
        }
        let library = library.map(|original| {
            let copy = folder.join("out").join(original.file_name().expect("a file name"));
            fs::copy(original, &copy).expect("the library can be copied");
            copy
        });
        Self { folder, library, user, commands: Cell::new(0) }
    }

    /// The path of a file of this run.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The same as text, for command lines and configuration files.
    pub(crate) fn text_path(&self, name: &str) -> String {
        self.path(name).to_str().expect("temporary folders have plain names").to_owned()
    }

    /// Writes a file of this run, with its folders.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the file's folder");
        fs::write(path, content).expect("a file of the run");
    }

    /// A short name for the content of a file, for comparison.
    pub(crate) fn digest(&self, name: &str) -> String {
        digest(&fs::read(self.path(name)).unwrap_or_else(|why| panic!("{name}: {why}")))
    }

    /// Whether this run must behave as an ordinary user although the tests run as root.
    pub(crate) fn is_root(&self) -> bool {
        self.user.is_none() && fs::metadata(&self.folder).is_ok_and(|found| found.uid() == 0)
    }

    /// A command of this run: in its folder, with a known environment, preloaded if the run
    /// is. Settings of the library itself pass through, so that a whole run of the tests can
    /// be made with others.
    pub(crate) fn command(&self, program: &str) -> Command {
        let path = find(program).unwrap_or_else(|| panic!("{program} is not installed"));
        let mut command = Command::new(path);
        command.current_dir(&self.folder).stdin(Stdio::null()).process_group(0);
        command.env_clear().env("PATH", SYSTEM_FOLDERS.join(":"));
        command.env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
        command.env("HOME", &self.folder).env("TMPDIR", &self.folder);
        if let Some(library) = &self.library {
            let settings = env::vars_os().filter(|(name, _)| is_setting(name));
            command.env("LD_PRELOAD", library).envs(settings);
        }
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    /// Runs a program to its end and returns what it wrote to stdout. It must succeed.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, program: &str, arguments: &[S]) -> String {
        self.finish(self.command(program).args(arguments))
    }

    /// The same with `input` on stdin.
    pub(crate) fn run_with_input<S: AsRef<OsStr>>(
        &self,
        program: &str,
        arguments: &[S],
        input: impl AsRef<[u8]>,
    ) -> String {
        self.write("out/input", input);
        let input = File::open(self.path("out/input")).expect("the input is there");
        self.finish(self.command(program).args(arguments).stdin(input))
    }

    /// Runs a command to its end and returns what it wrote to stdout. It must succeed.
    pub(crate) fn finish(&self, command: &mut Command) -> String {
        let (status, stdout, stderr) = self.end_of(command);
        assert!(
            status.success(),
            "{command:?}\n{status}\nstdout: {}\nstderr: {}",
            tail(&stdout),
            tail(&stderr)
        );
        stdout
    }

    /// Whether a program runs to its end with success.
    pub(crate) fn succeeds<S: AsRef<OsStr>>(&self, program: &str, arguments: &[S]) -> bool {
        self.end_of(self.command(program).args(arguments)).0.success()
    }

    /// Starts a command. Its outputs go to files: a pipe would be held open by whatever
    /// process it leaves behind.
    pub(crate) fn start(&self, command: &mut Command) -> (Child, PathBuf, PathBuf) {
        let number = self.commands.replace(self.commands.get() + 1);
        let [stdout, stderr] =
            ["stdout", "stderr"].map(|stream| self.folder.join(format!("out/{number}.{stream}")));
        command.stdout(File::create(&stdout).expect("a file for stdout"));
        command.stderr(File::create(&stderr).expect("a file for stderr"));
        let child = command.spawn().unwrap_or_else(|why| panic!("{command:?}: {why}"));
        (child, stdout, stderr)
    }

    fn end_of(&self, command: &mut Command) -> (ExitStatus, String, String) {
        let (mut child, stdout, stderr) = self.start(command);
        let status = wait(&mut child, LIMIT).unwrap_or_else(|| {
            kill_group(&child);
            child.wait().expect("the process is ours");
            panic!("{command:?} hangs; stderr: {}", tail(&read(&stderr)));
        });
        (status, read(&stdout), read(&stderr))
    }

    /// Fails unless the loader takes the library into `binary`. The loader is asked to list
    /// what it would load; the program itself does not run.
    pub(crate) fn assert_loaded_by(&self, binary: &str) {
        let Some(library) = &self.library else { return };
        let mut command = self.command(binary);
        let list = self.finish(command.env("LD_TRACE_LOADED_OBJECTS", "1"));
        let wanted = library.to_str().expect("a plain name");
        assert!(list.contains(wanted), "{binary} does not load the library:\n{list}");
    }

    /// Fails unless the library is mapped in a running process. One that has ended in the
    /// meantime, as a server's helpers do, has nothing mapped and is passed over; of one that ends
    /// while its list is read, the end is missing, and the list is read again.
    pub(crate) fn assert_mapped_in(&self, process: u32) {
        let Some(library) = &self.library else { return };
        let wanted = library.to_str().expect("a plain name");
        let maps = || fs::read_to_string(format!("/proc/{process}/maps")).unwrap_or_default();
        let runs_with = |maps: &str| maps.is_empty() || maps.contains(wanted);
        assert!(
            runs_with(&maps()) || runs_with(&maps()),
            "process {process} runs without the library:\n{}",
            maps()
        );
    }

    /// Fails if any process of this run was told something by the library or by the loader
    /// about it: a program that goes on after such a line would hide it.
    pub(crate) fn assert_quiet(&self) {
        for entry in fs::read_dir(self.folder.join("out")).expect("the outputs are there") {
            let path = entry.expect("an output").path();
            if path.extension() == Some(OsStr::new("stderr")) {
                let text = read(&path);
                let line = text.lines().find(|line| {
                    line.contains("starmalloc:") || line.contains("cannot be preloaded")
                });
                assert!(line.is_none(), "{}\n{}", line.unwrap_or_default(), tail(&text));
            }
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // A failed run leaves its outputs to be read.
        if !thread::panicking() {
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}

/// Finds a program; a name with a folder is taken as it is.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| path.is_file());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = SYSTEM_FOLDERS.iter().map(PathBuf::from).chain(postgresql_folders());
    folders.chain(env::split_paths(&path)).map(|folder| folder.join(program)).find(|p| p.is_file())
}

/// Debian keeps the servers of each major version apart from PATH.
fn postgresql_folders() -> impl Iterator<Item = PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.map(|version| version.path().join("bin"))
}

/// A short name for `content`, the same in every run.
pub(crate) fn digest(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{} bytes, hash {:016x}", content.len(), hasher.finish())
}

/// Waits for the end of a process, but not for ever.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if let Some(status) = child.try_wait().expect("the process is ours") {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(5));
    }
    None
}

/// Ends a process of ours and those it started. Each command leads a process group.
pub(crate) fn kill_group(child: &Child) {
    // A group that is gone already is what was wanted.
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
}

fn is_setting(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("STARMALLOC_") && !name.contains("_TEST_"))
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).expect("an output")).into_owned()
}

/// The end of an output, where the reason of a failure is.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().rev().take(30).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
