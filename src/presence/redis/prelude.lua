-- What the scripts share. Here an agent is a table with all that is kept of it, by name.

-- Nobody has beaten since long enough before the end of the timed break: it ends into offline, unless a heartbeat comes in
-- time.
local function has_left(r)
  return r.status == 'b' and r.beat > 0 and r.seen_at + r.beat < r.break_until
end

-- The score: from when on the agent may be offered, and within one millisecond fewer calls first.
local function score_of(r)
  local away = r.status == 'o' or (r.status == 'b' and r.break_until == 0) or has_left(r)
  local ready_at = away and NEVER or max(r.at, r.parked, r.break_until)
  return format('%d', ready_at * 1024 + min(r.calls, 1023))
end

-- Writes down what has ended by itself: a timed break, a lease, a parking. Changes no score.
local function settle(r)
  if r.break_until > 0 and r.break_until <= now then
    r.status, r.since, r.reason, r.by = has_left(r) and 'o' or 'a', r.break_until, '', ''
    r.at, r.break_until, r.beat, r.lasting, r.misses = max(r.at, r.break_until), 0, 0, 0, 0
  end
  if r.at <= now then
    -- A break that was to follow has begun.
    r.state, r.assumed, r.call, r.lasting = 'i', 0, '', 0
  elseif r.state == 'g' and r.assumed > 0 and r.assumed <= now then
    r.state, r.held_since = 'c', r.assumed
  end
  if r.parked > 0 and r.parked <= now then r.at, r.parked = max(r.at, r.parked), 0 end
end

-- A timed break begins now, or behind the call that holds the agent: until that is over it is reckoned from the end of the
-- lease, in case that nothing is heard.
local function time_break(r)
  if r.lasting == 0 then return end
  if r.state == 'r' or r.state == 'g' or r.state == 'c' then
    r.break_until = r.at + r.lasting
  else
    r.break_until, r.lasting = now + r.lasting, 0
  end
end

-- Counters belong to one day of the account.
local function begin_day(r, utc_offset)
  local day = floor((now + tonumber(utc_offset) * 1000) / 86400000)
  if r.day ~= day then r.day, r.calls, r.talk, r.answered, r.missed = day, 0, 0, 0, 0 end
end

local function read_presence(r, presence)
  r.status, r.since, r.break_until, r.parked = split(PRESENCE, presence)
  local text = presence:sub(PRESENCE_SIZE + 1)
  local reason, by, set_at, beat, lasting = text:match('^(%Z*)%z(%Z*)%z(%d+)%z(%d+)%z?(%d*)$')
  r.reason, r.by, r.set_at, r.beat = reason or text, by or '', tonumber(set_at or 0), tonumber(beat or 0)
  r.lasting = tonumber(lasting or '') or 0
end

local function read_record(r, record)
  r.state, r.at, r.seen_at, r.day, r.calls, r.talk, r.turn, r.held_since, r.assumed, r.answered, r.missed, r.misses =
    split(RECORD, record)
  r.call = record:sub(RECORD_SIZE + 1)
end

-- What is kept of an agent, also of one who was removed during a call; nil when there is nothing. Of one who is there, also
-- as it stands: `save` keeps that as what was.
local function load(agent)
  local record = call('HGET', RECORDS, agent)
  if not record then return nil end
  local r, presence, card = {}, call('HGET', PRESENCES, agent) or pack(PRESENCE, 'o', now, 0, 0), call('HGET', CARDS, agent)
  read_record(r, record)
  read_presence(r, presence)
  r.rank, r.weight, r.uris, r.queues, r.lines = split(CARD, card or pack(CARD, 0, 1, 0, '', 0, '', 0, ''))
  if card then r.was, r.had = record, presence end
  return r
end

-- An agent that exists: only these have a card.
local function member(agent)
  return call('HEXISTS', CARDS, agent) == 1 and load(agent) or nil
end

-- Keeps what was, if it is about to change. A heartbeat in time that changes nothing else leaves no trace, for it would be
-- most of what is kept: whoever reads what was knows that a heartbeat behind the moment in question came in time for it.
-- Nothing is kept of one who is gone, and of whom a record is left only for the sake of a call.
local function keep_change(agent, r, record, presence, has_lapsed)
  local was, after = r.was, SEEN_AT + 6
  if PAST_KEPT == 0 or not was then return end
  local has_chosen = r.had and r.had ~= presence
  if not has_chosen and not has_lapsed and not r.ahead and was:sub(1, SEEN_AT - 1) == record:sub(1, SEEN_AT - 1)
    and was:sub(after) == record:sub(after) then
    return
  end
  local fields = { 'r', r.had and 'r' .. was or was }
  if has_chosen then fields[3], fields[4] = 'p', r.had end
  if r.ahead then fields[#fields + 1], fields[#fields + 2] = 'a', format('%d ', r.day) .. r.ahead end
  keep_past(agent, unpack(fields))
  redis.pcall('XTRIM', BASE .. 'past:' .. agent, 'MAXLEN', '~', PAST_CHANGES)
end

-- Writes record and presence, and the score to all the agent's queues. `has_lapsed` says that a heartbeat came too late.
local function save(agent, r, has_lapsed)
  local score = score_of(r)
  local record = pack(RECORD, r.state, r.at, r.seen_at, r.day, r.calls, r.talk, r.turn,
    r.held_since, r.assumed, r.answered, r.missed, r.misses) .. r.call
  local presence = pack(PRESENCE, r.status, r.since, r.break_until, r.parked) .. r.reason
  if r.by ~= '' or r.beat > 0 or r.lasting > 0 then
    presence = presence .. '\0' .. r.by .. '\0' .. format('%d', r.set_at) .. '\0' .. format('%d', r.beat)
    if r.lasting > 0 then presence = presence .. '\0' .. format('%d', r.lasting) end
  end
  keep_change(agent, r, record, presence, has_lapsed)
  call('HSET', RECORDS, agent, record)
  call('HSET', PRESENCES, agent, presence)
  for id in gmatch(r.queues, '%S+') do call('ZADD', BASE .. 'q:' .. id, score, agent) end
  for id in gmatch(r.lines, '%S+') do call('ZREM', BASE .. 'line:' .. id, agent) end
end
