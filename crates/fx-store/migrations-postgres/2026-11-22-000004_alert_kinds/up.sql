-- The kind of the rule's condition. A deleted rule stays in its table, so that what was told before knows it too.
ALTER TABLE alert_transitions ADD COLUMN kind TEXT;
UPDATE alert_transitions
SET kind = (SELECT rule::json -> 'condition' ->> 'kind' FROM alert_rules WHERE alert_rules.id = alert_transitions.alert_id);
