//! Asking a provider for its table, politely.

use std::collections::BTreeSet;
use std::time::Duration;

use fx_domain::batch::Batch;
use fx_domain::calendar::DAY_US;
use fx_domain::clock::Timestamp;
use fx_domain::feed::FeedState;
use reqwest::Url;
use tokio_util::sync::CancellationToken;

use crate::backoff::jitter;
use crate::feed::Feed;
use crate::feeds::{Adapter, FeedError, Reading, RecentDays, Response};
use crate::http::{Fetched, Fetcher, Validators, quota_of};
use crate::metrics;
use crate::published::Published;
use crate::schedule::{Outcome, due};

/// Long waits are cut in pieces, since a machine that sleeps stops the timer but not the clock.
const LONGEST_NAP: Duration = Duration::from_secs(30);
/// After so many vain tries the newest day is published without the missing ones before it.
const FILL_TRIES: u32 = 3;

/// Polls one provider.
pub(crate) struct Poller {
    feed: Feed,
    adapter: &'static Adapter,
    endpoint: Url,
    fetcher: Fetcher,
    validators: Validators,
    published: Published,
    next_update: Option<Timestamp>,
    overdue: u32,
    warned: BTreeSet<String>,
    fill_tries: u32,
}

/// What a poll brought.
enum News {
    /// Batches that were not published before, oldest first.
    Batches(Vec<Batch>),
    /// What is published still holds.
    Nothing,
}

impl Poller {
    pub(crate) fn new(feed: Feed, adapter: &'static Adapter, endpoint: Url, fetcher: Fetcher) -> Self {
        Self {
            feed,
            adapter,
            endpoint,
            fetcher,
            validators: Validators::default(),
            published: Published::default(),
            next_update: None,
            overdue: 0,
            warned: BTreeSet::new(),
            fill_tries: 0,
        }
    }

