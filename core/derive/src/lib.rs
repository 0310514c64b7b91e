//! The derive macro that maps Rust types to Java classes.
//!
//! `#[derive(Hessian)]` on a struct with named fields writes it as an object of a Java class and reads it from
//! objects and maps with those field names; on an enum of unit variants it does so for a Java enum.
//!
//! ```text
//! #[derive(Hessian)]
//! #[hessian(class = "com.acme.User", rename_all = "camelCase")]
//! struct User {
//!     user_name: String,                           // userName
//!     #[hessian(long)]
//!     id: u32,                                     // a long in Java
//!     #[hessian(type = "java.util.LinkedList")]
//!     tags: Vec<String>,
//!     #[hessian(default)]
//!     score: f64,                                  // may be missing in older senders
//!     #[hessian(skip)]
//!     cached: bool,                                // neither written nor read
//! }
//!
//! #[derive(Hessian)]
//! #[hessian(class = "com.acme.Color", rename_all = "SCREAMING_SNAKE_CASE")]
//! enum Color { Red, DarkBlue }
//! ```
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

/// Implements `ToHessian`, `FromHessian`, `JavaTyped` and, for structs, `JavaObject`. See the crate documentation.
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
