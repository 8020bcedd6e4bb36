//! Finding PostgreSQL's own programs.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::account::Account;

/// The oldest major version that is accepted: the oldest that its makers still mend.
const OLDEST: u32 = 14;

/// A folder with `postgres`, `initdb` and `pg_ctl` of one version.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Takes the first usable programs of `$PG_BIN_DIR`, `<data>/postgres/bin`, `$PATH` and the places where
    /// distributions put them, newest first. With `major`, the version that made the existing cluster, only that one.
    pub(super) async fn find(data: &Path, account: Account, major: Option<u32>) -> Result<Programs> {
        let mut seen = Vec::new();
        for folder in candidates(data) {
            let postgres = folder.join("postgres");
            let Ok(text) = account.run(&postgres, &[OsStr::new("--version")]).await else {
                continue;
            };
            match parse_major(&text) {
                Some(found) if major.map_or(found >= OLDEST, |wanted| found == wanted) => {
                    return Ok(Programs { folder });
                }
                Some(found) => seen.push(format!("{found} in {}", folder.display())),
                None => {}
            }
        }
        let seen = seen.join(", ");
        match major {
            Some(wanted) => bail!(
                "the cluster in {}/pg was made by PostgreSQL {wanted}, which is not here{}: install postgresql-{wanted}, \
                 or move the data with pg_dump or pg_upgrade",
                data.display(),
                if seen.is_empty() { String::new() } else { format!(" (found {seen})") }
            ),
            None if seen.is_empty() => bail!(
                "PostgreSQL is missing (postgres, initdb, pg_ctl): install the package postgresql (Debian, Ubuntu), \
                 postgresql-server and postgresql-contrib (Fedora), postgresql and postgresql-contrib (Alpine), \
                 run script/server, or set PG_BIN_DIR"
            ),
            None => bail!("PostgreSQL {OLDEST} or newer is needed, found {seen}"),
        }
    }

    /// The path of one program.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The major version that made a cluster; none if the folder holds no cluster.
pub(super) fn cluster_major(cluster: &Path) -> Result<Option<u32>> {
    let file = cluster.join("PG_VERSION");
    match fs::read_to_string(&file) {
        Ok(text) => text.trim().parse().map(Some).with_context(|| format!("{} holds no version: {text:?}", file.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("failed to read {}", file.display())),
    }
}

fn candidates(data: &Path) -> Vec<PathBuf> {
    let given = std::env::var_os("PG_BIN_DIR").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = given
        .into_iter()
        .chain([data.join("postgres/bin")])
        .chain(std::env::split_paths(&path))
        .chain(versions("/usr/lib/postgresql", "bin"))
        .chain(versions("/usr/libexec", ""))
        .filter_map(|folder| resolve(&folder))
        .collect();
    let mut known = std::collections::HashSet::new();
    folders.retain(|folder| known.insert(folder.clone()));
    folders
}

/// Follows links, as `/usr/local/bin/postgres` may be one into a folder that has the rest.
fn resolve(folder: &Path) -> Option<PathBuf> {
    let postgres = fs::canonicalize(folder.join("postgres")).ok()?;
    let folder = postgres.parent()?;
    let complete = ["initdb", "pg_ctl"].iter().all(|it| folder.join(it).is_file());
    complete.then(|| folder.to_path_buf())
}

/// The folders of `root` named by a version, or `postgresql` and a version, newest first, each with `inner` appended.
fn versions(root: &str, inner: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let name = name.to_str()?;
            let major = name.strip_prefix("postgresql").unwrap_or(name).parse().ok()?;
            Some((major, entry.path().join(inner)))
        })
        .collect();
    found.sort_by(|one, other| other.cmp(one));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// The major version in what `postgres --version` prints, like `postgres (PostgreSQL) 17.10 (Debian …)`, `18beta1`.
fn parse_major(text: &str) -> Option<u32> {
    let version = text.split_once("(PostgreSQL) ")?.1;
    let digits = version.split(|it: char| !it.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse_major;

    #[test]
    fn reads_versions() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(parse_major(debian), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_major("postgres (PostgreSQL) 9.6.24\n"), Some(9));
        assert_eq!(parse_major("postgres (PostgreSQL) \n"), None);
        assert_eq!(parse_major("mysqld 8.0"), None);
    }
}
