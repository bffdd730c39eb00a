-- Makes queues known, so that agents written from now on are indexed in them. Those that nobody has made known for two
-- days are dropped: long enough for versions side by side, and a queue that is asked for again is indexed anew. The agents'
-- cards have them until the agents are indexed again; then `built.lua` takes what is left.
--
-- KEYS: 1 records  2 presence  3 cards  4 registry of queues  5 built (hash, queue id -> 1)
-- ARGV: 1 now, ms or 0  2 base of the account's keys, then for each queue: id, membership JSON
-- Reply: {{the ids that have no complete index yet}, {the ids that are dropped}}; with either, all agents are to be indexed
local KEPT, MOST_DROPPED = 172800000, 500
local missing, asked, dropped = {}, BASE .. 'asked', BASE .. 'dropped'
assert(#ARGV % 2 == 0, 'two arguments for each queue')
for i = 3, #ARGV, 2 do
  call('HSET', KEYS[4], ARGV[i], ARGV[i + 1])
  call('ZADD', asked, format('%d', now), ARGV[i])
  call('SREM', dropped, ARGV[i])
  if not call('HGET', KEYS[5], ARGV[i]) then missing[#missing + 1] = ARGV[i] end
end
local room = max(MOST_DROPPED - call('SCARD', dropped), 0)
for _, id in ipairs(call('ZRANGEBYSCORE', asked, '-inf', format('%d', now - KEPT), 'LIMIT', 0, room)) do
  call('ZREM', asked, id)
  call('HDEL', KEYS[4], id)
  call('HDEL', KEYS[5], id)
  call('SADD', dropped, id)
end
forget_departed()
return { missing, call('SMEMBERS', dropped) }
