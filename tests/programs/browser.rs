//! WebKitGTK, which allocates by malloc where `Malloc=1` says so, on a screen in memory.

use crate::program::{ORDINARY, Program};

const PAGE: &str = include_str!("jobs/page.html");
/// Shows `browser.html`, beside it, as often as it is told.
const VIEWER: &str = include_str!("../../benches/workloads/programs/browser.js");

/// A page makes elements, removes half of them, draws, and tells in its title what came of it; it is
/// loaded five times.
#[test]
fn webkit() {
    let program = Program {
        name: "webkit",
        package: "gjs, gir1.2-webkit2-4.1, xvfb and xauth",
        binaries: &["gjs"],
        probe: &["gjs", "-c", "imports.gi.versions.WebKit2 = '4.1'; imports.gi.WebKit2"],
        job: |site| {
            site.write("browser.html", PAGE);
            site.write("browser.js", VIEWER);
            let mut command = site.command("xvfb-run");
            command.args(["-a", "gjs", "browser.js", "5"]).env("Malloc", "1");
            // The drivers of a graphics card have no part in this.
            command.env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
            site.finish(&mut command)
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}
