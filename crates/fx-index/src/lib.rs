//! Rates and alert events as time series in Elasticsearch, for Kibana.

pub mod kibana;
