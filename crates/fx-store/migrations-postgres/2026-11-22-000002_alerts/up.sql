-- Alerts: what is asked for, where it stands, what happened, and how far the engine is. Ids are UUIDs as text, times
-- microseconds since 1970.
CREATE TABLE alert_rules (
    id         TEXT   NOT NULL PRIMARY KEY,
    rule       TEXT   NOT NULL, -- JSON
    severity   TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT           -- a deleted rule keeps its history
);

CREATE TABLE alert_states (
    alert_id     TEXT   NOT NULL REFERENCES alert_rules (id),
    pair         TEXT   NOT NULL, -- in the rule's own direction
    partition_id BIGINT NOT NULL,
    machine      TEXT   NOT NULL, -- JSON
    PRIMARY KEY (alert_id, pair)
);

CREATE TABLE alert_transitions (
    position   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         TEXT             NOT NULL UNIQUE,
    alert_id   TEXT             NOT NULL,
    alert_name TEXT             NOT NULL,
    episode_id TEXT,
    pair       TEXT             NOT NULL,
    from_state TEXT             NOT NULL,
    to_state   TEXT             NOT NULL,
    source     TEXT             NOT NULL,
    source_ts  BIGINT           NOT NULL,
    at         BIGINT           NOT NULL,
    value      DOUBLE PRECISION NOT NULL,
    threshold  DOUBLE PRECISION NOT NULL,
    severity   TEXT             NOT NULL,
    message    TEXT             NOT NULL
);

CREATE INDEX alert_transitions_by_time ON alert_transitions (at, position);
CREATE INDEX alert_transitions_by_alert ON alert_transitions (alert_id, at, position);

-- What is still to be told. A row goes when it has been.
CREATE TABLE alert_outbox (
    position      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          TEXT NOT NULL,
    transition_id TEXT NOT NULL REFERENCES alert_transitions (id)
);

CREATE INDEX alert_outbox_by_kind ON alert_outbox (kind, position);

-- The newest accepted rates that the engine knew at its position.
CREATE TABLE alert_rates (
    source       TEXT    NOT NULL,
    pair         TEXT    NOT NULL, -- oriented
    market_open  BOOLEAN NOT NULL, -- a stream's rates from a closed market stand apart
    partition_id BIGINT  NOT NULL,
    rate         TEXT    NOT NULL, -- JSON
    PRIMARY KEY (source, pair, market_open)
);

-- How far the engine is. Log time is the newest fetched_at that it has seen there. Who opens a partition takes a new epoch,
-- and whoever had it before can write no more, even where the offset has not moved since.
CREATE TABLE alert_positions (
    partition_id BIGINT NOT NULL PRIMARY KEY,
    next_offset  BIGINT NOT NULL,
    log_time     BIGINT,
    epoch        BIGINT NOT NULL
);
