-- Rows of records that were erased. They land no more, and nothing keeps their bytes.
-- Grain: one row per row erased. In: staged (see staging.py); barred(hash); :prefix, a text.
-- Columns: row_id BIGINT, the staged row; _delivery INTEGER; fate VARCHAR; _key VARCHAR.
SELECT staged.rowid AS row_id, staged._delivery, 'superseded' AS fate, staged._key
FROM staged
SEMI JOIN barred ON sha256(concat(:prefix, staged._key)) = barred.hash
WHERE NOT staged._key IS NULL
