DROP VIEW rates_readable;
DROP TABLE rate_series;
DROP TABLE rates;
