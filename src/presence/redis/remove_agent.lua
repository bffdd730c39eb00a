-- Forgets an agent.
--
-- KEYS: 1 records  2 cards  3 profiles
-- ARGV: 1 now, ms or 0  2 queue prefix  3 line prefix  4 agent
-- Reply: 1, or 0 when there was none
local agent = ARGV[4]
local r, card = load(agent)
for i = card and card[QUEUES_AT] or 1, card and #card or 0 do
  call('ZREM', QUEUE .. card[i], agent)
  call('ZREM', LINE .. card[i], agent)
end
call('HDEL', KEYS[1], agent)
call('HDEL', KEYS[2], agent)
return call('HDEL', KEYS[3], agent)
