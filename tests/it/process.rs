//! Real processes of the program.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// The secret key of every process of the tests.
pub const KEY: &str = "0707070707070707070707070707070707070707070707070707070707070707";

/// The program on a database, with a data folder; a worker that is gone is noticed within three seconds.
pub fn command(database: &str, data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
    // What the tests are told that way is no setting of the program.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("VECHE_")) {
        command.env_remove(name);
    }
    command
        .args(args)
        .arg("--data")
        .arg(data)
        .env("DATABASE_URL", database)
        .env("VECHE_SECRETS_KEY", KEY)
        .env("VECHE_WORKER_HEARTBEAT_SECONDS", "1")
        .env("VECHE_WORKER_DEAD_AFTER_SECONDS", "3")
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// Starts it and waits until it works: the process and, of a server, its address (empty for a worker, and for one that ended
/// before it came so far).
pub fn spawn(mut command: Command) -> (Child, String) {
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let listens = line.strip_prefix("Veche listens on ").map(|l| l.split(' ').next().unwrap_or_default().to_owned());
        listens.or_else(|| line.starts_with("Veche works on").then(String::new))
    });
    std::thread::spawn(move || lines.for_each(drop));
    (child, ready.unwrap_or_default())
}
