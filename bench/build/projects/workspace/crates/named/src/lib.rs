//! `#[derive(Named)]`: a type that knows its own name.

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

/// Gives a type the constant `NAME`.
#[proc_macro_derive(Named)]
pub fn named(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    quote! {
        impl #generics #name #arguments #bounds {
            /// The type's name.
            pub const NAME: &'static str = stringify!(#name);
        }
    }
    .into()
}
