-- Records by a value that is evidence by itself, such as an e-mail address.
-- Grain: one row a record that has the value and the name. Columns: rid, token, key, bearer,
-- birthdate, generation. Reads _stitch_clean; :key and :bearer are expressions over it.
SELECT rid, token, :key AS key, :bearer AS bearer, birthdate, generation
FROM _stitch_clean
WHERE :present AND :bearer IS NOT NULL
