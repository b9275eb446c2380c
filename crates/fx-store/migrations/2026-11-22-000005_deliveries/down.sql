DROP TABLE alert_acknowledgements;
ALTER TABLE alert_transitions DROP COLUMN details;
DROP INDEX alert_rules_by_key;
ALTER TABLE alert_rules DROP COLUMN created_as;
ALTER TABLE alert_rules DROP COLUMN idempotency_key;
ALTER TABLE alert_rules DROP COLUMN begun_at;
ALTER TABLE alert_rules DROP COLUMN snoozed_until;
CREATE TABLE outbox (
    position      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind          TEXT    NOT NULL,
    transition_id TEXT    NOT NULL REFERENCES alert_transitions (id)
);
INSERT INTO outbox SELECT position, kind, transition_id FROM alert_outbox WHERE kind = 'events';
DROP TABLE alert_outbox;
ALTER TABLE outbox RENAME TO alert_outbox;
CREATE INDEX alert_outbox_by_kind ON alert_outbox (kind, position);
DROP TABLE delivery_attempts;
DROP TABLE delivery_transitions;
DROP TABLE deliveries;
DROP TABLE alert_channels;
