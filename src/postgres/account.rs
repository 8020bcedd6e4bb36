//! The operating system's user that the server runs as: PostgreSQL refuses to run as root.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Output;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

/// Who runs the server's programs: this process's own user, or another one if this process is root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    /// User and group to change to; none to stay who we are.
    other: Option<(u32, u32)>,
}

impl Account {
    /// Chooses the account for a cluster folder, which may not exist yet: as root its owner, or else `postgres` or
    /// `nobody`, whichever the system knows.
    pub(super) fn of(folder: &Path) -> Result<Account> {
        let me = rustix::process::geteuid().as_raw();
        let owner = fs::metadata(folder).ok().map(|it| (it.uid(), it.gid()));
        match owner {
            Some((uid, _)) if me != 0 && uid != me => {
                bail!("{} belongs to user {uid}, this is user {me}: run as that user or as root", folder.display())
            }
            _ if me != 0 => Ok(Account { other: None }),
            Some((uid, gid)) if uid != 0 => Ok(Account { other: Some((uid, gid)) }),
            _ => {
                let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
                let other = find_user(&users, "postgres").or_else(|| find_user(&users, "nobody"));
                let other = other.context(
                    "PostgreSQL cannot run as root and there is no user postgres or nobody: \
                     add one, or run as another user",
                )?;
                Ok(Account { other: Some(other) })
            }
        }
    }

    /// A command that runs as this account, in a known environment: `PG*` variables, locale and working folder of the
    /// caller must not leak into the server.
    pub(super) fn command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
        if let Some((uid, gid)) = self.other {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Runs a program to its end and returns what it printed; an error of its last lines if it failed.
    pub(super) async fn run(self, program: &Path, arguments: &[&OsStr]) -> Result<String> {
        let name = program.display();
        let Output { status, stdout, stderr } =
            self.command(program).args(arguments).kill_on_drop(true).output().await.with_context(|| format!("failed to run {name}"))?;
        if !status.success() {
            let said = String::from_utf8_lossy(&stderr);
            bail!("{name} failed ({status}): {}", said.trim().replace('\n', "; "));
        }
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    }

    /// Whether the account may enter a folder, as the kernel sees it (parents, groups, access lists).
    pub(super) async fn can_enter(self, folder: &Path) -> Result<bool> {
        if self.other.is_none() {
            return Ok(true);
        }
        let entered = self
            .command("/bin/sh")
            .args(["-c", "cd -- \"$1\" 2>/dev/null", "sh"])
            .arg(folder)
            .status()
            .await
            .context("failed to change to the user that runs PostgreSQL")?;
        Ok(entered.success())
    }

    /// The number of the user that it stands for.
    pub(super) fn uid(self) -> u32 {
        self.other.map_or_else(|| rustix::process::geteuid().as_raw(), |(uid, _)| uid)
    }

    /// Makes the account the owner of a file or folder.
    pub(super) fn give(self, path: &Path) -> Result<()> {
        match self.other {
            Some((uid, gid)) => {
                chown(path, Some(uid), Some(gid)).with_context(|| format!("failed to change the owner of {}", path.display()))
            }
            None => Ok(()),
        }
    }
}

/// User and group of a name in the text of `/etc/passwd`; root's are never returned.
fn find_user(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (uid != 0).then_some((uid, gid))
    })
}

#[cfg(test)]
mod tests {
    use super::find_user;

    #[test]
    fn finds_users() {
        let text = "root:x:0:0:root:/root:/bin/sh\nbad\npostgres2:x:7:8::/:\npostgres:x:101:104:,,,:/:\nx:x:0:0::/:\n";
        assert_eq!(find_user(text, "postgres"), Some((101, 104)));
        assert_eq!(find_user(text, "nobody"), None);
        assert_eq!(find_user(text, "x"), None, "never root");
        assert_eq!(find_user(text, "bad"), None);
    }
}
