//! The API as its clients see it, on the embedded adapters and a clock that stands still.

mod about;
mod access;
mod access_audit;
mod access_changes;
mod alerts;
mod backtest;
mod candles;
mod channels;
mod chart;

mod conditional;
mod connections;
mod convert;
mod document;
mod faults;
mod feeds;
mod fixture;
mod hand;
mod health;
mod history;
mod hostile;
mod hostile_texts;
mod pages;
mod protocol;
mod rates;
mod recording;
mod stream;
mod stream_many;
mod stream_resumes;
