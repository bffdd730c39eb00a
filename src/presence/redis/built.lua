-- Says that queues have a complete index. Those that are no longer registered (an emptied store) are left out.
--
-- KEYS: 1 records  2 registry of queues  3 built (hash, queue id -> 1)
-- ARGV: 1 now, ms or 0  2 queue prefix  3 line prefix, then queue ids
-- Reply: how many were marked
local marked = 0
for i = 4, #ARGV do
  if redis.call('HEXISTS', KEYS[2], ARGV[i]) == 1 then
    redis.call('HSET', KEYS[3], ARGV[i], 1)
    marked = marked + 1
  end
end
return marked
