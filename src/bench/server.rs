use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

const START_LIMIT: Duration = Duration::from_secs(60);

/// A server process of our own executable on loopback. It ends when the value is dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    proc: PathBuf,
}

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// What it holds now.
    pub resident: u64,
    /// The most that it held since [`Server::forget_peak`].
    pub peak: u64,
}

impl Server {
    /// Starts one and waits until it is ready. `settings` are variables `VECHE_…`; what this process was given of them is not
    /// passed on.
    ///
    /// # Errors
    /// It did not come up; the message ends with what it said.
    pub async fn start(data: &Path, settings: &[(String, String)]) -> Result<Self> {
        fs::create_dir_all(data)?;
        let log = data.join("server.log");
        let mut command = Command::new(std::env::current_exe().context("failed to find the own executable")?);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("VECHE_") || name == "DATABASE_URL") {
                command.env_remove(name);
            }
        }
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .kill_on_drop(true)
            .spawn()
            .context("failed to start a server")?;
        let mut lines = BufReader::new(child.stdout.take().context("the server has no standard output")?).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(rest) = line.strip_prefix("Veche listens on http://") {
                    return Ok(rest.split(' ').next().unwrap_or_default().parse::<SocketAddr>()?);
                }
            }
            bail!("the server ended: {}", fs::read_to_string(&log).unwrap_or_default().trim())
        };
        let address = timeout(START_LIMIT, ready).await.context("the server did not come up in a minute")??;
        // It must not find its standard output closed.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let id = child.id().context("the server ended at once")?;
        Ok(Self { child, address, proc: PathBuf::from(format!("/proc/{id}")) })
    }

    /// Whether it is still there.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Processor time used so far by the threads that it has now.
    ///
    /// # Errors
    /// The process is gone, or the kernel keeps no such account.
    pub fn cpu(&self) -> Result<Duration> {
        let mut nanoseconds = 0;
        for thread in fs::read_dir(self.proc.join("task"))?.flatten() {
            // A thread that ended just now is left out.
            if let Ok(text) = fs::read_to_string(thread.path().join("schedstat")) {
                nanoseconds += text.split(' ').next().unwrap_or_default().parse::<u64>().context("failed to read schedstat")?;
            }
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Memory in use.
    ///
    /// # Errors
    /// The process is gone.
    pub fn memory(&self) -> Result<Memory> {
        let status = fs::read_to_string(self.proc.join("status"))?;
        let bytes = |name: &str| -> Result<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("the kernel tells no {name}"))?;
            Ok(line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
        };
        Ok(Memory { resident: bytes("VmRSS")?, peak: bytes("VmHWM")? })
    }

    /// Starts the peak of its memory anew.
    ///
    /// # Errors
    /// The process is gone, or belongs to somebody else.
    pub fn forget_peak(&self) -> Result<()> {
        // 5 resets the peak of the resident set (proc(5), clear_refs).
        fs::write(self.proc.join("clear_refs"), "5").context("failed to reset the peak of the memory")
    }

    /// Ends it: what it holds is not worth anything.
    ///
    /// # Errors
    /// It does not end.
    pub async fn end(mut self) -> Result<()> {
        self.child.kill().await.context("failed to end a server")
    }
}
