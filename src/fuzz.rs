//! A small mutating fuzzer for the tests of whatever reads what strangers send.
//!
//! Inputs are made from samples, from words of the format and from inputs that behaved in a new way before. The target checks
//! its own promises and gives a number for how the input behaved. No input may panic, take longer than [`PATIENCE`], take much longer for being much repeated, or (in a
//! long run) let the process grow over [`MEMORY`].
//!
//! `VECHE_FUZZ_SECONDS` makes each run longer, `VECHE_FUZZ_SEED` different, and `VECHE_FUZZ_SAMPLES` names a folder whose files
//! are samples too.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::{Duration, Instant},
};

/// For one input of at most 256 KB, in a build without optimisation, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much longer eight times the input may take. What grows with its square takes 64 times as long.
const GROWTH: u32 = 24;
/// Peak of the process in a long run, in bytes.
const MEMORY: u64 = 2 << 30;
/// Inputs kept for having behaved in a new way.
const KEPT: usize = 4096;
/// Files read as samples at the most.
const SAMPLES: usize = 1000;

/// Pseudo-random numbers (splitmix64), the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 for 0.
    fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.roll() % n as u64) as usize }
    }

    /// A piece of `length` bytes: begin and end, short ones more often.
    fn piece(&mut self, length: usize) -> (usize, usize) {
        let begin = self.below(length + 1);
        let most = (length - begin) >> self.below(8);
        (begin, begin + self.below(most + 1))
    }
}

/// A number of how something behaved.
pub fn shape(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

/// The files of the folder of samples that have one of these extensions, the first 64 KB of each.
fn samples(extensions: &[&str]) -> Vec<Vec<u8>> {
    fn collect(folder: &Path, extensions: &[&str], found: &mut Vec<Vec<u8>>) {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let fits = path.extension().and_then(|e| e.to_str()).is_some_and(|e| extensions.contains(&e));
            if path.is_dir() {
                collect(&path, extensions, found);
            } else if fits && found.len() < SAMPLES {
                use std::io::Read;
                let mut bytes = Vec::new();
                std::fs::File::open(&path).unwrap().take(1 << 16).read_to_end(&mut bytes).unwrap();
                found.push(bytes);
            }
        }
    }
    let mut found = Vec::new();
    if let Ok(folder) = std::env::var("VECHE_FUZZ_SAMPLES") {
        collect(Path::new(&folder), extensions, &mut found);
    }
    found
}

fn mutate(dice: &mut Dice, pool: &[Arc<Vec<u8>>], words: &[&[u8]], most: usize) -> Vec<u8> {
    let mut input = pool[dice.below(pool.len())].to_vec();
    for _ in 0..=dice.below(6) {
        let at = dice.below(input.len() + 1);
        let (begin, end) = dice.piece(input.len());
        match dice.below(12) {
            0..=3 => drop(input.splice(at..at, words[dice.below(words.len())].iter().copied())),
            4 => drop(input.drain(begin..end)),
            5 => {
                let copy = input[begin..end].to_vec();
                drop(input.splice(at..at, copy));
            }
            6 => {
                let other = &pool[dice.below(pool.len())];
                let (from, to) = dice.piece(other.len());
                drop(input.splice(begin..end, other[from..to].iter().copied()));
            }
            7 => input.truncate(at),
            8 if at < input.len() => input[at] ^= 1 << dice.below(8),
            9 if at < input.len() => input[at] = *b"\0\n\r \"<>&=:;,-_{}[]\x7f\x80\xc3\xe2\xff".get(dice.below(24)).unwrap_or(&b'9'),
            10 => input.insert(at, dice.roll() as u8),
            // Rarely, for what grows faster than its input.
            11 if dice.below(200) == 0 && begin < end => {
                let times = most / (end - begin);
                let many = input[begin..end].repeat(times);
                drop(input.splice(begin..end, many));
            }
            _ => (),
        }
    }
    input.truncate(most);
    input
}

