-- Membership: which of the registered queues admit an agent.
--
-- A registry is a hash, queue id -> {"groups": [...], "skills": {"name": level}} as JSON. A queue without groups
-- admits any; all its skills are needed, at their level or above.
local function registered(registry)
  local flat, definitions = call('HGETALL', registry), {}
  for i = 1, #flat, 2 do
    definitions[#definitions + 1] = { id = flat[i], wants = cjson.decode(flat[i + 1]) }
  end
  return definitions
end

local function admits(wants, profile)
  local skills = profile.skills or {}
  for skill, level in pairs(wants.skills) do
    if not skills[skill] or skills[skill] < level then return false end
  end
  if #wants.groups == 0 then return true end
  local has = {}
  for _, group in ipairs(profile.groups or {}) do has[group] = true end
  for _, group in ipairs(wants.groups) do
    if has[group] then return true end
  end
  return false
end

-- An agent of whom nothing is kept but, where a new layout was begun, what the person chose.
local function newcomer(presence)
  local r = { state = 'i', at = now, seen_at = 0, day = 0, calls = 0, talk = 0, turn = 0, held_since = now, assumed = 0,
    answered = 0, missed = 0, misses = 0, call = '', status = 'o', since = now, break_until = 0, parked = 0, reason = '',
    by = '', set_at = 0, beat = 0, lasting = 0, queues = '' }
  if presence then read_presence(r, presence) end
  return r
end

-- Sets what follows from the profile and takes the agent out of the queues that it has left. The caller saves the record.
-- `r.ahead` says how far ahead the agent is counted now, if that has changed.
local function index(agent, r, profile, rank, definitions)
  local queues, lines, stays, has_changed = {}, {}, {}, false
  for _, definition in ipairs(definitions) do
    if admits(definition.wants, profile) then
      stays[definition.id] = true
      queues[#queues + 1] = definition.id
      if definition.id:sub(1, 13) ~= 'longest_idle:' then lines[#lines + 1] = definition.id end
    end
  end
  for id in gmatch(r.queues, '%S+') do
    if not stays[id] then
      call('ZREM', BASE .. 'q:' .. id, agent)
      call('ZREM', BASE .. 'line:' .. id, agent)
      has_changed = call('HDEL', BASE .. 'ahead:' .. id, agent) == 1 or has_changed
    end
  end
  r.rank, r.weight, r.uris = rank, profile.weight or 1, table.concat(profile.destinations, ' ')
  r.queues, r.lines = table.concat(queues, ' '), table.concat(lines, ' ')
  call('HSET', CARDS, agent, pack(CARD, r.rank, r.weight, #r.uris, r.uris, #r.queues, r.queues, #r.lines, r.lines))
  if has_changed then r.ahead = ahead_of(agent, r) end
end
