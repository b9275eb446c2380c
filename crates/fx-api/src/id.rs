//! Ids, as they are written and as they stand in paths.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::OnceLock;

use salvo::extract::Metadata;
use salvo::oapi::{Components, EndpointArgRegister, Operation, Parameter, ParameterIn, ToSchema};
use salvo::{Depot, Extractible, Request, Writer};
use uuid::Uuid;

use crate::notation::IdText;
use crate::problem::{Problem, shown};

/// What has an id.
pub(crate) trait Identified: Send + 'static {
    /// With its article, for messages.
    const WHAT: &'static str;
    /// Where those that are there are listed.
    const LISTED_AT: &'static str;
}

/// An alert.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OfAlert;

/// A channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OfChannel;

/// A delivery.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OfDelivery;

impl Identified for OfAlert {
    const WHAT: &'static str = "an alert";
    const LISTED_AT: &'static str = "/alerts";
}

impl Identified for OfChannel {
    const WHAT: &'static str = "a channel";
    const LISTED_AT: &'static str = "/channels";
}

impl Identified for OfDelivery {
    const WHAT: &'static str = "a delivery";
    const LISTED_AT: &'static str = "/deliveries";
}

/// An id as it is written, and the `{id}` of a path.
#[derive(Debug)]
pub(crate) struct Id<T>(pub(crate) Uuid, PhantomData<T>);

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T: Identified> Id<T> {
    /// There is nothing of that id.
    pub(crate) fn is_unknown(self) -> Problem {
        let kind = T::WHAT.split_once(' ').map_or(T::WHAT, |(_, kind)| kind);
        Problem::not_found(format!("there is no {kind} `{}`, {} lists those that are", self.0, T::LISTED_AT))
    }
}

impl<T: Identified> FromStr for Id<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let id = text.parse().map_err(|_| format!("`{}` is no id of {}, expected a UUID", shown(text), T::WHAT))?;
        Ok(Self(id, PhantomData))
    }
}

impl<'ex, T: Identified> Extractible<'ex> for Id<T> {
    fn metadata() -> &'static Metadata {
        static METADATA: OnceLock<Metadata> = OnceLock::new();
        METADATA.get_or_init(|| Metadata::new("Id"))
    }

    async fn extract(
        req: &'ex mut Request,
        _depot: &'ex mut Depot,
    ) -> Result<Self, impl Writer + Send + fmt::Debug + 'static> {
        let text = req.params().get("id").map_or("", |id| id);
        text.parse().map_err(Problem::not_found)
    }
}

impl<T: Identified> EndpointArgRegister for Id<T> {
    fn register(components: &mut Components, operation: &mut Operation, _arg: &str) {
        let parameter = Parameter::new("id")
            .location(ParameterIn::Path)
            .description(format!("The id of {}.", T::WHAT))
            .schema(IdText::to_schema(components))
            .required(true);
        operation.parameters.insert(parameter);
    }
}
