-- In queues that count the day: how much is added for the agent on the record's day, as ids and numbers.
local day_of = {}
local function ahead_of(agent, r)
  local parts = {}
  for id in gmatch(r.lines, '%S+') do
    if day_of[id] == nil then
      day_of[id] = call('HEXISTS', BASE .. 'levels', id) == 1 and call('HGET', BASE .. 'days', id)
    end
    local ahead = day_of[id] == format('%d', r.day) and call('HGET', BASE .. 'ahead:' .. id, agent)
    if ahead then parts[#parts + 1] = id .. ' ' .. ahead end
  end
  return table.concat(parts, ' ')
end
