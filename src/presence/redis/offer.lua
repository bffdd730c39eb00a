-- Chooses and reserves agents for one fetch of one call, or replays the answer of an equal fetch. All or nothing.
--
-- KEYS: 1 records (hash, agent -> record)  2 cards (hash, agent -> card)  3 the call (string)
--       4 built (hash, queue id -> 1)  5 days (hash, queue id -> the day its line was made for)
-- ARGV: 1 now, ms or 0  2 queue prefix  3 line prefix  4 call sid  5 progress (fingerprint of the fetch)
--       6 digits  7 custom field  8 template of the answer  9 most destinations, 1-10  10 most attempts, 1-10
--       11 ring, ms  12 margin, ms  13 heartbeat, ms (0: none asked for)  14 offset from UTC, s  15 replay window, ms
--       16 life of the call's record, ms  17 seed, below 2^31-1  18 count of at-once entries, then these
--       then the targets: 'q' id strategy | 'n' count uri...
-- Reply: {'offer', attempt, last 0|1, replayed 0|1, template ('' when it is ARGV[8]), uri, agent ('' for a number), ...}
--      | {'recall', digits, custom field}: plan again with these; nothing was done
--      | {'unindexed', queue id, ...}: nobody found, these indexes are not complete; nothing was reserved or remembered
--
-- A call's record is a sequence of MessagePack values: first fetch at, digits, custom field, then each attempt with the
-- count of its values before it: progress, at, last 0|1, template, and uri, agent of each destination.
local PROGRESS, AT, LAST, TEMPLATE = 1, 2, 3, 4
local PARKED_FOR = 60000
local KEPT_ATTEMPTS = 20
local PAGE = 128

local sid, progress, digits, custom, template = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local most, cap = tonumber(ARGV[9]), tonumber(ARGV[10])
local ring, margin, heartbeat = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local day = day_at(ARGV[14])
local seed
local first_target = 19 + tonumber(ARGV[18])

local function reply(attempt, made, replayed)
  local out = { 'offer', attempt, made[LAST], replayed, replayed == 1 and made[TEMPLATE] or '' }
  for i = TEMPLATE + 1, #made do out[i + 1] = made[i] end
  return out
end

