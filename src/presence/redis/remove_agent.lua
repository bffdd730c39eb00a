-- Forgets an agent. The record of one whom a call holds stays, out of all queues and unseen: whoever is made anew under
-- that id is not free before the lease has passed.
--
-- KEYS: 1 records  2 presence  3 cards  4 profiles  5 owners (hash, uri -> agent)
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 agent
-- Reply: 1, or 0 when there was none
local agent = ARGV[3]
local profile = call('HGET', KEYS[4], agent)
forget_departed()
if not profile then return 0 end
call('HDEL', KEYS[4], agent)
local r = load(agent)
if PAST_KEPT > 0 then
  if r and r.was then
    keep_past(agent, 'r', 'r' .. r.was, 'p', r.had, 'w', profile)
    r.was = nil
  else
    keep_past(agent, 'r', '?', 'w', profile)
  end
  local removed = BASE .. 'removed'
  call('ZREMRANGEBYSCORE', removed, '-inf', format('%d', now))
  call('ZADD', removed, format('%d', now + PAST_KEPT), agent)
  call('PEXPIRE', removed, PAST_KEPT)
end
for id in gmatch(r and r.queues or '', '%S+') do
  call('ZREM', BASE .. 'q:' .. id, agent)
  call('ZREM', BASE .. 'line:' .. id, agent)
  call('HDEL', BASE .. 'ahead:' .. id, agent)
end
for _, uri in ipairs(cjson.decode(profile).destinations) do call('HDEL', KEYS[5], uri) end
call('HDEL', CARDS, agent)
call('HDEL', PRESENCES, agent)
if r and r.state ~= 'i' and r.at > now then
  r.status, r.since, r.reason, r.by, r.break_until, r.beat, r.seen_at, r.parked = 'o', now, '', '', 0, 0, 0, 0
  r.lasting, r.queues, r.lines = 0, '', ''
  save(agent, r)
  call('ZADD', BASE .. 'departed', format('%d', r.at), agent)
else
  call('HDEL', RECORDS, agent)
end
return 1
