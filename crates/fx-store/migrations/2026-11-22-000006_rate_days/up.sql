-- When the rates of a day last changed, so that candles drawn from them are known to be right still. A day without a row
-- has no rates. `day` counts from 1970, `stamp` is another after each change.
CREATE TABLE rate_days (
    source TEXT   NOT NULL,
    day    BIGINT NOT NULL,
    stamp  BIGINT NOT NULL,
    PRIMARY KEY (source, day)
) WITHOUT ROWID;

INSERT INTO rate_days
SELECT DISTINCT source, (source_ts - ((source_ts % 86400000000) + 86400000000) % 86400000000) / 86400000000, 0 FROM rates;
