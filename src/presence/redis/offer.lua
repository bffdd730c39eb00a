-- Chooses and reserves agents for one fetch of one call, or replays the answer of an equal fetch. All or nothing.
--
-- KEYS: 1 records (hash, agent -> record)  2 the call (string)  3 built (hash, queue id -> 1)
--       4 days (hash, queue id -> the day its line was made for)
-- ARGV: 1 now, ms or 0  2 queue prefix  3 line prefix  4 call sid  5 progress (fingerprint of the fetch)
--       6 digits  7 custom field  8 template of the answer  9 most destinations, 1-10  10 most attempts, 1-10
--       11 ring, ms  12 margin, ms  13 heartbeat, ms (0: none asked for)  14 offset from UTC, s  15 replay window, ms
--       16 life of the call's record, ms  17 seed, below 2^31-1  18 count of at-once entries, then these
--       then the targets: 'q' id strategy | 'n' count uri...
-- Reply: {'offer', attempt, last 0|1, replayed 0|1, template ('' when it is ARGV[8]), uri, agent ('' for a number), ...}
--      | {'recall', digits, custom field}: plan again with these; nothing was done
--      | {'unindexed', queue id, ...}: nobody found, these indexes are not complete; nothing was reserved or remembered
local FIRST_AT, DIGITS, CUSTOM, ATTEMPTS = 1, 2, 3, 4
local PROGRESS, AT, LAST, TEMPLATE, DIALLED, AGENTS = 1, 2, 3, 4, 5, 6
local PARKED_FOR = 60000
local KEPT_ATTEMPTS = 20
local PAGE = 128

local sid, progress, digits, custom, template = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local most, cap = tonumber(ARGV[9]), tonumber(ARGV[10])
local ring, margin, heartbeat = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local day = math.floor((now + tonumber(ARGV[14]) * 1000) / 86400000)
local seed = tonumber(ARGV[17])
local first_target = 19 + tonumber(ARGV[18])

