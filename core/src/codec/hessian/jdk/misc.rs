//! `Locale` and `Class`.

use polydubbo_derive::Hessian;

/// A `java.util.Locale`, as its `toString`: `zh_CN`, empty for the root locale.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "com.alibaba.com.caucho.hessian.io.LocaleHandle")]
pub struct Locale {
    /// The text form.
    pub value: String,
}

/// A `java.lang.Class`, as its `getName`: `int`, `java.lang.String`, `[I`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Hessian)]
#[hessian(class = "java.lang.Class")]
pub struct JavaClass {
    /// The name.
    pub name: String,
}
