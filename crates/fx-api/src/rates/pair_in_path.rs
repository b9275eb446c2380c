use std::fmt;
use std::sync::OnceLock;

use fx_domain::pair::Pair;
use salvo::extract::Metadata;
use salvo::oapi::{Components, EndpointArgRegister, Operation, Parameter, ParameterIn, ToSchema};
use salvo::{Depot, Extractible, Request, Writer};

use crate::notation::PairSegment;
use crate::problem::Problem;

/// The `{pair}` of a path, in whichever direction and notation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PairInPath(pub(crate) Pair);

impl<'ex> Extractible<'ex> for PairInPath {
    fn metadata() -> &'static Metadata {
        static METADATA: OnceLock<Metadata> = OnceLock::new();
        METADATA.get_or_init(|| Metadata::new("PairInPath"))
    }

    async fn extract(
        req: &'ex mut Request,
        _depot: &'ex mut Depot,
    ) -> Result<Self, impl Writer + Send + fmt::Debug + 'static> {
        let text = req.params().get("pair").map_or("", |pair| pair);
        text.parse().map(Self).map_err(|error: fx_domain::pair::PairError| Problem::not_found(error.to_string()))
    }
}

impl EndpointArgRegister for PairInPath {
    fn register(components: &mut Components, operation: &mut Operation, _arg: &str) {
        let parameter = Parameter::new("pair")
            .location(ParameterIn::Path)
            .description("The pair.")
            .schema(PairSegment::to_schema(components))
            .required(true);
        operation.parameters.insert(parameter);
    }
}
