-- Chooses and reserves agents for one fetch of one call, or replays the answer of an equal fetch. All or nothing.
--
-- KEYS: 1 records  2 presence  3 cards  4 the call (string)
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 call sid  4 progress (fingerprint of the fetch)  5 digits
--       6 custom field  7 template of the answer  8 how many ring together, a byte for each attempt ('' for one after
--       the other)  9 numbers, packed: not after, ms of the server's clock (0: whenever), most destinations, 1-10, most
--       attempts, 1-10, heartbeat, ms (0: none asked for), offset from UTC, s, replay
--       window, ms, life of the call's record, ms, seed, 1 to 2^31-2, ring time, margin and longest conversation, ms,
--       whether answers are reported, 0|1, or 2 for a call that we start
--       10 how the last dial ended, as a leg's letter, or g(oes on), '' for nothing told  11 whom that is about ('' for
--       nobody)  12 how long each talked
--       13 who calls ('' for unknown, or where no rule asks): number, how long to remember who answered, ms; and where
--       this call's rule asks: how long that counts, ms, 1 for nobody else, how long a call waits for nobody else, ms (0:
--       for ever)
--       then the targets, each with the attempts and the waiting in ms after one of which it opens (0 0: at once):
--       attempts waiting 'q' id strategy handling name | attempts waiting 'n' count uri...
--       | attempts waiting 'a' agent handling
--       | attempts waiting 't' id strategy handling name most calls (0: any number) whether the oldest call is first, 0|1
-- Reply: text, its values ended by NUL: attempt, 0, now (and, where the call has waited, behind a blank how long, ms), last 0|1 with what is told besides, then each destination as it is
--        remembered. Told, behind the digit: with nobody a letter why, x (no attempts left), f(ull), w(aiting) or n(obody
--        ready); h(it) or m(iss) where the rule asks for the agent of the customer's last answered call and there is one;
--        then words: what has become of earlier offers, as `ends_of` in `machine.lua` has it; 0 where nobody but that agent
--        was looked for; and of each queue that yielded nobody, or passed somebody over, its target's number, with f(ull), or
--        with how many who were ready were h(eld back), had been t(ried) before or were s(tale): 2h1t3
--      | text: attempt, 1, now, then the attempt as it is remembered
--      | {'recall', digits, custom field}: plan again with these; nothing was done
--      | {'unindexed', queue id, ...}: these indexes are not complete and might hold somebody; nothing was reserved
--      | {'late', now}: nothing was reserved; nobody waits for this answer any more, or it is to be asked for again
--      | {'later'}: the call was dialled before, and this is the script for first fetches; nothing was done
--
-- It runs alone for a call that was not dialled yet, with the functions of `machine.lua` nil; else behind the prelude
-- and `machine.lua`. The straight way, a new call for queues by idle time, makes no closure and few tables: in Redis
-- these cost the most.
local NUMBERS, FIRST_TARGET = '>I6BBI6i4I6I6I4I6I6I6B', 14
local KEPT_ATTEMPTS, PARKED_FOR, MOST_STALE, MOST_PAGES, CHUNK = 20, 600000, 2000, 20, 2000
local PATIENCE, OVER_WINDOW = 5000, 2000
local HOLD, LATENESS, FORGOTTEN_AFTER, LONGEST_INTERVAL, MOST_OLDER, WAITING_KEPT = 5000, 2000, 30000, 600000, 64, 3600000
local sid, progress, digits, custom, together, caller = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[8], ARGV[13]
local not_after, most, cap, heartbeat, offset, window, life, seed, ring, margin, conversation, reports =
  split(NUMBERS, ARGV[9])
local day = floor((now + offset * 1000) / 86400000)
local due, now_text = format('%d', now * 1024 + 1023), format('%d', now)
if not_after > 0 and now > not_after then return { 'late', now } end

