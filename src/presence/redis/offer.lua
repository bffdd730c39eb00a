-- Chooses and reserves agents for one fetch of one call, or replays the answer of an equal fetch. All or nothing.
--
-- KEYS: 1 records  2 presence  3 cards  4 the call (string)
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 call sid  4 progress (fingerprint of the fetch)  5 digits
--       6 custom field  7 template of the answer  8 how many ring together, a byte for each attempt ('' for one after
--       the other)  9 numbers, packed: not after, ms of the server's clock (0: whenever), most destinations, 1-10, most
--       attempts, 1-10, ring and margin of one round, ms, the ring alone, ms, heartbeat, ms (0: none asked for), offset from
--       UTC, s, replay window, ms, life of the call's record, ms, seed, 1 to 2^31-2
--       then the targets, each with the attempts and the waiting in ms after one of which it opens (0 0: at once):
--       attempts waiting 'q' id strategy | attempts waiting 'n' count uri...
-- Reply: text, its values ended by NUL: attempt, 0, now, last 0|1, then uri, agent ('' for a number) of each destination
--      | text: attempt, 1, now, then the attempt as it is remembered
--      | {'recall', digits, custom field}: plan again with these; nothing was done
--      | {'unindexed', queue id, ...}: these indexes are not complete and might hold somebody; nothing was reserved
--      | {'late', now}: nothing was done, nobody waits for this answer any more
--
-- A call's record is such text too: first fetch at, digits, custom field, then for each attempt the count of its values
-- before it: progress, at, last 0|1, rings until at most, template, and uri, agent ('' for a number) of each destination.
--
-- The straight way, a new call for queues by idle time, makes no closure and few tables: in Redis these cost the most.
local PROGRESS, AT, LAST, RINGS, TEMPLATE = 1, 2, 3, 4, 5
local SEEN_AT = 8
local NUMBERS, FIRST_TARGET = '>I6BBI6I6I6i4I6I6I4', 10
local KEPT_ATTEMPTS, PARKED_FOR, MOST_STALE, MOST_PAGES, CHUNK = 20, 600000, 2000, 20, 2000
local sid, progress, digits, custom, together = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[8]
local not_after, most, cap, round, ring, heartbeat, offset, window, life, seed = split(NUMBERS, ARGV[9])
local day = floor((now + offset * 1000) / 86400000)
local due, now_text = format('%d', now * 1024 + 1023), format('%d', now)
if not_after > 0 and now > not_after then return { 'late', now } end

