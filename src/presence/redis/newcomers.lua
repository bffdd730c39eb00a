-- Where somebody begins who comes in the middle of a day, in queues whose order counts the day. The twin of `level.rs`.

-- What such a queue compares first; nil for any other.
local function measure_of(id, r)
  local strategy = id:match('^[^:]+')
  if strategy == 'fewest_calls' then return r.calls end
  if strategy == 'least_talk_time' then return r.talk end
  if strategy == 'weighted' then return floor(r.calls * 1000000 / r.weight) end
end

-- The agent is back, and begins at the level of those who are there, or further back if that was so before. The record's
-- day has begun; the caller saves the record, which takes the agent out of the lines. `r.ahead` says what is so now, if that
-- has changed.
local function catch_up(agent, r)
  local has_changed = false
  for id in gmatch(r.lines, '%S+') do
    local measure = measure_of(id, r)
    if measure and call('HGET', BASE .. 'days', id) == format('%d', r.day) then
      local level = tonumber(call('HGET', BASE .. 'levels', id) or 0)
      local before = tonumber(call('HGET', BASE .. 'ahead:' .. id, agent) or 0)
      if level - measure > before then
        call('HSET', BASE .. 'ahead:' .. id, agent, format('%d', level - measure))
        has_changed = true
      end
    end
  end
  if has_changed then r.ahead = ahead_of(agent, r) end
end
