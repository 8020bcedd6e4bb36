//! The folders of a cluster: `data` (the cluster itself), `socket` and `server.log` in one home.

use std::fs::{self, DirBuilder, Permissions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use tracing::warn;

use super::account::Account;

/// Where clusters go whose data folder the server's user cannot enter.
const STATE: &str = "/var/lib/veche";
/// The longest path of a socket in bytes; systems allow 92 to 108.
const SOCKET_PATH_LIMIT: usize = 90;
const SOCKET_NAME: &str = "/.s.PGSQL.5432";

/// The folder of one cluster, and who runs it.
#[derive(Debug)]
pub(super) struct Home {
    folder: PathBuf,
    pub(super) account: Account,
}

impl Home {
    /// Finds or makes the cluster's home for a data folder: `<data>/pg`, or what that links to.
    ///
    /// As root, if the server's user cannot enter it (a parent is closed, like `/root`), the home is made under the
    /// system's state directory and `<data>/pg` becomes a link to it.
    pub(super) async fn prepare(data: &Path) -> Result<Home> {
        let link = data.join("pg");
        if link.is_symlink() && !link.exists() {
            bail!("{} links to a folder that is gone: bring it back, or remove the link to start with an empty database", link.display());
        }
        let account = Account::of(&link)?;
        if !link.exists() {
            private_folder(&link)?;
        }
        account.give(&link)?;
        // Where an earlier start had to link to, the way there does not lead through the closed parent.
        if !account.can_enter(&fs::canonicalize(&link)?).await? {
            // Refuses a folder that is not empty: what is in there must not vanish behind a link.
            fs::remove_dir(&link).with_context(|| {
                let link = link.display();
                format!("the user that runs PostgreSQL cannot enter {link}, which is not empty: open its parents")
            })?;
            let state = state_folder(Path::new(STATE))?;
            account.give(&state)?;
            symlink(&state, &link)?;
            ensure!(account.can_enter(&state).await?, "the user that runs PostgreSQL cannot enter {}", state.display());
            warn!("the user that runs PostgreSQL cannot enter {}: the database is kept in {}", data.display(), state.display());
        }
        let folder = fs::canonicalize(&link)?;
        Ok(Home { folder, account })
    }

    /// The cluster itself, as `initdb` made it.
    pub(super) fn cluster(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Where `initdb` works; renamed when it is done, so that a half-made cluster is never taken for one. Each process
    /// has its own: the `initdb` of one that was killed may still be writing. What such ones left is removed.
    pub(super) fn unfinished(&self) -> Result<PathBuf> {
        const PREFIX: &str = "data.unfinished-";
        for entry in fs::read_dir(&self.folder)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(PREFIX)
                && let Err(error) = fs::remove_dir_all(entry.path())
            {
                warn!(%error, "failed to remove {}", entry.path().display());
            }
        }
        Ok(self.folder.join(format!("{PREFIX}{}", std::process::id())))
    }

    /// What the server wrote.
    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// The folder of the socket, made if missing; a short one outside if the home's path is too long for a socket.
    pub(super) fn socket(&self) -> Result<PathBuf> {
        let inside = self.folder.join("socket");
        let folder = if inside.as_os_str().len() + SOCKET_NAME.len() < SOCKET_PATH_LIMIT {
            inside
        } else {
            let mut hasher = DefaultHasher::new();
            self.folder.hash(&mut hasher);
            PathBuf::from(format!("/tmp/veche-{:016x}", hasher.finish()))
        };
        match private_folder(&folder) {
            Ok(()) => self.account.give(&folder)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("failed to make {}", folder.display()));
            }
        }
        // Others can write where the short path is: nobody may have put a folder or link of theirs in its place.
        let found = fs::symlink_metadata(&folder)?;
        ensure!(
            found.is_dir() && found.uid() == self.account.uid() && found.mode() & 0o077 == 0,
            "{} is not a private folder of PostgreSQL's user: remove it",
            folder.display()
        );
        Ok(folder)
    }
}

fn private_folder(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Makes a new private folder under `state`, which is opened for others to pass.
fn state_folder(state: &Path) -> Result<PathBuf> {
    let made = fs::create_dir_all(state).and_then(|()| fs::set_permissions(state, Permissions::from_mode(0o755)));
    made.with_context(|| format!("failed to make {}", state.display()))?;
    for number in 1_u32.. {
        let folder = state.join(format!("pg-{number}"));
        match private_folder(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("failed to make {}", folder.display()));
            }
        }
    }
    bail!("{} is full", state.display())
}
