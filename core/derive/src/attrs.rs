//! The `#[hessian(...)]` attributes.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, DeriveInput, Error, Field, LitStr, Variant};

/// Attributes of the type.
pub(crate) struct TypeAttrs {
    /// Binary name of the Java class.
    pub(crate) class: String,
    pub(crate) is_enum: bool,
    rename_all: Case,
}

/// Attributes of a field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    rename: Option<String>,
    pub(crate) java_type: Option<String>,
    pub(crate) is_long: bool,
    pub(crate) is_skipped: bool,
    pub(crate) has_default: bool,
}

#[derive(Clone, Copy)]
enum Case {
    AsIs,
    Camel,
    Pascal,
    Snake,
    ScreamingSnake,
}

impl TypeAttrs {
    pub(crate) fn parse(input: &DeriveInput) -> syn::Result<Self> {
        let (mut class, mut is_enum, mut rename_all) = (None, false, Case::AsIs);
        each(&input.attrs, |meta| {
            if meta.path.is_ident("class") {
                class = Some(class_name(&meta)?);
            } else if meta.path.is_ident("rename_all") {
                rename_all = Case::parse(&meta)?;
            } else if meta.path.is_ident("enum") {
                is_enum = true;
            } else {
                return Err(meta.error("expected class, rename_all or enum"));
            }
            Ok(())
        })?;
        let missing =
            || Error::new_spanned(&input.ident, "name the Java class: #[hessian(class = \"com.acme.User\")]");
        Ok(Self { class: class.ok_or_else(missing)?, is_enum, rename_all })
    }

    /// The Java name of a field or constant with this Rust name.
    pub(crate) fn java_name(&self, rust_name: &str) -> String {
        self.rename_all.apply(rust_name)
    }
}

impl FieldAttrs {
    pub(crate) fn parse(field: &Field) -> syn::Result<Self> {
        let mut attrs = Self::default();
        each(&field.attrs, |meta| {
            if meta.path.is_ident("rename") {
                attrs.rename = Some(text(&meta)?.value());
            } else if meta.path.is_ident("type") {
                attrs.java_type = Some(text(&meta)?.value());
            } else if meta.path.is_ident("long") {
                attrs.is_long = true;
            } else if meta.path.is_ident("skip") {
                attrs.is_skipped = true;
            } else if meta.path.is_ident("default") {
                attrs.has_default = true;
            } else {
                return Err(meta.error("expected rename, type, long, skip or default"));
            }
            Ok(())
        })?;
        if attrs.is_long && attrs.java_type.is_some() {
            return Err(Error::new_spanned(field, "`long` and `type` exclude each other"));
        }
        Ok(attrs)
    }

    /// The Java name of the field.
    pub(crate) fn java_name(&self, field: &Field, container: &TypeAttrs) -> String {
        let rust_name = field.ident.as_ref().map(|ident| ident.to_string()).unwrap_or_default();
        let rust_name = rust_name.trim_start_matches("r#");
        self.rename.clone().unwrap_or_else(|| container.java_name(rust_name))
    }
}

/// The Java name of an enum constant.
pub(crate) fn variant_name(variant: &Variant, container: &TypeAttrs) -> syn::Result<String> {
    let mut name = container.java_name(&variant.ident.to_string());
    each(&variant.attrs, |meta| {
        if !meta.path.is_ident("rename") {
            return Err(meta.error("expected rename"));
        }
        name = text(&meta)?.value();
        Ok(())
    })?;
    Ok(name)
}

fn each(
    attrs: &[Attribute],
    mut take: impl FnMut(ParseNestedMeta<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("hessian"))
        .try_for_each(|attr| attr.parse_nested_meta(&mut take))
}

fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<LitStr> {
    meta.value()?.parse()
}

fn class_name(meta: &ParseNestedMeta<'_>) -> syn::Result<String> {
    let literal = text(meta)?;
    let name = literal.value();
    let is_start = |c: char| c == '_' || c == '$' || c.is_alphabetic();
    let is_identifier =
        |part: &str| part.starts_with(is_start) && part.chars().all(|c| is_start(c) || c.is_alphanumeric());
    if name.len() <= 512 && name.split('.').all(is_identifier) {
        Ok(name)
    } else {
        Err(Error::new_spanned(literal, "not a binary class name such as com.acme.Order$Line"))
    }
}

impl Case {
    fn parse(meta: &ParseNestedMeta<'_>) -> syn::Result<Self> {
        let literal = text(meta)?;
        match literal.value().as_str() {
            "camelCase" => Ok(Self::Camel),
            "PascalCase" => Ok(Self::Pascal),
            "snake_case" => Ok(Self::Snake),
            "SCREAMING_SNAKE_CASE" => Ok(Self::ScreamingSnake),
            _ => Err(Error::new_spanned(
                literal,
                "expected camelCase, PascalCase, snake_case or SCREAMING_SNAKE_CASE",
            )),
        }
    }

    fn apply(self, name: &str) -> String {
        let words = words(name);
        match self {
            Self::AsIs => name.to_owned(),
            Self::Pascal => words.iter().map(|word| capitalize(word)).collect(),
            Self::Snake => words.join("_"),
            Self::ScreamingSnake => words.join("_").to_uppercase(),
            Self::Camel => match words.split_first() {
                Some((first, rest)) => {
                    first.clone() + &rest.iter().map(|word| capitalize(word)).collect::<String>()
                }
                None => name.to_owned(),
            },
        }
    }
}

/// Lower-case words of a name in any case: at underscores, and before a capital after a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && was_small) {
            words.push(String::new());
        }
        was_small = c.is_lowercase() || c.is_numeric();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase().filter(|c| *c != '_'));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn capitalize(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_their_case() {
        for (case, name, want) in [
            (Case::Camel, "user_name", "userName"),
            (Case::Camel, "id", "id"),
            (Case::Camel, "line2_text", "line2Text"),
            (Case::Pascal, "user_name", "UserName"),
            (Case::Snake, "DarkBlue", "dark_blue"),
            (Case::ScreamingSnake, "DarkBlue", "DARK_BLUE"),
            (Case::ScreamingSnake, "red", "RED"),
            (Case::AsIs, "Any_thing", "Any_thing"),
        ] {
            assert_eq!(case.apply(name), want);
        }
    }
}
