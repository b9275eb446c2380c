ALTER TABLE alert_transitions DROP COLUMN kind;
