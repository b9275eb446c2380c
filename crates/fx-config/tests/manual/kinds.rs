//! What a key may hold, by its Rust type.

use std::fmt;

use syn::{GenericArgument, PathArguments, Type};

/// What a key holds.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A table of keys: the type of its settings.
    Section(String),
    /// One of several names: the type that has them.
    Choice(String),
    List(Box<Kind>),
    Plain(&'static str),
}

impl Kind {
    /// Of a field. A type that is not known here is a mistake of this test.
    pub(crate) fn of(ty: &Type) -> Self {
        let Type::Path(path) = ty else { panic!("a setting is no path") };
        let last = path.path.segments.last().expect("a path has an end");
        let name = last.ident.to_string();
        let inner = match &last.arguments {
            PathArguments::AngleBracketed(inside) => inside.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            }),
            _ => None,
        };
        match (name.as_str(), inner) {
            ("Option", Some(inner)) => Self::of(inner),
            ("Vec", Some(inner)) => Self::List(Box::new(Self::of(inner))),
            ("String", _) => Self::Plain("text"),
            ("PathBuf", _) => Self::Plain("path"),
            ("bool", _) => Self::Plain("true or false"),
            ("u16" | "u32" | "u64" | "usize", _) => Self::Plain("whole number"),
            ("Duration", _) => Self::Plain("duration"),
            ("SocketAddr", _) => Self::Plain("address:port"),
            ("Source", _) => Self::Plain("name of a feed"),
            ("Currency", _) => Self::Plain("currency"),
            ("Pair", _) => Self::Plain("pair"),
            ("AllowedNetworks", _) => Self::List(Box::new(Self::Plain("network"))),
            (section, _) if section.ends_with("Settings") => Self::Section(name),
            _ => Self::Choice(name),
        }
    }

    pub(crate) fn is_section(&self) -> bool {
        matches!(self, Self::Section(_))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Section(_) => f.write_str("table"),
            Self::Choice(_) => f.write_str("one of those named"),
            Self::List(of) => write!(f, "list of: {of}"),
            Self::Plain(name) => f.write_str(name),
        }
    }
}
