-- Text as delivered; blank text (only white space, of whatever kind) is NULL.
-- In: given(raw VARCHAR). Column: value VARCHAR.
SELECT CASE WHEN regexp_matches(raw, '[^\s\v\pZ\x{FEFF}]') THEN raw END AS value
FROM given
