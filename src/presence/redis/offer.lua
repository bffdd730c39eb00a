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
  return { 'offer', attempt, made[LAST], replayed, replayed == 1 and made[TEMPLATE] or '', unpack(made, TEMPLATE + 1) }
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
local known, tried = {}, {} -- agent -> {agent, record, card}, or false when there is none; agent -> how often offered
local previous = attempts[#attempts]
for _, made in ipairs(attempts) do
  for i = TEMPLATE + 2, #made, 2 do
    if made[i] ~= '' then tried[made[i]] = (tried[made[i]] or 0) + 1 end
  end
end
if previous then
  local freed = {}
  for i = TEMPLATE + 2, #previous, 2 do
    local agent = previous[i]
    local r, card = load(agent)
    if r and r[CALL] == sid and r[UNTIL] > now then
      free(r)
      known[agent] = { agent, r, card }
      freed[#freed + 1] = known[agent]
    end
  end
  save(freed)
end

-- 3. The choice: target after target, nobody twice; whom this call has tried before only when there is nobody else.
-- An entry of `found` is {agent, record, card}, or {'', uri} for a fixed number.
local found, again, stale, considered = {}, {}, {}, {}

-- Reads the records and cards of a page that are not known yet, with two commands.
local function learn(page)
  local missing = {}
  for i = 1, #page do
    if known[page[i]] == nil then missing[#missing + 1] = page[i] end
  end
  if #missing == 0 then return end
  local records, cards = call('HMGET', KEYS[1], unpack(missing)), call('HMGET', KEYS[2], unpack(missing))
  for i = 1, #missing do
    known[missing[i]] = records[i] and cards[i] and { missing[i], { unpacked(records[i]) }, { unpacked(cards[i]) } }
  end
end

-- Looks through candidates until the answer is full. Stale ones are parked for a while, so that nobody scans past them
-- again and again.
local function consider(page)
  learn(page)
  for i = 1, #page do
    local agent = page[i]
    local entry = known[agent]
    if #found < most and entry and not considered[agent] then
      considered[agent] = true
      if heartbeat > 0 and entry[2][SEEN_AT] + heartbeat < now then
        stale[#stale + 1] = entry
      elseif tried[agent] then
        again[#again + 1] = entry
      else
        found[#found + 1] = entry
      end
    end
  end
end

-- Looks in a queue. What only queues with an order of their own need is made only when such a queue is asked.
local function search(id, strategy)
  local queue, line = QUEUE .. id, LINE .. id
  local due = due_until(now)

  if strategy ~= 'longest_idle' then
    -- The order within a line. Nothing here changes while an agent stands in it, but for the day.
    local order = {
      round_robin = function(calls, talk, r) return r[TURN] end,
      fewest_calls = function(calls) return calls end,
      least_talk_time = function(calls, talk) return scored(talk, calls) end,
      top_down = function(calls, talk, r, card) return card[RANK] * 1048576 + calls end,
      random = function() return 0 end,
      weighted = function(calls, talk, r, card) return scored(floor(calls * 1000000 / card[WEIGHT]), calls) end,
    }
    local place = order[strategy]

    -- A line is of one day: at the first search of another, everybody in it is placed anew.
    if call('HGET', KEYS[5], id) ~= tostring(day) then
      call('ZUNIONSTORE', queue, 2, queue, line, 'AGGREGATE', 'MIN')
      call('DEL', line)
      call('HSET', KEYS[5], id, day)
    end

    -- Those whose lease has passed join the line. Each was paid for by the step that took it out.
    repeat
      local page, places = call('ZRANGEBYSCORE', queue, '-inf', due, 'LIMIT', 0, PAGE), {}
      learn(page)
      for i = 1, #page do
        local entry = known[page[i]]
        if entry then
          local r, calls, talk = entry[2], 0, 0
          if r[DAY] == day then calls, talk = r[CALLS], r[TALK] end
          places[#places + 1], places[#places + 2] = format('%d', place(calls, talk, r, entry[3])), page[i]
        end
      end
      if #places > 0 then call('ZADD', line, unpack(places)) end
      if #page > 0 then call('ZREM', queue, unpack(page)) end
    until #page < PAGE

    if strategy == 'random' then
      -- Draws ranks without repetition (a sparse Fisher-Yates shuffle) until the answer is full.
      local size, moved, drawn = call('ZCARD', line), {}, 0
      seed = seed or tonumber(ARGV[17])
      while #found < most and drawn < size do
        seed = seed * 48271 % 2147483647
        local pick = drawn + seed % (size - drawn)
        local rank = moved[pick] or pick
        moved[pick] = moved[drawn] or drawn
        drawn = drawn + 1
        consider(call('ZRANGE', line, rank, rank))
      end
      return
    end
  end

  local offset, size, page = 0, most - #found, nil
  repeat
    if strategy == 'longest_idle' then
      page = call('ZRANGEBYSCORE', queue, '-inf', due, 'LIMIT', offset, size)
    else
      page = call('ZRANGE', line, offset, offset + size - 1)
    end
    consider(page)
    local was_last = #page < size
    offset, size = offset + size, min(size * 2, PAGE)
  until was_last or #found >= most
end

local attempt = #attempts + 1
if attempt <= cap and not (previous and previous[LAST] == 1) then
  local queues, i = {}, first_target
  while i <= #ARGV do
    if ARGV[i] == 'q' then
      queues[#queues + 1] = ARGV[i + 1]
      if #found < most then search(ARGV[i + 1], ARGV[i + 2]) end
      i = i + 3
    else
      local count = tonumber(ARGV[i + 1])
      if #found == 0 then
        for n = 1, min(count, most) do found[n] = { '', ARGV[i + 1 + n] } end
      end
      i = i + 2 + count
    end
  end
  if #found == 0 then
    for n = 1, min(most, #again) do found[n] = again[n] end
  end
  if #found == 0 and #queues > 0 then
    local missing, built = { 'unindexed' }, call('HMGET', KEYS[4], unpack(queues))
    for n, id in ipairs(queues) do
      if not built[n] then missing[#missing + 1] = id end
    end
    if #missing > 1 then return missing end
  end
end

-- 4. The reservation: one ring and one margin for each round of ringing.
local rounds_at = tonumber(ARGV[18])
local together = rounds_at == 0 and 1 or tonumber(ARGV[18 + min(attempt, rounds_at)])
local leased_until = now + (ring + margin) * math.ceil(#found / together)
local made = { progress, now, (attempt >= cap or #found == 0) and 1 or 0, template }
local changed = stale
for n = 1, #stale do stale[n][2][PARKED] = now + PARKED_FOR end
for n = 1, #found do
  local agent, r, card = unpack(found[n])
  local uri = r
  if agent ~= '' then
    settle(r)
    begin_day(r, day)
    r[TURN], r[CALLS] = scored(now, r[CALLS]), r[CALLS] + 1
    r[STATE], r[UNTIL], r[CALL] = 'reserved', leased_until, sid
    uri = card[URIS_AT + (tried[agent] or 0) % (card[QUEUES_AT] - URIS_AT)]
    changed[#changed + 1] = found[n]
  end
  made[#made + 1], made[#made + 2] = uri, agent
end
save(changed)

-- 5. The memory: what an equal fetch will be answered with.
if #attempts < KEPT_ATTEMPTS then
  local record = pack(first_at, digits, custom)
  for _, earlier in ipairs(attempts) do record = record .. pack(#earlier, unpack(earlier)) end
  call('SET', KEYS[3], record .. pack(#made, unpack(made)), 'PX', ARGV[16])
end
return reply(attempt, made, 0)
