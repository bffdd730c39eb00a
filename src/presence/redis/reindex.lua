-- Indexes one page of the account's agents in all registered queues. Harmless to repeat. Agents of whom only the profile
-- is kept, as after a change of the layout, get their records.
--
-- KEYS: 1 records  2 presence  3 cards  4 profiles  5 registry of queues
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 cursor of the scan, '0' at first
-- Reply: the next cursor, '0' when all are done
local definitions = registered(KEYS[5])
-- The fewer the more queues there are, for it takes time for each of both.
local page = call('HSCAN', KEYS[4], ARGV[3], 'COUNT', max(1, min(200, floor(20000 / max(#definitions, 1)))))
for i = 1, #page[2], 2 do
  local agent = page[2][i]
  local r = load(agent) or newcomer(call('HGET', KEYS[2], agent))
  r.was = r.was or '?'
  local profile = cjson.decode(page[2][i + 1])
  index(agent, r, profile, profile.position or 65535, definitions)
  save(agent, r)
end
return page[1]
