-- grain: one row an identifier that more than one desired row bears
-- in:    identified (desired rows whose identifier is usable)
-- out:   _identifier
SELECT _identifier
FROM identified
GROUP BY _identifier
HAVING count(*) > 1
