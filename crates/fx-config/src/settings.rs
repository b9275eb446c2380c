//! All sections together.

use std::path::{Path, PathBuf};

use figment::value::Dict;
use serde::{Deserialize, Serialize};

use crate::error::{ConfigErrors, Finding, Mistake};
use crate::layers::{Layers, Overrides};
use crate::reader::Reader;
use crate::sections::alerts::AlertsSettings;
use crate::sections::api::ApiSettings;
use crate::sections::cache::CacheSettings;
use crate::sections::consumer::{ConsumerRole, ConsumerSettings};
use crate::sections::currencies::CurrenciesSettings;
use crate::sections::delivery::DeliverySettings;
use crate::sections::enrich::EnrichSettings;
use crate::sections::feeds::FeedsSettings;
use crate::sections::index::IndexSettings;
use crate::sections::kibana::KibanaSettings;
use crate::sections::store::StoreSettings;
use crate::sections::stream::StreamSettings;
use crate::sections::telemetry::TelemetrySettings;

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// The directory of everything that is kept, made where it does not exist; a relative one counts from the working
    /// directory. Default `$XDG_DATA_HOME/fx-monitor`, without that variable `~/.local/share/fx-monitor`.
    pub data_dir: PathBuf,
    /// `[currencies]`
    pub currencies: CurrenciesSettings,
    /// `[feeds]`
    pub feeds: FeedsSettings,
    /// `[stream]`
    pub stream: StreamSettings,
    /// `[store]`
    pub store: StoreSettings,
    /// `[cache]`
    pub cache: CacheSettings,
    /// `[index]`
    pub index: IndexSettings,
    /// `[kibana]`
    pub kibana: KibanaSettings,
    /// `[consumer]`
    pub consumer: ConsumerSettings,
    /// `[enrich]`
    pub enrich: EnrichSettings,
    /// `[alerts]`
    pub alerts: AlertsSettings,
    /// `[delivery]`
    pub delivery: DeliverySettings,
    /// `[api]`
    pub api: ApiSettings,
    /// `[telemetry]`
    pub telemetry: TelemetrySettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self::read(&mut Reader::new(Dict::new()))
    }
}

/// The keys above every section.
#[derive(Deserialize)]
#[serde(default)]
struct Top {
    data_dir: PathBuf,
}

impl Default for Top {
    fn default() -> Self {
        let absolute = |variable| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
        Self { data_dir: home.unwrap_or_else(|| PathBuf::from(".")).join("fx-monitor") }
    }
}

impl Settings {
    /// Reads the defaults, then `file`, then the environment.
    ///
    /// # Errors
    /// Every mistake at once.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigErrors> {
        Self::load_with(file, &Overrides::default())
    }

    /// As [`Settings::load`], with what the command line sets on top.
    ///
    /// # Errors
    /// Every mistake at once.
    pub fn load_with(file: Option<&Path>, overrides: &Overrides) -> Result<Self, ConfigErrors> {
        let layers = Layers::read(file, overrides).map_err(one)?;
        let mut reader = Reader::new(layers.values().map_err(one)?);
        let mut settings = Self::read(&mut reader);
        let mut findings = reader.finish();
        findings.extend(settings.validate());
        findings.extend(settings.read_secrets());
        if findings.is_empty() {
            return Ok(settings);
        }
        Err(ConfigErrors::new(findings.into_iter().map(|finding| located(&layers, finding)).collect()))
    }

    fn read(reader: &mut Reader) -> Self {
        let has_roles = reader.has("consumer", "roles");
        let mut settings = Self {
            data_dir: reader.top::<Top>(&["data_dir"]).data_dir,
            currencies: reader.section("currencies"),
            feeds: reader.feeds(),
            stream: reader.section("stream"),
            store: reader.section("store"),
            cache: reader.section("cache"),
            index: reader.section("index"),
            kibana: reader.section("kibana"),
            consumer: reader.section("consumer"),
            enrich: reader.section("enrich"),
            alerts: reader.section("alerts"),
            delivery: reader.section("delivery"),
            api: reader.section("api"),
            telemetry: reader.section("telemetry"),
        };
        if settings.index.is_used() && !has_roles {
            settings.consumer.roles.push(ConsumerRole::Index);
        }
        settings
    }

    fn validate(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.data_dir.as_os_str().is_empty() {
            findings.push(Finding::text("data_dir", "", "must name a directory"));
        }
        findings.extend(self.currencies.validate());
        findings.extend(self.feeds.validate());
        findings.extend(self.stream.validate());
        findings.extend(self.store.validate());
        findings.extend(self.cache.validate());
        findings.extend(self.kibana.validate());
        findings.extend(self.index.validate());
        findings.extend(self.consumer.validate(&self.index));
        findings.extend(self.enrich.validate());
        findings.extend(self.alerts.validate());
        findings.extend(self.delivery.validate());
        findings.extend(self.api.validate());
        findings.extend(self.telemetry.validate(self.api.listen));
        findings
    }

    fn read_secrets(&mut self) -> Vec<Finding> {
        let mut findings = self.feeds.read_secrets();
        findings.extend(self.stream.read_secrets());
        findings.extend(self.store.read_secrets());
        findings.extend(self.cache.read_secrets());
        findings.extend(self.index.read_secrets());
        findings.extend(self.kibana.read_secrets());
        findings.extend(self.delivery.read_secrets());
        findings
    }
}

fn one(mistake: Mistake) -> ConfigErrors {
    ConfigErrors::new(vec![mistake])
}

fn located(layers: &Layers, finding: Finding) -> Mistake {
    let Finding { key, value, problem } = finding;
    Mistake { origin: layers.origin(&key), key, value, problem }
}
