-- Membership: which of the registered queues admit an agent.
--
-- A registry is a hash, queue id -> {"groups": [...], "skills": {"name": level}} as JSON. A queue without groups
-- admits any; all its skills are needed, at their level or above.
local function registered(registry)
  local flat, definitions = redis.call('HGETALL', registry), {}
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

-- Sets the record's queues from the profile and takes the agent out of those it has left. The caller flushes.
local function index(agent, r, profile, definitions)
  local queues, lines, stays = {}, {}, {}
  for _, definition in ipairs(definitions) do
    if admits(definition.wants, profile) then
      queues[#queues + 1] = definition.id
      stays[definition.id] = true
      if definition.id:sub(1, 13) ~= 'longest_idle:' then lines[#lines + 1] = definition.id end
    end
  end
  for _, id in ipairs(r[QUEUES]) do
    if not stays[id] then
      redis.call('ZREM', QUEUE .. id, agent)
      redis.call('ZREM', LINE .. id, agent)
    end
  end
  r[QUEUES], r[LINES] = queues, lines
end
