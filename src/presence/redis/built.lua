-- Says that queues have a complete index. Those that are no longer registered (an emptied store) are left out.
--
-- KEYS: 1 records  2 presence  3 cards  4 registry of queues  5 built (hash, queue id -> 1)
-- ARGV: 1 now, ms or 0  2 base of the account's keys, then queue ids
-- Reply: how many were marked
local marked = 0
for i = 3, #ARGV do
  if call('HEXISTS', KEYS[4], ARGV[i]) == 1 then
    call('HSET', KEYS[5], ARGV[i], 1)
    marked = marked + 1
  end
end
return marked
