-- A local time made an instant. In a gap (the clock goes forward) it moves on by the gap; in an
-- overlap (the clock goes back) it is the first of the two, whereas timezone() takes the second.
-- Only within a day after the clock was changed can it differ: then what the time was with the
-- offset of the day before counts, if that reads the same on the clock.
-- In: given(written TIMESTAMP); :zone, an IANA zone. Column: value TIMESTAMP WITH TIME ZONE.
SELECT
  CASE
    WHEN timezone(:zone, timezone(:zone, written) - INTERVAL 24 HOURS)
      = written - INTERVAL 24 HOURS
      THEN timezone(:zone, written)
    WHEN timezone(:zone, timezone('UTC', written - (
      timezone(:zone, timezone(:zone, written) - INTERVAL 24 HOURS)
      - timezone('UTC', timezone(:zone, written) - INTERVAL 24 HOURS)
    ))) = written
      THEN timezone('UTC', written - (
        timezone(:zone, timezone(:zone, written) - INTERVAL 24 HOURS)
        - timezone('UTC', timezone(:zone, written) - INTERVAL 24 HOURS)
      ))
    ELSE timezone(:zone, written)
  END AS value
FROM given
