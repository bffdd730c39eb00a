-- What every script shares: an agent's record and the indexes that follow from it.
--
-- A record is a MessagePack array (fields below; times in milliseconds of the store's clock, 0 for none).
-- Invariant: in every queue of an agent, the sorted set `q` holds the agent's score, or, in queues with an order of
-- their own, the sorted set `line` holds the agent once that score has passed. Scripts change records only through
-- flush(), which keeps it so. A lease that has passed therefore needs no write: its score is simply in the past.
local STATUS, STATUS_SINCE, REASON, BREAK_UNTIL, SEEN_AT, IDLE_SINCE, STATE, UNTIL, CALL, PARKED,
  DAY, CALLS, TALK, TURN, RANK, WEIGHT, URIS, QUEUES, LINES =
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19
local NEVER = 8000000000000
local CALLS_IN_SCORE = 1024

-- now: ARGV[1], the time in ms for tests on a virtual clock, or 0 for the server's. Asked once: it may move.
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The key prefixes of a queue's sorted set and of its line. All keys of an account share one hash tag.
local QUEUE, LINE = ARGV[2], ARGV[3]

-- From when on the agent may be offered.
local function ready_at(r)
  if r[STATUS] == 'offline' or (r[STATUS] == 'on_break' and r[BREAK_UNTIL] == 0) then return NEVER end
  return math.max(r[IDLE_SINCE], r[UNTIL], r[PARKED], r[BREAK_UNTIL])
end

-- ready_at, and within the same millisecond fewer calls first. Exact below 2^53.
local function score(r)
  return string.format('%.0f', ready_at(r) * CALLS_IN_SCORE + math.min(r[CALLS], CALLS_IN_SCORE - 1))
end

local function due_until(time)
  return string.format('%.0f', time * CALLS_IN_SCORE + CALLS_IN_SCORE - 1)
end

-- Writes down what has ended by itself: a timed break, a lease. Changes no score.
local function settle(r)
  if r[BREAK_UNTIL] > 0 and r[BREAK_UNTIL] <= now then
    r[STATUS], r[STATUS_SINCE], r[REASON] = 'available', r[BREAK_UNTIL], ''
    r[IDLE_SINCE], r[BREAK_UNTIL] = math.max(r[IDLE_SINCE], r[BREAK_UNTIL]), 0
  end
  if r[UNTIL] > 0 and r[UNTIL] <= now then
    r[IDLE_SINCE], r[UNTIL], r[STATE], r[CALL] = math.max(r[IDLE_SINCE], r[UNTIL]), 0, 'idle', ''
  end
  if r[PARKED] > 0 and r[PARKED] <= now then
    r[IDLE_SINCE], r[PARKED] = math.max(r[IDLE_SINCE], r[PARKED]), 0
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

local function load(agent)
  local raw = redis.call('HGET', KEYS[1], agent)
  return raw and cmsgpack.unpack(raw)
end

-- Writes records and their scores: one command for all records, one for each queue concerned.
local function flush(records)
  local fields, queues, lines = {}, {}, {}
  for agent, r in pairs(records) do
    fields[#fields + 1] = agent
    fields[#fields + 1] = cmsgpack.pack(r)
    local at = score(r)
    for _, id in ipairs(r[QUEUES]) do
      local entries = queues[id]
      if not entries then
        entries = {}
        queues[id] = entries
      end
      entries[#entries + 1] = at
      entries[#entries + 1] = agent
    end
    for _, id in ipairs(r[LINES]) do
      local leaving = lines[id]
      if not leaving then
        leaving = {}
        lines[id] = leaving
      end
      leaving[#leaving + 1] = agent
    end
  end
  if #fields == 0 then return end
  redis.call('HSET', KEYS[1], unpack(fields))
  for id, entries in pairs(queues) do redis.call('ZADD', QUEUE .. id, unpack(entries)) end
  for id, leaving in pairs(lines) do redis.call('ZREM', LINE .. id, unpack(leaving)) end
end
