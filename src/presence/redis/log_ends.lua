-- How far a log reaches.
--
-- KEYS: 1 records  2 presence  3 cards  4 the log (stream)  5 the longest delay (string)
-- ARGV: 1 now, ms or 0  2 base of the account's keys
-- Reply: {} without a log, else {the newest id that was written, the oldest that is left or '', the longest delay, ms}
local USUAL_DELAY = 5000
if call('EXISTS', KEYS[4]) == 0 then return {} end
local last, first = '0-0', ''
local info = call('XINFO', 'STREAM', KEYS[4])
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then last = info[i + 1] end
  if info[i] == 'first-entry' and info[i + 1] then first = info[i + 1][1] end
end
return { last, first, tonumber(call('GET', KEYS[5]) or USUAL_DELAY) }
