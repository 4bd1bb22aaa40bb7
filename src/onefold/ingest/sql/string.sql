-- A string: as delivered, white space around it included.
-- In: given(raw VARCHAR, never blank). Columns: value VARCHAR; reason VARCHAR.
SELECT raw AS value, '' AS reason
FROM given
