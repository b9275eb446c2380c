-- Telling people: channels, and deliveries on their way through them. Times are microseconds since 1970.
CREATE TABLE alert_channels (
    id               TEXT   NOT NULL PRIMARY KEY,
    name             TEXT   NOT NULL UNIQUE,
    target           TEXT   NOT NULL, -- JSON
    secret           TEXT,
    old_secret       TEXT,            -- valid beside the other until old_secret_until
    old_secret_until BIGINT,
    group_for        BIGINT,          -- microseconds in which transitions are collected
    created_at       BIGINT NOT NULL,
    disabled_at      BIGINT,
    disabled_reason  TEXT
) WITHOUT ROWID;

-- Channels are named, not referred to: a message may outlive its channel.
CREATE TABLE deliveries (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT   NOT NULL UNIQUE,
    channel     TEXT   NOT NULL,
    status      TEXT   NOT NULL,
    reason      TEXT,
    tries       BIGINT NOT NULL, -- attempts begun since it was made or replayed
    next_at     BIGINT,          -- the end of the lease while it is lent
    created_at  BIGINT NOT NULL,
    finished_at BIGINT
);

CREATE INDEX deliveries_pending ON deliveries (channel, next_at) WHERE status = 'pending';
CREATE INDEX deliveries_by_status ON deliveries (status, position);

CREATE TABLE delivery_transitions (
    delivery_id   TEXT NOT NULL REFERENCES deliveries (id),
    transition_id TEXT NOT NULL REFERENCES alert_transitions (id),
    PRIMARY KEY (delivery_id, transition_id)
) WITHOUT ROWID;

CREATE INDEX delivery_transitions_by_transition ON delivery_transitions (transition_id);

CREATE TABLE delivery_attempts (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery_id TEXT   NOT NULL REFERENCES deliveries (id),
    at          BIGINT NOT NULL,
    took_ms     BIGINT NOT NULL,
    code        BIGINT,
    error       TEXT
);

CREATE INDEX delivery_attempts_by_delivery ON delivery_attempts (delivery_id, position);

-- A row is a transition or a delivery that is to be published (`events`, `deliveries`), or a transition that is to be told
-- through a channel (`tell`).
CREATE TABLE outbox (
    position      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind          TEXT    NOT NULL,
    transition_id TEXT REFERENCES alert_transitions (id),
    channel       TEXT,
    delivery_id   TEXT REFERENCES deliveries (id)
);
INSERT INTO outbox (position, kind, transition_id) SELECT position, kind, transition_id FROM alert_outbox;
DROP TABLE alert_outbox;
ALTER TABLE outbox RENAME TO alert_outbox;
CREATE INDEX alert_outbox_by_kind ON alert_outbox (kind, position);

-- Nothing is told of a snoozed rule. What its machines know is void where they began before `begun_at`.
ALTER TABLE alert_rules ADD COLUMN snoozed_until BIGINT;
ALTER TABLE alert_rules ADD COLUMN begun_at BIGINT NOT NULL DEFAULT 0;
UPDATE alert_rules SET begun_at = updated_at;

-- Who creates a rule with a key and tries again gets the same one. `created_as` tells it from another with that key.
ALTER TABLE alert_rules ADD COLUMN idempotency_key TEXT;
ALTER TABLE alert_rules ADD COLUMN created_as TEXT;
CREATE UNIQUE INDEX alert_rules_by_key ON alert_rules (idempotency_key) WHERE deleted_at IS NULL;

-- What only some transitions have, as JSON.
ALTER TABLE alert_transitions ADD COLUMN details TEXT;

-- Who looks after an open episode. A row goes with its episode.
CREATE TABLE alert_acknowledgements (
    episode_id   TEXT   NOT NULL PRIMARY KEY,
    alert_id     TEXT   NOT NULL REFERENCES alert_rules (id),
    acknowledged TEXT   NOT NULL -- JSON: by whom, with which words, when
) WITHOUT ROWID;

CREATE INDEX alert_acknowledgements_by_alert ON alert_acknowledgements (alert_id);
