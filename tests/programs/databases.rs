//! SQLite, PostgreSQL and MariaDB.

use rustix::process::Signal;

use crate::program::{ORDINARY, Program};
use crate::server::Server;
use crate::site::Site;

const SQLITE: &str = include_str!("jobs/sqlite.sql");

#[test]
fn sqlite3() {
    let program = Program {
        name: "sqlite3",
        package: "sqlite3",
        binaries: &["sqlite3"],
        job: |site| {
            let answer = site.run_with_input("sqlite3", &["-batch", "-bail", "file.db"], SQLITE);
            answer + &site.run("sqlite3", &["-batch", "-readonly", "file.db", ".dump item"])
        },
        ..ORDINARY
    };
    program.same_with_and_without();
}

/// The answers do not depend on the order in which the load before them ran.
const POSTGRESQL: &str = include_str!("jobs/postgresql.sql");

fn postgresql_job(site: &Site) -> String {
    let folder = site.text_path("data");
    site.run("initdb", &["-D", &folder, "--no-sync", "-A", "trust", "-U", "tester", "-E", "UTF8"]);
    let sockets = site.text_path(".");
    let mut command = site.command("postgres");
    // An empty list of addresses: only the socket in the run's folder is listened on.
    command.args(["-D", &folder, "-k", &sockets, "-c", "listen_addresses=", "-c", "fsync=off"]);
    let login = ["-h", &sockets, "-U", "tester"];
    let ready = [&login[..], &["-d", "postgres", "-q"]].concat();
    let server = Server::start(site, &mut command, || site.succeeds("pg_isready", &ready));
    site.run("pgbench", &[&login[..], &["-i", "-q", "-s", "1", "postgres"]].concat());
    let load = ["-c", "8", "-j", "2", "-t", "100", "-M", "prepared", "postgres"];
    site.run("pgbench", &[&login[..], &load].concat());
    let psql = ["-d", "postgres", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"];
    let arguments = [&login[..], &psql].concat();
    let answer = site.run_with_input("psql", &arguments, POSTGRESQL);
    // The processes at work are forks of the server, and must have the library as it has.
    let workers = server.children();
    assert!(!workers.is_empty(), "the server has started nobody");
    workers.iter().for_each(|process| site.assert_mapped_in(*process));
    server.stop(Signal::INT);
    answer
}

#[test]
fn postgresql() {
    let program = Program {
        name: "postgresql",
        package: "postgresql",
        binaries: &["initdb", "postgres", "pgbench", "psql", "pg_isready"],
        unprivileged: true,
        job: postgresql_job,
        ..ORDINARY
    };
    program.same_with_and_without();
}

const MARIADB: &str = include_str!("jobs/mariadb.sql");

fn mariadb_job(site: &Site) -> String {
    let folder = site.text_path("data");
    let folder_option = format!("--datadir={folder}");
    let install = ["--no-defaults", &folder_option, "--skip-test-db", "--skip-name-resolve"];
    let method = "--auth-root-authentication-method=normal";
    site.run("mariadb-install-db", &[&install[..], &[method]].concat());
    let socket = format!("--socket={}", site.text_path("socket"));
    let mut command = site.command("mariadbd");
    command.args(["--no-defaults", &folder_option, &socket, "--skip-networking"]);
    command.arg(format!("--pid-file={}", site.text_path("pid")));
    command.args(["--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0"]);
    let login = ["--no-defaults", &socket, "-u", "root"];
    let ready = [&login[..], &["-e", "SELECT 1"]].concat();
    let server = Server::start(site, &mut command, || site.succeeds("mariadb", &ready));
    let load = ["--concurrency=8", "--iterations=1", "--number-of-queries=800"];
    let kind = ["--auto-generate-sql", "--auto-generate-sql-load-type=mixed", "--silent"];
    site.run("mariadb-slap", &[&login[..], &load, &kind].concat());
    let answer = site.run_with_input("mariadb", &[&login[..], &["--batch"]].concat(), MARIADB);
    server.stop(Signal::TERM);
    answer
}

#[test]
fn mariadb() {
    let program = Program {
        name: "mariadb",
        package: "mariadb-server and mariadb-client",
        binaries: &["mariadb-install-db", "mariadbd", "mariadb", "mariadb-slap"],
        unprivileged: true,
        job: mariadb_job,
        ..ORDINARY
    };
    program.same_with_and_without();
}
