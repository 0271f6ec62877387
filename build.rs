//! Rebuilds the crate when a template is added or changes.
fn main() {
    println!("cargo::rerun-if-changed=templates");
}
