//! Python: the interpreter's own allocator asks for arenas, its extension modules and
//! threads for everything else.

use crate::program::{ORDINARY, Program};
use crate::site::Site;

const PYTHON: Program =
    Program { name: "python3", package: "python3", binaries: &["python3"], ..ORDINARY };

/// Each part prints figures that depend on the work alone.
const GENERAL: &str = include_str!("jobs/python.py");

fn general(site: &Site, allocator: &str) -> String {
    site.write("job.py", GENERAL);
    site.finish(site.command("python3").arg("job.py").env("PYTHONMALLOC", allocator))
}

#[test]
fn python3() {
    Program { job: |site| general(site, "pymalloc"), ..PYTHON }.same_with_and_without();
}

/// Every object of the interpreter is then an allocation of ours, and the interpreter puts
/// marks of its own around them.
#[test]
fn python3_with_every_object_from_malloc() {
    let job = |site: &Site| general(site, "malloc_debug");
    Program { name: "python3-malloc", job, ..PYTHON }.same_with_and_without();
}

/// Its linear algebra library starts threads, aligns its buffers itself and grows them.
const NUMPY: &str = include_str!("jobs/numpy.py");

#[test]
fn numpy() {
    let program = Program {
        name: "numpy",
        package: "python3-numpy",
        probe: &["python3", "-c", "import numpy.random"],
        job: |site| {
            site.write("job.py", NUMPY);
            site.run("python3", &["job.py"])
        },
        ..PYTHON
    };
    program.same_with_and_without();
}
