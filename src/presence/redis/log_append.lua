-- Writes entries down, each behind the ones before, and lets go what has become too much or too old.
--
-- KEYS: 1 records  2 presence  3 cards  4 the log (stream)  5 the longest delay (string)
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 how long everything is kept, ms  4 most entries  5 what the keys of
--       calls begin with  then for each entry: l (in the log, and with its call), c (with its call), k (the same, if something
--       is there of the call), and r behind it for what was known already; when it happened, ms; call ('' for none); the
--       customer's number, if it stands in the text; text
-- Reply: how many were added to the log
--
-- A call's entries are a list: d(ecision) and id, or r(epeat) and id, of one in the log; e(ntry) and text, or k(nown) and text,
-- of one that is not; and before all of them, where some have gone, t(rimmed) and how many.
local MOST_OF_CALL, ROOM_OF_CALL, USUAL_DELAY = 200, 50, 5000
local log, delayed, kept, most, calls = KEYS[4], KEYS[5], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
assert(kept >= 1 and most >= 1 and (#ARGV - 5) % 5 == 0, 'a time, a number and whole entries')
local millis, number, added, delay = now, 0, 0, 0
if call('EXISTS', log) == 1 then
  local info = call('XINFO', 'STREAM', log)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      local last, before = info[i + 1]:match('^(%d+)-(%d+)$')
      millis, number = max(now, tonumber(last)), tonumber(before)
    end
  end
end

-- Lets go what is too much of a call: what was known already before what was reported, and that before what was decided; the
-- oldest first, but the first decision stays.
local function trim_call(key)
  local values, gone, first, left = call('LRANGE', key, 0, MOST_OF_CALL + ROOM_OF_CALL), 0, 1, {}
  if values[1]:sub(1, 1) == 't' then gone, first = tonumber(values[1]:sub(2)), 2 end
  local excess = #values - first + 1 - MOST_OF_CALL
  for _, kinds in ipairs({ 'rk', 'e', 'd' }) do
    local is_spared = kinds == 'd'
    for i = first, #values do
      if excess > 0 and values[i] and kinds:find(values[i]:sub(1, 1), 1, true) then
        if is_spared then
          is_spared = false
        else
          values[i], gone, excess = false, gone + 1, excess - 1
        end
      end
    end
  end
  for i = first, #values do
    if values[i] then left[#left + 1] = values[i] end
  end
  call('DEL', key)
  call('RPUSH', key, 't' .. format('%d', gone), unpack(left))
end

for i = 6, #ARGV, 5 do
  local place, is_known = ARGV[i]:sub(1, 1), #ARGV[i] > 1
  local sid, value = ARGV[i + 2], (is_known and 'k' or 'e') .. ARGV[i + 4]
  if place == 'l' then
    number, added, delay = number + 1, added + 1, max(delay, now - tonumber(ARGV[i + 1]))
    local id = format('%d-%d', millis, number)
    if ARGV[i + 3] == '' then
      call('XADD', log, id, 'e', ARGV[i + 4])
    else
      call('XADD', log, id, 'e', ARGV[i + 4], 'n', ARGV[i + 3])
    end
    value = (is_known and 'r' or 'd') .. id
  end
  if sid ~= '' then
    local key = calls .. sid
    local length = call(place == 'k' and 'RPUSHX' or 'RPUSH', key, value)
    if length > MOST_OF_CALL + ROOM_OF_CALL then trim_call(key) end
    if length > 0 then call('PEXPIRE', key, kept) end
  end
end
if added > 0 then
  call('XTRIM', log, 'MAXLEN', '=', most)
  call('XTRIM', log, 'MINID', '=', format('%d-0', max(0, now - kept)))
  call('PEXPIRE', log, kept)
end
if delay > USUAL_DELAY and delay > tonumber(call('GET', delayed) or '0') then
  call('SET', delayed, format('%d', delay), 'PX', kept)
end
return added
