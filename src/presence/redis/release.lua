-- Ends an agent's state now.
--
-- KEYS: 1 records  2 cards
-- ARGV: 1 now, ms or 0  2 queue prefix  3 line prefix  4 agent  5 'own': wrap-up and back-off only | 'any'
-- Reply: 'idle' | 'unknown' | the state that only an administrator may end
local agent = ARGV[4]
local r, card = load(agent)
if not r then return 'unknown' end
settle(r)
if r[STATE] ~= 'idle' then
  if ARGV[5] ~= 'any' and r[STATE] ~= 'wrap_up' and r[STATE] ~= 'back_off' then return r[STATE] end
  free(r)
  save({ { agent, r, card } })
end
return 'idle'
