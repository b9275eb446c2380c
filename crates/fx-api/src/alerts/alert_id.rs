use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use salvo::extract::Metadata;
use salvo::oapi::schema::{BasicType, Object};
use salvo::oapi::{Components, EndpointArgRegister, Operation, Parameter, ParameterIn};
use salvo::{Depot, Extractible, Request, Writer};
use uuid::Uuid;

use crate::problem::{Problem, shown};

/// An alert's id as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AlertId(pub(super) Uuid);

impl FromStr for AlertId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("`{}` is no id of an alert, expected a UUID", shown(text)))
    }
}

/// The `{id}` of a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AlertInPath(pub(super) Uuid);

impl<'ex> Extractible<'ex> for AlertInPath {
    fn metadata() -> &'static Metadata {
        static METADATA: OnceLock<Metadata> = OnceLock::new();
        METADATA.get_or_init(|| Metadata::new("AlertInPath"))
    }

    async fn extract(
        req: &'ex mut Request,
        _depot: &'ex mut Depot,
    ) -> Result<Self, impl Writer + Send + fmt::Debug + 'static> {
        let text = req.params().get("id").map_or("", |id| id);
        text.parse().map(|AlertId(id)| Self(id)).map_err(Problem::not_found)
    }
}

impl EndpointArgRegister for AlertInPath {
    fn register(_components: &mut Components, operation: &mut Operation, _arg: &str) {
        let parameter = Parameter::new("id")
            .location(ParameterIn::Path)
            .description("The alert's id.")
            .schema(Object::with_type(BasicType::String))
            .required(true);
        operation.parameters.insert(parameter);
    }
}
