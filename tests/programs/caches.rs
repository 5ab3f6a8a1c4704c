//! redis and memcached: heaps that live long and change all the time.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::thread;

use rustix::process::Signal;

use crate::program::{ORDINARY, Program};
use crate::server::{Server, connect, free_port, listens};
use crate::site::{Site, digest};

fn start_redis(site: &Site, port: u16) -> Server {
    let mut command = site.command("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--daemonize", "no"]);
    command.args(["--dir", &site.text_path("."), "--save", "", "--io-threads", "2"]);
    command.args(["--enable-debug-command", "local", "--loglevel", "warning"]);
    let port_text = port.to_string();
    Server::start(site, &mut command, || site.succeeds("redis-cli", &["-p", &port_text, "ping"]))
}

/// A data set with every kind of value that the server stores in a way of its own.
fn redis_commands() -> String {
    let mut text = String::new();
    for n in 0..3000_u32 {
        let long = "v".repeat(n as usize * 7 % 2000 + 1);
        writeln!(text, "SET key:{n} {long}").unwrap();
        writeln!(text, "LPUSH list:{} {n} {long}", n % 10).unwrap();
        writeln!(text, "SADD set:{} member:{n} {n}", n % 10).unwrap();
        writeln!(text, "ZADD sorted:{} {} member:{n}", n % 10, n * 7919 % 1009).unwrap();
        writeln!(text, "HSET hash:{} field:{n} {long}", n % 10).unwrap();
        writeln!(text, "XADD stream 1-{} field {n}", n + 1).unwrap();
        writeln!(text, "APPEND grown:{} {long}", n % 5).unwrap();
        if n % 3 == 0 {
            writeln!(text, "DEL key:{}", n / 2).unwrap();
        }
    }
    text
}

const REDIS_SCRIPT: &str = "local t = {} for i = 1, 20000 do t[i] = redis.sha1hex(tostring(i)) end \
     table.sort(t) return redis.sha1hex(table.concat(t))";

#[test]
fn redis() {
    let program = Program {
        name: "redis",
        package: "redis-server and redis-tools",
        binaries: &["redis-server", "redis-cli", "redis-benchmark"],
        job: |site| {
            let port = free_port();
            let port_text = port.to_string();
            let client = |words: &[&str]| {
                site.run("redis-cli", &[&["-e", "-p", &port_text], words].concat())
            };
            let server = start_redis(site, port);
            let kinds = "set,get,incr,lpush,rpop,sadd,spop,hset,zadd,zpopmin,lrange_100,mset";
            let load = ["-n", "5000", "-c", "20", "-P", "4", "-d", "300", "-r", "1000", "-q"];
            let load = [&["-p", &port_text, "-t", kinds][..], &load].concat();
            let measured = site.run("redis-benchmark", &load);
            assert!(measured.contains("requests per second"), "{measured}");
            client(&["flushall"]);
            site.run_with_input("redis-cli", &["-p", &port_text], redis_commands());
            let mut answer = client(&["eval", REDIS_SCRIPT, "0"]);
            answer += &client(&["debug", "digest"]);
            // The copy is written by a forked child while the parent goes on changing.
            client(&["bgsave"]);
            client(&["config", "set", "maxmemory", "1gb"]);
            while client(&["info", "persistence"]).contains("rdb_bgsave_in_progress:1") {}
            answer += &client(&["debug", "reload"]);
            answer += &client(&["debug", "digest"]);
            answer += &client(&["dbsize"]);
            client(&["memory", "purge"]);
            server.stop(Signal::TERM);
            let server = start_redis(site, port);
            answer += &client(&["debug", "digest"]);
            server.stop(Signal::TERM);
            answer
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}

/// Stores and reads back values of many sizes on a connection of its own.
fn memcached_client(port: u16, number: usize) -> String {
    let stream = connect(port);
    let mut answers = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut requests = stream;
    let mut line = String::new();
    let mut seen = Vec::new();
    for n in 0..2000 {
        let size = n * 7919 % 3000 + if n % 100 == 0 { 300_000 } else { 0 };
        let mut request = format!("set k{number}.{} 0 0 {size}\r\n", n % 700).into_bytes();
        request.extend(std::iter::repeat_n(b'a' + (n % 26) as u8, size));
        request.extend(b"\r\n");
        requests.write_all(&request).expect("the request is sent");
        line.clear();
        answers.read_line(&mut line).expect("an answer");
        assert_eq!(line, "STORED\r\n");
        let request = format!("get k{number}.{}\r\n", n % 700);
        requests.write_all(request.as_bytes()).expect("the request is sent");
        line.clear();
        answers.read_line(&mut line).expect("an answer");
        let mut value = vec![0; size + "\r\nEND\r\n".len()];
        answers.read_exact(&mut value).expect("the value");
        seen.extend_from_slice(line.as_bytes());
        seen.extend_from_slice(&value);
    }
    digest(&seen)
}

#[test]
fn memcached() {
    let program = Program {
        name: "memcached",
        package: "memcached",
        binaries: &["memcached"],
        unprivileged: true,
        job: |site| {
            let port = free_port();
            let mut command = site.command("memcached");
            command.args(["-l", "127.0.0.1", "-U", "0", "-t", "4", "-m", "64"]);
            command.args(["-p", &port.to_string()]);
            let server = Server::start(site, &mut command, || listens(port));
            let clients: Vec<_> =
                (0..4).map(|n| thread::spawn(move || memcached_client(port, n))).collect();
            let answers: Vec<_> = clients.into_iter().map(|one| one.join().unwrap()).collect();
            server.stop(Signal::INT);
            answers.join("\n")
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}
