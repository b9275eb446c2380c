//! `fx-monitor up`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use fx_config::Overrides;
use fx_producer::replay::ReplayArguments;

#[derive(Debug, Clone, Args)]
pub(crate) struct UpArgs {
    /// The configuration file; without it the embedded defaults
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where everything is kept, over the file's `data_dir`
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The address and port of the REST API, over the file's `api.listen`
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) replay: ReplayArguments,
}

impl UpArgs {
    /// What is set over the configuration file.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides { data_dir: self.data_dir.clone(), listen: self.listen }
    }
}
