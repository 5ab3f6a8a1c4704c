//! gdb, with the program that it runs.

use crate::program::{ORDINARY, Program};

const TRACED: &str = include_str!("jobs/traced.c");

/// Both the debugger and the program it runs are under the library; the debugger also calls
/// malloc inside the stopped program to hold a string.
#[test]
fn gdb() {
    let program = Program {
        name: "gdb",
        package: "gdb",
        binaries: &["gdb", "gcc"],
        job: |site| {
            site.write("traced.c", TRACED);
            site.run("gcc", &["-g", "-O0", "-pthread", "traced.c", "-o", "traced"]);
            let commands = [
                "set startup-with-shell off",
                "set print address off",
                "set print thread-events off",
                "set print inferior-events off",
                "break descend if n == 0",
                "run",
                "backtrace",
                "print list->value",
                "print list->next->next->value",
                "print $_strlen(\"a string of the debugger's\")",
                "python print(sum(len(str(n)) for n in range(100000)))",
                "finish",
                "continue",
            ];
            let mut arguments = vec!["-q", "-nx", "-batch"];
            arguments.extend(commands.iter().flat_map(|command| ["-ex", *command]));
            arguments.push("./traced");
            let told = site.run("gdb", &arguments);
            // The line that tells of the program's end has its process number.
            told.lines()
                .filter(|line| !line.starts_with("[Inferior"))
                .collect::<Vec<_>>()
                .join("\n")
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}
