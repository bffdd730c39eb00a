-- What is kept of what agents were (see `past.lua`), from a place in each one's stream on.
--
-- KEYS: 1 records  2 presence  3 cards
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 most entries of each  then for each agent: id, and from where, as
--       XRANGE takes it
-- Reply: for each agent {how many entries there are in all; time of the first one, ms (0: there is none); the profile in the
--        last one, JSON, '' for none; entries...}, an entry {id; its letter; the record that was, {} for none; what had been
--        chosen, {} for none; the day and how far ahead from then on, '' for no change}
assert(#ARGV % 2 == 1, 'two arguments for each agent')
local function record_of(text)
  local r = {}
  read_record(r, text)
  local idle = r.state == 'i'
  return { r.state, r.seen_at, idle and r.at or 0, idle and 0 or r.at, r.day, r.calls, r.talk, r.turn, r.call,
    r.held_since, r.assumed, r.answered, r.missed, r.misses }
end
local function presence_of(text)
  local r = {}
  read_presence(r, text)
  return { r.status, r.since, r.break_until, r.parked, r.reason, r.by, r.set_at, r.beat, r.lasting }
end
local function entry_of(id, fields)
  local by_name = {}
  for i = 1, #fields, 2 do by_name[fields[i]] = fields[i + 1] end
  local letter, text = (by_name.r or ''):sub(1, 1), (by_name.r or ''):sub(2)
  local record, presence = {}, by_name.p and presence_of(by_name.p) or {}
  if letter == 's' then
    presence = presence_of(text)
  elseif (letter == 'r' or letter == 'o') and #text >= RECORD_SIZE then
    record = record_of(text)
  elseif letter ~= 'n' then
    letter = '?'
  end
  return { id, letter, record, presence, by_name.a or '' }
end
local out = {}
for i = 4, #ARGV, 2 do
  local stream = BASE .. 'past:' .. ARGV[i]
  local first = call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  local last = call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  local row = { call('XLEN', stream), first and tonumber(first[1]:match('^%d+')) or 0, '' }
  for n = 1, last and #last[2] or 0, 2 do
    if last[2][n] == 'w' then row[3] = last[2][n + 1] end
  end
  for _, entry in ipairs(call('XRANGE', stream, ARGV[i + 1], '+', 'COUNT', ARGV[3])) do
    row[#row + 1] = entry_of(entry[1], entry[2])
  end
  out[#out + 1] = row
end
return out