-- 1. The call: a duplicate is replayed; what only the first fetch told is asked back; whom its attempts still
-- hold is free. A report that no attempt began with says that the last attempt is over. So does the report with which the
-- last one began, once its phones can't ring any more: somebody alone, rung twice in vain, makes two equal reports.
local first_at, header, history, attempts, tried = now, now_text .. '\0' .. digits .. '\0' .. custom .. '\0', '', {}, {}
local raw = call('GET', KEYS[4])
if raw then
  local values, is_news, i = {}, true, 4
  for value in raw:gmatch('(%Z*)%z') do values[#values + 1] = value end
  while values[i] do
    attempts[#attempts + 1] = { unpack(values, i + 1, i + values[i]) }
    i = i + 1 + values[i]
  end
  if now - attempts[#attempts][AT] >= life then attempts = {} end
  for n = #attempts, 1, -1 do
    local made = attempts[n]
    if made[PROGRESS] == progress then
      is_news = n == #attempts
      if now - made[AT] < window or now < tonumber(made[RINGS]) then
        return n .. '\0001\0' .. now_text .. '\0' .. table.concat(made, '\0') .. '\0'
      end
      break
    end
  end
  if #attempts > 0 then
    if (digits == '' and values[2] ~= '') or (custom == '' and values[3] ~= '') then
      return { 'recall', values[2], values[3] }
    end
    first_at = tonumber(values[1])
    header = values[1] .. '\0' .. digits .. '\0' .. custom .. '\0'
    history = table.concat(values, '\0', 4) .. '\0'
  end
  for _, made in ipairs(attempts) do
    for at = TEMPLATE + 2, #made, 2 do
      local agent = made[at]
      if agent ~= '' then tried[agent] = (tried[agent] or 0) + 1 end
      local record = is_news and agent ~= '' and call('HGET', RECORDS, agent)
      if record and record:sub(RECORD_SIZE + 1) == sid then
        local state, at, seen_at, on, calls, talk, turn = split(RECORD, record)
        if state ~= 'i' and at > now then
          call('HSET', RECORDS, agent, pack(RECORD, 'i', now, seen_at, on, calls, talk, turn))
          local status, _, break_until, parked = split(PRESENCE, call('HGET', PRESENCES, agent) or pack(PRESENCE, 'o', now, 0, 0))
          local away = status == 'o' or (status == 'b' and break_until == 0)
          local score = format('%d', (away and NEVER or max(now, parked, break_until)) * 1024 + min(calls, 1023))
          local card = call('HGET', CARDS, agent)
          local _, _, _, queues, lines = split(CARD, card or pack(CARD, 0, 1, 0, '', 0, '', 0, ''))
          for id in gmatch(queues, '%S+') do call('ZADD', BASE .. 'q:' .. id, score, agent) end
          for id in gmatch(lines, '%S+') do call('ZREM', BASE .. 'line:' .. id, agent) end
        end
      end
    end
  end
end

-- 2. The choice: target after target, nobody twice; whom this call has tried before only when there is nobody else.
-- `found` has agents, or '' for a fixed number, whose uri is in `uris`. Nobody is written before the choice is made.
local attempt, previous = #attempts + 1, attempts[#attempts]
local found, again, stale, uris, records, writes, short = {}, {}, {}, {}, {}, {}, {}
local target = FIRST_TARGET
if attempt > cap or (previous and previous[LAST] == '1') then target = #ARGV + 1 end
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
      for n = 1, min(count, most) do found[n], uris[n] = '', ARGV[target + 1 + n] end
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
        round_robin = function(r) return r.turn end,
        fewest_calls = function(r) return r.calls_today end,
        least_talk_time = function(r) return r.talk_today * 1024 + min(r.calls_today, 1023) end,
        top_down = function(r) return r.rank * 1048576 + r.calls end,
        random = function() return 0 end,
        weighted = function(r)
          return floor(r.calls_today * 1000000 / r.weight) * 1024 + min(r.calls_today, 1023)
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
        local page = call('ZRANGEBYSCORE', queue, '-inf', due, 'LIMIT', 0, 128)
        pages = pages + 1
        if #page > 0 then
          local places = {}
          local members, cards = call('HMGET', RECORDS, unpack(page)), call('HMGET', CARDS, unpack(page))
          for n = 1, #page do
            if members[n] and cards[n] then
              local r, on, _ = {}, nil, nil
              _, _, _, on, r.calls, r.talk_today, r.turn = split(RECORD, members[n])
              r.rank, r.weight = split(CARD, cards[n])
              r.calls_today = r.calls
              if on ~= day then r.calls_today, r.talk_today = 0, 0 end
              places[#places + 1], places[#places + 2] = format('%d', place_of[strategy](r)), page[n]
            end
          end
          if #places > 0 then call('ZADD', line, unpack(places)) end
          call('ZREM', queue, unpack(page))
        end
      until #page < 128 or pages == MOST_PAGES
      if strategy == 'random' then
        drawn, size, moved = 0, call('ZCARD', line), {}
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
        page = call('ZRANGEBYSCORE', queue, '-inf', due, 'LIMIT', offset, length)
        is_end = #page < length
      end
      local members = #page > 0 and call('HMGET', RECORDS, unpack(page))
      for n = 1, #page do
        local agent, record = page[n], members[n]
        if record and #found < most and not records[agent] then
          records[agent] = record
          if heartbeat > 0 and split('>I6', record, SEEN_AT) + heartbeat < now then
            stale[#stale + 1] = agent
          elseif tried[agent] then
            again[#again + 1] = agent
          else
            found[#found + 1] = agent
          end
        end
      end
      is_end = is_end or #stale >= MOST_STALE
      offset, length = offset + length, min(length * 2, 512)
    end
    if #found < most then short[#short + 1] = id end
  end
end
if #found == 0 then
  for n = 1, min(most, #again) do found[n] = again[n] end
end
if #short > 0 then
  local missing, built = { 'unindexed' }, call('HMGET', BASE .. 'built', unpack(short))
  for n = 1, #short do
    if not built[n] then missing[#missing + 1] = short[n] end
  end
  if #missing > 1 then return missing end
end

-- 3. The reservation: a round for as many as ring together.
local rounds = math.ceil(#found / (together:byte(min(attempt, #together)) or 1))
local leased_until = now + round * rounds
local fields, dialled = {}, ''
local cards = #found > 0 and call('HMGET', CARDS, unpack(found)) or found
for n = 1, #found do
  local agent, uri = found[n], uris[n]
  if agent ~= '' then
    local _, _, seen_at, on, calls, talk = split(RECORD, records[agent])
    local _, _, all, queues, lines = split(CARD, cards[n])
    if on ~= day then calls, talk = 0, 0 end
    fields[#fields + 1], fields[#fields + 2] = agent,
      pack(RECORD, 'r', leased_until, seen_at, day, calls + 1, talk, now * 1024 + min(calls, 1023)) .. sid
    local score = format('%d', leased_until * 1024 + min(calls + 1, 1023))
    for id in gmatch(queues, '%S+') do
      local scores = writes[id]
      if scores then
        scores[#scores + 1], scores[#scores + 2] = score, agent
      else
        writes[id] = { score, agent }
      end
    end
    if lines ~= '' then
      for id in gmatch(lines, '%S+') do call('ZREM', BASE .. 'line:' .. id, agent) end
    end
    uri = all
    if uri:find(' ', 1, true) then
      local each = {}
      for one in gmatch(uri, '%S+') do each[#each + 1] = one end
      uri = each[(tried[agent] or 0) % #each + 1]
    end
  end
  dialled = dialled .. uri .. '\0' .. agent .. '\0'
end
for n = 1, #stale do
  local agent = stale[n]
  local _, _, _, _, calls = split(RECORD, records[agent])
  local presence = call('HGET', PRESENCES, agent)
  local status, since, break_until = split(PRESENCE, presence)
  local _, _, _, queues, lines = split(CARD, call('HGET', CARDS, agent))
  local score = format('%d', (now + PARKED_FOR) * 1024 + min(calls, 1023))
  call('HSET', PRESENCES, agent,
    pack(PRESENCE, status, since, break_until, now + PARKED_FOR) .. presence:sub(PRESENCE_SIZE + 1))
  for id in gmatch(queues, '%S+') do
    local scores = writes[id] or {}
    writes[id] = scores
    scores[#scores + 1], scores[#scores + 2] = score, agent
  end
  for id in gmatch(lines, '%S+') do call('ZREM', BASE .. 'line:' .. id, agent) end
end
for i = 1, #fields, CHUNK do call('HSET', RECORDS, unpack(fields, i, min(i + CHUNK - 1, #fields))) end
for id, scores in pairs(writes) do
  for i = 1, #scores, CHUNK do call('ZADD', BASE .. 'q:' .. id, unpack(scores, i, min(i + CHUNK - 1, #scores))) end
end

-- 4. The memory: what an equal fetch will be answered with.
local last = (attempt >= cap or #found == 0) and '1' or '0'
if attempt <= KEPT_ATTEMPTS then
  call('SET', KEYS[4], header .. history .. (TEMPLATE + 2 * #found) .. '\0' .. progress .. '\0' .. now_text .. '\0' .. last
    .. '\0' .. format('%d', now + ring * rounds) .. '\0' .. ARGV[7] .. '\0' .. dialled, 'PX', format('%d', life))
end
return attempt .. '\0000\0' .. now_text .. '\0' .. last .. '\0' .. dialled
