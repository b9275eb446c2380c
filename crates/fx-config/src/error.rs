//! What can be wrong with a configuration, said so that it can be put right without a manual.

use std::fmt;
use std::path::PathBuf;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The configuration file.
    File(PathBuf),
    /// An environment variable, by its name.
    Environment(String),
    /// A flag of the command line, as it is typed.
    Flag(String),
    /// Nobody set it: the built-in default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::Flag(flag) => f.write_str(flag),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One mistake: where, which key, which value, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where the value stands.
    pub origin: Origin,
    /// The key from the top of the file, `section.key`; empty where the file as a whole is wrong.
    pub key: String,
    /// The value as it was given; `None` where a key is missing or unknown.
    pub value: Option<String>,
    /// What is wrong and what would be right, lowercase, without a full stop.
    pub problem: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if !self.key.is_empty() {
            write!(f, "{}", self.key)?;
            if let Some(value) = &self.value {
                write!(f, " = {value}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.problem)
    }
}

/// Every mistake of a configuration, one line each, in the order of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors {
    mistakes: Vec<Mistake>,
}

impl ConfigErrors {
    pub(crate) fn new(mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by(|a, b| (&a.key, &a.value).cmp(&(&b.key, &b.value)));
        Self { mistakes }
    }

    /// The mistakes; never empty.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mistake) in self.mistakes.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// A mistake that a section finds in itself; where it stands is looked up by the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) key: String,
    pub(crate) value: Option<String>,
    pub(crate) problem: String,
}

impl Finding {
    /// For a number, a list, or a value already as it would be typed.
    pub(crate) fn of(key: impl Into<String>, value: &str, problem: impl Into<String>) -> Self {
        Self { key: key.into(), value: Some(value.to_owned()), problem: problem.into() }
    }

    /// For a text, which stands in quotes in the file.
    pub(crate) fn text(key: impl Into<String>, value: &str, problem: impl Into<String>) -> Self {
        Self::of(key, &format!("{value:?}"), problem)
    }

    /// For a key that is not there, or should not be.
    pub(crate) fn missing(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { key: key.into(), value: None, problem: problem.into() }
    }
}
