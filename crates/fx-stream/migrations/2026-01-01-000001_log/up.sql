-- The embedded log: one partition a topic.
CREATE TABLE log_records (
    topic    TEXT    NOT NULL,
    position BIGINT  NOT NULL,
    at       BIGINT  NOT NULL, -- microseconds since 1970
    key      TEXT,
    headers  TEXT,             -- JSON, [[name, value], …]
    payload  BLOB    NOT NULL, -- LZ4 with its size before it: the same field names over and over
    PRIMARY KEY (topic, position)
) WITHOUT ROWID;

CREATE INDEX log_records_by_key ON log_records (topic, key, position) WHERE key IS NOT NULL;

-- The offset that the next record gets: it stays when retention has removed every record.
CREATE TABLE log_ends (
    topic         TEXT   NOT NULL PRIMARY KEY,
    next_position BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE log_groups (
    group_name    TEXT   NOT NULL,
    topic         TEXT   NOT NULL,
    next_position BIGINT NOT NULL,
    PRIMARY KEY (group_name, topic)
) WITHOUT ROWID;
