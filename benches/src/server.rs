//! Servers: the server runs under the allocator, its client without, on a free port of the
//! loopback interface.

use anyhow::{Context, Result};
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::allocator::Allocator;
use crate::process::{Bench, Finished, Mode, Running, bare};
use crate::workload::Workload;

const PATIENCE: Duration = Duration::from_secs(10);

/// What is known once a server has been stopped.
pub(crate) struct Served {
    pub(crate) finished: Finished,
    pub(crate) client_seconds: f64,
    /// Resident memory between the client's end and the server's.
    pub(crate) settled_kib: Option<f64>,
    /// Why the client's run does not count.
    pub(crate) failure: Option<String>,
}

/// Starts the server, lets the client work, and stops the server.
pub(crate) fn run(bench: &Bench, workload: &Workload, allocator: &Allocator) -> Result<Served> {
    let port = free_port()?;
    let prepared = bench.prepare(workload, allocator, Some(port));
    let mut server = bench.start(Mode::Serve, &prepared.variables, &prepared.words)?;
    if !answers(port, &mut server) {
        return Ok(Served {
            finished: server.finish()?,
            client_seconds: 0.0,
            settled_kib: None,
            failure: Some("the server did not answer".to_owned()),
        });
    }
    let (program, arguments) = prepared.client.split_first().context("a server has no client")?;
    let started = Instant::now();
    let status = bare(Path::new(program), &bench.scratch)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let client_seconds = started.elapsed().as_secs_f64();
    let settled_kib = server.pid().and_then(resident_kib);
    Ok(Served {
        finished: server.finish()?,
        client_seconds,
        settled_kib,
        failure: (!status.success()).then(|| format!("the client failed: {status}")),
    })
}

/// A port nobody listens on: the kernel picks one, and it is released for the server to take.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Waits until the server accepts a connection.
pub(crate) fn answers(port: u16, server: &mut Running) -> bool {
    let started = Instant::now();
    while started.elapsed() < PATIENCE && server.is_alive() {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return true;
        }
        sleep(Duration::from_millis(5));
    }
    false
}

fn resident_kib(pid: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}
