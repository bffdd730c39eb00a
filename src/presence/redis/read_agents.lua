-- Agents as they are: a page of all of them, or those named.
--
-- KEYS: 1 records  2 presence  3 cards  4 profiles
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 cursor of the scan, '0' at first, '' for none  then agents' ids
-- Reply: {now, next cursor, {profile JSON, what is kept of the agent}, ...}; unknown agents are left out
local next_cursor, found = '0', {}
if ARGV[3] ~= '' then
  local page = call('HSCAN', KEYS[4], ARGV[3], 'COUNT', 200)
  next_cursor = page[1]
  for i = 1, #page[2], 2 do found[#found + 1] = { page[2][i], page[2][i + 1] } end
else
  for i = 4, #ARGV do
    local profile = call('HGET', KEYS[4], ARGV[i])
    if profile then found[#found + 1] = { ARGV[i], profile } end
  end
end
local out = { now, next_cursor }
for _, entry in ipairs(found) do
  local r = load(entry[1])
  if r then
    local idle = r.state == 'i'
    out[#out + 1] = { entry[2], r.status, r.state, r.since, r.break_until, r.seen_at, idle and r.at or 0,
      idle and 0 or r.at, r.parked, r.day, r.calls, r.talk, r.turn, r.reason, r.call,
      r.held_since, r.assumed, r.answered, r.missed, r.misses, r.by, r.set_at,
      r.beat, r.lasting, ahead_of(entry[1], r) }
  end
end
return out
