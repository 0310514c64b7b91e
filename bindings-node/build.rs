//! Linker settings of a Node module on platforms that need any.

fn main() {
    napi_build::setup();
}