local function reply(attempt, made, replayed)
  local out = { 'offer', attempt, made[LAST], replayed, replayed == 1 and made[TEMPLATE] or '' }
  for i, uri in ipairs(made[DIALLED]) do
    out[#out + 1] = uri
    out[#out + 1] = made[AGENTS][i]
  end
  return out
end

-- 1. The call: a duplicate is replayed; what only the first fetch told is asked back.
local raw = redis.call('GET', KEYS[2])
local call = raw and cmsgpack.unpack(raw)
local newest = call and call[ATTEMPTS][#call[ATTEMPTS]]
if not newest or now - newest[AT] >= tonumber(ARGV[16]) then call = { now, digits, custom, {} } end
local attempts = call[ATTEMPTS]
for attempt = #attempts, 1, -1 do
  local made = attempts[attempt]
  if made[PROGRESS] == progress and now - made[AT] < tonumber(ARGV[15]) then return reply(attempt, made, 1) end
end
if (digits == '' and call[DIGITS] ~= '') or (custom == '' and call[CUSTOM] ~= '') then
  return { 'recall', call[DIGITS], call[CUSTOM] }
end
call[DIGITS], call[CUSTOM] = digits, custom

-- 2. A new attempt says that the one before is over: whoever this call still holds is free.
local changed, known, tried = {}, {}, {}
local previous = attempts[#attempts]
for _, made in ipairs(attempts) do
  for _, agent in ipairs(made[AGENTS]) do
    if agent ~= '' then tried[agent] = (tried[agent] or 0) + 1 end
  end
end
if previous then
  for _, agent in ipairs(previous[AGENTS]) do
    local r = agent ~= '' and load(agent)
    if r and r[CALL] == sid and r[UNTIL] > now then
      free(r)
      changed[agent], known[agent] = r, r
    end
  end
  flush(changed)
  changed = {}
end

-- 3. The choice: target after target, nobody twice; whom this call has tried before only when there is nobody else.
local dialled, agents, taken, again = {}, {}, {}, {}

-- Looks at one candidate. Stale ones are parked for a while, so that nobody scans past them again and again.
local function consider(agent)
  local r = known[agent]
  if not r or taken[agent] then return end
  if heartbeat > 0 and r[SEEN_AT] + heartbeat < now then
    r[PARKED] = now + PARKED_FOR
    changed[agent], taken[agent] = r, true
  elseif tried[agent] then
    taken[agent] = true
    again[#again + 1] = agent
  else
    taken[agent] = true
    agents[#agents + 1] = agent
  end
end

-- Reads the records of a page that are not known yet, with one command.
local function learn(page)
  local missing = {}
  for _, agent in ipairs(page) do
    if known[agent] == nil then missing[#missing + 1] = agent end
  end
  if #missing == 0 then return end
  local raws = redis.call('HMGET', KEYS[1], unpack(missing))
  for i, agent in ipairs(missing) do known[agent] = raws[i] and cmsgpack.unpack(raws[i]) or false end
end

-- The order within a line. Nothing here changes while an agent stands in it, but for the day: see promote.
local order = {
  round_robin = function(r) return r[TURN] end,
  fewest_calls = function(r, calls) return calls end,
  least_talk_time = function(r, calls, talk) return talk * CALLS_IN_SCORE + math.min(calls, CALLS_IN_SCORE - 1) end,
  top_down = function(r, calls) return r[RANK] * 1048576 + calls end,
  random = function() return 0 end,
  weighted = function(r, calls)
    return math.floor(calls * 1000000 / r[WEIGHT]) * CALLS_IN_SCORE + math.min(calls, CALLS_IN_SCORE - 1)
  end,
}

-- Moves those whose lease has passed into the queue's line. Each was paid for by the step that took it out.
local function promote(id, strategy)
  local queue, line = QUEUE .. id, LINE .. id
  if redis.call('HGET', KEYS[4], id) ~= tostring(day) then
    redis.call('ZUNIONSTORE', queue, 2, queue, line, 'AGGREGATE', 'MIN')
    redis.call('DEL', line)
    redis.call('HSET', KEYS[4], id, day)
  end
  repeat
    local due = redis.call('ZRANGEBYSCORE', queue, '-inf', due_until(now), 'LIMIT', 0, PAGE)
    if #due == 0 then return end
    learn(due)
    local entries = {}
    for _, agent in ipairs(due) do
      local r = known[agent]
      if r then
        local today = r[DAY] == day
        entries[#entries + 1] =
          string.format('%.0f', order[strategy](r, today and r[CALLS] or 0, today and r[TALK] or 0))
        entries[#entries + 1] = agent
      end
    end
    if #entries > 0 then redis.call('ZADD', line, unpack(entries)) end
    redis.call('ZREM', queue, unpack(due))
  until #due < PAGE
end

-- Looks through a sorted set from the front until the answer is full.
local function from_front(read)
  local offset, size = 0, most - #agents
  while #agents < most do
    local page = read(offset, size)
    learn(page)
    for _, agent in ipairs(page) do
      if #agents < most then consider(agent) end
    end
    if #page < size then return end
    offset, size = offset + size, math.min(size * 2, PAGE)
  end
end

-- Draws ranks without repetition (a sparse Fisher-Yates shuffle) until the answer is full.
local function at_random(line)
  local size, moved, drawn = redis.call('ZCARD', line), {}, 0
  while #agents < most and drawn < size do
    seed = seed * 48271 % 2147483647
    local pick = drawn + seed % (size - drawn)
    local rank = moved[pick] or pick
    moved[pick] = moved[drawn] or drawn
    drawn = drawn + 1
    local page = redis.call('ZRANGE', line, rank, rank)
    learn(page)
    consider(page[1])
  end
end

local function search(id, strategy)
  if strategy == 'longest_idle' then
    local limit = due_until(now)
    return from_front(function(offset, size)
      return redis.call('ZRANGEBYSCORE', QUEUE .. id, '-inf', limit, 'LIMIT', offset, size)
    end)
  end
  promote(id, strategy)
  local line = LINE .. id
  if strategy == 'random' then return at_random(line) end
  from_front(function(offset, size) return redis.call('ZRANGE', line, offset, offset + size - 1) end)
end

local queues = {}
-- `agents` counts destinations while the search runs: '' stands for a fixed number, whose uri is in `dialled`.
local function search_targets()
  local i = first_target
  while i <= #ARGV do
    if ARGV[i] == 'q' then
      queues[#queues + 1] = ARGV[i + 1]
      if #agents < most then search(ARGV[i + 1], ARGV[i + 2]) end
      i = i + 3
    else
      local count = tonumber(ARGV[i + 1])
      if #agents == 0 then
        for n = 1, math.min(count, most) do
          agents[n], dialled[n] = '', ARGV[i + 1 + n]
        end
      end
      i = i + 2 + count
    end
  end
end

local attempt = #attempts + 1
local exhausted = attempt > cap or (previous and previous[LAST] == 1)
if not exhausted then
  search_targets()
  if #agents == 0 then
    for n = 1, math.min(most, #again) do agents[n] = again[n] end
  end
  if #agents == 0 and #queues > 0 then
    local missing, built = { 'unindexed' }, redis.call('HMGET', KEYS[3], unpack(queues))
    for n, id in ipairs(queues) do
      if not built[n] then missing[#missing + 1] = id end
    end
    if #missing > 1 then return missing end
  end
end

-- 4. The reservation: one ring and one margin for each round of ringing.
local entries = tonumber(ARGV[18])
local together = entries == 0 and 1 or tonumber(ARGV[18 + math.min(attempt, entries)])
local leased_until = now + (ring + margin) * math.ceil(#agents / together)
for n, agent in ipairs(agents) do
  if agent ~= '' then
    local r = known[agent]
    settle(r)
    begin_day(r, day)
    r[TURN] = now * CALLS_IN_SCORE + math.min(r[CALLS], CALLS_IN_SCORE - 1)
    r[CALLS] = r[CALLS] + 1
    r[STATE], r[UNTIL], r[CALL] = 'reserved', leased_until, sid
    dialled[n] = r[URIS][(tried[agent] or 0) % #r[URIS] + 1]
    changed[agent] = r
  end
end
flush(changed)

-- 5. The memory: what an equal fetch will be answered with.
local last = (attempt >= cap or #agents == 0) and 1 or 0
local made = { progress, now, last, template, dialled, agents }
if #attempts < KEPT_ATTEMPTS then
  attempts[attempt] = made
  redis.call('SET', KEYS[2], cmsgpack.pack(call), 'PX', ARGV[16])
end
return reply(attempt, made, 0)
