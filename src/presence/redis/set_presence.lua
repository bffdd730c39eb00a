-- Sets what the person chose; counts as a heartbeat.
--
-- KEYS: 1 records  2 cards
-- ARGV: 1 now, ms or 0  2 queue prefix  3 line prefix  4 agent  5 status  6 reason  7 length of a break, ms (0: open)
--       8 heartbeat, ms (0: none asked for)  9 offset from UTC, s
-- Reply: 1, or 0 when there is no such agent
local agent, status, lasting, heartbeat = ARGV[4], ARGV[5], tonumber(ARGV[7]), tonumber(ARGV[8])
local r, card = load(agent)
if not r then return 0 end
settle(r)
local stale = heartbeat > 0 and r[SEEN_AT] + heartbeat < now
if status == 'available' and (r[STATUS] ~= 'available' or stale) then
  begin_day(r, day_at(ARGV[9]))
  r[IDLE_SINCE] = now
end
if status ~= r[STATUS] then r[STATUS_SINCE] = now end
r[STATUS], r[REASON], r[SEEN_AT], r[PARKED] = status, ARGV[6], now, 0
r[BREAK_UNTIL] = (status == 'on_break' and lasting > 0) and now + lasting or 0
save({ { agent, r, card } })
return 1
