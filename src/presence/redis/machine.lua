-- What is heard of a call: each leg goes on, and the agent with it. The twin of `leg.rs` and of `AgentRecord::follow`.
--
-- A leg is text: o(ffered), r<ms> ringing since, a<ms> answered since, and at its end u(nknown), A(nswered), M(issed),
-- D(eclined), F(ailed) or C(ancelled). Only u may still become one of the others.
local ROUNDING, FAILED_DELAY, LEARNT_FOR, CAPS_KEPT = 1000, 10000, 86400000, 86400000

-- Of the call that is heard of: its customer, as the record has it, and the time of its first fetch.
local customer, begun = '', 0
-- What this step has learnt of agents' offers: a leg's letter each, and for an answer how long after the offer it came, ms.
local ends = {}

-- The customer goes back to that agent, unless a call that began later has been answered since. A binding is text: when
-- that call began, when it was answered, until when that is remembered, ms, and the agent; it outlives a change of layout.
local function bind(agent)
  local number, bound_for = customer:match('^(%S+) (%d+)')
  if not number then return end
  local key = BASE:match('^.-}:') .. 'sticky:' .. number
  local since, expires = (call('GET', key) or ''):match('^(%d+) %d+ (%d+)')
  if since and now < tonumber(expires) and tonumber(since) > begun then return end
  call('SET', key, format('%d %d %d %s', begun, now, now + bound_for, agent), 'PX', bound_for)
end

