DROP TABLE alert_positions;
DROP TABLE alert_rates;
DROP TABLE alert_outbox;
DROP TABLE alert_transitions;
DROP TABLE alert_states;
DROP TABLE alert_rules;
