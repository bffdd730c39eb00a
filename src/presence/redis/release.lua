-- Ends an agent's state now.
--
-- KEYS: 1 records  2 presence  3 cards
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 agent  4 'own': wrap-up and back-off only | 'any'
-- Reply: 'i' when the agent is idle | '' when there is none | the state that only an administrator may end
local agent = ARGV[3]
local r = member(agent)
if not r then return '' end
settle(r)
if r.state ~= 'i' then
  if ARGV[4] ~= 'any' and r.state ~= 'w' and r.state ~= 'b' then return r.state end
  local sid = r.call
  r.state, r.at, r.assumed, r.call = 'i', now, 0, ''
  time_break(r)
  save(agent, r)
  local text = sid ~= '' and call('GET', BASE .. 'call:' .. sid)
  if text then recount((read_call(text)), sid) end
end
return 'i'
