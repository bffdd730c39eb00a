-- Forgets an agent.
--
-- KEYS: 1 records  2 profiles
-- ARGV: 1 now, ms or 0  2 queue prefix  3 line prefix  4 agent
-- Reply: 1, or 0 when there was none
local r = load(ARGV[4])
if r then
  for _, id in ipairs(r[QUEUES]) do
    redis.call('ZREM', QUEUE .. id, ARGV[4])
    redis.call('ZREM', LINE .. id, ARGV[4])
  end
end
redis.call('HDEL', KEYS[1], ARGV[4])
return redis.call('HDEL', KEYS[2], ARGV[4])