local function numbers_of(text)
  local numbers = {}
  for number in gmatch(text, '%d+') do numbers[#numbers + 1] = tonumber(number) end
  return unpack(numbers)
end

-- The attempts in a call's record, and its values.
local function read_call(text)
  local values, attempts, i = {}, {}, 5
  for value in gmatch(text, '(%Z*)%z') do values[#values + 1] = value end
  while values[i] do
    attempts[#attempts + 1] = { unpack(values, i + 1, i + values[i]) }
    i = i + 1 + values[i]
  end
  return attempts, values
end

-- Attempts as a call's record has them.
local function text_of(attempts)
  local parts = {}
  for n, made in ipairs(attempts) do parts[n] = #made .. '\0' .. table.concat(made, '\0') .. '\0' end
  return table.concat(parts)
end

-- 0 for what was learnt, 1 for yes, 2 for no: a call that we started.
local function reports_answers(stored)
  if stored == 2 then return false end
  if stored == 1 then return true end
  local heard = call('HGET', BASE .. 'learned', 'answers')
  return heard and now - tonumber(heard) < LEARNT_FOR
end

local function hold(r, state, sid, until_)
  r.state, r.at, r.held_since, r.assumed, r.call = state, until_, now, 0, sid
end

-- Does a conversation become known with a step to that leg? The first word of it counts; in a call that we started that is
-- the end, for its answer says no more than that the agent is there.
local function is_answer(was, leg, is_ours)
  return (leg == 'a' and not is_ours) or (leg == 'A' and (is_ours or was ~= 'a'))
end

-- The agent's part of a step. Nothing but the counters changes while another call holds the agent.
local function follow(agent, sid, was, leg, talked, made, handling, offset)
  local r = load(agent)
  local is_held = r and r.call == sid and r.state ~= 'i' and r.at > now
  if not r or (not is_held and call('HEXISTS', CARDS, agent) == 0) then return end
  local ring, margin, conversation, stored = numbers_of(made[DIALLING])
  local wrap_up, most_missed, no_answer, busy = numbers_of(handling)
  settle(r)
  begin_day(r, offset)
  local is_open, has_talked = r.call == '' or r.call == sid, is_answer(was, leg, stored == 2)
  if has_talked then r.answered, r.misses = r.answered + 1, 0 end
  if leg == 'r' then
    if is_open then
      local silent = now + ring + margin
      if reports_answers(stored) then
        hold(r, 'g', sid, silent)
      else
        hold(r, 'g', sid, silent + conversation + margin)
        r.assumed = silent
      end
    end
  elseif leg == 'a' then
    if is_open then hold(r, 'c', sid, now + conversation + margin) end
  else
    local pause, state = 0, 'b'
    if leg == 'A' then
      r.talk, pause, state = r.talk + talked, wrap_up, 'w'
    elseif leg == 'M' then
      -- One of a call that we started is none in a row: no customer waited for it.
      r.missed, r.misses, pause = r.missed + 1, min(r.misses + (stored == 2 and 0 or 1), 255), no_answer
    elseif leg == 'D' then
      pause = busy
    elseif leg == 'F' then
      pause = FAILED_DELAY
    end
    if leg == 'M' and stored ~= 2 and most_missed > 0 and r.misses >= most_missed and r.status == 'a' then
      r.status, r.since, r.reason, r.by, r.break_until, r.beat = 'b', now, 'missed_calls', '', 0, 0
      r.lasting, r.misses, pause = 0, 0, 0
    end
    if is_open and not (r.call == '' and (leg == 'u' or leg == 'C')) then
      if pause > 0 then
        hold(r, state, sid, now + pause)
      else
        r.state, r.at, r.assumed, r.call = 'i', now, 0, ''
      end
    end
  end
  time_break(r)
  save(agent, r)
  if has_talked then bind(agent) end
end

-- The leg of the destination that begins at `i` of an attempt goes on, and its agent with it.
local function go(made, i, leg, talked, sid, offset)
  local was = made[i + 3]:sub(1, 1)
  made[i + 3] = (leg == 'r' or leg == 'a') and leg .. format('%d', now) or leg
  if made[i + 1] ~= '' and was ~= 'a' and was ~= 'A' and leg ~= 'r' and leg ~= 'u' then
    local is_timed = leg == 'a' or (leg == 'A' and talked > 0)
    ends[#ends + 1] = { leg, is_timed and format('%d', max(now - (leg == 'A' and talked or 0) - made[AT], 0)) or '' }
  end
  if made[i + 1] ~= '' then follow(made[i + 1], sid, was, leg, talked, made, made[i + 2], offset) end
end

-- What has become of agents' offers, as the replies tell it: words of a letter, A(nswered), M(issed), D(eclined), F(ailed),
-- L(ost the race) or C(ancelled), and after A, where it is known, how long after the offer, ms; a blank before each.
local function ends_of(attempts)
  if #ends == 0 then return '' end
  local is_taken, words = false, {}
  for _, made in ipairs(attempts) do
    for i = FIRST, #made, EACH do
      local letter = made[i + 3]:sub(1, 1)
      is_taken = is_taken or letter == 'a' or letter == 'A'
    end
  end
  for n, told in ipairs(ends) do
    local letter = told[1] == 'a' and 'A' or told[1]
    words[n] = ' ' .. (letter == 'C' and is_taken and 'L' or letter) .. told[2]
  end
  return table.concat(words)
end

-- Where the last attempt with that destination has it.
local function find(attempts, who)
  for n = #attempts, 1, -1 do
    for i = FIRST, #attempts[n], EACH do
      if attempts[n][i] == who then return n, i end
    end
  end
end

-- The destination that was dialled, when an agent is reported by another one of theirs.
local function dialled_as(attempts, who)
  if find(attempts, who) then return who end
  for n = #attempts, 1, -1 do
    local made = attempts[n]
    for i = FIRST, #made, EACH do
      local card = made[i + 1] ~= '' and call('HGET', CARDS, made[i + 1])
      if card then
        local _, _, uris = split(CARD, card)
        if (' ' .. uris .. ' '):find(' ' .. who .. ' ', 1, true) then return made[i] end
      end
    end
  end
  return who
end

-- What becomes of a leg when a phone behind it is dialled: they ring in turn, so this one rings no more.
local function passed_over(leg, made)
  local letter = leg:sub(1, 1)
  if letter == 'o' then return 'u' end
  if letter ~= 'r' then return nil end
  local ring = numbers_of(made[DIALLING])
  return max(now - tonumber(leg:sub(2)), 0) + ROUNDING >= ring and 'M' or 'u'
end

-- What an event of a leg makes of it, and how long was talked; nil when it says nothing new.
local function after(leg, event, rang, made)
  local letter, since = leg:sub(1, 1), tonumber(leg:sub(2))
  if letter == 'o' and (event == 'dial' or event == 'ringing') then return 'r', 0 end
  if (letter == 'o' or letter == 'r') and event == 'answered' then return 'a', 0 end
  if event ~= 'terminal' then return nil end
  if letter == 'o' then return 'u', 0 end
  if letter ~= 'r' and letter ~= 'a' then return nil end
  local ring, margin, _, stored = numbers_of(made[DIALLING])
  local lasted = max(now - since, 0)
  if letter == 'a' then
    if stored == 2 then return 'u', 0 end
    return 'A', lasted
  end
  if lasted > ring + margin and stored ~= 2 and not reports_answers(stored) then
    return 'A', max(lasted - (rang or ring), 0)
  end
  -- Beyond the ring time, either the report is late or an answer was lost: no reason to count a miss.
  if not rang and lasted > ring + margin then return 'u', 0 end
  return (rang or lasted) + ROUNDING >= ring and 'M' or 'u', 0
end

-- Do the phones of an attempt ring one after the other?
local function is_in_turn(made)
  local _, _, _, _, together = numbers_of(made[DIALLING])
  return together == 1
end

-- What it says of the others that the leg at `own` of attempt `n` goes on: when it is answered, they are over; when it is
-- dialled in its turn, those before it are.
local function outdo(attempts, n, own, leg, sid, offset)
  local is_answered = leg == 'a' or leg == 'A'
  if not is_answered and leg ~= 'r' then return end
  for index, made in ipairs(attempts) do
    local in_turn = index == n and is_in_turn(made)
    for other = FIRST, #made, EACH do
      local letter, lost = made[other + 3]:sub(1, 1), nil
      if in_turn and other < own then
        lost = passed_over(made[other + 3], made)
      elseif is_answered and not (index == n and other == own) and (letter == 'o' or letter == 'r' or letter == 'a') then
        lost = 'C'
      end
      if lost then go(made, other, lost, 0, sid, offset) end
    end
  end
end

-- Is it an attempt of a call that we started? Those say nothing of what is reported of others.
local function is_outbound(made)
  if not made or #made < FIRST then return false end
  local _, _, _, stored = numbers_of(made[DIALLING])
  return stored == 2
end

-- An event of one leg. Says whether that was news, and where that leg is.
local function event_of(attempts, sid, who, event, rang, offset)
  if event == 'answered' and not is_outbound(attempts[1]) then
    call('HSET', BASE .. 'learned', 'answers', format('%d', now))
  end
  who = dialled_as(attempts, who)
  local n, i = find(attempts, who)
  if not n then return false end
  local made = attempts[n]
  -- The phone rang for this call before, and that ring is what has ended.
  if event == 'terminal' and made[i + 3] == 'o' then
    local before, place = find({ unpack(attempts, 1, n - 1) }, who)
    if before then return false, before, place end
  end
  local leg, talked = after(made[i + 3], event, rang, made)
  if not leg then return false, n, i end
  -- The others first: an agent may have been offered to the call twice.
  outdo(attempts, n, i, leg, sid, offset)
  go(made, i, leg, talked, sid, offset)
  return true, n, i
end

-- Adds to the reply whose rings the end of a dial tells of: that of whom it names, and of each of its `talks`. Those may have
-- rung in earlier attempts as well: whoever is named once more than that rang once more before.
local function name_rings(reply, attempts, who, talks)
  local last, named, count = #attempts, {}, {}
  while last > 0 and #attempts[last] < FIRST do last = last - 1 end
  if who ~= '' then
    local n, i = find(attempts, dialled_as(attempts, who))
    if n then last, reply[3], reply[4] = n, n, attempts[n][i + 1] end
  elseif last > 0 then
    local is_alone = #attempts[last] == FIRST - 1 + EACH
    reply[3], reply[4] = last, is_alone and attempts[last][FIRST + 1] or ''
  end
  for uri in gmatch(talks, '(%S+) %d+') do named[#named + 1] = dialled_as(attempts, uri) end
  for place = #named, 1, -1 do
    local uri = named[place]
    local n, i = find({ unpack(attempts, 1, count[uri] or last) }, uri)
    if n then count[uri] = n - 1 end
    reply[3 + 2 * place], reply[4 + 2 * place] = n or 0, n and attempts[n][i + 1] or ''
  end
end

-- What the end of a dial says of each leg of the attempt it is about, by letters of legs; `who` is a place, 0 for nobody.
local function at_end(outcome, place, who, in_turn)
  if outcome == 'u' or outcome == 'C' or outcome == 'M' then return outcome end
  if who == 0 then return 'u' end
  if who == place then return outcome end
  return in_turn and place < who and 'M' or 'C'
end

-- What the end says of each leg of the attempt that it is about. Says whether that was news.
local function tell(made, sid, outcome, who, talker, talk, offset)
  local place_of, count, is_news = {}, 0, false
  for i = FIRST, #made, EACH do
    count = count + 1
    place_of[made[i]] = place_of[made[i]] or count
  end
  -- A stranger who is named is somebody else: a fixed number of an answer that is not kept here.
  local subject = (count == 1 and who == '') and 1 or place_of[who] or place_of[talker] or 0
  local in_turn, is_ours = is_in_turn(made), is_outbound(made)
  for place = 1, count do
    local i = FIRST + (place - 1) * EACH
    local letter, leg, talked = made[i + 3]:sub(1, 1), nil, 0
    if letter == 'a' and not is_ours then
      leg, talked = 'A', max(now - tonumber(made[i + 3]:sub(2)), 0)
      if place == subject and talk > 0 then talked = talk end
    elseif letter == 'a' or letter == 'o' or letter == 'r' or letter == 'u' then
      leg = at_end(outcome, place, subject, in_turn)
      if leg == 'A' then talked = talk end
      if leg == letter then leg = nil end
    end
    if leg then
      is_news = true
      go(made, i, leg, talked, sid, offset)
    end
  end
  return is_news
end

-- A dial is over: what the report says of the attempt that it is about, and whatever the call still holds is free. Unless
-- the call itself is over, an attempt behind that one goes on: the end of a dial may be told late.
-- `talks` are uris and ms, parted by blanks. Says whether that was news.
local function conclude(attempts, sid, outcome, who, talks, offset, is_over)
  if who ~= '' then who = dialled_as(attempts, who) end
  local about, is_news = who ~= '' and find(attempts, who) or nil, false
  for n = #attempts, 1, -1 do
    if not about and #attempts[n] >= FIRST then about = n end
  end
  if not about then return false end
  local talker, talk = '', 0
  for uri, talked in gmatch(talks, '(%S+) (%d+)') do
    if talker == '' and tonumber(talked) > 0 then talker, talk = dialled_as(attempts, uri), tonumber(talked) end
  end
  for n, made in ipairs(attempts) do
    for i = FIRST, n ~= about and (n < about or is_over) and #made or 0, EACH do
      local letter = made[i + 3]:sub(1, 1)
      if letter == 'o' or letter == 'r' or letter == 'a' then
        is_news = true
        go(made, i, 'u', 0, sid, offset)
      end
    end
  end
  return tell(attempts[about], sid, outcome, who, talker, talk, offset) or is_news
end

-- How long a call holds somebody of each queue with a cap, counted anew from its attempts: it is the score of the queue's
-- calls. An agent counts for the queue through which the call was offered them last.
local function recount(attempts, sid)
  local through, queues = {}, nil
  for _, made in ipairs(attempts) do
    for i = FIRST, #made, EACH do
      local name = made[i + 2]:match('^%d+ %d+ %d+ %d+ (%S+)$')
      if name then
        queues = queues or {}
        queues[name] = 0
      end
      through[made[i + 1]] = name
    end
  end
  if not queues then return end
  for agent, name in pairs(through) do
    local record = call('HGET', RECORDS, agent)
    if record then
      local state, at = split('>c1I6', record)
      local is_held = (state == 'r' or state == 'g' or state == 'c') and at > now
      if is_held and record:sub(RECORD_SIZE + 1) == sid then queues[name] = max(queues[name], at) end
    end
  end
  for name, held_until in pairs(queues) do
    if held_until > 0 then
      call('ZADD', BASE .. 'cap:' .. name, format('%d', held_until), sid)
      call('PEXPIRE', BASE .. 'cap:' .. name, CAPS_KEPT)
    else
      call('ZREM', BASE .. 'cap:' .. name, sid)
    end
  end
end

-- The call waits no longer in the queues of its latest answer, if that had nobody. Says whether it did.
local function leave(attempts, sid)
  local latest, was_there = attempts[#attempts], false
  for name in gmatch(#latest < FIRST and latest[DIALLING] or '', '%S+') do
    was_there = call('ZREM', BASE .. 'waiting:' .. name, sid) == 1 or was_there
    call('ZREM', BASE .. 'gone:' .. name, sid)
    call('HDEL', BASE .. 'asks:' .. name, sid)
  end
  return was_there
end
