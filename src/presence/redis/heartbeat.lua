-- The agent's application is alive. Who had lapsed becomes available now, behind those who were there all the time.
--
-- KEYS: 1 records  2 cards
-- ARGV: 1 now, ms or 0  2 queue prefix  3 line prefix  4 agent  5 heartbeat, ms (0: none asked for)  6 offset from UTC, s
-- Reply: 1, or 0 when there is no such agent
local agent, heartbeat = ARGV[4], tonumber(ARGV[5])
local r, card = load(agent)
if not r then return 0 end
settle(r)
local stale = heartbeat > 0 and r[SEEN_AT] + heartbeat < now
local parked = r[PARKED] > 0
r[SEEN_AT], r[PARKED] = now, 0
if stale then
  begin_day(r, day_at(ARGV[6]))
  r[IDLE_SINCE] = now
end
if stale or parked then
  save({ { agent, r, card } })
else
  call('HSET', KEYS[1], agent, pack(unpack(r)))
end
return 1
