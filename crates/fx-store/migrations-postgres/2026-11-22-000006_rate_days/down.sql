DROP TRIGGER rates_deleted ON rates;
DROP TRIGGER rates_updated ON rates;
DROP TRIGGER rates_inserted ON rates;
DROP FUNCTION note_rate_days();
DROP FUNCTION rate_day(BIGINT);
DROP TABLE rate_days;
