-- Chooses and reserves agents for one fetch of one call, or replays the answer of an equal fetch. All or nothing.
--
-- KEYS: 1 records (hash, agent -> record)  2 cards (hash, agent -> card)  3 the call (string)
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 not after, ms of the server's clock (0: whenever)  4 call sid
--       5 progress (fingerprint of the fetch)  6 digits  7 custom field  8 template of the answer
--       9 most destinations, 1-10  10 most attempts, 1-10  11 ring and margin of one round, ms
--       12 heartbeat, ms (0: none asked for)  13 offset from UTC, s  14 replay window, ms
--       15 life of the call's record, ms  16 seed, 1 to 2^31-2
--       17 how many ring together, by attempt, parted by blanks ('' for one after the other)
--       then the targets, each with the attempts and the waiting in ms after one of which it opens (0 0: at once):
--       attempts waiting 'q' id strategy | attempts waiting 'n' count uri...
-- Reply: text, its values parted by NUL: attempt, replayed 0|1, now, then the attempt as it is remembered
--      | {'recall', digits, custom field}: plan again with these; nothing was done
--      | {'unindexed', queue id, ...}: these indexes are not complete and might hold somebody; nothing was reserved
--      | {'late', now}: nothing was done, nobody waits for this answer any more
--
-- A call's record is such text too: first fetch at, digits, custom field, then for each attempt the count of its values
-- before it: progress, at, last 0|1, leased until, template, and uri, agent ('' for a number) of each destination.
--
-- The straight way, a new call for queues by idle time, makes no closure and few tables: in Redis these cost the most.
local PROGRESS, AT, LAST, LEASED, TEMPLATE = 1, 2, 3, 4, 5
local FIRST_TARGET = 18
local KEPT_ATTEMPTS, PARKED_FOR, MOST_STALE, MOST_PAGES, CHUNK = 20, 600000, 2000, 20, 2000
local sid, progress, most, heartbeat = ARGV[4], ARGV[5], tonumber(ARGV[9]), tonumber(ARGV[12])
local day = math.floor((now + ARGV[13] * 1000) / 86400000)
local due = now * 1024 + 1023
if ARGV[3] ~= '0' and now > tonumber(ARGV[3]) then return { 'late', now } end