-- 1. The call: a duplicate is replayed; what only the first fetch told is asked back; whom its attempts still hold is free.
-- The latest attempt is alive while its phones can be ringing, and within the replay window while its agents are reserved
-- for it: so long an equal fetch gets the same bytes, and until something is heard of them no other call can hold anybody
-- whom they name. Once all of its legs are over, so is it. An attempt before it, or an answer with nobody, is past: only who
-- still waits for it gets it again. A fetch that overlaps with a dial under way is no reason for another.
-- A report that no attempt began with says that the last attempt is over. So does an equal one that is not replayed, as long
-- as nobody has answered: somebody alone, or two in turn, rung in vain again and again, make equal reports. A fetch that tells
-- of no dial, after one that did, is only very late.
local first_at, history, attempts, tried = now, '', {}, {}
local header = now_text .. '\0' .. digits .. '\0' .. custom .. '\0' .. caller .. '\0'
local waited_in, asked_before, told = '', nil, ''
local raw = call('GET', KEYS[4])
if raw then
  local values, i = {}, 5
  for value in raw:gmatch('(%Z*)%z') do values[#values + 1] = value end
  while values[i] do
    attempts[#attempts + 1] = { unpack(values, i + 1, i + values[i]) }
    i = i + 1 + values[i]
  end
  if now - attempts[#attempts][AT] >= life then attempts = {} end
  local equal, dialled = #attempts, #attempts
  while equal > 0 and attempts[equal][PROGRESS] ~= progress do equal = equal - 1 end
  if dialled > 0 and #attempts[dialled] < FIRST then dialled = dialled - 1 end
  local is_answered, is_over, replayed = false, true, nil
  for i = FIRST + 3, dialled > 0 and #attempts[dialled] or 0, EACH do
    local letter = attempts[dialled][i]:sub(1, 1)
    is_answered = is_answered or letter == 'a'
    is_over = is_over and letter ~= 'a' and letter ~= 'o' and letter ~= 'r'
  end
  local is_news = equal == 0 or (not is_answered and (equal >= dialled or ARGV[10] ~= ''))
  if ARGV[10] == 'g' and dialled > 0 then
    replayed = dialled
  elseif equal > 0 then
    local made, lasts = attempts[equal], min(window, PATIENCE)
    if equal == dialled and equal == #attempts then
      local its_ring, its_margin, at_once = made[DIALLING]:match('^(%d+) (%d+) %d+ %d (%d+)$')
      local lease = (its_ring + its_margin) * math.ceil((#made - FIRST + 1) / EACH / at_once)
      lasts = max(made[RINGS] - made[AT], min(window, lease))
      if is_over then lasts = min(lasts, OVER_WINDOW) end
    end
    if now - made[AT] < lasts then replayed = equal end
  end
  if replayed then
    return replayed .. '\0001\0' .. now_text .. '\0' .. table.concat(attempts[replayed], '\0') .. '\0'
  end
  if #attempts > 0 then
    if (digits == '' and values[2] ~= '') or (custom == '' and values[3] ~= '') then
      return { 'recall', values[2], values[3] }
    end
    first_at = tonumber(values[1])
    local known = caller ~= '' and caller or values[4]
    header = values[1] .. '\0' .. digits .. '\0' .. custom .. '\0' .. known .. '\0'
    -- An answer with nobody was no attempt; the next answer takes its place.
    local latest = attempts[#attempts]
    if #latest < FIRST then
      waited_in, asked_before, attempts[#attempts] = latest[DIALLING], tonumber(latest[AT]), nil
    end
  end
  if #attempts > 0 then
    if not conclude then return { 'later' } end
    for _, made in ipairs(attempts) do
      for i = FIRST + 1, #made, EACH do tried[made[i]] = (tried[made[i]] or 0) + 1 end
    end
    customer, begun = values[4], first_at
    local how = ARGV[10] == '' and 'u' or ARGV[10]
    local has_ended = is_news and conclude(attempts, sid, how, ARGV[11], ARGV[12], offset, true)
    history = text_of(attempts)
    -- Kept at once: whatever comes of this fetch, an end counts but once.
    if has_ended then
      call('SET', KEYS[4], table.concat(values, '\0', 1, 4) .. '\0' .. history, 'KEEPTTL')
      recount(attempts, sid)
      told = ends_of(attempts)
    end
  end
end

-- 2. The choice: target after target, nobody twice; whom this call has tried before only when there is nobody else.
-- `found` has agents, or '' for a fixed number, whose uri is in `uris`. Nobody is written before the choice is made.
local attempt, previous = #attempts + 1, attempts[#attempts]
local found, again, stale, uris, records, handlings, writes, short = {}, {}, {}, {}, {}, {}, {}, {}
local levels
-- Can an agent be offered who is not looked for in a queue?
local function is_ready(agent, record)
  local presence = call('HGET', PRESENCES, agent) or pack(PRESENCE, 'o', 0, 0, 0)
  local status, _, break_until, parked = split(PRESENCE, presence)
  local _, free_at, seen_at = split(RECORD, record)
  if status == 'o' or max(free_at, parked, break_until) > now or (heartbeat > 0 and seen_at + heartbeat < now) then
    return false
  end
  -- An open break, or a timed one that ends into offline, as `has_left` of the prelude has it.
  local beat = tonumber(presence:match('^%Z*%z%Z*%z%d+%z(%d+)', PRESENCE_SIZE + 1) or 0)
  return status == 'a' or (break_until > 0 and not (beat > 0 and seen_at + beat < break_until))
end
local target, waits_in, capped = FIRST_TARGET, nil, nil
-- Which target it is, from 1, and what is told of those that were looked at.
local number, met = 0, ''
-- Why there is nobody, if there is nobody, and whether somebody is worth waiting for; the agent to go back to.
local why, is_waited_for, last_agent = 'n', false, nil
if attempt > cap or (previous and previous[LAST] == '1') then target, why = #ARGV + 1, 'x' end
if caller ~= '' and target == FIRST_TARGET and why == 'n' then
  -- The agent of the customer's last answered call comes first, and alone where the rule says so, if any target of the
  -- rule would have that agent, open or not.
  local number, lasts, exclusive, patience = caller:match('^(%S+) %d+ (%d+) (%d) (%d+)$')
  local bound = number and call('GET', BASE:match('^.-}:') .. 'sticky:' .. number)
  local answered, expires, agent = (bound or ''):match('^%d+ (%d+) (%d+) (.*)$')
  if answered and now < min(answered + lasts, tonumber(expires)) then
    last_agent = agent
    local record, card = call('HGET', RECORDS, agent), call('HGET', CARDS, agent)
    local handling, its_cap, has_room = nil, nil, true
    local its_queue
    local _, _, _, all = split(CARD, card or pack(CARD, 0, 1, 0, '', 0, '', 0, ''))
    local at = target
    while record and not handling and at <= #ARGV do
      if ARGV[at + 2] == 'n' then
        at = at + 4 + ARGV[at + 3]
      elseif ARGV[at + 2] == 'a' then
        at = at + 5
      else
        local has_terms = ARGV[at + 2] == 't'
        if (' ' .. all .. ' '):find(' ' .. ARGV[at + 3] .. ' ', 1, true) then
          handling, its_queue = ARGV[at + 5], ARGV[at + 6]
          its_cap = has_terms and ARGV[at + 7] ~= '0' and ARGV[at + 6] or nil
          if its_cap then
            call('ZREMRANGEBYSCORE', BASE .. 'cap:' .. its_cap, '-inf', now_text)
            local others = call('ZCARD', BASE .. 'cap:' .. its_cap)
            if call('ZSCORE', BASE .. 'cap:' .. its_cap, sid) then others = others - 1 end
            has_room = others < tonumber(ARGV[at + 7])
          end
        end
        at = at + (has_terms and 9 or 7)
      end
    end
    if handling then
      local is_alone = exclusive == '1' and (patience == '0' or now - first_at < tonumber(patience))
      if is_ready(agent, record) and has_room and (is_alone or not tried[agent]) then
        found[1], records[agent], handlings[agent] = agent, record, handling
        if its_cap then capped = { [agent] = its_cap } end
      end
      if is_alone then
        -- The call waits for the agent in the queue through which it would get them.
        target, is_waited_for, met = #ARGV + 1, true, ' 0'
        if its_queue ~= '' then waits_in = its_queue end
      end
    end
  end
end
while target <= #ARGV do
  local after, waiting = ARGV[target], ARGV[target + 1]
  local is_open = after == '0' and waiting == '0'
  if not is_open then
    is_open = (after ~= '0' and attempt > tonumber(after)) or (waiting ~= '0' and now - first_at >= tonumber(waiting))
    is_waited_for = is_waited_for or not is_open
  end
  target, number = target + 2, number + 1
  if ARGV[target] == 'n' then
    local count = tonumber(ARGV[target + 1])
    if #found == 0 and is_open then
      for n = 1, min(count, most) do found[n], uris[n] = '', ARGV[target + 1 + n] end
    end
    target = target + 2 + count
  elseif ARGV[target] == 'a' then
    local agent, record = ARGV[target + 1], call('HGET', RECORDS, ARGV[target + 1])
    if record and is_open and #found < most and not records[agent] and call('HEXISTS', CARDS, agent) == 1
      and is_ready(agent, record) then
      records[agent], handlings[agent] = record, ARGV[target + 2]
      local list = tried[agent] and again or found
      list[#list + 1] = agent
    end
    target = target + 3
  elseif #found == most or not is_open then
    target = target + (ARGV[target] == 'q' and 5 or 7)
  else
    local id, strategy, handling, name = ARGV[target + 1], ARGV[target + 2], ARGV[target + 3], ARGV[target + 4]
    local queue, line = BASE .. 'q:' .. id, nil
    local drawn, size, moved, first = nil, nil, nil, nil
    local cap, is_full, is_held_back, held_back = nil, false, nil, 0
    local had, had_tried, had_stale = #found, #again, #stale

    if ARGV[target] == 'q' then
      target = target + 5
    else
      -- The calls of the queue together: does it have all that it may have, and whose turn is it?
      local most_calls, is_fair, others = tonumber(ARGV[target + 5]), ARGV[target + 6] == '1', 0
      target = target + 7
      if most_calls > 0 then
        cap, capped = name, capped or {}
        call('ZREMRANGEBYSCORE', BASE .. 'cap:' .. name, '-inf', now_text)
        others = call('ZCARD', BASE .. 'cap:' .. name)
        if call('ZSCORE', BASE .. 'cap:' .. name, sid) then others = others - 1 end
        is_full = others >= most_calls
      end
      local before = is_fair and not is_full and call('ZRANGEBYSCORE', BASE .. 'waiting:' .. name, '-inf', format('(%d', first_at),
        'LIMIT', 0, MOST_OLDER) or {}
      if #before > 0 then
        local usual = tonumber(call('HGET', BASE .. 'learned', 'interval') or '0')
        local asks, older = call('HMGET', BASE .. 'asks:' .. name, unpack(before)), {}
        for n = 1, #before do
          local asked, interval = string.match(asks[n] or '', '^(%d+) (%d+)$')
          if asked then
            asked, interval = tonumber(asked), tonumber(interval)
            local own = interval == 0 and usual or interval
            if asked + max(FORGOTTEN_AFTER, 2 * interval) > now and own > 0 and asked + own + LATENESS >= now then
              older[#older + 1] = asked + own
            end
          end
        end
        -- Is a place kept for each of them that asks shortly? Who goes back to an agent of the queue has got one.
        if cap and capped[found[1]] ~= name then
          for n = 1, #older do
            if older[n] <= now + HOLD then others = others + 1 end
          end
          is_full = others >= most_calls
        end
        -- Is an agent who has just become ready kept for a call that was there first and will ask again in time?
        is_held_back = function(record)
          local _, at = split('>c1I6', record)
          local count = 0
          for n = 1, at + HOLD > now and #older or 0 do
            if older[n] <= at + HOLD then count = count + 1 end
          end
          if held_back >= count then return false end
          held_back, is_waited_for = held_back + 1, true
          return true
        end
      end
    end

    if is_full then why = 'f' end
    if not is_full and strategy ~= 'longest_idle' then
      line = BASE .. 'line:' .. id
      -- The place in the line. It stays right while an agent stands there, but for the day: who has stood there since
      -- before midnight has had no calls today. Newcomers are `ahead` of what is counted of them.
      local place_of = {
        round_robin = function(r) return r.turn end,
        fewest_calls = function(r) return r.calls_today + r.ahead end,
        least_talk_time = function(r) return (r.talk_today + r.ahead) * 1024 + min(r.calls_today, 1023) end,
        top_down = function(r) return r.rank * 1048576 + r.calls end,
        random = function() return 0 end,
        weighted = function(r)
          return (floor(r.calls_today * 1000000 / r.weight) + r.ahead) * 1024 + min(r.calls_today, 1023)
        end,
      }
      local is_daily = strategy == 'fewest_calls' or strategy == 'least_talk_time' or strategy == 'weighted'
      if is_daily and call('HGET', BASE .. 'days', id) ~= tostring(day) then
        call('ZUNIONSTORE', line, 1, line, 'WEIGHTS', 0)
        call('DEL', BASE .. 'ahead:' .. id)
        call('HDEL', BASE .. 'levels', id)
        call('HSET', BASE .. 'days', id, day)
      end
      first = is_daily and #found + 1
      -- Those whose lease has passed join the line, at most so many pages at once. Each was paid for by the step that
      -- took it out.
      local pages = 0
      repeat
        local page = call('ZRANGEBYSCORE', queue, '-inf', due, 'LIMIT', 0, 128)
        pages = pages + 1
        if #page > 0 then
          local places = {}
          local members, cards = call('HMGET', RECORDS, unpack(page)), call('HMGET', CARDS, unpack(page))
          local ahead = is_daily and call('HMGET', BASE .. 'ahead:' .. id, unpack(page))
          for n = 1, #page do
            if members[n] and cards[n] then
              local r, on, _ = {}, nil, nil
              _, _, _, on, r.calls, r.talk_today, r.turn = split(RECORD, members[n])
              r.rank, r.weight = split(CARD, cards[n])
              r.ahead = ahead and tonumber(ahead[n] or 0)
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
    local offset, length, is_end, page = 0, most - #found, is_full, nil
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
          records[agent], handlings[agent] = record, handling
          if cap then capped[agent] = cap end
          if heartbeat > 0 and split('>I6', record, SEEN_AT) + heartbeat < now then
            stale[#stale + 1] = agent
          elseif not (is_held_back and is_held_back(record)) then
            local list = tried[agent] and again or found
            list[#list + 1] = agent
          end
        end
      end
      is_end = is_end or #stale >= MOST_STALE
      offset, length = offset + length, min(length * 2, 512)
    end
    if #found < most and not is_full then short[#short + 1] = id end
    local tried_here, stale_here = #again - had_tried, #stale - had_stale
    if #found == had or tried_here + stale_here + held_back > 0 then
      met = met .. ' ' .. number .. (is_full and 'f' or '') .. (held_back > 0 and 'h' .. held_back or '')
        .. (tried_here > 0 and 't' .. tried_here or '') .. (stale_here > 0 and 's' .. stale_here or '')
    end
    if first and found[first] then
      local place = tonumber(call('ZSCORE', line, found[first]))
      levels = levels or {}
      levels[#levels + 1], levels[#levels + 2] = id, format('%d', strategy == 'fewest_calls' and place or floor(place / 1024))
    end
    if #found == 0 and name ~= '' then waits_in = waits_in and waits_in .. ' ' .. name or name end
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

-- Whoever was removed by a version with another layout has no presence, or no card, and leaves the queues in which they
-- were found. When somebody is missing from the answer for that, it is asked for again.
local cards, lost, is_void = #found > 0 and call('HMGET', CARDS, unpack(found)) or found, nil, false
for n = 1, #found do
  if not cards[n] and found[n] ~= '' then
    lost, is_void = lost or {}, true
    lost[#lost + 1] = found[n]
  end
end
for n = 1, is_void and 0 or #stale do
  local agent = stale[n]
  local _, _, _, _, calls = split(RECORD, records[agent])
  local presence, card = call('HGET', PRESENCES, agent), call('HGET', CARDS, agent)
  if presence and card then
    local status, since, break_until = split(PRESENCE, presence)
    local _, _, _, queues, lines = split(CARD, card)
    local score = format('%d', (now + PARKED_FOR) * 1024 + min(calls, 1023))
    keep_past(agent, 'r', 's' .. presence)
    call('HSET', PRESENCES, agent,
      pack(PRESENCE, status, since, break_until, now + PARKED_FOR) .. presence:sub(PRESENCE_SIZE + 1))
    for id in gmatch(queues, '%S+') do
      local scores = writes[id] or {}
      writes[id] = scores
      scores[#scores + 1], scores[#scores + 2] = score, agent
    end
    for id in gmatch(lines, '%S+') do call('ZREM', BASE .. 'line:' .. id, agent) end
  else
    lost = lost or {}
    lost[#lost + 1] = agent
  end
end
if lost then
  local at = FIRST_TARGET
  while at <= #ARGV do
    if ARGV[at + 2] == 'n' then
      at = at + 4 + ARGV[at + 3]
    elseif ARGV[at + 2] == 'a' then
      at = at + 5
    else
      call('ZREM', BASE .. 'q:' .. ARGV[at + 3], unpack(lost))
      call('ZREM', BASE .. 'line:' .. ARGV[at + 3], unpack(lost))
      at = at + (ARGV[at + 2] == 't' and 9 or 7)
    end
  end
  if is_void then return { 'late', now } end
end

-- 3. The reservation: a round for as many as ring together.
local at_once = together:byte(min(attempt, #together)) or 1
local rounds = math.ceil(#found / at_once)
local leased_until = now + (ring + margin) * rounds
local fields, dialled, caps = {}, '', nil
for n = 1, #found do
  local agent, uri = found[n], uris[n]
  if agent ~= '' then
    local _, _, seen_at, on, calls, talk, _, _, _, answered, missed, misses = split(RECORD, records[agent])
    local _, _, all, queues, lines = split(CARD, cards[n])
    if on ~= day then calls, talk, answered, missed = 0, 0, 0, 0 end
    keep_past(agent, 'r', 'o' .. records[agent])
    fields[#fields + 1], fields[#fields + 2] = agent,
      pack(RECORD, 'r', leased_until, seen_at, day, calls + 1, talk, now * 1024 + min(calls, 1023), now, 0, answered,
        missed, misses) .. sid
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
    if capped and capped[agent] then
      caps = caps or {}
      caps[capped[agent]] = true
    end
    uri = all
    if uri:find(' ', 1, true) then
      local each = {}
      for one in gmatch(uri, '%S+') do each[#each + 1] = one end
      uri = each[(tried[agent] or 0) % #each + 1]
    end
  end
  dialled = dialled .. uri .. '\0' .. agent .. '\0' .. (handlings[agent] or '0 0 0 0') .. '\0o\0'
end
if levels then call('HSET', BASE .. 'levels', unpack(levels)) end
for i = 1, #fields, CHUNK do call('HSET', RECORDS, unpack(fields, i, min(i + CHUNK - 1, #fields))) end
for id, scores in pairs(writes) do
  for i = 1, #scores, CHUNK do call('ZADD', BASE .. 'q:' .. id, unpack(scores, i, min(i + CHUNK - 1, #scores))) end
end

if caps then
  for name in pairs(caps) do
    call('ZADD', BASE .. 'cap:' .. name, 'GT', format('%d', leased_until), sid)
    call('PEXPIRE', BASE .. 'cap:' .. name, format('%d', life))
  end
end

-- 4. The line: with nobody the call waits in the queues that were open to it, and with somebody in none.
if #found > 0 then waits_in = nil end
if waited_in ~= '' then
  for name in gmatch(waited_in, '%S+') do
    call('ZREM', BASE .. 'waiting:' .. name, sid)
    call('ZREM', BASE .. 'gone:' .. name, sid)
    call('HDEL', BASE .. 'asks:' .. name, sid)
  end
end
if waits_in then
  local interval = asked_before and min(now - asked_before, LONGEST_INTERVAL) or 0
  if interval > 0 then call('HSET', BASE .. 'learned', 'interval', format('%d', interval)) end
  for name in gmatch(waits_in, '%S+') do
    local waiting, gone, asks = BASE .. 'waiting:' .. name, BASE .. 'gone:' .. name, BASE .. 'asks:' .. name
    -- Those who have not asked for long, at most so many pages at once. Each was paid for when it came.
    local pages = 0
    repeat
      local page = call('ZRANGEBYSCORE', gone, '-inf', now_text, 'LIMIT', 0, 128)
      pages = pages + 1
      if #page > 0 then
        call('ZREM', waiting, unpack(page))
        call('ZREM', gone, unpack(page))
        call('HDEL', asks, unpack(page))
      end
    until #page < 128 or pages == MOST_PAGES
    call('ZADD', waiting, format('%d', first_at), sid)
    call('ZADD', gone, format('%d', now + max(FORGOTTEN_AFTER, 2 * interval)), sid)
    call('HSET', asks, sid, format('%d %d', now, interval))
    call('PEXPIRE', waiting, WAITING_KEPT)
    call('PEXPIRE', gone, WAITING_KEPT)
    call('PEXPIRE', asks, WAITING_KEPT)
  end
end

-- 5. The memory: what an equal fetch will be answered with.
local last = (attempt >= cap or #found == 0) and '1' or '0'
if attempt <= KEPT_ATTEMPTS then
  call('SET', KEYS[4], header .. history .. (FIRST - 1 + EACH * #found) .. '\0' .. progress .. '\0' .. now_text .. '\0' .. last
    .. '\0' .. format('%d', now + ring * rounds) .. '\0' .. ARGV[7] .. '\0'
    .. (#found == 0 and (waits_in or '') or format('%d %d %d %d %d', ring, margin, conversation, reports, at_once))
    .. '\0' .. dialled, 'PX', format('%d', life))
end
if last_agent then
  local is_hit = false
  for n = 1, #found do is_hit = is_hit or found[n] == last_agent end
  told = (is_hit and 'h' or 'm') .. told
end
if #found == 0 then told = (why == 'n' and is_waited_for and 'w' or why) .. told end
if first_at < now then now_text = now_text .. format(' %d', now - first_at) end
return attempt .. '\0000\0' .. now_text .. '\0' .. last .. told .. met .. '\0' .. dialled
