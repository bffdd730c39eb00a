-- Lets go what has become too much or too old.
--
-- KEYS: 1 records  2 presence  3 cards  4 the log (stream)
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 how long everything is kept, ms  4 most entries
-- Reply: how many went
local kept, most = tonumber(ARGV[3]), tonumber(ARGV[4])
assert(kept >= 1 and most >= 1, 'a time and a number')
local gone = call('XTRIM', KEYS[4], 'MAXLEN', '=', most)
return gone + call('XTRIM', KEYS[4], 'MINID', '=', format('%d-0', max(0, now - kept)))
