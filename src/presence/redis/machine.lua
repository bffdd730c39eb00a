-- What is heard of a call: each leg goes on, and the agent with it. The twin of `leg.rs` and of `AgentRecord::follow`.
--
-- A leg is text: o(ffered), r<ms> ringing since, a<ms> answered since, and at its end u(nknown), A(nswered), M(issed),
-- D(eclined), F(ailed) or C(ancelled). Only u may still become one of the others.
local ROUNDING, FAILED_DELAY = 1000, 10000

local function numbers_of(text)
  local numbers = {}
  for number in gmatch(text, '%d+') do numbers[#numbers + 1] = tonumber(number) end
  return unpack(numbers)
end

-- The attempts in a call's record, and its values.
local function read_call(text)
  local values, attempts, i = {}, {}, 4
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

local function reports_answers(stored)
  return stored == 1 or call('HGET', BASE .. 'learned', 'answers') == '1'
end

local function hold(r, state, sid, until_)
  r.state, r.at, r.held_since, r.assumed, r.call = state, until_, now, 0, sid
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
  local is_open = r.call == '' or r.call == sid
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
    r.answered, r.misses = r.answered + 1, 0
    if is_open then hold(r, 'c', sid, now + conversation + margin) end
  else
    local pause, state = 0, 'b'
    if leg == 'A' then
      if was ~= 'a' then r.answered, r.misses = r.answered + 1, 0 end
      r.talk, pause, state = r.talk + talked, wrap_up, 'w'
    elseif leg == 'M' then
      r.missed, r.misses, pause = r.missed + 1, min(r.misses + 1, 255), no_answer
    elseif leg == 'D' then
      pause = busy
    elseif leg == 'F' then
      pause = FAILED_DELAY
    end
    if most_missed > 0 and r.misses >= most_missed and r.status == 'a' then
      r.status, r.since, r.reason, r.break_until, r.misses, pause = 'b', now, 'missed_calls', 0, 0, 0
    end
    if is_open and not (r.call == '' and (leg == 'u' or leg == 'C')) then
      if pause > 0 then
        hold(r, state, sid, now + pause)
      else
        r.state, r.at, r.assumed, r.call = 'i', now, 0, ''
      end
    end
  end
  save(agent, r)
end

-- The leg of the destination that begins at `i` of an attempt goes on, and its agent with it.
local function go(made, i, leg, talked, sid, offset)
  local was = made[i + 3]:sub(1, 1)
  made[i + 3] = (leg == 'r' or leg == 'a') and leg .. format('%d', now) or leg
  if made[i + 1] ~= '' then follow(made[i + 1], sid, was, leg, talked, made, made[i + 2], offset) end
end

-- Where the last attempt with that destination has it.
local function find(attempts, who)
  for n = #attempts, 1, -1 do
    for i = FIRST, #attempts[n], EACH do
      if attempts[n][i] == who then return n, i end
    end
  end
end

-- What an event of a leg makes of it, and how long was talked; nil when it says nothing new.
local function after(leg, event, rang, made)
  local letter, since = leg:sub(1, 1), tonumber(leg:sub(2))
  if letter == 'o' and (event == 'dial' or event == 'ringing') then return 'r', 0 end
  if (letter == 'o' or letter == 'r') and event == 'answered' then return 'a', 0 end
  if event ~= 'terminal' then return nil end
  if letter == 'o' then return 'u', 0 end
  if letter == 'a' then return 'A', max(now - since, 0) end
  if letter ~= 'r' then return nil end
  local ring, margin, _, stored = numbers_of(made[DIALLING])
  local lasted = max(now - since, 0)
  if lasted > ring + margin and not reports_answers(stored) then return 'A', max(lasted - (rang or ring), 0) end
  return (rang or lasted) + ROUNDING >= ring and 'M' or 'u', 0
end

-- An event of one leg; when it is answered, all others of the call are over. Says whether that was news.
local function event_of(attempts, sid, who, event, rang, offset)
  if event == 'answered' then call('HSET', BASE .. 'learned', 'answers', 1) end
  local n, i = find(attempts, who)
  if not n then return false end
  local leg, talked = after(attempts[n][i + 3], event, rang, attempts[n])
  if not leg then return false end
  go(attempts[n], i, leg, talked, sid, offset)
  if leg == 'a' then
    for _, made in ipairs(attempts) do
      for other = FIRST, #made, EACH do
        local letter = made[other + 3]:sub(1, 1)
        local is_open = letter == 'o' or letter == 'r' or letter == 'a'
        if is_open and not (made == attempts[n] and other == i) then go(made, other, 'C', 0, sid, offset) end
      end
    end
  end
  return true
end

-- What the end of a dial says of each leg of the attempt it is about, by letters of legs; `who` is a place, 0 for nobody.
local function at_end(outcome, place, who, in_turn)
  if outcome == 'u' or outcome == 'C' or outcome == 'M' then return outcome end
  if who == 0 then return 'u' end
  if who == place then return outcome end
  return in_turn and place < who and 'M' or 'C'
end

-- A dial is over: what the report says of the attempt that it is about, and whatever the call still holds is free.
-- `talks` are uris and ms, parted by blanks. Says whether that was news.
local function conclude(attempts, sid, outcome, who, talks, offset)
  local about, is_news = who ~= '' and find(attempts, who) or nil, false
  for n = #attempts, 1, -1 do
    if not about and #attempts[n] >= FIRST then about = n end
  end
  local talker, talk = nil, 0
  for uri, talked in gmatch(talks, '(%S+) (%d+)') do
    if not talker and tonumber(talked) > 0 then talker, talk = uri, tonumber(talked) end
  end
  for n, made in ipairs(attempts) do
    local place_of, count = {}, 0
    for i = FIRST, #made, EACH do
      count = count + 1
      place_of[made[i]] = place_of[made[i]] or count
    end
    local subject = count == 1 and 1 or place_of[who] or place_of[talker or ''] or 0
    local _, _, _, _, together = numbers_of(made[DIALLING])
    for place = 1, count do
      local i = FIRST + (place - 1) * EACH
      local letter, leg, talked = made[i + 3]:sub(1, 1), nil, 0
      if n ~= about then
        if letter == 'o' or letter == 'r' or letter == 'a' then leg = 'u' end
      elseif letter == 'a' then
        leg, talked = 'A', max(now - tonumber(made[i + 3]:sub(2)), 0)
      elseif letter == 'o' or letter == 'r' or letter == 'u' then
        leg = at_end(outcome, place, subject, together == 1)
        if leg == 'A' then talked = talk end
        if leg == letter then leg = nil end
      end
      if leg then
        is_news = true
        go(made, i, leg, talked, sid, offset)
      end
    end
  end
  return is_news
end
