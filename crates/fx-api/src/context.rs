//! What the API reads from.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use fx_cache::LatestRates;
use fx_config::{
    ApiSettings, CacheBackend, DeliverySettings, FeedPlan, IndexBackend, Settings, StoreBackend, StreamBackend,
};
use fx_domain::clock::{Clock, Timestamp};
use fx_domain::feed::Source;
use fx_service::HealthRegistry;
use fx_service::metrics::Recorder;
use fx_store::alerts::AlertStore;
use fx_store::delivery::{ChannelStore, DeliveryStore};
use fx_store::rates::RateStore;
use fx_stream::Log;
use salvo::extract::Metadata;
use salvo::oapi::{Components, EndpointArgRegister, Operation, ToSchema};
use salvo::{Depot, Extractible, FlowCtrl, Handler, Request, Response, Writer, async_trait};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::alerts::Backtests;
use crate::board::Boards;
use crate::body::BodyTime;
use crate::feeds::Attribution;
use crate::latest::LatestReader;
use crate::problem::Problem;
use crate::rates::Drawing;
use crate::stream::Hub;

/// On what the parts run, for `GET /`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Backends {
    /// The log.
    #[salvo(schema(example = "embedded"))]
    pub stream: String,
    /// History and alerts.
    #[salvo(schema(example = "sqlite"))]
    pub store: String,
    /// Latest rates.
    #[salvo(schema(example = "memory"))]
    pub cache: String,
    /// Rates and alerts as time series; none where nothing is indexed.
    #[salvo(schema(example = "none"))]
    pub index: String,
}

impl Backends {
    /// As the settings choose them.
    pub fn of(settings: &Settings) -> Self {
        let stream = match settings.stream.backend {
            StreamBackend::Embedded => "embedded",
            StreamBackend::Kafka => "kafka",
        };
        let store = match settings.store.backend {
            StoreBackend::Sqlite => "sqlite",
            StoreBackend::Postgresql => "postgresql",
        };
        let cache = match settings.cache.backend {
            CacheBackend::Memory => "memory",
            CacheBackend::Redis => "redis",
        };
        let index = match settings.index.backend {
            IndexBackend::None => "none",
            IndexBackend::Elasticsearch => "elasticsearch",
        };
        let [stream, store, cache, index] = [stream, store, cache, index].map(str::to_owned);
        Self { stream, store, cache, index }
    }
}

/// Everything that the API reads from.
#[derive(Clone)]
pub struct ApiContext {
    /// `[api]`
    pub settings: ApiSettings,
    /// The feeds that run, the most trusted first; none while a recording is replayed. A source that is not among them
    /// is believed after all of these.
    pub feeds: Vec<FeedPlan>,
    /// Whom a feed's rates are by, as its provider wants to be named.
    pub attributions: BTreeMap<Source, Attribution>,
    /// On what the parts run.
    pub backends: Backends,
    /// The latest rates.
    pub cache: Arc<dyn LatestRates>,
    /// The history.
    pub rates: Arc<dyn RateStore>,
    /// The alerts.
    pub alerts: Arc<dyn AlertStore>,
    /// How many alerts there may be.
    pub max_alerts: usize,
    /// For how long the log keeps rates: no alert looks further back.
    pub retention: Duration,
    /// Through which alerts are told.
    pub channels: Arc<dyn ChannelStore>,
    /// What became of telling.
    pub deliveries: Arc<dyn DeliveryStore>,
    /// How is told, and whom one may tell.
    pub delivery: DeliverySettings,
    /// The log, which `/stream` follows.
    pub log: Arc<dyn Log>,
    /// How the parts of the process are doing.
    pub health: HealthRegistry,
    /// The metrics of the process.
    pub metrics: Recorder,
    /// The time by which ages are judged.
    pub clock: Arc<dyn Clock>,
}

/// The context with what is computed from it.
pub(crate) struct State {
    pub(crate) context: ApiContext,
    pub(crate) latest: Arc<LatestReader>,
    pub(crate) boards: Boards,
    pub(crate) drawing: Drawing,
    pub(crate) hub: Arc<Hub>,
    pub(crate) backtests: Backtests,
    pub(crate) started: Timestamp,
    /// Ends streams that would go on for ever.
    pub(crate) stopping: CancellationToken,
}

impl State {
    pub(crate) fn new(context: ApiContext, stopping: CancellationToken) -> Arc<Self> {
        let latest = Arc::new(LatestReader::new(&context));
        let (asking, ends) = (Arc::clone(&latest), stopping.clone());
        tokio::spawn(async move { ends.run_until_cancelled(asking.keep_asking()).await });
        let boards = Boards::new(&context, &latest);
        let drawing = Drawing::new(Arc::clone(&context.rates));
        let hub = Hub::new(&context, Arc::clone(&latest), boards.clone(), &stopping);
        let (started, backtests) = (context.clock.now(), Backtests::default());
        Arc::new(Self { context, latest, boards, drawing, hub, backtests, started, stopping })
    }
}

/// The state, as a handler's argument.
#[derive(Clone)]
pub(crate) struct Api(Arc<State>);

impl Deref for Api {
    type Target = Arc<State>;

    fn deref(&self) -> &Arc<State> {
        &self.0
    }
}

impl<'ex> Extractible<'ex> for Api {
    fn metadata() -> &'static Metadata {
        static METADATA: OnceLock<Metadata> = OnceLock::new();
        METADATA.get_or_init(|| Metadata::new("Api"))
    }

    async fn extract(
        _req: &'ex mut Request,
        depot: &'ex mut Depot,
    ) -> Result<Self, impl Writer + Send + fmt::Debug + 'static> {
        let api = depot.get_typed::<Self>();
        api.cloned().map_err(|_| Problem::internal(&"a handler stands outside of the service"))
    }
}

impl EndpointArgRegister for Api {
    fn register(_components: &mut Components, _operation: &mut Operation, _arg: &str) {}
}

/// Hands the state to the handlers.
pub(crate) struct ProvideState(pub(crate) Arc<State>);

#[async_trait]
impl Handler for ProvideState {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, _res: &mut Response, _ctrl: &mut FlowCtrl) {
        req.extensions_mut().insert(BodyTime(self.0.context.settings.request_timeout));
        depot.insert_typed(Api(Arc::clone(&self.0)));
    }
}
