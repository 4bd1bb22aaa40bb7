-- Values that people type to get past a form.
-- Grain: one row a value. Columns: semantic, value, records. Reads _stitch_counted.
SELECT semantic, value, records
FROM _stitch_counted
WHERE CASE semantic
  WHEN 'email' THEN regexp_matches(value,
      '^(test|tests|testing|tester|noreply|no[-_.]reply|donotreply|none|null|nil|na|n[.]a|no|non|nomail|noemail|no[-_.]?mail|no[-_.]?email|unknown|inconnu|anonymous|anonyme|fake|spam|asdf+|qwerty|azerty|abc|abcd|xx+|aaa+|zzz+)[0-9]{0,3}@')
    OR regexp_matches(value, '@(test|none|no|null|na|nomail|noemail|fake|spam)[.]')
  WHEN 'phone' THEN right(value, 7) = repeat(right(value, 1), 7)
    OR regexp_matches(value, '(12345678|23456789|87654321|98765432)')
  WHEN 'birthdate' THEN false
  WHEN 'given_name' THEN value IN ('unknown', 'inconnu', 'inconnue', 'unbekannt', 'none', 'null',
      'nan', 'n a', 'na', 'test', 'tests', 'testing', 'tester', 'customer', 'client', 'guest',
      'invite', 'admin', 'user', 'anonymous', 'anonyme', 'noname', 'no name', 'nom', 'prenom',
      'name', 'firstname', 'first name', 'given name', 'undefined', 'mr', 'mrs', 'ms', 'mme',
      'mlle', 'monsieur', 'madame')
    OR (length(value) >= 2 AND trim(value, left(value, 1)) = '')
  WHEN 'surname' THEN value IN ('unknown', 'inconnu', 'inconnue', 'unbekannt', 'none', 'null',
      'nan', 'test', 'tests', 'testing', 'customer', 'anonymous', 'anonyme', 'noname', 'lastname',
      'surname', 'undefined', 'mr', 'mrs', 'ms', 'mme', 'mlle', 'monsieur', 'madame')
    OR (length(value) >= 2 AND trim(value, left(value, 1)) = '')
  ELSE value IN ('0', 'na', 'n/a', 'none', 'null', 'nan', 'unknown', 'inconnu', '-', 'x', 'test')
END
