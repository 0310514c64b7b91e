//! Structs: objects of a Java class.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    DeriveInput, Field, FieldsNamed, GenericParam, Generics, Ident, Lifetime, LifetimeParam, parse_quote,
};

use crate::attrs::{FieldAttrs, TypeAttrs};

/// A field that travels.
struct JavaField<'a> {
    ident: &'a Ident,
    field: &'a Field,
    attrs: FieldAttrs,
    java_name: String,
    /// The local that holds the value while the object is read.
    local: Ident,
}

pub(crate) fn expand(
    input: &DeriveInput,
    attrs: &TypeAttrs,
    fields: &FieldsNamed,
) -> syn::Result<TokenStream> {
    let mut travelling = Vec::new();
    let mut skipped = Vec::new();
    for (index, field) in fields.named.iter().enumerate() {
        let Some(ident) = &field.ident else { continue };
        let field_attrs = FieldAttrs::parse(field)?;
        if field_attrs.is_skipped {
            skipped.push(ident);
            continue;
        }
        let java_name = field_attrs.java_name(field, attrs);
        let local = format_ident!("field_{index}");
        travelling.push(JavaField { ident, field, attrs: field_attrs, java_name, local });
    }
    Ok(implement(input, attrs, &travelling, &skipped))
}

pub(crate) fn expand_unit(input: &DeriveInput, attrs: &TypeAttrs) -> syn::Result<TokenStream> {
    Ok(implement(input, attrs, &[], &[]))
}

fn implement(
    input: &DeriveInput,
    attrs: &TypeAttrs,
    fields: &[JavaField<'_>],
    skipped: &[&Ident],
) -> TokenStream {
    let name = &input.ident;
    let class = &attrs.class;
    let java_names = fields.iter().map(|field| &field.java_name).collect::<Vec<_>>();
    let writes = fields.iter().map(JavaField::write);
    let locals = fields.iter().map(|field| &field.local);
    let reads =
        fields.iter().map(JavaField::read).enumerate().map(|(index, read)| quote! { #index => #read, });
    let reads_in_order = fields.iter().map(JavaField::read).map(|read| quote! { #read; });
    let takes = fields.iter().map(JavaField::take);

    let write_generics = with_bound(&input.generics, &parse_quote!(::polydubbo::codec::hessian::ToHessian));
    let (write_impl, type_generics, write_where) = write_generics.split_for_impl();
    let read_generics = read_generics(&input.generics);
    let (read_impl, _, read_where) = read_generics.split_for_impl();
    let construct = if fields.is_empty() && skipped.is_empty() {
        quote! { ::core::result::Result::Ok(Self {}) }
    } else {
        quote! {
            ::core::result::Result::Ok(Self {
                #(#takes,)*
                #(#skipped: ::core::default::Default::default(),)*
            })
        }
    };
    quote! {
        const _: () = {
            use ::polydubbo::codec::hessian as hessian;

            static PLAN: hessian::ObjectPlan = hessian::ObjectPlan::new(#class, &[#(#java_names),*]);

            #[automatically_derived]
            impl #write_impl hessian::ToHessian for #name #type_generics #write_where {
                fn write_hessian(
                    &self,
                    w: &mut hessian::Writer,
                ) -> ::core::result::Result<(), hessian::EncodeError> {
                    PLAN.begin(w)?;
                    #(#writes)*
                    ::core::result::Result::Ok(())
                }
            }

            #[automatically_derived]
            impl #read_impl hessian::JavaObject<'de> for #name #type_generics #read_where {
                fn plan() -> &'static hessian::ObjectPlan {
                    &PLAN
                }

                #[allow(unused_variables, clippy::manual_unwrap_or_default)]
                fn read_fields(
                    r: &mut hessian::Reader<'de>,
                    container: hessian::Container,
                ) -> ::core::result::Result<Self, hessian::DecodeError> {
                    let mut cursor = PLAN.cursor(r, container)?;
                    #(let mut #locals = ::core::option::Option::None;)*
                    if cursor.is_same_order() {
                        #(#reads_in_order)*
                        cursor.end(r);
                    } else {
                        while let ::core::option::Option::Some(index) = cursor.next_field(r)? {
                            match index {
                                #(#reads)*
                                _ => r.skip_value()?,
                            }
                        }
                    }
                    #construct
                }
            }

            #[automatically_derived]
            impl #read_impl hessian::FromHessian<'de> for #name #type_generics #read_where {
                fn read_hessian(
                    r: &mut hessian::Reader<'de>,
                ) -> ::core::result::Result<Self, hessian::DecodeError> {
                    let container = PLAN.begin_reading(r)?;
                    <Self as hessian::JavaObject<'de>>::read_fields(r, container)
                }
            }
        };
    }
}

impl JavaField<'_> {
    fn write(&self) -> TokenStream {
        let Self { ident, java_name, .. } = self;
        let write = match &self.attrs.java_type {
            _ if self.attrs.is_long => quote! { hessian::AsLong::write_long(&self.#ident, w) },
            Some(java_type) => {
                quote! { hessian::WriteTyped::write_typed(&self.#ident, ::core::option::Option::Some(#java_type), w) }
            }
            None => quote! { hessian::ToHessian::write_hessian(&self.#ident, w) },
        };
        quote! { #write.map_err(|error| error.in_field(#java_name))?; }
    }

    fn read(&self) -> TokenStream {
        let Self { local, java_name, .. } = self;
        let ty = &self.field.ty;
        let read = if self.attrs.is_long {
            quote! { <#ty as hessian::AsLong>::read_long(r) }
        } else {
            quote! { <#ty as hessian::FromHessian<'de>>::read_hessian(r) }
        };
        quote! {
            #local = ::core::option::Option::Some(#read.map_err(|error| error.in_field(#java_name))?)
        }
    }

    /// The value that was read, or the one for an absent field.
    fn take(&self) -> TokenStream {
        let Self { ident, local, java_name, .. } = self;
        let ty = &self.field.ty;
        let otherwise = if self.attrs.has_default {
            quote! { ::core::default::Default::default() }
        } else {
            let absent = if self.attrs.is_long {
                quote! { <#ty as hessian::AsLong>::absent_long() }
            } else {
                quote! { <#ty as hessian::FromHessian<'de>>::absent() }
            };
            quote! {
                match #absent {
                    ::core::option::Option::Some(value) => value,
                    ::core::option::Option::None => {
                        return ::core::result::Result::Err(
                            r.fault(hessian::DecodeErrorKind::MissingField(#java_name)),
                        );
                    }
                }
            }
        };
        quote! {
            #ident: match #local {
                ::core::option::Option::Some(value) => value,
                ::core::option::Option::None => #otherwise,
            }
        }
    }
}

fn with_bound(generics: &Generics, bound: &syn::TypeParamBound) -> Generics {
    let mut generics = generics.clone();
    for param in generics.type_params_mut() {
        param.bounds.push(bound.clone());
    }
    generics
}

/// The generics of the reading side: a lifetime for the body, which outlives all borrowed fields.
fn read_generics(generics: &Generics) -> Generics {
    let mut generics = with_bound(generics, &parse_quote!(::polydubbo::codec::hessian::FromHessian<'de>));
    let mut body = LifetimeParam::new(parse_quote!('de));
    body.bounds.extend(generics.lifetimes().map(|param| -> Lifetime { param.lifetime.clone() }));
    generics.params.insert(0, GenericParam::Lifetime(body));
    generics
}
