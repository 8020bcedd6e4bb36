//! One server process: made, started, watched and stopped.

use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::{Child, ChildStdin};
use tokio::time::sleep;
use tracing::{debug, info};

use super::folder::Home;
use super::programs::{Programs, cluster_major};
use super::{POLL, Settings, USER, reachable};

/// Runs the command in its arguments until that ends, or until standard input does: then tells it to shut down fast
/// (SIGINT closes connections, rolls back and writes all). The only writer of standard input is the owner, so this works
/// however the owner ends. The watching part outlives its shell.
const SUPERVISOR: &str = r#"
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{ read -r line <&3; kill -INT "$server"; } &
watcher=$!
exec 3<&-
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"
"#;

/// What a server says that meets the remains of one killed just before; they are gone a moment later.
const PASSING: [&str; 2] = ["\" already exists", "pre-existing shared memory block"];
const RETRY: Duration = Duration::from_millis(200);
/// The log is emptied at a start when it is larger, in bytes.
const LOG_LIMIT: u64 = 1 << 20;

/// A server that this process supervises; it stops when the value is dropped.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    /// The standard input of the supervisor; closing it stops the server. Kept apart, as waiting for a child closes its.
    lifeline: ChildStdin,
}

impl Server {
    /// Makes the cluster if there is none and starts the server. Returns it and the folder of its socket once it takes
    /// connections. Only for the holder of the lock.
    pub(super) async fn start(settings: &Settings) -> Result<(Server, PathBuf)> {
        let home = Home::prepare(&settings.data).await?;
        let major = cluster_major(&home.cluster())?;
        let programs = Programs::find(&settings.data, home.account, major).await?;
        if major.is_none() {
            initialise(settings, &home, &programs).await?;
        }
        let socket = home.socket()?;
        stop_orphan(&home, &programs).await?;
        loop {
            let (mut server, log_start) = Server::spawn(settings, &home, &programs, &socket)?;
            loop {
                if server.child.try_wait()?.is_some() {
                    break;
                }
                match reachable(&socket).await {
                    Ok(()) => {
                        debug!(socket = %socket.display(), "PostgreSQL is ready");
                        return Ok((server, socket));
                    }
                    Err(_) => sleep(POLL).await,
                }
            }
            let said = read_from(&home.log(), log_start);
            if !PASSING.iter().any(|it| said.contains(it)) {
                let reason = said.lines().find(|it| it.contains("FATAL:")).or(said.lines().last());
                bail!("PostgreSQL did not start: {} (more in {})", reason.unwrap_or("it said nothing"), home.log().display());
            }
            sleep(RETRY).await;
        }
    }

    /// Starts the process under its supervisor. Returns it, hardly begun, and the length of the log before.
    fn spawn(settings: &Settings, home: &Home, programs: &Programs, socket: &Path) -> Result<(Server, u64)> {
        let log_path = home.log();
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log_path)
            .with_context(|| format!("failed to open {}", log_path.display()))?;
        if log.metadata()?.len() > LOG_LIMIT {
            log.set_len(0)?;
        }
        let log_start = log.metadata()?.len();
        let mut command = home.account.command("/bin/sh");
        command.args(["-c", SUPERVISOR, "veche-postgres"]).arg(programs.path("postgres")).arg("-D").arg(home.cluster());
        for setting in server_settings(settings, socket) {
            command.arg("-c").arg(setting);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // A terminal's Ctrl-C is for the owner, who still needs the database to end in good order.
            .process_group(0)
            .spawn()
            .context("failed to start the supervisor of PostgreSQL")?;
        let lifeline = child.stdin.take().context("the supervisor of PostgreSQL has no standard input")?;
        Ok((Server { child, lifeline }, log_start))
    }

    /// Waits until the server ends by itself.
    pub(super) async fn ended(&mut self) -> String {
        describe(self.child.wait().await)
    }

    /// Shuts the server down and waits for its end.
    pub(super) async fn stop(self) -> Result<()> {
        let Server { mut child, lifeline } = self;
        drop(lifeline);
        let status = child.wait().await;
        if !matches!(&status, Ok(status) if status.success()) {
            bail!("PostgreSQL did not shut down cleanly: {}", describe(status));
        }
        Ok(())
    }
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}