-- 1. The call: a duplicate is replayed; what only the first fetch told is asked back; whom its attempts still
-- hold is free. Only a report that no attempt began with says that the last attempt is over.
local first_at, header, history, attempts, tried = now, now .. '\0' .. ARGV[6] .. '\0' .. ARGV[7] .. '\0', '', {}, {}
local raw = call('GET', KEYS[3])
if raw then
  local values, is_news, i = {}, true, 4
  for value in raw:gmatch('(%Z*)%z') do values[#values + 1] = value end
  while values[i] do
    attempts[#attempts + 1] = { unpack(values, i + 1, i + values[i]) }
    i = i + 1 + values[i]
  end
  if now - attempts[#attempts][AT] >= tonumber(ARGV[15]) then attempts = {} end
  for n = #attempts, 1, -1 do
    local made = attempts[n]
    if made[PROGRESS] == progress then
      is_news = false
      if now - made[AT] < tonumber(ARGV[14]) or now < tonumber(made[LEASED]) then
        return n .. '\0001\0' .. now .. '\0' .. table.concat(made, '\0') .. '\0'
      end
    end
  end
  if #attempts > 0 then
    if (ARGV[6] == '' and values[2] ~= '') or (ARGV[7] == '' and values[3] ~= '') then
      return { 'recall', values[2], values[3] }
    end
    first_at = tonumber(values[1])
    header = values[1] .. '\0' .. ARGV[6] .. '\0' .. ARGV[7] .. '\0'
    history = table.concat(values, '\0', 4) .. '\0'
  end
  for _, made in ipairs(attempts) do
    for at = TEMPLATE + 2, #made, 2 do
      local agent = made[at]
      if agent ~= '' then tried[agent] = (tried[agent] or 0) + 1 end
      local record = is_news and agent ~= '' and call('HGET', KEYS[1], agent)
      local r = record and { struct.unpack(FIELDS, record) }
      if r and r[CALL] == sid and r[UNTIL] > now then
        local ready_at = NEVER
        if r[STATUS] == 'a' or r[BREAK_UNTIL] > 0 then ready_at = math.max(now, r[PARKED], r[BREAK_UNTIL]) end
        local score = format('%d', ready_at * 1024 + math.min(r[CALLS], 1023))
        call('HSET', KEYS[1], agent, struct.pack(FIELDS, r[1], 'i', r[3], r[4], r[5], now, 0, r[8], r[9], r[10],
          r[11], r[12], #r[REASON], r[REASON], 0, '', #r[URIS], r[URIS], #r[QUEUES], r[QUEUES], #r[LINES], r[LINES]))
        for id in r[QUEUES]:gmatch('%S+') do call('ZADD', BASE .. 'q:' .. id, score, agent) end
        for id in r[LINES]:gmatch('%S+') do call('ZREM', BASE .. 'line:' .. id, agent) end
      end
    end
  end
end

-- 2. The choice: target after target, nobody twice; whom this call has tried before only when there is nobody else.
-- `found` has agents, or '' for a fixed number, whose uri is in `uris`. Nobody is written before the choice is made.
local attempt, previous = #attempts + 1, attempts[#attempts]
local found, again, stale, uris, records, writes, short = {}, {}, {}, {}, {}, {}, {}
local target, seed = FIRST_TARGET, nil
if attempt > tonumber(ARGV[10]) or (previous and previous[LAST] == '1') then target = #ARGV + 1 end
while target <= #ARGV do
  local after, waiting = ARGV[target], ARGV[target + 1]
  local is_open = after == '0' and waiting == '0'
  if not is_open then
    is_open = (after ~= '0' and attempt > tonumber(after)) or (waiting ~= '0' and now - first_at >= tonumber(waiting))
  end
  target = target + 2
  if ARGV[target] == 'n' then
    local count = tonumber(ARGV[target + 1])
    if #found == 0 and is_open then
      for n = 1, math.min(count, most) do found[n], uris[n] = '', ARGV[target + 1 + n] end
    end
    target = target + 2 + count
  elseif #found == most or not is_open then
    target = target + 3
  else
    local id, strategy = ARGV[target + 1], ARGV[target + 2]
    local queue, line = BASE .. 'q:' .. id, nil
    local drawn, size, moved = nil, nil, nil
    target = target + 3

    if strategy ~= 'longest_idle' then
      line = BASE .. 'line:' .. id
      -- The place in the line. It stays right while an agent stands there, but for the day: who has stood there since
      -- before midnight has had no calls today.
      local place_of = {
        round_robin = function(r) return r[TURN] end,
        fewest_calls = function(r, card, calls) return calls end,
        least_talk_time = function(r, card, calls, talk) return talk * 1024 + math.min(calls, 1023) end,
        top_down = function(r, card) return card[RANK] * 1048576 + r[CALLS] end,
        random = function() return 0 end,
        weighted = function(r, card, calls)
          return math.floor(calls * 1000000 / card[WEIGHT]) * 1024 + math.min(calls, 1023)
        end,
      }
      local is_daily = strategy == 'fewest_calls' or strategy == 'least_talk_time' or strategy == 'weighted'
      if is_daily and call('HGET', BASE .. 'days', id) ~= tostring(day) then
        call('ZUNIONSTORE', line, 1, line, 'WEIGHTS', 0)
        call('HSET', BASE .. 'days', id, day)
      end
      -- Those whose lease has passed join the line, at most so many pages at once. Each was paid for by the step that
      -- took it out.
      local pages = 0
      repeat
        local page = call('ZRANGEBYSCORE', queue, '-inf', format('%d', due), 'LIMIT', 0, 128)
        pages = pages + 1
        if #page > 0 then
          local places = {}
          local members, cards = call('HMGET', KEYS[1], unpack(page)), call('HMGET', KEYS[2], unpack(page))
          for n = 1, #page do
            if members[n] and cards[n] then
              local r = { struct.unpack(FIELDS, members[n]) }
              local is_today = r[DAY] == day
              local place = place_of[strategy](r, { cmsgpack.unpack(cards[n]) }, is_today and r[CALLS] or 0,
                is_today and r[TALK] or 0)
              places[#places + 1], places[#places + 2] = format('%d', place), page[n]
            end
          end
          if #places > 0 then call('ZADD', line, unpack(places)) end
          call('ZREM', queue, unpack(page))
        end
      until #page < 128 or pages == MOST_PAGES
      if strategy == 'random' then
        drawn, size, moved, seed = 0, call('ZCARD', line), {}, seed or tonumber(ARGV[16])
      end
    end

    -- Page after page from the front, until the answer is full.
    local offset, length, is_end, page = 0, most - #found, false, nil
    while #found < most and not is_end do
      if drawn then
        -- One rank after the other, drawn without repetition (a sparse Fisher-Yates shuffle).
        page, is_end = {}, drawn == size
        if not is_end then
          seed = seed * 48271 % 2147483647
          local pick = drawn + seed % (size - drawn)
          local rank = moved[pick] or pick
          moved[pick] = moved[drawn] or drawn
          drawn = drawn + 1
          page = call('ZRANGE', line, rank, rank)
        end
      elseif line then
        page = call('ZRANGE', line, offset, offset + length - 1)
        is_end = #page < length
      else
        page = call('ZRANGEBYSCORE', queue, '-inf', format('%d', due), 'LIMIT', offset, length)
        is_end = #page < length
      end
      local members = #page > 0 and call('HMGET', KEYS[1], unpack(page))
      for n = 1, #page do
        local agent, record = page[n], members[n]
        if record and #found < most and not records[agent] then
          local r = { struct.unpack(FIELDS, record) }
          records[agent] = r
          if heartbeat > 0 and r[SEEN_AT] + heartbeat < now then
            stale[#stale + 1] = agent
          elseif tried[agent] then
            again[#again + 1] = agent
          else
            found[#found + 1] = agent
          end
        end
      end
      is_end = is_end or #stale >= MOST_STALE
      offset, length = offset + length, math.min(length * 2, 512)
    end
    if #found < most then short[#short + 1] = id end
  end
end
if #found == 0 then
  for n = 1, math.min(most, #again) do found[n] = again[n] end
end
if #short > 0 then
  local missing, built = { 'unindexed' }, call('HMGET', BASE .. 'built', unpack(short))
  for n = 1, #short do
    if not built[n] then missing[#missing + 1] = short[n] end
  end
  if #missing > 1 then return missing end
end

-- 3. The reservation: a round for as many as ring together.
local together, entries = 1, 0
if ARGV[17] ~= '' then
  for entry in ARGV[17]:gmatch('%d+') do
    entries = entries + 1
    if entries <= attempt then together = tonumber(entry) end
  end
end
local leased_until = now + ARGV[11] * math.ceil(#found / together)
local fields, dialled = {}, ''
for n = 1, #found do
  local agent, uri = found[n], uris[n]
  if agent ~= '' then
    local r = records[agent]
    if r[BREAK_UNTIL] > 0 then r[1], r[3], r[REASON], r[6] = 'a', r[BREAK_UNTIL], '', math.max(r[6], r[BREAK_UNTIL]) end
    local calls, talk = r[CALLS], r[TALK]
    if r[DAY] ~= day then calls, talk = 0, 0 end
    local score = format('%d', leased_until * 1024 + math.min(calls + 1, 1023))
    fields[#fields + 1], fields[#fields + 2] = agent, struct.pack(FIELDS, r[1], 'r', r[3], 0, r[5],
      math.max(r[6], r[UNTIL], r[PARKED]), leased_until, 0, day, calls + 1, talk, now * 1024 + math.min(calls, 1023),
      #r[REASON], r[REASON], #sid, sid, #r[URIS], r[URIS], #r[QUEUES], r[QUEUES], #r[LINES], r[LINES])
    for id in r[QUEUES]:gmatch('%S+') do
      local scores = writes[id]
      if scores then
        scores[#scores + 1], scores[#scores + 2] = score, agent
      else
        writes[id] = { score, agent }
      end
    end
    if r[LINES] ~= '' then
      for id in r[LINES]:gmatch('%S+') do call('ZREM', BASE .. 'line:' .. id, agent) end
    end
    uri = r[URIS]
    if uri:find(' ', 1, true) then
      local all = {}
      for one in uri:gmatch('%S+') do all[#all + 1] = one end
      uri = all[(tried[agent] or 0) % #all + 1]
    end
  end
  dialled = dialled .. uri .. '\0' .. agent .. '\0'
end
for n = 1, #stale do
  local agent = stale[n]
  local r = records[agent]
  local score = format('%d', (now + PARKED_FOR) * 1024 + math.min(r[CALLS], 1023))
  fields[#fields + 1], fields[#fields + 2] = agent, struct.pack(FIELDS, r[1], r[2], r[3], r[4], r[5], r[6], r[7],
    now + PARKED_FOR, r[9], r[10], r[11], r[12], #r[REASON], r[REASON], #r[CALL], r[CALL], #r[URIS], r[URIS],
    #r[QUEUES], r[QUEUES], #r[LINES], r[LINES])
  for id in r[QUEUES]:gmatch('%S+') do
    local scores = writes[id] or {}
    writes[id] = scores
    scores[#scores + 1], scores[#scores + 2] = score, agent
  end
  for id in r[LINES]:gmatch('%S+') do call('ZREM', BASE .. 'line:' .. id, agent) end
end
for i = 1, #fields, CHUNK do call('HSET', KEYS[1], unpack(fields, i, math.min(i + CHUNK - 1, #fields))) end
for id, scores in pairs(writes) do
  for i = 1, #scores, CHUNK do call('ZADD', BASE .. 'q:' .. id, unpack(scores, i, math.min(i + CHUNK - 1, #scores))) end
end

-- 4. The memory: what an equal fetch will be answered with.
local last = (attempt > tonumber(ARGV[10]) - 1 or #found == 0) and '1' or '0'
local made = progress .. '\0' .. now .. '\0' .. last .. '\0' .. leased_until .. '\0' .. ARGV[8] .. '\0' .. dialled
if attempt <= KEPT_ATTEMPTS then
  call('SET', KEYS[3], header .. history .. (TEMPLATE + 2 * #found) .. '\0' .. made, 'PX', ARGV[15])
end
return attempt .. '\0000\0' .. now .. '\0' .. made
