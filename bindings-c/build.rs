//! What the linker must know of the shared library.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let major = std::env::var("CARGO_PKG_VERSION_MINOR").unwrap_or_default();
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // What programs that link to the installed library ask the loader for.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libpolydubbo.so.{major}");
        // Bounds of sections that dependencies make; nothing but dubbo_ is exported.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,start-stop-visibility=hidden");
    }
}
