-- Published rates stand as their provider wrote them: `inverted` where that is the other direction of `pair`, so that the
-- inverse is computed from the figure and never stored rounded. Derived rates have a pivot and no scale.
CREATE TABLE rates (
    source          TEXT     NOT NULL,
    pair            TEXT     NOT NULL, -- oriented, such as EURUSD
    source_ts       BIGINT   NOT NULL, -- times are microseconds since 1970
    fetched_at      BIGINT   NOT NULL, -- the version: the later one stays
    ingested_at     BIGINT   NOT NULL,
    mid             DOUBLE   NOT NULL, -- with bid and ask: their average
    bid             DOUBLE,
    ask             DOUBLE,
    inverted        BOOLEAN  NOT NULL,
    scale           SMALLINT,          -- digits after the point of mid or bid as published
    ask_scale       SMALLINT,
    figure          TEXT,              -- as published, where number and scale do not say all
    ask_figure      TEXT,
    pivot           TEXT,
    precision_bp    DOUBLE   NOT NULL,
    quality         SMALLINT NOT NULL, -- 0 ok, 1 unusual, 2 suspect
    reason          SMALLINT,          -- of a suspect one: 0 decimal shift, 1 inversion, 2 jump
    price_stddev_20 DOUBLE,
    realized_vol    DOUBLE,
    ewma_vol        DOUBLE,
    older_leg_ts    BIGINT,
    PRIMARY KEY (source, pair, source_ts)
) WITHOUT ROWID;
