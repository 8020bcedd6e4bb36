//! `veche eval` and the search with a real sentence encoder, on messages of the project's own. `script/bert-check` fetches the model and
//! runs them.

// Helpers of tests may panic as tests do; the lints know only functions marked as tests.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// What the clusters of the eight matters come to at least: 0.73 when this was written, 0.64 by words alone.
const LEAST_NMI: f64 = 0.7;

fn model() -> String {
    std::env::var("VECHE_TEST_MODEL").unwrap_or_else(|_| panic!("VECHE_TEST_MODEL names no model: run script/bert-check"))
}

#[test]
fn a_model_of_english_sentences_finds_the_matters() {
    let model = model();
    let output = Command::new(env!("CARGO_BIN_EXE_veche"))
        .env_remove("VECHE_TEST_MODEL")
        .args(["eval", "tests/data/matters.csv", "--json", "--embedder", "bert", "--model", &model])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    eprintln!("{report}");
    assert!(report["nmi"].as_f64().unwrap() >= LEAST_NMI, "{report}");
}

/// A server; it goes with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What words alone do not find: none of the messages has this one, and those of one matter are about it.
const MEANT: &str = "illumination";

#[tokio::test]
async fn a_model_finds_what_is_meant_beside_what_is_said() {
    let model = model();
    let data = tempfile::tempdir().unwrap();
    // The server of the private database is another user.
    std::fs::set_permissions(data.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
    let program = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
        command.env_remove("VECHE_TEST_MODEL");
        command.args(args).arg("--data").arg(data.path()).env("VECHE_NLP_EMBEDDER", "bert").env("VECHE_NLP_MODEL", &model);
        command.env("VECHE_SECRETS_KEY", "07".repeat(32));
        command
    };
    let imported = program(&["import", "messages", "tests/data/matters.csv", "--public"]).output().unwrap();
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let mut server = Server(program(&["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.strip_prefix("Veche listens on ").map(|at| at.split(' ').next().unwrap_or("").to_owned()));
    let found = look(&format!("{}/graphql", address.unwrap())).await;
    drop(server);
    let lighting = ["lamp", "light", "lantern", "dark", "torch", "bulb"];
    let about = |text: &str| lighting.iter().any(|word| text.to_lowercase().contains(word));
    assert!(found.iter().all(|text| about(text)), "{found:#?}");
}

/// As many are near enough to [`MEANT`] at least; the model finds four.
const LEAST_FOUND: usize = 3;

/// What is found, once it is.
async fn look(url: &str) -> Vec<String> {
    let query = format!("{{ search(query: \"{MEANT}\", first: 10) {{ nodes {{ title {{ text }} }} }} }}");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    for _ in 0..600 {
        let response = client.post(url).json(&serde_json::json!({ "query": query })).send().await.unwrap();
        let answer: Value = response.json().await.unwrap();
        let nodes = answer["data"]["search"]["nodes"].as_array().cloned().unwrap_or_else(|| panic!("{answer}"));
        if nodes.len() >= LEAST_FOUND {
            let title = |node: &Value| node["title"].as_array().unwrap().iter().filter_map(|part| part["text"].as_str()).collect();
            return nodes.iter().map(title).collect();
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    panic!("nothing was found within two minutes");
}
