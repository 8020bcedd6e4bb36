//! What the kernel knows of this process (`proc(5)`). Where there is no `/proc` there are no such numbers.

use std::fs;

/// Resident memory in bytes.
pub fn resident_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix("kB")?;
    Some(kibibytes.trim().parse::<u64>().ok()? * 1024)
}

/// Open file descriptors.
pub fn open_files() -> Option<u64> {
    // One of them is the look itself.
    Some((fs::read_dir("/proc/self/fd").ok()?.count() as u64).saturating_sub(1))
}

/// File descriptors that this process may have open.
pub fn max_files() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    limits.lines().find_map(|line| line.strip_prefix("Max open files"))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_sees_itself() {
        assert!(resident_memory().unwrap() > 1 << 20);
        let before = open_files().unwrap();
        assert!(before >= 3 && max_files().unwrap() >= before);
    }
}
