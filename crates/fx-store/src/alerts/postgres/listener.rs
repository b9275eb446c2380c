//! Changes of rules that others make, heard of at once.

use std::sync::Arc;
use std::time::Duration;

use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures::StreamExt;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::StoreError;
use crate::postgres::{Aborted, Pool};

/// After how much silence the server is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(5);

/// How long the server may take to say that it is.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Between two attempts to connect.
const RETRY: Duration = Duration::from_millis(500);

/// Tells all who listen at `channel`, once the transaction is committed, that `teller` has changed a rule.
pub(super) async fn tell(connection: &mut AsyncPgConnection, (channel, teller): (&str, Uuid)) -> Result<(), Aborted> {
    diesel::sql_query("SELECT pg_notify($1, $2)")
        .bind::<Text, _>(channel)
        .bind::<Text, _>(teller.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Counts what others tell, and each new connection, since something may have been told while there was none.
pub(super) fn start(pool: Pool, id: Uuid, changes: Arc<watch::Sender<u64>>) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        loop {
            let Err(error) = listen(&pool, id, &changes).await else { continue };
            tracing::warn!(%error, "changes of alert rules are not heard of at once until there is a connection again");
            tokio::time::sleep(RETRY).await;
        }
    }))
}

async fn listen(pool: &Pool, id: Uuid, changes: &watch::Sender<u64>) -> Result<(), StoreError> {
    let connector = pool.connector();
    let mut connection = connector.connect().await?;
    let lost = |reason: String| connector.failed(reason);
    let listen = format!("LISTEN {}", connector.quoted_schema());
    connection.batch_execute(&listen).await.map_err(|error| lost(error.to_string()))?;
    changes.send_modify(|changes| *changes += 1);
    let own = id.to_string();
    loop {
        let told = tokio::time::timeout(SILENCE, async { Box::pin(connection.notifications_stream()).next().await });
        match told.await {
            Ok(Some(Ok(told))) if told.payload == own => {}
            Ok(Some(Ok(_))) => changes.send_modify(|changes| *changes += 1),
            Ok(Some(Err(error))) => return Err(lost(error.to_string())),
            Ok(None) => return Err(lost("the connection has ended".to_owned())),
            Err(_) => match tokio::time::timeout(ANSWER_WITHIN, connection.batch_execute("SELECT 1")).await {
                Ok(answer) => answer.map_err(|error| lost(error.to_string()))?,
                Err(_) => return Err(lost("no answer".to_owned())),
            },
        }
    }
}
