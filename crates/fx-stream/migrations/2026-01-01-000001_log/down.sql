DROP TABLE log_groups; DROP TABLE log_ends; DROP TABLE log_records;
