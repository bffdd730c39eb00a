-- Agents as they are: a page of all of them, or those named.
--
-- KEYS: 1 records  2 presence  3 cards  4 profiles
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 cursor of the scan, '0' at first, '' for none  then agents' ids
-- Reply: {now, next cursor, {profile JSON, record, presence, what is added in queues that count the day}, ...}; unknown agents are left out.
--        Records and presence are as `layout.lua` packs them: nobody is answered while this runs, so it takes nothing apart that
--        can be taken apart elsewhere, and pages are small.
local PAGE = 50
local next_cursor, ids, profiles = '0', {}, {}
if ARGV[3] ~= '' then
  local page = call('HSCAN', KEYS[4], ARGV[3], 'COUNT', PAGE)
  next_cursor = page[1]
  for i = 1, #page[2], 2 do ids[#ids + 1], profiles[#profiles + 1] = page[2][i], page[2][i + 1] end
else
  for i = 4, #ARGV do
    local profile = call('HGET', KEYS[4], ARGV[i])
    if profile then ids[#ids + 1], profiles[#profiles + 1] = ARGV[i], profile end
  end
end

local absent, are_days_counted = pack(PRESENCE, 'o', now, 0, 0), call('EXISTS', BASE .. 'levels') == 1

local function added_for(agent, record)
  if not are_days_counted then return '' end
  local card = call('HGET', CARDS, agent)
  if not card then return '' end
  local r, _ = { day = split('>I3', record, SEEN_AT + 6) }
  _, _, _, _, r.lines = split(CARD, card)
  return ahead_of(agent, r)
end

local out = { now, next_cursor }
for first = 1, #ids, PAGE do
  local last = min(first + PAGE - 1, #ids)
  local records = call('HMGET', RECORDS, unpack(ids, first, last))
  local presences = call('HMGET', PRESENCES, unpack(ids, first, last))
  for i = first, last do
    local record = records[i - first + 1]
    if record then
      out[#out + 1] = { profiles[i], record, presences[i - first + 1] or absent, added_for(ids[i], record) }
    end
  end
end
return out
