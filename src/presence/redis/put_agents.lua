-- Creates or replaces agents, all or nothing. A new agent is offline; an existing one keeps its status and state.
--
-- KEYS: 1 records  2 cards  3 profiles (hash, agent -> JSON)  4 registry of queues
-- ARGV: 1 now, ms or 0  2 base of the account's keys, then for each agent: id, profile JSON, rank in top_down queues
-- Reply: the number of agents written
assert(#ARGV % 3 == 2, 'three arguments for each agent')
local definitions, profiles = registered(KEYS[4]), {}
for i = 3, #ARGV, 3 do profiles[i] = cjson.decode(ARGV[i + 1]) end
for i = 3, #ARGV, 3 do
  local agent = ARGV[i]
  local r = load(agent)
  local is_gone = r and r[UNTIL] <= now and call('HEXISTS', KEYS[3], agent) == 0
  if is_gone or not r then r = { 'o', 'i', now, 0, 0, now, 0, 0, 0, 0, 0, 0, '', '', '', '', '' } end
  index(agent, r, profiles[i], tonumber(ARGV[i + 2]), definitions)
  save(agent, r)
  call('HSET', KEYS[3], agent, ARGV[i + 1])
end
return (#ARGV - 2) / 3
