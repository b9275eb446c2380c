//! The settings types as their source has them.

use std::collections::BTreeMap;
use std::path::Path;

use syn::{Attribute, Expr, Fields, Item, ItemEnum, ItemStruct, Lit, LitStr, Meta};

use crate::kinds::Kind;

/// Every struct and enum by its name.
#[derive(Default)]
pub(crate) struct Types {
    pub(crate) structs: BTreeMap<String, Section>,
    enums: BTreeMap<String, Vec<(String, String)>>,
}

/// The settings of a section.
pub(crate) struct Section {
    doc: String,
    pub(crate) fields: Vec<Field>,
}

/// One key.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) kind: Kind,
}

impl Types {
    /// Of the settings and every section.
    pub(crate) fn read(folder: &Path) -> Self {
        let mut types = Self::default();
        types.add(&folder.join("settings.rs"));
        for entry in std::fs::read_dir(folder.join("sections")).expect("the folder of sections").flatten() {
            if entry.path().extension().is_some_and(|ending| ending == "rs") {
                types.add(&entry.path());
            }
        }
        types
    }

    fn add(&mut self, file: &Path) {
        let source = std::fs::read_to_string(file).expect("readable");
        for item in syn::parse_file(&source).expect("it is Rust").items {
            match item {
                Item::Struct(item) if item.ident.to_string().ends_with("Settings") => {
                    self.structs.insert(item.ident.to_string(), Section::of(&item));
                }
                Item::Enum(item) => {
                    self.enums.insert(item.ident.to_string(), variants(&item));
                }
                _ => {}
            }
        }
    }

    /// The names that a key may hold, each with what it means.
    pub(crate) fn variants_of(&self, kind: &Kind) -> Vec<(String, String)> {
        match kind {
            Kind::Choice(name) => self.enums.get(name).unwrap_or_else(|| panic!("what is {name}?")).clone(),
            Kind::List(of) => self.variants_of(of),
            _ => Vec::new(),
        }
    }
}

impl Section {
    fn of(item: &ItemStruct) -> Self {
        let Fields::Named(fields) = &item.fields else { panic!("{} has no keys", item.ident) };
        let fields = fields.named.iter().filter(|field| !serde(&field.attrs).contains_key("skip"));
        let fields = fields.map(|field| Field {
            name: field.ident.as_ref().expect("it has a name").to_string(),
            doc: doc(&field.attrs),
            kind: Kind::of(&field.ty),
        });
        Self { doc: doc(&item.attrs), fields: fields.collect() }
    }

    /// What is said of it beyond its name.
    pub(crate) fn said(&self) -> Option<&str> {
        let said = self.doc.strip_prefix('`').and_then(|doc| doc.split_once("]`")).map_or("", |(_, said)| said);
        Some(said.trim_start_matches([':', ' '])).filter(|said| !said.is_empty() && !said.starts_with("and the"))
    }
}

fn variants(item: &ItemEnum) -> Vec<(String, String)> {
    let separator = match serde(&item.attrs).get("rename_all").map(String::as_str) {
        Some("snake_case") => "_",
        Some("kebab-case") => "-",
        _ => "",
    };
    let variant = |variant: &syn::Variant| {
        let name = serde(&variant.attrs).remove("rename");
        (name.unwrap_or_else(|| words(&variant.ident.to_string(), separator)), doc(&variant.attrs))
    };
    item.variants.iter().map(variant).collect()
}

fn words(name: &str, separator: &str) -> String {
    let mut text = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            text.push_str(separator);
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// What serde is told, with its value where there is one.
fn serde(attributes: &[Attribute]) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let read = attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            let value = meta.value().ok().map(syn::parse::ParseBuffer::parse::<LitStr>).transpose()?;
            told.insert(name, value.map_or_else(String::new, |value| value.value()));
            Ok(())
        });
        read.expect("serde reads it too");
    }
    told
}

/// The documentation on one line.
fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
}
