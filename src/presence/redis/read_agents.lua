-- Agents as they are: a page of all of them, or those named.
--
-- KEYS: 1 records  2 cards  3 profiles
-- ARGV: 1 now, ms or 0  2 queue prefix  3 line prefix  4 cursor of the scan, '0' at first, '' for none  then agents' ids
-- Reply: {now, next cursor, {profile JSON, status, status since, reason, break until, seen at, idle since, state, until,
--         call, parked until, day, calls, talk, turn}, ...}; agents that don't exist are left out
local next_cursor, found = '0', {}
if ARGV[4] ~= '' then
  local page = call('HSCAN', KEYS[3], ARGV[4], 'COUNT', 200)
  next_cursor = page[1]
  for i = 1, #page[2], 2 do found[#found + 1] = { page[2][i], page[2][i + 1] } end
else
  for i = 5, #ARGV do
    local profile = call('HGET', KEYS[3], ARGV[i])
    if profile then found[#found + 1] = { ARGV[i], profile } end
  end
end
local out = { now, next_cursor }
for _, entry in ipairs(found) do
  local r = load(entry[1])
  if r then
    local row = { entry[2] }
    for field = STATUS, TURN do row[field + 1] = r[field] end
    out[#out + 1] = row
  end
end
return out
