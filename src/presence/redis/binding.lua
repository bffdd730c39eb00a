-- Who answered a customer last.
--
-- KEYS: 1 records  2 presence  3 cards  4 the binding
-- ARGV: 1 now, ms or 0  2 base of the account's keys
-- Reply: text as `machine.lua` writes it, '' when nobody is remembered
local bound = call('GET', KEYS[4]) or ''
local expires = bound:match('^%d+ %d+ (%d+) ')
return expires and now < tonumber(expires) and bound or ''