    /// Polls until shutdown.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut due = self.first_due();
        let polling = async {
            loop {
                self.wait_until(due).await;
                due = self.poll().await;
            }
        };
        shutdown.run_until_cancelled(polling).await;
    }

    /// At once, unless the provider has told an earlier run when it publishes next.
    fn first_due(&self) -> Timestamp {
        let (now, status) = (self.feed.clock.now(), self.feed.status());
        let told = status.next_poll.filter(|_| status.state == FeedState::Live);
        told.map_or(now, |next| next.max(now))
    }

    async fn wait_until(&self, due: Timestamp) {
        while let Ok(wait) = (due - self.feed.clock.now()).to_std()
            && !wait.is_zero()
        {
            tokio::time::sleep(wait.min(LONGEST_NAP)).await;
        }
    }

    /// Asks once and sends a message, whatever came. Says when to ask again.
    pub(crate) async fn poll(&mut self) -> Timestamp {
        metrics::polled(&self.feed.plan.name);
        self.feed.begin_fetch();
        let due = match self.ask().await {
            Ok(news) => self.answered(news),
            Err(error) => self.failed(&error),
        };
        self.feed.end_fetch();
        due
    }

    async fn ask(&mut self) -> Result<News, FeedError> {
        let request = (self.adapter.request)(self.endpoint.clone(), &self.feed.plan)?;
        match self.fetcher.fetch(self.adapter, request, &self.validators, &*self.feed.clock).await? {
            Fetched::NotModified(headers) => {
                self.feed.status_mut().quota = quota_of(&headers);
                Ok(News::Nothing)
            }
            Fetched::Answer(response) => self.read(&response).await,
        }
    }

    async fn read(&mut self, response: &Response) -> Result<News, FeedError> {
        self.feed.status_mut().quota = quota_of(&response.headers);
        let reading = (self.adapter.parse)(response, self.feed.plan.base)?;
        let Reading { answer, is_dated, next_update, warnings } = reading;
        self.warn(warnings);
        let batch = self.feed.admit(&answer)?;
        self.next_update = next_update;
        if self.published.covers(&batch, is_dated) {
            self.validators = Validators::of(response);
            return Ok(News::Nothing);
        }
        let mut batches = self.missing_before(&batch).await?;
        // Only now is the answer dealt with: a 304 before would hide it.
        self.validators = Validators::of(response);
        batches.push(batch);
        Ok(News::Batches(batches))
    }

    fn warn(&mut self, warnings: Vec<String>) {
        for warning in warnings {
            if self.warned.insert(warning.clone()) {
                tracing::warn!(source = %self.feed.plan.name, warning, "provider warns");
            }
        }
    }

    /// The days between the newest that is published and `batch`, where the provider has a file of them.
    async fn missing_before(&mut self, batch: &Batch) -> Result<Vec<Batch>, FeedError> {
        let Some(recent) = self.adapter.recent_days else { return Ok(Vec::new()) };
        let newest = self.feed.newest().unwrap_or(Timestamp::UNIX_EPOCH);
        // Clocks change on different Sundays, so that a day may have an hour more.
        let is_next_day = self.feed.plan.market.open_micros(batch.source_ts)
            - self.feed.plan.market.open_micros(newest)
            < DAY_US + DAY_US / 2;
        if is_next_day || self.fill_tries >= FILL_TRIES {
            return Ok(Vec::new());
        }
        self.fill_tries += 1;
        let days = self.recent_days(recent, newest, batch.source_ts).await?;
        self.fill_tries = 0;
        Ok(days)
    }

    async fn recent_days(
        &mut self,
        recent: RecentDays,
        after: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Batch>, FeedError> {
        let mut request = (self.adapter.request)(self.endpoint.clone(), &self.feed.plan)?;
        request.url = request.url.join(recent.file).map_err(|error| FeedError::Unreadable(error.to_string()))?;
        let none = Validators::default();
        let Fetched::Answer(response) = self.fetcher.fetch(self.adapter, request, &none, &*self.feed.clock).await?
        else {
            return Ok(Vec::new());
        };
        let days = (recent.parse)(&response)?;
        let missing = days.into_iter().filter(|day| day.source_ts > after && day.source_ts < before);
        missing.map(|day| self.feed.admit(&day).map_err(FeedError::from)).collect()
    }

    fn answered(&mut self, news: News) -> Timestamp {
        let now = self.feed.clock.now();
        let is_new = matches!(news, News::Batches(_));
        self.overdue = if is_new || self.next_update.is_none_or(|update| update > now) { 0 } else { self.overdue + 1 };
        let outcome = Outcome::Answered { next_update: self.next_update, overdue: self.overdue };
        let next = due(now, self.feed.plan.interval, outcome, jitter());
        self.feed.answered(now);
        self.feed.status_mut().next_poll = Some(next);
        match news {
            News::Nothing => self.feed.tell(),
            News::Batches(batches) => self.publish(batches),
        }
        next
    }

    /// Sends the batches, the status with the last of them.
    fn publish(&mut self, mut batches: Vec<Batch>) {
        if let Some(last) = batches.last_mut() {
            last.status = Some(self.feed.status().clone());
        }
        for batch in batches {
            // What found no room is not remembered, so that the next poll brings it again.
            if self.feed.send(&batch) {
                self.published.add(&batch);
            } else {
                self.validators = Validators::default();
            }
        }
        self.feed.show_health();
    }

    fn failed(&mut self, error: &FeedError) -> Timestamp {
        let now = self.feed.clock.now();
        metrics::poll_failed(&self.feed.plan.name, error.reason());
        if error.is_refusal() {
            self.feed.count_refusal(error.reason());
        }
        let failures = self.feed.failed(&error.to_string(), error.is_final());
        let is_busy = matches!(error, FeedError::Busy { status: 429, .. });
        let outcome = Outcome::Failed { failures, retry_after: error.retry_after(), is_busy };
        let next = due(now, self.feed.plan.interval, outcome, jitter());
        self.feed.status_mut().next_poll = Some(next);
        self.feed.tell();
        next
    }
}
