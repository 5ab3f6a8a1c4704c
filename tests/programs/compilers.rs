//! gcc and g++: big short-lived heaps, a chain of programs, and the programs they make.

use std::fmt::Write;

use crate::program::{ORDINARY, Program};

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
