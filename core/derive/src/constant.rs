//! Enums: constants of a Java enum.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataEnum, DeriveInput, Error, Fields};

use crate::attrs::{TypeAttrs, variant_name};

pub(crate) fn expand(input: &DeriveInput, attrs: &TypeAttrs, data: &DataEnum) -> syn::Result<TokenStream> {
    let mut variants = Vec::new();
    let mut names = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(variant, "a constant of a Java enum carries no fields here"));
        }
        variants.push(&variant.ident);
        names.push(variant_name(variant, attrs)?);
    }
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "a Java enum has no parameters"));
    }
    let (name, class) = (&input.ident, &attrs.class);
    Ok(quote! {
        const _: () = {
            use ::polydubbo::codec::hessian as hessian;

            static PLAN: hessian::ObjectPlan = hessian::ObjectPlan::new(#class, &["name"]);

            #[automatically_derived]
            impl hessian::ToHessian for #name {
                fn write_hessian(
                    &self,
                    w: &mut hessian::Writer,
                ) -> ::core::result::Result<(), hessian::EncodeError> {
                    PLAN.begin(w)?;
                    w.string(match self {
                        #(Self::#variants => #names,)*
                    });
                    ::core::result::Result::Ok(())
                }
            }

            #[automatically_derived]
            impl<'de> hessian::FromHessian<'de> for #name {
                fn read_hessian(
                    r: &mut hessian::Reader<'de>,
                ) -> ::core::result::Result<Self, hessian::DecodeError> {
                    let at = r.position();
                    let name = hessian::read_enum_name(r)?;
                    match &*name {
                        #(#names => ::core::result::Result::Ok(Self::#variants),)*
                        other => ::core::result::Result::Err(hessian::unknown_constant(other, at)),
                    }
                }
            }
        };
    })
}
