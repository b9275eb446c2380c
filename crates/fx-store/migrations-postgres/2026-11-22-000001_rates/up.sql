-- Published rates stand as their provider wrote them: `inverted` where that is the other direction of `pair`, so that the
-- inverse is computed from the figure and never stored rounded. Derived rates have a pivot and no scale.
--
-- Partitions are made as rates need them: a year each before 2025, a month each from then on. The primary key is the one
-- index: every reader asks for one (source, pair) in the order of its times.
CREATE TABLE rates (
    source          TEXT COLLATE "C" NOT NULL, -- compared byte by byte, whatever the database's language
    pair            TEXT COLLATE "C" NOT NULL, -- oriented, such as EURUSD
    source_ts       BIGINT           NOT NULL, -- times are microseconds since 1970
    fetched_at      BIGINT           NOT NULL, -- the version: the later one stays
    ingested_at     BIGINT           NOT NULL,
    mid             DOUBLE PRECISION NOT NULL, -- with bid and ask: their average
    bid             DOUBLE PRECISION,
    ask             DOUBLE PRECISION,
    inverted        BOOLEAN          NOT NULL,
    scale           SMALLINT,                  -- digits after the point of mid or bid as published
    ask_scale       SMALLINT,
    figure          TEXT,                      -- as published, where number and scale do not say all
    ask_figure      TEXT,
    pivot           TEXT,
    precision_bp    DOUBLE PRECISION NOT NULL,
    quality         SMALLINT         NOT NULL, -- 0 ok, 1 unusual, 2 suspect
    reason          SMALLINT,                  -- of a suspect one: 0 decimal shift, 1 inversion, 2 jump
    price_stddev_20 DOUBLE PRECISION,
    realized_vol    DOUBLE PRECISION,
    ewma_vol        DOUBLE PRECISION,
    older_leg_ts    BIGINT,
    PRIMARY KEY (source, pair, source_ts)
) PARTITION BY RANGE (source_ts);

-- Every (source, pair) that has ever had a rate, so that the newest of each is found without a search for them.
CREATE TABLE rate_series (
    source TEXT COLLATE "C" NOT NULL,
    pair   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (source, pair)
);

-- For people with psql.
CREATE VIEW rates_readable AS
SELECT source,
       pair,
       timestamptz 'epoch' + source_ts * interval '1 microsecond'    AS source_ts,
       timestamptz 'epoch' + fetched_at * interval '1 microsecond'   AS fetched_at,
       timestamptz 'epoch' + ingested_at * interval '1 microsecond'  AS ingested_at,
       CASE WHEN inverted THEN 1 / mid ELSE mid END                  AS mid,
       CASE WHEN inverted THEN 1 / ask ELSE bid END                  AS bid,
       CASE WHEN inverted THEN 1 / bid ELSE ask END                  AS ask,
       pivot IS NOT NULL                                             AS derived,
       pivot,
       precision_bp,
       (ARRAY['ok', 'unusual', 'suspect'])[quality + 1]              AS quality,
       (ARRAY['decimal_shift', 'inversion', 'jump'])[reason + 1]     AS reason,
       price_stddev_20,
       realized_vol,
       ewma_vol,
       timestamptz 'epoch' + older_leg_ts * interval '1 microsecond' AS older_leg_ts
FROM rates;
