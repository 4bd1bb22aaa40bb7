-- Rows of files that are written anew, without those that this load replaces.
-- Grain: one row per key. In: standing, those files; keys(_key), what came.
-- Columns: those of standing.
SELECT standing.*
FROM standing
ANTI JOIN keys ON standing._key = keys._key
