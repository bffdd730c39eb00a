-- Ends an agent's state now.
--
-- KEYS: 1 records  2 cards
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 agent  4 'own': wrap-up and back-off only | 'any'
-- Reply: 'i' when the agent is idle | '' when there is none | the state that only an administrator may end
local agent = ARGV[3]
local r = member(agent)
if not r then return '' end
settle(r)
if r[STATE] ~= 'i' then
  if ARGV[4] ~= 'any' and r[STATE] ~= 'w' and r[STATE] ~= 'b' then return r[STATE] end
  r[STATE], r[UNTIL], r[CALL], r[IDLE_SINCE] = 'i', 0, '', now
  save(agent, r)
end
return 'i'
