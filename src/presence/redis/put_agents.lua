-- Creates or replaces agents, all or nothing. A new agent is offline; an existing one keeps its status and state.
--
-- KEYS: 1 records  2 cards  3 profiles (hash, agent -> JSON)  4 registry of queues
-- ARGV: 1 now, ms or 0  2 queue prefix  3 line prefix, then for each agent: id, profile JSON, rank in top_down queues
-- Reply: the number of agents written
assert(#ARGV % 3 == 0, 'three arguments for each agent')
local definitions = registered(KEYS[4])
for i = 4, #ARGV, 3 do
  local agent = ARGV[i]
  local r, old_card = load(agent)
  r = r or { 'offline', now, '', 0, 0, now, 'idle', 0, '', 0, 0, 0, 0, 0 }
  local card = index(agent, old_card, cjson.decode(ARGV[i + 1]), tonumber(ARGV[i + 2]), definitions)
  save({ { agent, r, card } })
  call('HSET', KEYS[3], agent, ARGV[i + 1])
end
return (#ARGV - 3) / 3
