-- Makes queues known, so that agents written from now on are indexed in them.
--
-- KEYS: 1 records  2 presence  3 cards  4 registry of queues  5 built (hash, queue id -> 1)
-- ARGV: 1 now, ms or 0  2 base of the account's keys, then for each queue: id, membership JSON
-- Reply: the ids that have no complete index yet
local missing = {}
assert(#ARGV % 2 == 0, 'two arguments for each queue')
for i = 3, #ARGV, 2 do
  call('HSET', KEYS[4], ARGV[i], ARGV[i + 1])
  if not call('HGET', KEYS[5], ARGV[i]) then missing[#missing + 1] = ARGV[i] end
end
return missing
