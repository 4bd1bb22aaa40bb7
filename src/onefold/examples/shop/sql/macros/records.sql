-- Numbers, times and addresses as records carry them.

CREATE TEMP MACRO account_number(x, copy) AS
  concat('A', lpad(scatter(x * 4 + copy, 2147483647)::VARCHAR, 10, '0'));

CREATE TEMP MACRO customer_number(x, copy) AS
  concat('C', lpad((x * 3 + copy + 1)::VARCHAR, 8, '0'));

CREATE TEMP MACRO card_number(x) AS
  concat('29', lpad(scatter(x, 2147483647)::VARCHAR, 10, '0'), x % 10);

-- midnight UTC at the start of a day, in seconds; what changed for a day changed on the day before
CREATE TEMP MACRO midnight(d) AS
  epoch(getvariable('first_day')::TIMESTAMP)::BIGINT + (d - 1) * 86400;

CREATE TEMP MACRO office_hours(d, what, x) AS
  midnight(d - 1) + 8 * 3600 + whole(0, 12 * 3600, what, x);

CREATE TEMP MACRO home_street(home, is_short) AS
  if(
    home IS NULL,
    NULL,
    concat_ws(
      ' ', home.number, if(is_short, home.street.short, home.street.kind), home.street.name
    )
  );

CREATE TEMP MACRO home_postal(home) AS
  lpad(
    (home.city.postal::INTEGER
      + home.city.step::INTEGER * floor(home.city.spread::INTEGER * home.postal_steps)::INTEGER
    )::VARCHAR,
    length(home.city.postal)::INTEGER,
    '0'
  );

CREATE TEMP MACRO mailed(email, source, x) AS
  CASE
    WHEN happens(source, 'mail_tag', x) THEN replace(email, '@', '+maisonfolde@')
    WHEN happens(source, 'mail_upper', x) THEN upper(email)
    ELSE email
  END;

CREATE TEMP MACRO paris_text(seconds) AS
  strftime(
    make_timestamp(seconds * 1000000) AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris',
    '%d/%m/%Y %H:%M:%S'
  );

CREATE TEMP MACRO euros(cents) AS (cents / 100.0)::DECIMAL(10, 2);
