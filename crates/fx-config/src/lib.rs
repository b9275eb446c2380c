//! The configuration of every fx-monitor service: defaults, then one TOML file, then the
//! environment (`FX_MONITOR__SECTION__KEY`), then the flags of the command line.
//!
//! [`Settings::load`] either gives settings that are right as a whole, or [`ConfigErrors`] with
//! *every* mistake, each naming where it stands, the key, the value, and what would be right.
//! Nothing that is misspelt is ignored, and nothing that is wrong is replaced by a default.
//!
//! Secrets never stand in the file: a `*_file` key names the file that holds one
//! (see [`Secret`]), and a path may begin with `$CREDENTIALS_DIRECTORY/`, the directory in which
//! systemd hands a service its credentials.

mod apart;
mod attribution;
mod describe;
mod difference;
mod error;
mod extract;
mod layers;
mod nearest;
mod networks;
mod reader;
mod secret;
mod sections;
mod settings;
mod target;
mod time_span;

pub use apart::{NotShared, Shared};
pub use attribution::Attribution;
pub use error::{ConfigErrors, Mistake, Origin};
pub use layers::Overrides;
pub use networks::{AllowedNetworks, Forbidden};
pub use secret::{Secret, credential_path};
pub use sections::alerts::AlertsSettings;
pub use sections::api::ApiSettings;
pub use sections::cache::{CacheBackend, CacheSettings};
pub use sections::consumer::{ConsumerRole, ConsumerSettings};
pub use sections::currencies::CurrenciesSettings;
pub use sections::delivery::DeliverySettings;
pub use sections::elasticsearch::ElasticsearchSettings;
pub use sections::enrich::EnrichSettings;
pub use sections::feed::{FeedSettings, Provider};
pub use sections::feeds::{FeedPlan, FeedsSettings};
pub use sections::http::HttpTlsSettings;
pub use sections::index::{IndexBackend, IndexPeriod, IndexSettings};
pub use sections::kafka::{KafkaSettings, SaslMechanism};
pub use sections::kibana::KibanaSettings;
pub use sections::postgresql::PostgresqlSettings;
pub use sections::redis::RedisSettings;
pub use sections::smtp::{SmtpSettings, SmtpTls};
pub use sections::store::{StoreBackend, StoreSettings};
pub use sections::stream::{StreamBackend, StreamSettings};
pub use sections::telemetry::{LogFormat, MetricsSettings, TelemetrySettings};
pub use sections::tls::TlsSettings;
pub use settings::Settings;
pub use target::TargetError;
pub use time_span::format_span;
