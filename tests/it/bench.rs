//! `veche bench` in its short form: all parts work. Never what they measure.

use std::process::Command;

use serde_json::Value;

fn bench(args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_veche")).arg("bench").args(args).output().unwrap()
}

#[test]
fn a_short_run_measures_every_part_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // The user that runs PostgreSQL must be able to pass.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
    let output = bench(&["--short", "--json", "--folder", folder.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["machine"]["short"], true);
    let rows = |part: &str| report[part].as_array().unwrap_or_else(|| panic!("no {part}: {report}")).clone();
    let votes = rows("votes");
    let fleets: Vec<(u64, u64)> = votes.iter().map(|r| (r["servers"].as_u64().unwrap(), r["clients"].as_u64().unwrap())).collect();
    for fleet in [(1, 1), (1, 16), (1, 256), (2, 256), (3, 256)] {
        assert!(fleets.contains(&fleet), "{fleet:?}");
    }
    for (part, value) in [
        ("votes", "ratio"),
        ("list", "p99_ratio"),
        ("intake", "understood_all_s"),
        ("understanding", "recall_at_10"),
        ("year", "stable"),
        ("live", "p99_ms"),
        ("hostile", "cpu_ms"),
        ("answers", "loaded_p99_ms"),
        ("pages", "ratio"),
        ("search", "p50_ratio"),
    ] {
        assert!(rows(part).iter().all(|row| row[value].is_number()), "{part}.{value}: {report}");
    }
    assert_eq!(rows("list").iter().map(|row| row["initiatives"].as_u64().unwrap()).max(), Some(3_000));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "something was left behind");
}

#[test]
fn parts_are_chosen_by_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
    let output = bench(&["--short", "--only", "live", "--folder", folder.path().to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("subscribers") && !said.contains("single-row commits"), "{said}");
    assert!(!bench(&["--only", "nothing"]).status.success());
}
