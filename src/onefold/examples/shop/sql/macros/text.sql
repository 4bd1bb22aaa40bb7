-- How people and tills write things: accents, case, typing errors, phone formats.

-- as it stands in an e-mail address
CREATE TEMP MACRO mail_part(s) AS regexp_replace(lower(strip_accents(s)), '[^a-z-]', '', 'g');

-- one typing error at place p (from 1): a letter lost, two swapped, one doubled, one replaced
CREATE TEMP MACRO mistyped(s, p, u) AS
  CASE
    WHEN u < 0.3 THEN concat(left(s, p - 1), substr(s, p + 1))
    WHEN u < 0.6 THEN concat(left(s, p - 1), substr(s, p + 1, 1), substr(s, p, 1), substr(s, p + 2))
    WHEN u < 0.8 THEN concat(left(s, p), substr(s, p))
    ELSE concat(left(s, p - 1), chr(97 + floor(130 * (u - 0.8))::INTEGER), substr(s, p + 1))
  END;

-- the text, with a typing error for some; never in the first letter
-- (the lambda binds what it slips on once: a macro's argument is written out at each use)
CREATE TEMP MACRO with_typo(s, source, what, x) AS
  CASE
    WHEN length(s) > 3 AND happens(source, 'typo', x * 4 + what)
      THEN list_transform(
        [{
          'text': s,
          'place': 2 + floor((length(s) - 2) * chance(concat(source, ' place of the typo'), x * 4 + what))::INTEGER,
          'kind': chance(concat(source, ' kind of typo'), x * 4 + what)
        }],
        lambda slip: mistyped(slip.text, slip.place, slip.kind)
      )[1]
    ELSE s
  END;

-- as typed at a counter or on a phone: upper case, lower case, accents dropped
CREATE TEMP MACRO with_case(s, source, x) AS
  CASE
    WHEN happens(source, 'upper_case', x) THEN upper(strip_accents(s))
    WHEN happens(source, 'lower_case', x) THEN lower(s)
    WHEN happens(source, 'accents_dropped', x) THEN strip_accents(s)
    ELSE s
  END;

-- nine national digits in pairs: 6 12 34 56 78
CREATE TEMP MACRO in_pairs(n, gap) AS
  concat_ws(
    gap, substr(n, 1, 1), substr(n, 2, 2), substr(n, 4, 2), substr(n, 6, 2), substr(n, 8, 2)
  );

-- a phone number in one of eight formats; u from [0, 1)
CREATE TEMP MACRO phone_text(calling_code, n, u) AS
  CASE floor(u * 8)::INTEGER
    WHEN 0 THEN concat('0', n)
    WHEN 1 THEN concat('0', in_pairs(n, ' '))
    WHEN 2 THEN concat('0', in_pairs(n, '.'))
    WHEN 3 THEN concat('0', in_pairs(n, '-'))
    WHEN 4 THEN concat('+', calling_code, n)
    WHEN 5 THEN concat('+', calling_code, ' ', in_pairs(n, ' '))
    WHEN 6 THEN concat('00', calling_code, n)
    ELSE concat('+', calling_code, ' (0)', n)
  END;

-- abroad, a national format would be read as a French number: international ones only
CREATE TEMP MACRO phone_format(calling_code, u) AS
  CASE WHEN calling_code = '33' THEN u ELSE 0.5 + u / 2 END;

CREATE TEMP MACRO iso_instant(t) AS strftime(t, '%Y-%m-%dT%H:%M:%SZ');

-- a cell of a CSV file
CREATE TEMP MACRO cell(v, separator) AS
  CASE
    WHEN v IS NULL THEN ''
    WHEN contains(v, separator) OR contains(v, '"') THEN concat('"', replace(v, '"', '""'), '"')
    ELSE v
  END;
