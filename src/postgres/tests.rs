//! Real clusters in temporary folders. As root they also cover the change of user.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use sqlx::postgres::PgPoolOptions;
use sqlx::{PgConnection, Row};
use tempfile::TempDir;

use super::account::Account;
use super::*;

/// A folder that the server's user can enter, unlike the default of `tempfile`.
fn temporary(mode: u32) -> TempDir {
    tempfile::Builder::new().prefix("veche-test-").permissions(fs::Permissions::from_mode(mode)).tempdir().unwrap()
}

fn settings(data: &Path) -> Settings {
    Settings { data: data.to_path_buf(), test: true }
}

async fn connect(cluster: &Cluster) -> PgConnection {
    cluster.connect_options("postgres").connect().await.unwrap()
}

async fn one<T>(connection: &mut PgConnection, sql: &'static str) -> T
where
    T: for<'a> sqlx::Decode<'a, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    sqlx::query(sql).fetch_one(connection).await.unwrap().get(0)
}

fn postmaster(data: &Path) -> u32 {
    let text = fs::read_to_string(data.join("pg/data/postmaster.pid")).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

fn signal(name: &str, pid: u32) {
    let status = Command::new("kill").args([name, &pid.to_string()]).status().unwrap();
    assert!(status.success());
}

#[tokio::test]
async fn keeps_data_and_knows_cyrillic() {
    let data = temporary(0o755);
    let begun = Instant::now();
    let cluster = Cluster::start(settings(data.path())).await.unwrap();
    println!("first start {:?}", begun.elapsed());
    assert!(cluster.is_owner());
    let (one_try, other_try) =
        tokio::join!(cluster.create_database_if_missing("вече \"2\""), cluster.create_database_if_missing("вече \"2\""),);
    one_try.unwrap();
    other_try.unwrap();
    cluster.create_database_if_missing("").await.unwrap_err();
    cluster.create_database_if_missing(&"б".repeat(32)).await.unwrap_err();

    let options = cluster.connect_options("вече \"2\"");
    let mut connection = options.connect().await.unwrap();
    assert_eq!(one::<String>(&mut connection, "select lower('ЁЖ')").await, "ёж");
    sqlx::raw_sql("create extension pg_trgm; create table kept as select 'да' as word").execute(&mut connection).await.unwrap();
    let alike = "select similarity('Яма на дороге', 'ямы на дорогах')";
    assert!(one::<f32>(&mut connection, alike).await > 0.3);
    assert_eq!(one::<String>(&mut connection, "show fsync").await, "off");
    assert_eq!(one::<String>(&mut connection, "show listen_addresses").await, "");
    // A connection that stays open must not hold up the end.
    cluster.stop().await.unwrap();
    drop(connection);

    let again = Settings { test: false, ..settings(data.path()) };
    let cluster = Cluster::start(again).await.unwrap();
    let mut connection = cluster.connect_options("вече \"2\"").connect().await.unwrap();
    assert_eq!(one::<String>(&mut connection, "select word from kept").await, "да");
    assert_eq!(one::<String>(&mut connection, "show fsync").await, "on");
    let outsiders = fs::metadata(&cluster.socket).unwrap().permissions().mode() & 0o077;
    assert_eq!(outsiders, 0, "others can enter the socket's folder");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn one_of_many_starts_owns() {
    let data = temporary(0o755);
    let start = || Cluster::start(settings(data.path()));
    let (a, b, c) = tokio::join!(start(), start(), start());
    let mut clusters = [a.unwrap(), b.unwrap(), c.unwrap()];
    assert_eq!(clusters.iter().filter(|it| it.is_owner()).count(), 1);
    clusters.sort_by_key(Cluster::is_owner);
    let [shared, late, owner] = clusters;
    shared.stop().await.unwrap();
    let mut connection = connect(&late).await;
    assert_eq!(one::<i32>(&mut connection, "select 1").await, 1, "a guest stopped it");
    owner.stop().await.unwrap();
    late.connect_options("postgres").connect().await.unwrap_err();
}

/// Not a test: the process that `survives_the_owners_death` kills. Does nothing when run by hand.
#[tokio::test]
async fn owning_process() {
    let Some(data) = std::env::var_os("VECHE_TEST_OWNER") else {
        return;
    };
    let cluster = Cluster::start(settings(Path::new(&data))).await.unwrap();
    println!("owner: {}", cluster.is_owner());
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// Starts `owning_process` in a process of its own; returns when its cluster is up.
fn spawn_owner(data: &Path) -> Child {
    let (_, module) = module_path!().split_once("::").unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg(format!("{module}::owning_process"))
        .env("VECHE_TEST_OWNER", data)
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let owns = output.lines().map_while(Result::ok).any(|it| it.ends_with("owner: true"));
    assert!(owns, "the helper did not start the cluster");
    child
}

#[tokio::test]
async fn survives_the_owners_death() {
    let data = temporary(0o755);
    let mut owner = spawn_owner(data.path());
    let guest = Cluster::start(settings(data.path())).await.unwrap();
    assert!(!guest.is_owner());
    let mut connection = connect(&guest).await;
    sqlx::raw_sql("create table kept (word text)").execute(&mut connection).await.unwrap();

    owner.kill().unwrap();
    owner.wait().unwrap();
    let begun = Instant::now();
    let mut next = spawn_owner(data.path());
    println!("start right after kill -9 of the owner {:?}", begun.elapsed());
    let mut connection = connect(&guest).await;
    let count = "select count(*) from kept";
    assert_eq!(one::<i64>(&mut connection, count).await, 0);

    // Without anybody to start it again, it must be gone promptly.
    let server = postmaster(data.path());
    next.kill().unwrap();
    next.wait().unwrap();
    let begun = Instant::now();
    while Path::new(&format!("/proc/{server}")).exists() {
        assert!(begun.elapsed() < Duration::from_secs(10), "still running");
        sleep(POLL).await;
    }
    println!("gone after kill -9 of the owner in {:?}", begun.elapsed());
}

#[tokio::test]
async fn stops_an_orphan_without_supervisor() {
    let data = temporary(0o755);
    let mut cluster = Cluster::start(settings(data.path())).await.unwrap();
    let server = postmaster(data.path());
    // The whole group of the supervisor is killed but the server, as a careless cleaner would.
    let group = fs::read_to_string(format!("/proc/{server}/stat")).unwrap();
    let group = group.rsplit(") ").next().unwrap().split(' ').nth(2).unwrap().to_owned();
    let members = Command::new("pgrep").args(["-g", &group]).output().unwrap();
    for pid in String::from_utf8(members.stdout).unwrap().lines().map(|it| it.parse().unwrap()) {
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap();
        if name.trim() == "sh" {
            signal("-KILL", pid);
        }
    }
    let server_child = cluster.server.take();
    drop(cluster);
    let next = Cluster::start(settings(data.path())).await.unwrap();
    assert!(next.is_owner());
    assert_ne!(postmaster(data.path()), server);
    drop(server_child);
    next.stop().await.unwrap();
}

#[tokio::test]
async fn is_kept_running() {
    let data = temporary(0o755);
    let owner = Cluster::start(settings(data.path())).await.unwrap();
    let guest = Cluster::start(settings(data.path())).await.unwrap();
    let pool = PgPoolOptions::new().connect_with(guest.connect_options("postgres")).await.unwrap();
    let answers = async |what: &str| {
        let begun = Instant::now();
        while sqlx::query("select 1").execute(&pool).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}: no database");
            sleep(POLL).await;
        }
        println!("{what}: back after {:?}", begun.elapsed());
        let server = postmaster(data.path());
        sleep(Duration::from_millis(500)).await;
        assert_eq!(postmaster(data.path()), server, "{what}: it does not stay up");
    };
    let keeper = tokio::spawn(guest.keep_running(std::future::pending()));
    answers("at first").await;
    owner.stop().await.unwrap();
    answers("after the owner's end").await;
    signal("-KILL", postmaster(data.path()));
    // The pool may have a connection that has not noticed yet.
    sleep(Duration::from_millis(100)).await;
    answers("after the server's death").await;
    pool.close().await;
    keeper.abort();
    let _ = keeper.await;
    // Dropping the value stopped the server; wait for that before the folder goes.
    let last = Cluster::start(settings(data.path())).await.unwrap();
    last.stop().await.unwrap();
}

#[tokio::test]
async fn long_paths_get_a_short_socket() {
    let data = temporary(0o755);
    let deep = data.path().join("очень-длинная-папка".repeat(5));
    let cluster = Cluster::start(settings(&deep)).await.unwrap();
    let path = cluster.socket.join(".s.PGSQL.5432");
    assert!(path.exists());
    assert!(path.as_os_str().len() < 90, "{}", path.display());
    let mut connection = connect(&cluster).await;
    assert_eq!(one::<i32>(&mut connection, "select 1").await, 1);
    let socket = cluster.socket.clone();
    cluster.stop().await.unwrap();
    let cluster = Cluster::start(settings(&deep)).await.unwrap();
    assert_eq!(cluster.socket, socket, "the place must not change between starts");
    cluster.stop().await.unwrap();
    fs::remove_dir_all(socket).unwrap();
}

#[tokio::test]
async fn a_closed_parent_is_got_around() {
    let data = temporary(0o700);
    let cluster = Cluster::start(settings(data.path())).await.unwrap();
    let mut connection = connect(&cluster).await;
    assert_eq!(one::<i32>(&mut connection, "select 1").await, 1);
    cluster.stop().await.unwrap();
    let link = data.path().join("pg");
    let home = fs::canonicalize(&link).unwrap();
    if rustix::process::geteuid().is_root() {
        assert!(home.starts_with("/var/lib"), "{}", home.display());
        fs::remove_dir_all(&home).unwrap();
        let error = Cluster::start(settings(data.path())).await.unwrap_err();
        assert!(error.to_string().contains("is gone"), "{error:#}");
    } else {
        assert_eq!(home, link);
    }
}

#[tokio::test]
async fn another_version_is_refused_clearly() {
    let data = temporary(0o755);
    let cluster = data.path().join("pg/data");
    fs::create_dir_all(&cluster).unwrap();
    fs::write(cluster.join("PG_VERSION"), "9\n").unwrap();
    let error = format!("{:#}", Cluster::start(settings(data.path())).await.unwrap_err());
    assert!(error.contains("made by PostgreSQL 9, which is not here (found "), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

#[tokio::test]
async fn a_reused_process_number_does_not_block() {
    let data = temporary(0o755);
    let cluster = Cluster::start(settings(data.path())).await.unwrap();
    let pid_file = data.path().join("pg/data/postmaster.pid");
    let socket_lock = cluster.socket.join(".s.PGSQL.5432.lock");
    let (pid_text, lock_text) = (fs::read_to_string(&pid_file).unwrap(), fs::read_to_string(&socket_lock).unwrap());
    let former = postmaster(data.path()).to_string();
    let account = Account::of(&data.path().join("pg")).unwrap();
    cluster.stop().await.unwrap();

    let mut stranger = account.command("sleep").arg("60").spawn().unwrap();
    let pid = stranger.id().unwrap().to_string();
    for (file, text) in [(pid_file, pid_text), (socket_lock, lock_text)] {
        fs::write(&file, text.replacen(&former, &pid, 1)).unwrap();
        account.give(&file).unwrap();
    }
    let begun = Instant::now();
    let cluster = Cluster::start(settings(data.path())).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(stranger.try_wait().unwrap().is_none(), "the stranger was stopped");
    stranger.kill().await.unwrap();
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let data = temporary(0o755);
    Cluster::start(settings(data.path())).await.unwrap().stop().await.unwrap();
    fs::write(data.path().join("pg/data/postgresql.conf"), "nonsense = 1\n").unwrap();
    let error = format!("{:#}", Cluster::start(settings(data.path())).await.unwrap_err());
    assert!(error.contains("did not start: ") && !error.contains('\n'), "{error}");
}
