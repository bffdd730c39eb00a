-- What the scripts of administration share.
local max, min, floor = math.max, math.min, math.floor

-- The score: from when on the agent may be offered, and within one millisecond fewer calls first.
local function score_of(r)
  local away = r[STATUS] == 'o' or (r[STATUS] == 'b' and r[BREAK_UNTIL] == 0)
  local ready_at = away and NEVER or max(r[IDLE_SINCE], r[UNTIL], r[PARKED], r[BREAK_UNTIL])
  return format('%d', ready_at * 1024 + min(r[CALLS], 1023))
end

-- Writes down what has ended by itself: a timed break, a lease, a parking. Changes no score.
local function settle(r)
  if r[BREAK_UNTIL] > 0 and r[BREAK_UNTIL] <= now then
    r[STATUS], r[STATUS_SINCE], r[REASON] = 'a', r[BREAK_UNTIL], ''
    r[IDLE_SINCE], r[BREAK_UNTIL] = max(r[IDLE_SINCE], r[BREAK_UNTIL]), 0
  end
  if r[UNTIL] > 0 and r[UNTIL] <= now then
    r[IDLE_SINCE], r[UNTIL], r[STATE], r[CALL] = max(r[IDLE_SINCE], r[UNTIL]), 0, 'i', ''
  end
  if r[PARKED] > 0 and r[PARKED] <= now then
    r[IDLE_SINCE], r[PARKED] = max(r[IDLE_SINCE], r[PARKED]), 0
  end
end

-- Counters belong to one day of the account.
local function begin_day(r, utc_offset)
  local day = floor((now + tonumber(utc_offset) * 1000) / 86400000)
  if r[DAY] ~= day then r[DAY], r[CALLS], r[TALK] = day, 0, 0 end
end

-- An agent's record, also that of one who was removed during a call; nil when there is none. KEYS[1] has the records.
local function load(agent)
  local record = call('HGET', KEYS[1], agent)
  return record and { struct.unpack(FIELDS, record) }
end

-- The record of an agent that exists: only these have a card, in KEYS[2].
local function member(agent)
  return call('HEXISTS', KEYS[2], agent) == 1 and load(agent) or nil
end

-- Writes a record, and its score to all its queues.
local function save(agent, r)
  local score = score_of(r)
  call('HSET', KEYS[1], agent, struct.pack(FIELDS, r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11],
    r[12], #r[REASON], r[REASON], #r[CALL], r[CALL], #r[URIS], r[URIS], #r[QUEUES], r[QUEUES], #r[LINES], r[LINES]))
  for id in r[QUEUES]:gmatch('%S+') do call('ZADD', BASE .. 'q:' .. id, score, agent) end
  for id in r[LINES]:gmatch('%S+') do call('ZREM', BASE .. 'line:' .. id, agent) end
end
