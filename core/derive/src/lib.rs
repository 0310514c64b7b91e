//! The derive macro that maps Rust types to Java classes.
//!
//! `#[derive(Hessian)]` on a struct with named fields writes it as an object of a Java class and reads it from
//! objects and maps with those field names; on an enum of unit variants it does so for a Java enum.
//!
//! Attributes of the type: `class`, `rename_all` (`camelCase`, `PascalCase`, `snake_case`,
//! `SCREAMING_SNAKE_CASE`), `enum` (only says aloud what an enum is anyway). Attributes of a field: `rename`,
//! `long`, `type`, `skip`, `default`. Attribute of a variant: `rename`.

mod attrs;
mod constant;
mod object;

use proc_macro::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, parse_macro_input};

/// Implements `ToHessian`, `FromHessian`, `JavaTyped` and, for structs, `JavaObject`.
///
/// A struct with named fields is written as an object of the class, and read from objects and maps by the names of its
/// fields; an enum of unit variants stands for a Java enum.
///
/// | attribute of the type | meaning |
/// |---|---|
/// | `class = "com.acme.User"` | the Java class; required |
/// | `rename_all = "camelCase"` | how names are spelled in Java; also `PascalCase`, `snake_case`, `SCREAMING_SNAKE_CASE` |
/// | `enum` | says aloud that this is a Java enum |
///
/// | attribute of a field | meaning |
/// |---|---|
/// | `rename = "eMail"` | its name in Java; also for a variant |
/// | `long` | an integer that is a `long` in Java |
/// | `type = "java.util.LinkedList"` | the class of a collection or map |
/// | `default` | may be missing: then it has its default value |
/// | `skip` | neither written nor read |
#[proc_macro_derive(Hessian, attributes(hessian))]
pub fn derive_hessian(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn expand(input: &DeriveInput) -> syn::Result<proc_macro2::TokenStream> {
    let attrs = attrs::TypeAttrs::parse(input)?;
    let mut tokens = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !attrs.is_enum => object::expand(input, &attrs, fields)?,
            Fields::Unit if !attrs.is_enum => object::expand_unit(input, &attrs)?,
            _ => {
                return Err(Error::new_spanned(
                    &input.ident,
                    "a Java class needs a struct with named fields",
                ));
            }
        },
        Data::Enum(data) => constant::expand(input, &attrs, data)?,
        Data::Union(_) => return Err(Error::new_spanned(&input.ident, "a union is no Java class")),
    };
    tokens.extend(java_typed(input, &attrs));
    Ok(tokens)
}

/// The type as a parameter of a method: its own class.
fn java_typed(input: &DeriveInput, attrs: &attrs::TypeAttrs) -> proc_macro2::TokenStream {
    let name = &input.ident;
    let descriptor = format!("L{};", attrs.class.replace('.', "/"));
    let (generics, type_generics, bounds) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #generics ::polydubbo::typed::JavaTyped for #name #type_generics #bounds {
            fn descriptor() -> ::std::borrow::Cow<'static, str> {
                ::std::borrow::Cow::Borrowed(#descriptor)
            }
        }
    }
}
