-- Indexes one page of the account's agents in all registered queues. Harmless to repeat.
--
-- KEYS: 1 records  2 profiles  3 registry of queues
-- ARGV: 1 now, ms or 0  2 queue prefix  3 line prefix  4 cursor of the scan, '0' at first
-- Reply: the next cursor, '0' when all are done
local page = redis.call('HSCAN', KEYS[2], ARGV[4], 'COUNT', 200)
local definitions, records = registered(KEYS[3]), {}
for i = 1, #page[2], 2 do
  local agent = page[2][i]
  local r = load(agent)
  if r then
    index(agent, r, cjson.decode(page[2][i + 1]), definitions)
    records[agent] = r
  end
end
flush(records)
return page[1]