/// Tries inputs one after another: all samples, every word and sample repeated to a great size, then mutations until the time is over.
///
/// `target` panics when a promise is broken.
pub fn run(
    name: &str,
    extensions: &[&str],
    seeds: &[&[u8]],
    words: &'static [&'static [u8]],
    target: impl Fn(&[u8]) -> u64 + Send + 'static,
) {
    let seconds = setting("VECHE_FUZZ_SECONDS", 0);
    let time = if seconds > 0 { Duration::from_secs(seconds) } else { Duration::from_millis(500) };
    let most = if seconds > 0 { 1 << 18 } else { 1 << 16 };
    let mut pool: Vec<Arc<Vec<u8>>> =
        seeds.iter().map(|s| Arc::new(s.to_vec())).chain(samples(extensions).into_iter().map(Arc::new)).collect();
    let running: Arc<Mutex<(Arc<Vec<u8>>, Instant)>> = Arc::new(Mutex::new((Arc::default(), Instant::now())));
    let (tell, told) = mpsc::channel();
    let thread = std::thread::spawn({
        let running = running.clone();
        move || {
            let mut dice = Dice(setting("VECHE_FUZZ_SEED", 1));
            let mut seen = HashSet::new();
            let (mut tried, mut slowest) = (0_u64, (Duration::ZERO, 0));
            let mut attempt = |input: Arc<Vec<u8>>| {
                *running.lock().unwrap() = (input.clone(), Instant::now());
                let begun = busy();
                let new = seen.insert(target(&input));
                let took = busy().saturating_sub(begun);
                slowest = slowest.max((took, input.len()));
                tried += 1;
                (new, took)
            };
            for input in pool.clone() {
                attempt(input);
            }
            let repeated = |piece: &[u8], size: usize| Arc::new(piece.repeat(size / piece.len().max(1)));
            for piece in words.iter().copied().map(<[u8]>::to_vec).chain(pool.iter().take(20).map(|seed| seed.to_vec())) {
                let (few, many) = (attempt(repeated(&piece, most / 8)).1, attempt(repeated(&piece, most)).1);
                assert!(many < Duration::from_secs(1) || many < few * GROWTH, "eight times as much took {many:?} instead of {few:?}");
            }
            let begun = Instant::now();
            while begun.elapsed() < time {
                let input = Arc::new(mutate(&mut dice, &pool, words, most));
                if attempt(input.clone()).0 && pool.len() < KEPT && input.len() < most / 16 {
                    pool.push(input);
                }
            }
            tell.send((tried, seen.len(), slowest)).unwrap();
        }
    });
    let failed = |how: &str| -> ! {
        let (input, begun) = running.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let file = std::env::temp_dir().join(format!("veche-fuzz-{name}-{:016x}", shape(&input)));
        let kept = std::fs::write(&file, &*input).is_ok();
        let start = input[..input.len().min(600)].escape_ascii();
        panic!("{name}: {how} after {:?} on {} bytes (kept as {}: {kept}): {start}", begun.elapsed(), input.len(), file.display());
    };
    loop {
        match told.recv_timeout(Duration::from_secs(1)) {
            Ok((tried, shapes, (time, length))) => {
                eprintln!(
                    "{name}: {tried} inputs, {shapes} ways to behave; the slowest took {time:?} for {length} bytes; peak {} MB",
                    peak() >> 20
                );
                break;
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if running.lock().unwrap_or_else(PoisonError::into_inner).1.elapsed() > PATIENCE {
                    failed("no end");
                }
                // Other tests of this process may need more; a long run is made alone.
                if seconds > 0 && peak() > MEMORY {
                    failed("too much memory");
                }
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => failed("a panic"),
        }
    }
    thread.join().unwrap();
}

/// The time that this thread has been at work, whatever else the machine does.
fn busy() -> Duration {
    let status = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(status.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or_default())
}

/// The peak of this process's memory, in bytes; 0 where it is not told.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) << 10
}
