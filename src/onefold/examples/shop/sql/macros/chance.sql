-- Chance as a function: the same seed, name and number always give the same draw, whatever was
-- drawn before, in whatever order, by however many threads. So any person can be made alone, and
-- day 2 needs nothing of day 1.
--
-- A draw is a cubic polynomial of x modulo the prime 2^31 - 1, its coefficients hashed from the
-- seed and the draw's name (constants to the engine: a draw costs about 10 ns). Such polynomials
-- are 4-wise independent. x is a whole number from 0 to 2^31 - 2; x * coefficient fits a BIGINT.

CREATE TEMP MACRO coefficient(what, k) AS
  (md5_number_lower(concat_ws(':', getvariable('seed'), what, k)) % 2147483647)::BIGINT;

-- a number from [0, 1)
CREATE TEMP MACRO chance(what, x) AS
  (
    (
      (
        (
          (coefficient(what, 3) * x + coefficient(what, 2)) % 2147483647
        ) * x + coefficient(what, 1)
      ) % 2147483647
    ) * x + coefficient(what, 0)
  ) % 2147483647 / 2147483647.0::DOUBLE;

-- does it happen to x? The rates are those of config.py: rates.<source>.<what>
CREATE TEMP MACRO happens(source, what, x) AS
  chance(concat(source, ' ', what), x) < getvariable('rates')[source][what];

-- one of a list, all alike
CREATE TEMP MACRO pick(choices, what, x) AS
  choices[1 + floor(len(choices) * chance(what, x))::INTEGER];

-- one of a list, the first ones more often: skew 1 is even, 2 gives the first tenth a third
CREATE TEMP MACRO pick_early(choices, what, x, skew) AS
  choices[1 + floor(len(choices) * power(chance(what, x), skew))::INTEGER];

-- a whole number from low to high, both included
CREATE TEMP MACRO whole(low, high, what, x) AS
  (low + floor((high - low + 1) * chance(what, x)))::INTEGER;

-- a number of p values that looks drawn but differs for each x below the prime p
CREATE TEMP MACRO scatter(x, p) AS (x * 48271 + 11) % p;