-- 1. The call: a duplicate is replayed; what only the first fetch told is asked back.
local first_at, attempts = now, {}
local raw = call('GET', KEYS[3])
if raw then
  local values, known_digits, known_custom = { unpacked(raw) }, '', ''
  local at = 4
  while values[at] do
    attempts[#attempts + 1] = { unpack(values, at + 1, at + values[at]) }
    at = at + 1 + values[at]
  end
  if now - attempts[#attempts][AT] < tonumber(ARGV[16]) then
    first_at, known_digits, known_custom = values[1], values[2], values[3]
  else
    attempts = {}
  end
  for attempt = #attempts, 1, -1 do
    local made = attempts[attempt]
    if made[PROGRESS] == progress and now - made[AT] < tonumber(ARGV[15]) then return reply(attempt, made, 1) end
  end
  if (digits == '' and known_digits ~= '') or (custom == '' and known_custom ~= '') then
    return { 'recall', known_digits, known_custom }
  end
end

-- 2. A new attempt says that the one before is over: whoever this call still holds is free.
local records, cards, tried = {}, {}, {}
local previous = attempts[#attempts]
for _, made in ipairs(attempts) do
  for i = TEMPLATE + 2, #made, 2 do
    if made[i] ~= '' then tried[made[i]] = (tried[made[i]] or 0) + 1 end
  end
end
for i = TEMPLATE + 2, previous and #previous or 0, 2 do
  local agent = previous[i]
  local r, card = load(agent)
  if r and r[CALL] == sid and r[UNTIL] > now then
    free(r)
    save(agent, r, card)
    records[agent], cards[agent] = r, card
  end
end

-- 3. The choice: target after target, nobody twice; whom this call has tried before only when there is nobody else.
local dialled, agents, stale, taken, again = {}, {}, {}, {}, {}

-- Looks at one candidate. Stale ones are parked for a while, so that nobody scans past them again and again.
local function consider(agent)
  local r = records[agent]
  if not r or taken[agent] then return end
  if heartbeat > 0 and r[SEEN_AT] + heartbeat < now then
    taken[agent] = true
    stale[#stale + 1] = agent
  elseif tried[agent] then
    taken[agent] = true
    again[#again + 1] = agent
  else
    taken[agent] = true
    agents[#agents + 1] = agent
  end
end

-- Reads the records and cards of a page that are not known yet, with two commands.
local function learn(page)
  local missing = {}
  for _, agent in ipairs(page) do
    if records[agent] == nil then missing[#missing + 1] = agent end
  end
  if #missing == 0 then return end
  local raw_records, raw_cards = call('HMGET', KEYS[1], unpack(missing)), call('HMGET', KEYS[2], unpack(missing))
  for i, agent in ipairs(missing) do
    local there = raw_records[i] and raw_cards[i]
    records[agent] = there and { unpacked(raw_records[i]) }
    cards[agent] = there and { unpacked(raw_cards[i]) }
  end
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
    offset, size = offset + size, min(size * 2, PAGE)
  end
end

-- Looks in a queue with an order of its own. Its functions are made only when such a queue is asked.
local function search_line(id, strategy)
  local queue, line = QUEUE .. id, LINE .. id

  -- The order within a line. Nothing here changes while an agent stands in it, but for the day: see promote.
  local order = {
    round_robin = function(calls, talk, r) return r[TURN] end,
    fewest_calls = function(calls) return calls end,
    least_talk_time = function(calls, talk) return scored(talk, calls) end,
    top_down = function(calls, talk, r, card) return card[RANK] * 1048576 + calls end,
    random = function() return 0 end,
    weighted = function(calls, talk, r, card) return scored(floor(calls * 1000000 / card[WEIGHT]), calls) end,
  }

  -- Moves those whose lease has passed into the queue's line. Each was paid for by the step that took it out.
  local function promote()
    if call('HGET', KEYS[5], id) ~= tostring(day) then
      call('ZUNIONSTORE', queue, 2, queue, line, 'AGGREGATE', 'MIN')
      call('DEL', line)
      call('HSET', KEYS[5], id, day)
    end
    repeat
      local due = call('ZRANGEBYSCORE', queue, '-inf', due_until(now), 'LIMIT', 0, PAGE)
      if #due == 0 then return end
      learn(due)
      local entries = {}
      for _, agent in ipairs(due) do
        local r = records[agent]
        if r then
          local calls, talk = 0, 0
          if r[DAY] == day then calls, talk = r[CALLS], r[TALK] end
          entries[#entries + 1] = format('%d', order[strategy](calls, talk, r, cards[agent]))
          entries[#entries + 1] = agent
        end
      end
      if #entries > 0 then call('ZADD', line, unpack(entries)) end
      call('ZREM', queue, unpack(due))
    until #due < PAGE
  end

  -- Draws ranks without repetition (a sparse Fisher-Yates shuffle) until the answer is full.
  local function at_random()
    local size, moved, drawn = call('ZCARD', line), {}, 0
    seed = seed or tonumber(ARGV[17])
    while #agents < most and drawn < size do
      seed = seed * 48271 % 2147483647
      local pick = drawn + seed % (size - drawn)
      local rank = moved[pick] or pick
      moved[pick] = moved[drawn] or drawn
      drawn = drawn + 1
      local page = call('ZRANGE', line, rank, rank)
      learn(page)
      consider(page[1])
    end
  end

  promote()
  if strategy == 'random' then return at_random() end
  from_front(function(offset, size) return call('ZRANGE', line, offset, offset + size - 1) end)
end

local function search(id, strategy)
  if strategy ~= 'longest_idle' then return search_line(id, strategy) end
  local queue, limit = QUEUE .. id, due_until(now)
  from_front(function(offset, size) return call('ZRANGEBYSCORE', queue, '-inf', limit, 'LIMIT', offset, size) end)
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
        for n = 1, min(count, most) do
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
    for n = 1, min(most, #again) do agents[n] = again[n] end
  end
  if #agents == 0 and #queues > 0 then
    local missing, built = { 'unindexed' }, call('HMGET', KEYS[4], unpack(queues))
    for n, id in ipairs(queues) do
      if not built[n] then missing[#missing + 1] = id end
    end
    if #missing > 1 then return missing end
  end
end

-- 4. The reservation: one ring and one margin for each round of ringing.
local entries = tonumber(ARGV[18])
local together = entries == 0 and 1 or tonumber(ARGV[18 + min(attempt, entries)])
local changed = {}
local leased_until = now + (ring + margin) * math.ceil(#agents / together)
for n, agent in ipairs(agents) do
  if agent ~= '' then
    local r, card = records[agent], cards[agent]
    settle(r)
    begin_day(r, day)
    r[TURN], r[CALLS] = scored(now, r[CALLS]), r[CALLS] + 1
    r[STATE], r[UNTIL], r[CALL] = 'reserved', leased_until, sid
    dialled[n] = card[URIS_AT + (tried[agent] or 0) % (card[QUEUES_AT] - URIS_AT)]
    changed[#changed + 1] = agent
  end
end
for _, agent in ipairs(stale) do
  records[agent][PARKED] = now + PARKED_FOR
  changed[#changed + 1] = agent
end
save_all(changed, records, cards)

-- 5. The memory: what an equal fetch will be answered with.
local made = { progress, now, (attempt >= cap or #agents == 0) and 1 or 0, template }
for n, agent in ipairs(agents) do
  made[#made + 1], made[#made + 2] = dialled[n], agent
end
if #attempts < KEPT_ATTEMPTS then
  local record = pack(first_at, digits, custom)
  for _, earlier in ipairs(attempts) do record = record .. pack(#earlier, unpack(earlier)) end
  call('SET', KEYS[3], record .. pack(#made, unpack(made)), 'PX', ARGV[16])
end
return reply(attempt, made, 0)
