//! sshd over loopback. It starts itself anew for each connection, and the part that talks
//! to strangers runs under a filter that kills it for a system call out of the ordinary.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::Signal;

use crate::program::{ORDINARY, Program};
use crate::server::{Server, free_port, listens};
use crate::site::{Site, digest};

/// Where a server that runs as root locks up the part that talks to strangers. A package
/// makes it only when its service starts.
const EMPTY_FOLDER: &str = "/run/sshd";

fn job(site: &Site) -> String {
    for (file, kind) in [("host", "ed25519"), ("client", "rsa"), ("other", "ecdsa")] {
        site.run("ssh-keygen", &["-q", "-t", kind, "-N", "", "-f", file]);
    }
    let keys = [site.path("client.pub"), site.path("other.pub")];
    let keys: String = keys.iter().map(|key| fs::read_to_string(key).unwrap()).collect();
    site.write("authorized", keys);
    fs::set_permissions(site.path("authorized"), PermissionsExt::from_mode(0o600)).unwrap();
    let made = site.is_root() && !Path::new(EMPTY_FOLDER).exists();
    if made {
        fs::create_dir(EMPTY_FOLDER).expect("root may make it");
    }
    let port = free_port();
    site.write(
        "sshd_config",
        format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\n\
             PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\n\
             PermitRootLogin prohibit-password\nPrintMotd no\nPrintLastLog no\n\
             Subsystem sftp internal-sftp\nLogLevel VERBOSE\n",
            site.text_path("host"),
            site.text_path("authorized")
        ),
    );
    let mut command = site.command("sshd");
    command.args(["-D", "-e", "-f", &site.text_path("sshd_config")]);
    let server = Server::start(site, &mut command, || listens(port));
    let answer = sessions(site, port);
    server.stop(Signal::TERM);
    if made {
        fs::remove_dir(EMPTY_FOLDER).expect("it is empty");
    }
    answer
}

fn sessions(site: &Site, port: u16) -> String {
    let user = site.run("id", &["-un"]);
    let target = format!("{}@127.0.0.1", user.trim());
    let port = port.to_string();
    let login = |key| {
        [
            "-F",
            "none",
            "-i",
            key,
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "BatchMode=yes",
            "-o",
            "UserKnownHostsFile=known",
            "-o",
            "LogLevel=ERROR",
            "-o",
            "Compression=yes",
        ]
    };
    let mut answer = String::new();
    for key in ["client", "other"] {
        let words = [&login(key)[..], &["-p", &port, &target, "echo in; printf '%s ' \"$0\" end"]];
        answer += &site.run("ssh", &words.concat());
    }
    // Much data in both directions at once.
    let data: String =
        (0..300_000_u64).map(|n| format!("{:08} line\n", n * 7919 % 1_000_003)).collect();
    let words = [&login("client")[..], &["-p", &port, &target, "sort | sort -r | cat"]].concat();
    answer += &digest(site.run_with_input("ssh", &words, &data).as_bytes());
    site.write("sent", &data);
    let sent = format!("{target}:{}", site.text_path("received"));
    site.run("scp", &[&login("client")[..], &["-q", "-P", &port, "sent", &sent]].concat());
    answer + &site.digest("received")
}

#[test]
fn sshd() {
    let program = Program {
        name: "sshd",
        package: "openssh-server and openssh-client",
        binaries: &["sshd", "ssh", "scp", "ssh-keygen", "id"],
        job,
        ..ORDINARY
    };
    program.same_with_and_without();
}
