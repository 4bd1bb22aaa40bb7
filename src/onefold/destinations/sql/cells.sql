-- grain: one row a changed cell
-- in:    changes
-- out:   changes' columns, _changed with that one field alone, _field: its name
SELECT
  changes.* REPLACE ([cell.field] AS _changed),
  cell.field AS _field
FROM changes, unnest(changes._changed) AS cell(field)
