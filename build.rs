//! The migrations are compiled in: a changed one must rebuild the program. With the feature `bert` the program finds
//! libtorch where it was built with it, or in `libtorch` beside itself.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    if std::env::var_os("CARGO_FEATURE_BERT").is_some() {
        println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/libtorch");
        if let Ok(libtorch) = std::env::var("LIBTORCH") {
            println!("cargo:rustc-link-arg=-Wl,-rpath,{libtorch}/lib");
        }
    }
}
