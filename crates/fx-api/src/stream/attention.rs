//! Whether anybody listens: if not, messages pass by unread.

use std::collections::VecDeque;

use fx_domain::rate::EnrichedBatch;
use fx_stream::Message;
use fx_stream::message::Payload;

use super::book::Book;

/// The cache, from which the first reader's book is made, may be so many messages behind the log.
const KEPT_UNREAD: usize = 64;

/// What is known while somebody listens, and the last messages while nobody does.
#[derive(Default)]
pub(super) struct Attention {
    book: Option<Book>,
    unread: VecDeque<Message>,
}

impl Attention {
    pub(super) fn is_awake(&self) -> bool {
        self.book.is_some()
    }

    /// Nobody listens.
    pub(super) fn keep_unread(&mut self, messages: &[Message]) {
        self.book = None;
        let first = messages.len().saturating_sub(KEPT_UNREAD);
        for message in &messages[first..] {
            if self.unread.len() == KEPT_UNREAD {
                self.unread.pop_front();
            }
            self.unread.push_back(message.clone());
        }
    }

    /// Somebody listens: begins with `book`, and with what came last.
    pub(super) fn wake(&mut self, mut book: Book) {
        for batch in self.unread.drain(..).filter_map(|message| EnrichedBatch::decode(&message.record.payload).ok()) {
            book.take_in(&batch);
        }
        self.book = Some(book);
    }

    /// What is known; nothing where it was not woken.
    pub(super) fn book(&mut self) -> &mut Book {
        self.book.get_or_insert_default()
    }
}
