-- Sets what the person chose; counts as a heartbeat.
--
-- KEYS: 1 records  2 presence  3 cards
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 agent  4 status: a | b | o  5 reason
--       6 length of a break, ms (0: open)  7 heartbeat, ms (0: none asked for)  8 offset from UTC, s
--       9 who sets it over the person's head ('' for the person)
-- Reply: 1, or 0 when there is no such agent
local agent, status, lasting, heartbeat = ARGV[3], ARGV[4], tonumber(ARGV[6]), tonumber(ARGV[7])
local r = member(agent)
if not r then return 0 end
settle(r)
local was_on_break = r.status == 'b'
local stale = heartbeat > 0 and r.seen_at + heartbeat < now
if status == 'a' and (r.status ~= 'a' or stale) then
  begin_day(r, ARGV[8])
  if r.state == 'i' then r.at = now end
  if not was_on_break then catch_up(agent, r) end
end
if status ~= r.status then r.since, r.misses = now, 0 end
r.status, r.reason, r.seen_at, r.parked = status, ARGV[5], now, 0
r.by, r.set_at = ARGV[9], now
r.break_until, r.beat, r.lasting = 0, 0, 0
if status == 'b' and lasting > 0 then
  r.beat, r.lasting = heartbeat, lasting
  time_break(r)
end
save(agent, r, stale)
return 1
