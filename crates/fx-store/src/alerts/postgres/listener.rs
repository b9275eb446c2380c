//! What others change, heard of at once: rules, and what is to be delivered.

use std::sync::Arc;
use std::time::Duration;

use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures::StreamExt;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::StoreError;
use crate::aborted::Aborted;
use crate::postgres::Pool;

/// After how much silence the server is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(5);

/// How long the server may take to say that it is.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Between two attempts to connect.
const RETRY: Duration = Duration::from_millis(500);

/// The word for what is to be delivered; any other is who has changed a rule.
const DELIVERIES: &str = "deliveries";

/// What others are told of.
pub(crate) enum News {
    /// A rule was changed by this store.
    Rule(Uuid),
    /// There is something to deliver.
    Deliveries,
}

/// Tells all who listen at `channel`, once the transaction is committed.
pub(crate) async fn tell(connection: &mut AsyncPgConnection, channel: &str, news: News) -> Result<(), Aborted> {
    let word = match news {
        News::Rule(teller) => teller.to_string(),
        News::Deliveries => DELIVERIES.to_owned(),
    };
    let tell = diesel::sql_query("SELECT pg_notify($1, $2)").bind::<Text, _>(channel).bind::<Text, _>(word);
    tell.execute(connection).await?;
    Ok(())
}

/// Where what is heard is counted.
#[derive(Clone)]
pub(super) struct Counts {
    pub(super) rules: Arc<watch::Sender<u64>>,
    pub(super) deliveries: Arc<watch::Sender<u64>>,
}

/// Counts what others tell, and each new connection, since something may have been told while there was none.
pub(super) fn start(pool: Pool, id: Uuid, counts: Counts) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        loop {
            let Err(error) = listen(&pool, id, &counts).await else { continue };
            tracing::warn!(%error, "what others change is not heard of at once until there is a connection again");
            tokio::time::sleep(RETRY).await;
        }
    }))
}

async fn listen(pool: &Pool, id: Uuid, counts: &Counts) -> Result<(), StoreError> {
    let connector = pool.connector();
    let mut connection = connector.connect().await?;
    let lost = |reason: String| connector.failed(reason);
    let listen = format!("LISTEN {}", connector.quoted_schema());
    connection.batch_execute(&listen).await.map_err(|error| lost(error.to_string()))?;
    count(&counts.rules);
    count(&counts.deliveries);
    let own = id.to_string();
    loop {
        let told = tokio::time::timeout(SILENCE, async { Box::pin(connection.notifications_stream()).next().await });
        match told.await {
            Ok(Some(Ok(told))) if told.payload == own => {}
            Ok(Some(Ok(told))) if told.payload == DELIVERIES => count(&counts.deliveries),
            Ok(Some(Ok(_))) => count(&counts.rules),
            Ok(Some(Err(error))) => return Err(lost(error.to_string())),
            Ok(None) => return Err(lost("the connection has ended".to_owned())),
            Err(_) => match tokio::time::timeout(ANSWER_WITHIN, connection.batch_execute("SELECT 1")).await {
                Ok(answer) => answer.map_err(|error| lost(error.to_string()))?,
                Err(_) => return Err(lost("no answer".to_owned())),
            },
        }
    }
}

pub(super) fn count(changes: &watch::Sender<u64>) {
    changes.send_modify(|changes| *changes += 1);
}