/// Makes a new cluster. The locale matters: under plain C, letters outside ASCII have no case and pg_trgm skips them.
/// C.UTF-8 sorts by code point and never changes with the system's libraries, which would corrupt indexes.
async fn initialise(settings: &Settings, home: &Home, programs: &Programs) -> Result<()> {
    let unfinished = home.unfinished()?;
    info!("making the database in {}", home.cluster().display());
    let user = format!("--username={USER}");
    let mut arguments: Vec<&OsStr> =
        ["--encoding=UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject", &user, "--pgdata"].map(OsStr::new).to_vec();
    arguments.push(unfinished.as_os_str());
    if settings.test {
        arguments.push(OsStr::new("--no-sync"));
    }
    home.account.run(&programs.path("initdb"), &arguments).await?;
    fs::rename(&unfinished, home.cluster()).context("failed to put the new cluster in its place")
}

/// Ends a server whose owner is gone. It is usually ending already; one whose supervisor was killed as well is not.
async fn stop_orphan(home: &Home, programs: &Programs) -> Result<()> {
    let cluster = home.cluster();
    let Ok(text) = fs::read_to_string(cluster.join("postmaster.pid")) else {
        return Ok(());
    };
    let Some(pid) = text.lines().next().and_then(|it| it.parse::<u32>().ok()) else {
        return Ok(());
    };
    // The server works in its cluster's folder. Asked as its user, since root in a container may not look.
    let link = format!("/proc/{pid}/cwd");
    let folder = home.account.run(Path::new("readlink"), &[OsStr::new(&link)]).await;
    match folder {
        Ok(folder) if Path::new(folder.trim_end_matches('\n')) == cluster => {
            info!("waiting for the former PostgreSQL server to end");
            let arguments = ["stop", "--mode=fast", "--wait", "--timeout=100", "--silent", "-D"];
            let mut arguments: Vec<&OsStr> = arguments.map(OsStr::new).to_vec();
            arguments.push(cluster.as_os_str());
            // It may end before it is asked to; if it does not end at all, the start says so.
            home.account.run(&programs.path("pg_ctl"), &arguments).await.ok();
            Ok(())
        }
        // Another process has its number now (in a container numbers repeat) and would be taken for the server.
        Ok(_) => {
            fs::remove_file(cluster.join("postmaster.pid"))?;
            fs::remove_file(home.socket()?.join(".s.PGSQL.5432.lock"))
                .or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
            Ok(())
        }
        Err(_) => Ok(()),
    }
}

/// The configuration is given on the command line, so that it is the same whichever version made the cluster.
fn server_settings(settings: &Settings, socket: &Path) -> Vec<OsString> {
    // The folder stands in a list, where a quoted item may hold commas and spaces.
    let folder = socket.to_string_lossy().replace('"', "\"\"");
    let mut all = vec![format!("unix_socket_directories=\"{folder}\"")];
    let common = [
        "listen_addresses=",
        "unix_socket_permissions=0700",
        "timezone=UTC",
        "log_timezone=UTC",
        "jit=off",
        // What a statement did wrong is its sender's to log, without the personal data that the server would add.
        "log_min_messages=log",
        "log_min_error_statement=panic",
        "log_checkpoints=off",
    ];
    let durable = ["fsync=on", "synchronous_commit=on", "full_page_writes=on", "max_connections=100"];
    let fast = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=500"];
    let mode = if settings.test { fast } else { durable };
    all.extend(common.into_iter().chain(mode).map(String::from));
    all.into_iter().map(OsString::from).collect()
}

/// What was appended to a log since it had `start` bytes; nothing if it cannot be read.
fn read_from(log: &Path, start: u64) -> String {
    let mut text = Vec::new();
    let read = fs::File::open(log).and_then(|mut file| {
        file.seek(SeekFrom::Start(start))?;
        file.read_to_end(&mut text)
    });
    match read {
        Ok(_) => String::from_utf8_lossy(&text).into_owned(),
        Err(error) => format!("its log cannot be read: {error}"),
    }
}
