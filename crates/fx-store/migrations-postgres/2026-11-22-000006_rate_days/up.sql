-- When the rates of a day last changed, so that candles drawn from them are known to be right still. A day without a row
-- has no rates. `day` counts from 1970, `stamp` is the transaction that changed it last. Triggers note it, whoever writes:
-- a consumer of the version before does not know of this table.
CREATE TABLE rate_days (
    source TEXT COLLATE "C" NOT NULL,
    day    BIGINT           NOT NULL,
    stamp  BIGINT           NOT NULL,
    PRIMARY KEY (source, day)
);

CREATE FUNCTION rate_day(source_ts BIGINT) RETURNS BIGINT LANGUAGE SQL IMMUTABLE AS $$
    SELECT (source_ts - ((source_ts % 86400000000) + 86400000000) % 86400000000) / 86400000000
$$;

INSERT INTO rate_days SELECT DISTINCT source, rate_day(source_ts), 0 FROM rates;

-- In one order, so that none of two writers waits for the other while that waits for it.
CREATE FUNCTION note_rate_days() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rate_days
    SELECT DISTINCT source, rate_day(source_ts), txid_current() FROM changed ORDER BY 1, 2
    ON CONFLICT (source, day) DO UPDATE SET stamp = excluded.stamp;
    RETURN NULL;
END
$$;

CREATE TRIGGER rates_inserted AFTER INSERT ON rates REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_rate_days();
CREATE TRIGGER rates_updated AFTER UPDATE ON rates REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_rate_days();
CREATE TRIGGER rates_deleted AFTER DELETE ON rates REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_rate_days();
