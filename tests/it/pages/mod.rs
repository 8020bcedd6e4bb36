//! The pages as browsers and hostile people see them.

mod browser;
mod feeds;
mod rendering;
mod safety;
mod sources;
mod world;
