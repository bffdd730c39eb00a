-- Creates or replaces agents, all or nothing. A new agent is offline; an existing one keeps its status and state.
--
-- KEYS: 1 records  2 presence  3 cards  4 profiles (hash, agent -> JSON)  5 registry of queues  6 owners (hash, uri -> agent)
-- ARGV: 1 now, ms or 0  2 base of the account's keys, then for each agent: id, profile JSON, rank in top_down queues
-- Reply: {}, or when destinations are other agents', and nothing was written: {agent, uri, owner, ...}
assert(#ARGV % 3 == 2, 'three arguments for each agent')
local definitions, profiles, listed, taken = registered(KEYS[5]), {}, {}, {}
for i = 3, #ARGV, 3 do
  profiles[i], listed[ARGV[i]] = cjson.decode(ARGV[i + 1]), true
end
for i = 3, #ARGV, 3 do
  for _, uri in ipairs(profiles[i].destinations) do
    local owner = call('HGET', KEYS[6], uri)
    if owner and not listed[owner] then
      for _, value in ipairs({ ARGV[i], uri, owner }) do taken[#taken + 1] = value end
    end
  end
end
if #taken > 0 then return taken end
forget_departed()
for i = 3, #ARGV, 3 do
  local before = call('HGET', KEYS[4], ARGV[i])
  for _, uri in ipairs(before and cjson.decode(before).destinations or {}) do call('HDEL', KEYS[6], uri) end
end
for i = 3, #ARGV, 3 do
  local agent = ARGV[i]
  local r = load(agent)
  local is_known = call('HEXISTS', KEYS[4], agent) == 1
  if not r or (not is_known and (r.state == 'i' or r.at <= now)) then
    r = newcomer(is_known and call('HGET', KEYS[2], agent))
  end
  if not is_known then r.was, r.had = 'n', nil end
  r.was = r.was or '?'
  index(agent, r, profiles[i], tonumber(ARGV[i + 2]), definitions)
  save(agent, r)
  call('HSET', KEYS[4], agent, ARGV[i + 1])
  for _, uri in ipairs(profiles[i].destinations) do call('HSET', KEYS[6], uri, agent) end
end
return {}
