//! Whole mailboxes: a real Dovecot on one side, a platform that fails on the other, and a wire that breaks in between.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod support;

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use support::{Bot, Platform};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};
use veche_email::{Mailbox, Settings, Tls};

const MAILS: usize = 200;
const SEEDS: u64 = 20;
/// Who Dovecot runs as where the tests are run by root.
const NOBODY: u32 = 65534;

/// A Dovecot of the test's own, in a folder of its own, without any rights.
struct Dovecot {
    folder: TempDir,
    child: Child,
    port: u16,
}

impl Dovecot {
    async fn start() -> Self {
        let places = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/usr/local/sbin";
        let program = places.split(':').map(|place| Path::new(place).join("dovecot")).find(|p| p.exists());
        let program = program.expect("Dovecot is missing: install dovecot-imapd (script/test does)");
        let folder = tempfile::Builder::new().prefix("vd").tempdir_in("/tmp").unwrap();
        let path = folder.path().display();
        for inner in ["run", "state", "mail", "home"] {
            fs::create_dir(folder.path().join(inner)).unwrap();
        }
        let is_root = fs::metadata(folder.path()).unwrap().uid() == 0;
        let id = |flag: &str| {
            let found = Command::new("id").args([flag, "-n"]).output().unwrap().stdout;
            String::from_utf8(found).unwrap().trim().to_owned()
        };
        let (user, group) = if is_root { ("nobody".into(), "nogroup".into()) } else { (id("-u"), id("-g")) };
        // Free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = format!(
            "base_dir = {path}/run\nstate_dir = {path}/state\nlog_path = {path}/log\nprotocols = imap\nlisten = 127.0.0.1\nssl = no\n\
             default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n\
             service imap-login {{\n chroot =\n inet_listener imap {{\n port = {port}\n }}\n inet_listener imaps {{\n port = 0\n }}\n}}\n\
             service anvil {{\n chroot =\n}}\nservice stats {{\n chroot =\n}}\nmail_location = maildir:{path}/mail/%u\n\
             auth_mechanisms = plain login\ndisable_plaintext_auth = no\nfirst_valid_uid = 0\ndefault_vsz_limit = 0\nmail_fsync = never\n\
             mail_max_userip_connections = 100\n\
             passdb {{\n driver = static\n args = password=geheim\n}}\n\
             userdb {{\n driver = static\n args = uid={user} gid={group} home={path}/home/%u\n}}\n"
        );
        let file = folder.path().join("dovecot.conf");
        fs::write(&file, settings).unwrap();
        let mut command = Command::new(program);
        // In a group of its own: what ends it ends nobody else.
        command.process_group(0);
        command.args(["-F", "-c"]).arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if is_root {
            for inner in ["", "run", "state", "mail", "home", "dovecot.conf"] {
                chown(folder.path().join(inner), Some(NOBODY), Some(NOBODY)).unwrap();
            }
            command.uid(NOBODY).gid(NOBODY);
        }
        let child = command.spawn().unwrap();
        let dovecot = Self { folder, child, port };
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return dovecot;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("Dovecot does not start: {}", fs::read_to_string(dovecot.folder.path().join("log")).unwrap_or_default());
    }

    fn account(&self, name: &str) -> Account {
        let folder = self.folder.path().join("mail").join(name);
        for inner in ["", "cur", "new", "tmp"] {
            fs::create_dir_all(folder.join(inner)).unwrap();
            own(&folder.join(inner));
        }
        Account { folder, name: name.to_owned() }
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Its children end with it.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Gives a file to whom Dovecot runs as.
fn own(path: &Path) {
    if fs::metadata(path).unwrap().uid() == 0 {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

struct Account {
    folder: PathBuf,
    name: String,
}

impl Account {
    /// Puts a message into the mailbox as a delivery does.
    fn deliver(&self, number: usize, raw: &[u8]) {
        let name = format!("{}.{number}.host", 1_700_000_000 + number);
        let written = self.folder.join("tmp").join(&name);
        fs::write(&written, raw).unwrap();
        own(&written);
        fs::rename(written, self.folder.join("new").join(name)).unwrap();
    }

    fn files(&self) -> Vec<PathBuf> {
        let inner = ["new", "cur"].map(|inner| fs::read_dir(self.folder.join(inner)).unwrap());
        inner.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
    }

    /// Whether every message carries the mark of having been read.
    fn is_done(&self) -> bool {
        self.files().iter().all(|path| path.to_string_lossy().rsplit_once(":2,").is_some_and(|(_, flags)| flags.contains('S')))
    }

    async fn until_done(&self) {
        for _ in 0..3_000 {
            if self.is_done() {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("{} messages were never marked", self.files().len());
    }

    /// All numbers and marks are lost, as when a mailbox is restored from a backup.
    fn forget(&self) {
        for path in self.files() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let _ = fs::rename(&path, self.folder.join("new").join(name.split(':').next().unwrap()));
        }
        for entry in fs::read_dir(&self.folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with("dovecot") {
                let _ = fs::remove_file(path);
            }
        }
    }

    fn settings(&self, port: u16) -> Settings {
        let mailbox = Mailbox {
            host: "127.0.0.1".into(),
            port,
            tls: Tls::None,
            user: self.name.clone(),
            password: "geheim".into(),
            timeout_seconds: 20,
            ..Mailbox::default()
        };
        Settings { mailboxes: vec![mailbox], ..Settings::default() }
    }
}

/// A wire that breaks: in the middle of what the server says, before a STORE gets through, or before its answer comes back.
struct Wire {
    port: u16,
    /// How many connections break from now on.
    faults: Arc<AtomicUsize>,
    broken: Arc<AtomicUsize>,
}

impl Wire {
    async fn new(to: u16, seed: u64, faults: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (faults, broken) = (Arc::new(AtomicUsize::new(faults)), Arc::new(AtomicUsize::new(0)));
        let (left, count) = (faults.clone(), broken.clone());
        tokio::spawn(async move {
            let mut random = StdRng::seed_from_u64(seed);
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)).await else { continue };
                let fault = if left.load(Ordering::SeqCst) > 0 {
                    left.fetch_sub(1, Ordering::SeqCst);
                    Fault { bytes: random.random_range(1_000..400_000), store: random.random_range(1..60), answered: random.random() }
                } else {
                    Fault { bytes: usize::MAX, store: usize::MAX, answered: false }
                };
                let count = count.clone();
                tokio::spawn(async move {
                    if carry(client, server, fault).await {
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        Self { port, faults, broken }
    }
}

struct Fault {
    /// After so many bytes from the server.
    bytes: usize,
    /// At this STORE …
    store: usize,
    /// … which the server still gets, but whose answer never comes.
    answered: bool,
}

/// Carries both ways; whether it broke on purpose.
async fn carry(mut client: TcpStream, mut server: TcpStream, mut fault: Fault) -> bool {
    let (mut up, mut down) = (vec![0; 4096], vec![0; 4096]);
    let mut deaf = false;
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(length @ 1..) = read else { return false };
                if up[..length].windows(9).any(|w| w == b"UID STORE") {
                    fault.store -= 1;
                    if fault.store == 0 {
                        if !fault.answered {
                            return true;
                        }
                        deaf = true;
                    }
                }
                if server.write_all(&up[..length]).await.is_err() {
                    return false;
                }
            }
            read = server.read(&mut down) => {
                let Ok(length @ 1..) = read else { return false };
                if deaf {
                    return true;
                }
                let length = length.min(fault.bytes);
                fault.bytes -= length;
                if client.write_all(&down[..length]).await.is_err() {
                    return false;
                }
                if fault.bytes == 0 {
                    return true;
                }
            }
        }
    }
}

/// The mails of a seed: what each must come to, by its text. Some have files, some no name, some are machines'.
fn mails(seed: u64) -> (Vec<Vec<u8>>, BTreeMap<String, Vec<u8>>, usize) {
    let mut random = StdRng::seed_from_u64(seed);
    let (mut raws, mut expected, mut machines) = (Vec::new(), BTreeMap::new(), 0);
    for number in 0..MAILS {
        let mut raw = format!("From: Иван <ivan{}@example.ru>\r\nTo: help@example.org\r\nSubject: N {number}\r\n", number % 7);
        let text = format!("Обращение {seed}-{number}");
        if number % 10 != 3 {
            let _ = write!(raw, "Message-ID: <{seed}.{number}@example.ru>\r\n");
        }
        if number % 5 == 4 {
            let _ = write!(raw, "In-Reply-To: <{seed}.{}@example.ru>\r\n", number - 1);
        }
        if number % 20 == 7 {
            machines += 1;
            let _ = write!(raw, "Auto-Submitted: auto-replied\r\n\r\n{text}\r\n");
            raws.push(raw.into_bytes());
            continue;
        }
        let file: Vec<u8> = match number % 40 {
            11 => (0..random.random_range(300_000..700_000)).map(|_| random.random()).collect(),
            _ => Vec::new(),
        };
        if file.is_empty() {
            let padding = "слова ".repeat(random.random_range(0..400));
            let _ = write!(raw, "Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n\r\n{padding}\r\n");
            expected.insert(format!("{text}\n\n{padding}").trim().to_owned(), file);
        } else {
            let lines = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &file);
            let lines: Vec<&str> = lines.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
            let _ = write!(
                raw,
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--b\r\n\
                 Content-Type: image/jpeg; name=a.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
                lines.join("\r\n")
            );
            expected.insert(text, file);
        }
        raws.push(raw.into_bytes());
    }
    (raws, expected, machines)
}

/// What the platform has is what was sent, each once.
fn compare(platform: &Platform, expected: &BTreeMap<String, Vec<u8>>, seed: u64) {
    let state = platform.state();
    assert!(state.misused.is_empty() && state.kept.is_empty());
    let mut had: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for article in state.articles.values() {
        let file = article.files.first().map(|(_, bytes)| bytes.clone()).unwrap_or_default();
        assert!(had.insert(article.text().to_owned(), file).is_none(), "seed {seed}: twice: {}", article.text());
    }
    assert!(had == *expected, "seed {seed}: {} of {}", had.len(), expected.len());
}

async fn one_seed(dovecot: &Dovecot, seed: u64) {
    let account = dovecot.account(&format!("u{seed}"));
    let wire = Wire::new(dovecot.port, seed, 12).await;
    let platform = Platform::new().await.with_faults(seed);
    let (raws, expected, _) = mails(seed);
    let settings = account.settings(wire.port);
    let mut random = StdRng::seed_from_u64(!seed);
    // Half of them are there at the start, the rest come while it runs; in between it is killed, and the mailbox forgets everything.
    let kills: Vec<usize> = (0..4).map(|_| random.random_range(MAILS / 10..MAILS)).collect();
    let forget = random.random_range(MAILS / 2..MAILS);
    let mut bot = Bot::start(&settings, platform.client());
    for (number, raw) in raws.iter().enumerate() {
        account.deliver(number, raw);
        if kills.contains(&number) {
            let so_far = platform.state().articles.len();
            platform.until("one more before the kill", |s| s.articles.len() > so_far.min(number / 2)).await;
            bot.kill().await;
            bot = Bot::start(&settings, platform.client());
        }
        if number == forget {
            account.forget();
        }
        tokio::task::yield_now().await;
    }
    platform.until("all mails", |s| s.articles.len() >= expected.len()).await;
    wire.faults.store(0, Ordering::SeqCst);
    account.until_done().await;
    compare(&platform, &expected, seed);
    assert!(wire.broken.load(Ordering::SeqCst) >= 3, "the wire hardly broke");
    // Nothing comes again, whoever starts anew.
    bot.kill().await;
    let said = |p: &Platform| p.state().articles.values().map(|a| a.said).sum::<usize>();
    let before = said(&platform);
    platform.state().reports.clear();
    let bot = Bot::start(&settings, platform.client());
    platform.until("a report that all is well", |s| s.reports.last().is_some_and(|r| r["state"] == "OK" && r["received"] == 0)).await;
    assert_eq!(said(&platform), before);
    bot.end().await;
    compare(&platform, &expected, seed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mail_arrives_exactly_once() {
    let dovecot = Dovecot::start().await;
    for seeds in (0..SEEDS).collect::<Vec<_>>().chunks(4) {
        let running = seeds.iter().map(|seed| one_seed(&dovecot, *seed));
        join_all(running).await;
    }
}

/// Waits for all of them at once.
async fn join_all(futures: impl Iterator<Item = impl Future<Output = ()>>) {
    let mut futures: Vec<_> = futures.map(|f| Some(Box::pin(f))).collect();
    std::future::poll_fn(|cx| {
        for slot in &mut futures {
            if let Some(future) = slot
                && future.as_mut().poll(cx).is_ready()
            {
                *slot = None;
            }
        }
        if futures.iter().all(Option::is_none) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

fn plain(number: usize) -> Vec<u8> {
    format!("From: a@example.ru\r\nMessage-ID: <{number}@example.ru>\r\nSubject: s\r\n\r\nMail {number}.\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_removes_holds_up_nothing() {
    let dovecot = Dovecot::start().await;
    let account = dovecot.account("gone");
    (0..30).for_each(|number| account.deliver(number, &plain(number)));
    let platform = Platform::new().await;
    let bot = Bot::start(&account.settings(dovecot.port), platform.client());
    platform.until("the first", |s| s.articles.len() >= 2).await;
    for path in account.files() {
        if path.to_string_lossy().contains(".25.") || path.to_string_lossy().contains(".28.") {
            let _ = fs::remove_file(path);
        }
    }
    platform.until("the last", |s| s.articles.values().any(|a| a.text() == "Mail 29.")).await;
    account.deliver(30, &plain(30));
    platform.until("one that comes later", |s| s.articles.values().any(|a| a.text() == "Mail 30.")).await;
    assert!(platform.state().articles.len() >= 29);
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_that_fails_holds_up_nothing() {
    let dovecot = Dovecot::start().await;
    let account = dovecot.account("poison");
    (0..6).for_each(|number| account.deliver(number, &plain(number)));
    let platform = Platform::new().await;
    let broken = serde_json::json!({ "errors": [{ "message": "our fault", "extensions": { "code": "INTERNAL" } }] });
    let refused = serde_json::json!({ "data": { "receiveMessage": { "received": null,
        "userErrors": [{ "code": "REQUIRED", "message": "no", "path": ["input", "text"] }] } } });
    platform.state().poison = vec![("Mail 1.".into(), broken), ("Mail 3.".into(), refused)];
    let bot = Bot::start(&account.settings(dovecot.port), platform.client());
    platform.until("the others", |s| s.articles.len() == 4 && s.kept.len() == 1).await;
    platform.until("word of the failure", |s| s.reports.iter().any(|r| r["state"] == "FAILING" && r["detail"] != "connecting")).await;
    assert_eq!(account.files().iter().filter(|p| !p.to_string_lossy().contains('S')).count(), 1, "it stays unread");
    assert!(
        platform.state().kept.first_key_value().is_some_and(|(id, (why, _))| id.starts_with("3@example.ru#") && why.contains("REQUIRED"))
    );
    // After a restart it is tried again.
    bot.kill().await;
    platform.state().poison.clear();
    let bot = Bot::start(&account.settings(dovecot.port), platform.client());
    platform.until("the last one", |s| s.articles.len() == 5).await;
    account.until_done().await;
    bot.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_is_moved_and_too_large_is_kept() {
    let dovecot = Dovecot::start().await;
    let account = dovecot.account("move");
    account.deliver(0, &plain(0));
    let mut large = plain(1);
    large.extend("x".repeat(1_000_000).as_bytes());
    account.deliver(1, &large);
    let mut settings = account.settings(dovecot.port);
    settings.message_bytes = 600_000;
    settings.mailboxes[0].move_to = "Принято".into();
    let platform = Platform::new().await;
    let bot = Bot::start(&settings, platform.client());
    platform.until("both", |s| s.articles.len() == 1 && s.kept.len() == 1).await;
    let moved = account.folder.join(".&BB8EQAQ4BD0ETwRCBD4-").join("cur");
    for _ in 0..500 {
        if fs::read_dir(&moved).is_ok_and(|entries| entries.count() == 2) {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(fs::read_dir(&moved).unwrap().count(), 2);
    assert!(account.files().is_empty());
    {
        let state = platform.state();
        let (id, (reason, bytes)) = state.kept.first_key_value().unwrap();
        assert!(id.starts_with("1@example.ru#"));
        assert!(reason.contains("larger than 600000 bytes") && bytes.len() < 800_000, "{reason}");
    }
    // A message that comes while it listens is told of at once.
    account.deliver(2, &plain(2));
    platform.until("the new one", |s| s.articles.len() == 2).await;
    bot.end().await;
}
