//! Where values come from: the file, the environment, the flags; each overrides the one before it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::providers::Format as _;
use figment::providers::{Env, Serialized, Toml};
use figment::value::Dict;
use figment::{Figment, Metadata, Profile, Provider as _, Source as FigmentSource};

use crate::error::{Mistake, Origin};

const PREFIX: &str = "FX_MONITOR__";

/// What the command line sets over the file and the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<SocketAddr>,
}

/// The layers, merged, with the way back from a key to where its value stands.
pub(crate) struct Layers {
    figment: Figment,
    file: Option<PathBuf>,
    flags: Vec<(&'static str, &'static str)>,
}

impl Layers {
    /// # Errors
    /// The one mistake of a file that cannot be read or is no TOML at all.
    pub(crate) fn read(file: Option<&Path>, overrides: &Overrides) -> Result<Self, Mistake> {
        let mut figment = Figment::new();
        if let Some(path) = file {
            check_syntax(path)?;
            figment = figment.merge(Toml::file_exact(path));
        }
        figment = figment.merge(Env::prefixed(PREFIX).split("__"));
        let mut flags = Vec::new();
        if let Some(directory) = &overrides.data_dir {
            figment = figment.merge(Serialized::default("data_dir", directory));
            flags.push(("data_dir", "--data-dir"));
        }
        if let Some(address) = overrides.listen {
            figment = figment.merge(Serialized::default("api.listen", address));
            flags.push(("api.listen", "--listen"));
        }
        Ok(Self { figment, file: file.map(Path::to_owned), flags })
    }

    /// Everything that was set.
    ///
    /// # Errors
    /// The one mistake of layers that do not go together, which the file's syntax check leaves little room for.
    pub(crate) fn values(&self) -> Result<Dict, Mistake> {
        let mut profiles = self.figment.data().map_err(|error| Mistake {
            origin: self.file.clone().map_or(Origin::Default, Origin::File),
            key: error.path.join("."),
            value: None,
            problem: error.kind.to_string(),
        })?;
        Ok(profiles.remove(&Profile::Default).unwrap_or_default())
    }

    /// Where the value of `key`, or what stands nearest above it, was set.
    pub(crate) fn origin(&self, key: &str) -> Origin {
        if let Some((_, flag)) = self.flags.iter().find(|(flagged, _)| *flagged == key) {
            return Origin::Flag((*flag).to_owned());
        }
        // A feed's name has hyphens in the file and may have underscores in the environment.
        [key.to_owned(), key.replace('-', "_")]
            .iter()
            .find_map(|spelt| Some(Self::origin_of(spelt, self.figment.find_metadata(spelt)?)))
            .unwrap_or_else(|| self.nearest_above(key))
    }

    fn origin_of(key: &str, metadata: &Metadata) -> Origin {
        match &metadata.source {
            Some(FigmentSource::File(path)) => Origin::File(path.clone()),
            _ => Origin::Environment(format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))),
        }
    }

    /// A missing key belongs where the nearest table above it stands.
    fn nearest_above(&self, key: &str) -> Origin {
        let Some((above, _)) = key.rsplit_once('.') else { return Origin::Default };
        match self.figment.find_metadata(above).map(|metadata| &metadata.source) {
            Some(Some(FigmentSource::File(path))) => Origin::File(path.clone()),
            Some(_) => Origin::Default,
            None => self.nearest_above(above),
        }
    }
}

fn check_syntax(path: &Path) -> Result<(), Mistake> {
    let mistake = |problem| Mistake { origin: Origin::File(path.to_owned()), key: String::new(), value: None, problem };
    let text = std::fs::read_to_string(path).map_err(|error| mistake(format!("cannot be read: {error}")))?;
    text.parse::<toml::Table>().map(drop).map_err(|error| {
        let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or(&text));
        let (line, column) = (before.lines().count().max(1), before.rsplit('\n').next().map_or(0, str::len) + 1);
        mistake(format!("line {line}, column {column} is no TOML: {}", error.message().replace('\n', ", ")))
    })
}
