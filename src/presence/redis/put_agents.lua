-- Creates or replaces agents, all or nothing. A new agent is offline; an existing one keeps its status and state.
--
-- KEYS: 1 records  2 profiles (hash, agent -> JSON)  3 registry of queues
-- ARGV: 1 now, ms or 0  2 queue prefix  3 line prefix, then for each agent: id, profile JSON, rank in top_down queues
-- Reply: the number of agents written
local NO_WEIGHT = 1
local definitions, written, records = registered(KEYS[3]), {}, {}
assert(#ARGV % 3 == 0, 'three arguments for each agent')
for i = 4, #ARGV, 3 do
  local agent, profile = ARGV[i], cjson.decode(ARGV[i + 1])
  local r = load(agent) or { 'offline', now, '', 0, 0, now, 'idle', 0, '', 0, 0, 0, 0, 0, 0, 1, {}, {}, {} }
  r[RANK], r[WEIGHT], r[URIS] = tonumber(ARGV[i + 2]), profile.weight or NO_WEIGHT, profile.destinations
  index(agent, r, profile, definitions)
  records[agent] = r
  written[#written + 1] = agent
  written[#written + 1] = ARGV[i + 1]
end
redis.call('HSET', KEYS[2], unpack(written))
flush(records)
return #written / 2
