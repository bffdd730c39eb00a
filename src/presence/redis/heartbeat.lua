-- The agent's application is alive. Who had lapsed becomes available now, behind those who were there all the time.
--
-- KEYS: 1 records  2 presence  3 cards
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 agent  4 heartbeat, ms (0: none asked for)
--       5 offset from UTC, s
-- Reply: 1, or 0 when there is no such agent
local agent, heartbeat = ARGV[3], tonumber(ARGV[4])
local r = member(agent)
if not r then return 0 end
settle(r)
local has_lapsed = heartbeat > 0 and r.seen_at + heartbeat < now
if has_lapsed then
  begin_day(r, ARGV[5])
  if r.state == 'i' then r.at = now end
  if r.status == 'a' then catch_up(agent, r) end
end
r.seen_at, r.parked = now, 0
save(agent, r, has_lapsed)
return 1
