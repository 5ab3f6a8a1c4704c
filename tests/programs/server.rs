//! A program that stays until it is told to stop.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::site::{self, Site};

/// A server takes no longer to start or to stop, on a loaded machine either.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. Whatever happens to the test, it does not outlive this value.
pub(crate) struct Server {
    child: Child,
    stderr: PathBuf,
}

impl Server {
    /// Starts a server, waits until it is `ready` and makes sure that it runs with the
    /// library if this run does.
    pub(crate) fn start(site: &Site, command: &mut Command, ready: impl Fn() -> bool) -> Self {
        let (child, _, stderr) = site.start(command);
        let mut server = Self { child, stderr };
        let end = Instant::now() + PATIENCE;
        while !ready() {
            let ended = server.child.try_wait().expect("the process is ours");
            assert!(ended.is_none(), "{command:?} ended: {ended:?}\n{}", server.said());
            assert!(Instant::now() < end, "{command:?} is not ready\n{}", server.said());
            thread::sleep(Duration::from_millis(20));
        }
        site.assert_mapped_in(server.child.id());
        server
    }

    /// Sends a signal that does not end the server.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the process is ours");
    }

    /// The processes that the server has started and that still run.
    pub(crate) fn children(&self) -> Vec<u32> {
        let id = self.child.id();
        let list = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        list.expect("a live server").split_whitespace().map(|n| n.parse().unwrap()).collect()
    }

    /// Asks the server to end by a signal; it must do so in order.
    pub(crate) fn stop(mut self, signal: Signal) {
        self.signal(signal);
        let status = site::wait(&mut self.child, PATIENCE);
        assert!(status.is_some(), "the server does not stop\n{}", self.said());
        let status = status.expect("it stopped");
        assert!(status.success(), "the server ended with {status}\n{}", self.said());
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        site::kill_group(&self.child);
        drop(self.child.wait());
    }
}

/// A port that nobody listens on. Another program could take it before the server does, but
/// the kernel hands out ports in an order that makes this rare.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Whether something answers on a port of this machine.
pub(crate) fn listens(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Opens a connection on which a server that stays silent is a failure.
pub(crate) fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("a listening server");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    // Small requests go out at once, not when the answer to the last one is confirmed.
    stream.set_nodelay(true).expect("a connection without delays");
    stream
}

/// Sends `request` and returns everything until the server closes the connection.
pub(crate) fn ask(port: u16, request: &str) -> Vec<u8> {
    let mut stream = connect(port);
    stream.write_all(request.as_bytes()).expect("the request is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the answer is read");
    answer
}
