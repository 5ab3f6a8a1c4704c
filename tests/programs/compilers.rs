//! gcc, g++, cargo and gdb: big short-lived heaps, plugins, and one program tracing another.

use std::env;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::program::{ORDINARY, Program};
use crate::site::Site;

/// A C file of many functions, none like another.
fn large_c_file() -> String {
    let mut text = String::from("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n");
    for n in 0..600 {
        writeln!(
            text,
            "struct s{n} {{ int a[{size}]; double d; struct s{n} *next; }};\n\
             static int f{n}(int x, int y) {{\n\
             \x20   struct s{n} s = {{ .d = {n}.5 }};\n\
             \x20   for (int i = 0; i < {size}; i++) s.a[i] = x * i + y;\n\
             \x20   switch (x % 7) {{\n\
             \x20   case 0: return s.a[y % {size}] + (int)s.d;\n\
             \x20   case 1: return (int)strlen(\"text {n}\") + s.a[0];\n\
             \x20   case 2: return abs(x - y) ^ {n};\n\
             \x20   default: for (int i = 1; i < {size}; i++) y += s.a[i - 1] * (i & x);\n\
             \x20   }}\n\
             \x20   return y;\n}}",
            size = n % 13 + 2
        )
        .unwrap();
    }
    text.push_str("int main(void) {\n    unsigned sum = 0;\n");
    for n in 0..600 {
        writeln!(text, "    sum = sum * 31 + (unsigned)f{n}({}, {});", n % 11, n % 17).unwrap();
    }
    text.push_str("    printf(\"%u\\n\", sum);\n    return 0;\n}\n");
    text
}

/// A C++ file that makes the compiler write out templates many times over.
fn large_cpp_file() -> String {
    let mut text = String::from(
        "#include <algorithm>\n#include <functional>\n#include <iostream>\n#include <map>\n\
         #include <memory>\n#include <numeric>\n#include <sstream>\n#include <stdexcept>\n\
         #include <string>\n#include <unordered_map>\n#include <vector>\n\
         template <int N> struct Node { std::map<std::string, std::vector<Node<N - 1>>> children; int value = N; };\n\
         template <> struct Node<0> { int value = 0; };\n",
    );
    for n in 0..12 {
        writeln!(
            text,
            "struct T{n} {{ int v; bool operator<(const T{n} &o) const {{ return v < o.v; }} }};\n\
             static long g{n}() {{\n\
             \x20   std::map<T{n}, std::unique_ptr<std::string>> m;\n\
             \x20   std::unordered_map<std::string, std::shared_ptr<T{n}>> u;\n\
             \x20   for (int i = 0; i < 3000; i++) {{\n\
             \x20       m[T{n}{{i * 7919 % 1009}}] = std::make_unique<std::string>(i % 50, 'x');\n\
             \x20       u[std::to_string(i)] = std::make_shared<T{n}>(T{n}{{i}});\n\
             \x20   }}\n\
             \x20   std::vector<T{n}> v;\n\
             \x20   for (auto &[k, p] : u) v.push_back(*p);\n\
             \x20   std::sort(v.begin(), v.end());\n\
             \x20   Node<{}> node; (void)node;\n\
             \x20   try {{ throw std::runtime_error(std::string(300, 'e')); }}\n\
             \x20   catch (const std::exception &e) {{ v.push_back(T{n}{{(int)std::string(e.what()).size()}}); }}\n\
             \x20   std::function<long(long)> add = [&](long s) {{ for (auto &t : v) s += t.v; return s; }};\n\
             \x20   long sum = add({n});\n\
             \x20   for (auto &[k, s] : m) sum += k.v + (long)s->size();\n\
             \x20   return sum;\n}}",
            n % 6 + 1
        )
        .unwrap();
    }
    text.push_str("int main() {\n    std::ostringstream out;\n");
    for n in 0..12 {
        writeln!(text, "    out << g{n}() << ' ';").unwrap();
    }
    text.push_str("    std::cout << out.str() << std::endl;\n}\n");
    text
}

