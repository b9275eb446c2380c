//! The API as its clients see it, on the embedded adapters and a clock that stands still.

mod about;
mod alerts;
mod candles;
mod convert;
mod document;
mod faults;
mod feeds;
mod fixture;
mod health;
mod history;
mod pages;
mod protocol;
mod rates;
mod recording;
mod stream;
mod stream_resumes;
