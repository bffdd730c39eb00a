-- Forgets an agent. The record of one whom a call holds stays, out of all queues and unseen: whoever is made anew under
-- that id is not free before the lease has passed.
--
-- KEYS: 1 records  2 cards  3 profiles  4 owners (hash, uri -> agent)
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 agent
-- Reply: 1, or 0 when there was none
local agent = ARGV[3]
if call('HDEL', KEYS[3], agent) == 0 then return 0 end
call('HDEL', KEYS[2], agent)
local r = load(agent)
for id in (r and r[QUEUES] or ''):gmatch('%S+') do
  call('ZREM', BASE .. 'q:' .. id, agent)
  call('ZREM', BASE .. 'line:' .. id, agent)
end
for uri in (r and r[URIS] or ''):gmatch('%S+') do call('HDEL', KEYS[4], uri) end
if r and r[UNTIL] > now then
  r[STATUS], r[STATUS_SINCE], r[REASON], r[BREAK_UNTIL], r[SEEN_AT], r[PARKED] = 'o', now, '', 0, 0, 0
  r[URIS], r[QUEUES], r[LINES] = '', '', ''
  save(agent, r)
else
  call('HDEL', KEYS[1], agent)
end
return 1