#[test]
fn gcc() {
    let program = Program {
        name: "gcc",
        package: "gcc",
        binaries: &["gcc", "as", "ld"],
        job: |site| {
            site.write("large.c", large_c_file());
            site.run("gcc", &["-O2", "-g", "-c", "large.c", "-o", "large.o"]);
            site.run("gcc", &["large.o", "-o", "large"]);
            // Link-time optimisation loads a plugin and starts the compiler again.
            site.run("gcc", &["-O1", "-flto=2", "large.c", "-o", "linked"]);
            [
                site.digest("large.o"),
                site.digest("large"),
                site.run(&site.text_path("large"), &[""; 0]),
                site.run(&site.text_path("linked"), &[""; 0]),
            ]
            .join("\n")
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}

#[test]
fn gxx() {
    let program = Program {
        name: "g++",
        package: "g++",
        binaries: &["g++"],
        job: |site| {
            site.write("large.cpp", large_cpp_file());
            site.run("g++", &["-std=c++17", "-O1", "-g", "-c", "large.cpp", "-o", "large.o"]);
            site.run("g++", &["large.o", "-o", "large"]);
            [
                site.digest("large.o"),
                site.digest("large"),
                // The program itself: containers, strings, exceptions.
                site.run(&site.text_path("large"), &[""; 0]),
            ]
            .join("\n")
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}

const WORKSPACE: [(&str, &str); 6] = [
    ("Cargo.toml", "[workspace]\nmembers = [\"app\", \"mac\"]\nresolver = \"2\"\n"),
    (
        "mac/Cargo.toml",
        "[package]\nname = \"mac\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\
         [lib]\nproc-macro = true\n",
    ),
    (
        "mac/src/lib.rs",
        "use proc_macro::TokenStream;\n\
         /// Makes many functions.\n\
         #[proc_macro]\n\
         pub fn functions(_: TokenStream) -> TokenStream {\n\
             let text: String = (0..200).map(|n| format!(\n\
                 \"fn f{n}(x: u64) -> u64 {{ let v: Vec<u64> = (0..x + {n}).collect(); v.iter().sum() }}\"\n\
             )).collect();\n\
             let calls: String = (0..200).map(|n| format!(\"sum += f{n}({n});\")).collect();\n\
             format!(\"{text} fn all() -> u64 {{ let mut sum = 0; {calls} sum }}\").parse().unwrap()\n\
         }\n",
    ),
    (
        "app/Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\
         [dependencies]\nmac = { path = \"../mac\" }\n",
    ),
    (
        "app/build.rs",
        "fn main() { println!(\"cargo:rustc-env=BUILT={}\", \"x\".repeat(1000).len()); }\n",
    ),
    (
        "app/src/main.rs",
        "use std::collections::{BTreeMap, HashMap};\n\
         mac::functions!();\n\
         fn main() {\n\
             let threads: Vec<_> = (0..4).map(|t| std::thread::spawn(move || {\n\
                 let map: HashMap<String, Vec<u8>> = (0..5000).map(|n| (format!(\"{n}\"), vec![t; n % 900])).collect();\n\
                 map.values().map(Vec::len).sum::<usize>()\n\
             })).collect();\n\
             let sums: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();\n\
             let tree: BTreeMap<_, _> = (0..10000).map(|n| (n * 7919 % 10007, n.to_string())).collect();\n\
             println!(\"{} {sums:?} {} {}\", all(), tree.len(), env!(\"BUILT\"));\n\
         }\n",
    ),
];

/// The folder of the toolchain that builds these tests; its programs carry an allocator of
/// their own for Rust code, and leave ours to the C++ libraries they load.
fn toolchain() -> Option<PathBuf> {
    let cargo = PathBuf::from(env::var_os("CARGO")?);
    cargo.parent().map(Path::to_path_buf)
}

fn build_crate(site: &Site) -> String {
    for (name, text) in WORKSPACE {
        site.write(name, text);
    }
    let folder = toolchain().expect("the tests are run by cargo");
    let [cargo, rustc] = ["cargo", "rustc"].map(|name| folder.join(name));
    let [cargo, rustc] = [&cargo, &rustc].map(|path| path.to_str().expect("a plain name"));
    site.assert_loaded_by(cargo);
    site.assert_loaded_by(rustc);
    let mut command = site.command(cargo);
    let path = format!("{}:/usr/bin:/bin", folder.display());
    command.env("PATH", path).env("CARGO_HOME", site.path("home"));
    // Where the toolchain is kept, should the program found be the one that chooses it.
    for name in ["RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        command.envs(env::var_os(name).map(|value| (name, value)));
    }
    let places = env::var_os("HOME").map(|home| Path::new(&home).join(".rustup"));
    if env::var_os("RUSTUP_HOME").is_none() {
        command.envs(places.map(|place| ("RUSTUP_HOME", place)));
    }
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
