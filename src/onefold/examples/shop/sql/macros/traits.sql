-- How a person's traits follow from their number: what changed, names, homes, phones, mailboxes.

-- a person of this number starts a household; the next ones join it, up to three of them
CREATE TEMP MACRO begins_household(x) AS
  x % 4 = 0 OR happens('people', 'household_begins', x);

-- what changed for a person on one of their days
CREATE TEMP MACRO changed_thing(x, d, is_member, is_listed) AS
  CASE
    WHEN chance('changed thing', x * 64 + d) < 0.25 THEN 'home'
    WHEN chance('changed thing', x * 64 + d) < 0.50 THEN 'email'
    WHEN chance('changed thing', x * 64 + d) < 0.75 THEN 'phone'
    WHEN chance('changed thing', x * 64 + d) < 0.90 THEN if(is_member, 'tier', 'home')
    ELSE if(is_listed, 'opt', 'phone')
  END;

-- the last day on which that changed for a person; 1 when it never did
CREATE TEMP MACRO last_day(thing, x, changes, is_member, is_listed) AS
  coalesce(
    list_max(list_filter(changes, lambda d: changed_thing(x, d, is_member, is_listed) = thing)), 1
  );

CREATE TEMP MACRO surname_of(x) AS
  CASE
    WHEN chance('kind of surname', x) < 0.70
      THEN pick_early(getvariable('surnames'), 'surname', x, 1.6).name
    WHEN chance('kind of surname', x) < 0.97
      THEN concat(
        pick(getvariable('surname_starts'), 'surname start', x).name,
        pick(getvariable('surname_ends'), 'surname end', x).name
      )
    ELSE concat_ws(
      '-',
      pick_early(getvariable('surnames'), 'surname', x, 1.6).name,
      pick_early(getvariable('surnames'), 'second surname', x, 1.6).name
    )
  END;

CREATE TEMP MACRO city_of(country, x) AS
  CASE country
    WHEN 'BE' THEN pick_early(getvariable('cities_be'), 'city', x, 1.4)
    WHEN 'CH' THEN pick_early(getvariable('cities_ch'), 'city', x, 1.4)
    ELSE pick_early(getvariable('cities_fr'), 'city', x, 1.7)
  END;

-- an address in parts; `home_text` and its like write it down
CREATE TEMP MACRO home_of(country, x) AS
  {
    'number': concat(
      whole(1, 160, 'street number', x), if(chance('street bis', x) < 0.06, ' bis', '')
    ),
    'street': pick_early(getvariable('streets'), 'street', x, 1.3),
    'flat': if(chance('flat', x) < 0.25, concat('Apt ', whole(1, 60, 'flat number', x)), NULL),
    'city': city_of(country, x),
    'postal_steps': chance('postal', x)
  };

CREATE TEMP MACRO mobile_of(country, x, d) AS
  (
    CASE country WHEN 'BE' THEN 460000000 WHEN 'CH' THEN 760000000 ELSE 640000000 END
    + scatter(x + 12345677 * (d - 1), 39999983)
  )::VARCHAR;

-- a mailbox of one person: the number at the end makes it theirs alone
CREATE TEMP MACRO mailbox_of(given_name, surname, born_on, x, d) AS
  concat(
    CASE floor(chance('mailbox', x * 64 + d) * 5)::INTEGER
      WHEN 0 THEN concat(left(mail_part(given_name), 1), mail_part(surname))
      WHEN 1 THEN concat(mail_part(surname), '.', mail_part(given_name))
      WHEN 2 THEN concat(mail_part(given_name), year(born_on), '_')
      ELSE concat(mail_part(given_name), '.', mail_part(surname))
    END,
    x,
    if(d = 1, '', concat('d', d)),
    '@',
    pick_early(getvariable('mail_domains'), 'mail domain', x * 64 + d, 1.8).name
  );
