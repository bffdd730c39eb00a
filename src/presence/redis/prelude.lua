-- What every script shares: an agent's record and card, and the indexes that follow from them.
--
-- A record is what changes with every call: a sequence of MessagePack values (fields below; times in milliseconds of
-- the store's clock, 0 for none). A card is what administration says and rarely changes, such a sequence as well: rank,
-- weight, QUEUES_AT, IDLE_AT, the uris, from QUEUES_AT on the ids of the agent's queues that have an order of their own,
-- and from IDLE_AT on those of the queues that go by idle time alone. Flat, because tables are what costs most here.
-- Invariant: in every queue of an agent, the sorted set `q` holds the agent's score, or, in queues with an order of
-- their own, the sorted set `line` holds the agent once that score has passed. Scripts change records only through
-- save(), which keeps it so. A lease that has passed therefore needs no write: its score is simply in the past.
local STATUS, STATUS_SINCE, REASON, BREAK_UNTIL, SEEN_AT, IDLE_SINCE, STATE, UNTIL, CALL, PARKED,
  DAY, CALLS, TALK, TURN = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
local RANK, WEIGHT, QUEUES_AT, IDLE_AT, URIS_AT = 1, 2, 3, 4, 5
local NEVER = 8000000000000
local CALLS_IN_SCORE = 1024
local call, pack, unpacked, format = redis.call, cmsgpack.pack, cmsgpack.unpack, string.format
local max, min, floor = math.max, math.min, math.floor

-- now: ARGV[1], the time in ms for tests on a virtual clock, or 0 for the server's. Asked once: it may move.
local now = tonumber(ARGV[1])
if now == 0 then
  local time = call('TIME')
  now = time[1] * 1000 + floor(time[2] / 1000)
end

-- The key prefixes of a queue's sorted set and of its line. All keys of an account share one hash tag.
local QUEUE, LINE = ARGV[2], ARGV[3]

-- From when on the agent may be offered.
local function ready_at(r)
  if r[STATUS] == 'offline' or (r[STATUS] == 'on_break' and r[BREAK_UNTIL] == 0) then return NEVER end
  return max(r[IDLE_SINCE], r[UNTIL], r[PARKED], r[BREAK_UNTIL])
end

-- A time, and within the same millisecond fewer calls first. Exact below 2^53; %d is a third of what %.0f costs.
local function scored(time, calls)
  return time * CALLS_IN_SCORE + min(calls, CALLS_IN_SCORE - 1)
end

local function due_until(time)
  return format('%d', time * CALLS_IN_SCORE + CALLS_IN_SCORE - 1)
end

-- Writes down what has ended by itself: a timed break, a lease, a parking. Changes no score.
local function settle(r)
  if r[BREAK_UNTIL] > 0 and r[BREAK_UNTIL] <= now then
    r[STATUS], r[STATUS_SINCE], r[REASON] = 'available', r[BREAK_UNTIL], ''
    r[IDLE_SINCE], r[BREAK_UNTIL] = max(r[IDLE_SINCE], r[BREAK_UNTIL]), 0
  end
  if r[UNTIL] > 0 and r[UNTIL] <= now then
    r[IDLE_SINCE], r[UNTIL], r[STATE], r[CALL] = max(r[IDLE_SINCE], r[UNTIL]), 0, 'idle', ''
  end
  if r[PARKED] > 0 and r[PARKED] <= now then
    r[IDLE_SINCE], r[PARKED] = max(r[IDLE_SINCE], r[PARKED]), 0
  end
end

-- Idle from now on.
local function free(r)
  r[STATE], r[UNTIL], r[CALL], r[IDLE_SINCE] = 'idle', 0, '', now
end

-- Counters belong to one day of the account.
local function begin_day(r, day)
  if r[DAY] ~= day then r[DAY], r[CALLS], r[TALK] = day, 0, 0 end
end

local function day_at(utc_offset)
  return floor((now + tonumber(utc_offset) * 1000) / 86400000)
end

-- An agent's record and card; nil when there is no such agent. KEYS[1] has the records, KEYS[2] the cards.
local function load(agent)
  local record, card = call('HGET', KEYS[1], agent), call('HGET', KEYS[2], agent)
  if record and card then return { unpacked(record) }, { unpacked(card) } end
end

-- Writes entries {agent, record, card}: the records, their scores, and the agents out of their lines. One command for
-- all records, one for each queue concerned.
local function save(entries)
  local fields, queues, lines = {}, {}, {}
  for n = 1, #entries do
    local agent, r, card = unpack(entries[n])
    fields[2 * n - 1], fields[2 * n] = agent, pack(unpack(r))
    local score, idle_at = format('%d', scored(ready_at(r), r[CALLS])), card[IDLE_AT]
    for i = card[QUEUES_AT], #card do
      local id = card[i]
      local scores = queues[id]
      if scores then
        scores[#scores + 1], scores[#scores + 2] = score, agent
      else
        queues[id] = { score, agent }
      end
      if i < idle_at then
        local leaving = lines[id]
        if leaving then leaving[#leaving + 1] = agent else lines[id] = { agent } end
      end
    end
  end
  if #fields == 0 then return end
  call('HSET', KEYS[1], unpack(fields))
  for id, scores in pairs(queues) do call('ZADD', QUEUE .. id, unpack(scores)) end
  for id, leaving in pairs(lines) do call('ZREM', LINE .. id, unpack(leaving)) end
end
