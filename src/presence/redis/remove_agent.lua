-- Forgets an agent.
--
-- KEYS: 1 records  2 cards  3 profiles
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 agent
-- Reply: 1, or 0 when there was none
local agent = ARGV[3]
local r = load(agent)
for id in (r and r[QUEUES] or ''):gmatch('%S+') do
  call('ZREM', BASE .. 'q:' .. id, agent)
  call('ZREM', BASE .. 'line:' .. id, agent)
end
call('HDEL', KEYS[1], agent)
call('HDEL', KEYS[2], agent)
return call('HDEL', KEYS[3], agent)
