//! Kibana's objects. Kibana itself does not run here: what it is given is held against what is known of it, and a small
//! server plays its HTTP API.

#[path = "kibana/decoded.rs"]
mod decoded;
#[path = "kibana/figures/mod.rs"]
mod figures;
#[path = "kibana/import.rs"]
mod import;
#[path = "kibana/lens.rs"]
mod lens;
#[path = "kibana/objects.rs"]
mod objects;
#[path = "kibana/played/mod.rs"]
mod played;
#[path = "kibana/tls.rs"]
mod tls;
