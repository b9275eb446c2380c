DROP TABLE rate_days;
