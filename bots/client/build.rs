//! Registers the platform's contract, so that every operation is checked against it when this is compiled.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=../../schema.graphql");
    cynic_codegen::register_schema("veche").from_sdl_file("../../schema.graphql")?.as_default()?;
    Ok(())
}
