-- What is kept of a call, in the order in which it was written. What the log has let go is counted.
--
-- KEYS: 1 records  2 presence  3 cards  4 the log (stream)  5 the call's entries (list)
-- ARGV: 1 now, ms or 0  2 base of the account's keys
-- Reply: {how many more there were, then of each id, or '' of an entry that is in no log, text}
local MOST_OF_CALL, ROOM_OF_CALL = 200, 50
local out, gone = { 0 }, 0
for _, value in ipairs(call('LRANGE', KEYS[5], 0, MOST_OF_CALL + ROOM_OF_CALL)) do
  local kind, rest = value:sub(1, 1), value:sub(2)
  if kind == 't' then
    gone = gone + tonumber(rest)
  elseif kind == 'e' or kind == 'k' then
    out[#out + 1], out[#out + 2] = '', rest
  else
    local found = call('XRANGE', KEYS[4], rest, rest, 'COUNT', 1)
    if found[1] then
      out[#out + 1], out[#out + 2] = rest, found[1][2][2]
    else
      gone = gone + 1
    end
  end
end
out[1] = gone
return out
