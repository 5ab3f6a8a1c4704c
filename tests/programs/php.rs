//! PHP with its default extensions. The interpreter opens each extension with
//! `RTLD_DEEPBIND`, so that the extension and the libraries it brings would find libc's own
//! malloc and free first, and hand to one allocator what came from the other.

use crate::program::{ORDINARY, Program};

const JOB: &str = include_str!("jobs/php.php");

#[test]
fn php_with_its_default_extensions() {
    let program = Program {
        name: "php",
        package: "php-cli",
        binaries: &["php"],
        job: |site| {
            site.write("job.php", JOB);
            // The interpreter's own allocator is in front of ours, then it is switched off.
            let pooled = site.run("php", &["job.php"]);
            site.write("archive.tar", "");
            std::fs::remove_file(site.path("archive.tar")).unwrap();
            let direct = site.finish(site.command("php").arg("job.php").env("USE_ZEND_ALLOC", "0"));
            pooled + &direct
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}
