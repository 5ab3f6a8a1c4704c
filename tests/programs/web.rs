//! nginx under load, with workers that are replaced while they serve.

use std::fmt::Write;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::program::{ORDINARY, Program};
use crate::server::{Server, ask, free_port, listens};
use crate::site::{Site, digest};

/// Everything that nginx would write elsewhere is kept in the run's folder. One port serves
/// files, packed on the way; the other passes every request on to the first.
fn configuration(site: &Site, ports: [u16; 2]) -> String {
    let folder = site.text_path(".");
    let [files, passing] = ports;
    format!(
        "daemon off;\nworker_processes 2;\npid {folder}/nginx.pid;\nerror_log stderr;\n\
         events {{ worker_connections 256; }}\n\
         http {{\n\
         access_log off;\n\
         client_body_temp_path {folder}/body;\nproxy_temp_path {folder}/proxy;\n\
         fastcgi_temp_path {folder}/fastcgi;\nuwsgi_temp_path {folder}/uwsgi;\nscgi_temp_path {folder}/scgi;\n\
         proxy_cache_path {folder}/cache keys_zone=kept:1m;\n\
         gzip on;\ngzip_types *;\ngzip_min_length 100;\n\
         server {{ listen 127.0.0.1:{files}; root {folder}/files; etag off;\n\
         add_header Last-Modified ''; }}\n\
         server {{ listen 127.0.0.1:{passing}; proxy_cache kept; proxy_cache_valid 1s;\n\
         location / {{ proxy_pass http://127.0.0.1:{files}; proxy_buffers 16 4k; }} }}\n\
         }}\n"
    )
}

/// The body of an answer; its head holds dates.
fn body(answer: &[u8]) -> &[u8] {
    let end = answer.windows(4).position(|part| part == b"\r\n\r\n").expect("a whole head");
    &answer[end + 4..]
}

/// Has the server start new workers and waits until the old ones are gone: one that is
/// about to end drops connections on which nothing was asked yet.
fn replace_workers(site: &Site, server: &Server) {
    let old = server.children();
    server.signal(Signal::HUP);
    let end = Instant::now() + Duration::from_secs(60);
    while server.children().iter().any(|child| old.contains(child)) {
        assert!(Instant::now() < end, "old workers stay");
        thread::sleep(Duration::from_millis(10));
    }
    server.children().iter().for_each(|child| site.assert_mapped_in(*child));
}

fn job(site: &Site) -> String {
    let names = ["small", "middle", "large"];
    for (name, size) in names.iter().zip([500, 40_000, 3_000_000]) {
        let content: String = (0..size / 10_u64).map(|n| format!("{:09}\n", n * 7919)).collect();
        site.write(&format!("files/{name}"), content);
    }
    let ports = [free_port(), free_port()];
    site.write("nginx.conf", configuration(site, ports));
    let mut command = site.command("nginx");
    command.args(["-p", &site.text_path("."), "-c", &site.text_path("nginx.conf")]);
    command.args(["-e", "stderr"]);
    let server = Server::start(site, &mut command, || ports.iter().all(|port| listens(*port)));
    let mut answer = String::new();
    for round in 0..2 {
        for (port, name) in ports.iter().flat_map(|port| names.map(|name| (port, name))) {
            let url = format!("http://127.0.0.1:{port}/{name}");
            // One port is put under load with one file, the other with another.
            if (*port, name) == (ports[0], "small") || (*port, name) == (ports[1], "middle") {
                let load = ["-t", "2", "-c", "16", "-d", "1s", "-H", "Accept-Encoding: gzip"];
                let told = site.run("wrk", &[&load[..], &[&url]].concat());
                let wrong = told.contains("Socket errors") || told.contains("Non-2xx");
                assert!(told.contains("Requests/sec") && !wrong, "{told}");
            }
            for coding in ["identity", "gzip"] {
                let request = format!(
                    "GET /{name} HTTP/1.0\r\nHost: test\r\nAccept-Encoding: {coding}\r\n\r\n"
                );
                let found = digest(body(&ask(*port, &request)));
                writeln!(answer, "{round} {name} {coding} {found}").unwrap();
            }
        }
        replace_workers(site, &server);
    }
    server.stop(Signal::QUIT);
    answer
}

#[test]
fn nginx() {
    let program = Program {
        name: "nginx",
        package: "nginx-light and wrk",
        binaries: &["nginx", "wrk"],
        unprivileged: true,
        job,
        ..ORDINARY
    };
    program.same_with_and_without();
}
