-- Those who were removed while a call held them: `departed` has until when, as far as was known then. What is kept of
-- them goes once they are free, at most so many at once.
local function forget_departed()
  for _, agent in ipairs(call('ZRANGEBYSCORE', BASE .. 'departed', '-inf', format('%d', now), 'LIMIT', 0, 500)) do
    call('ZREM', BASE .. 'departed', agent)
    -- Somebody may have been made anew under that id.
    local is_known = call('HEXISTS', BASE:match('^.-}:') .. 'profiles', agent) == 1
    local record = not is_known and call('HGET', RECORDS, agent)
    local state, at = 'i', 0
    if record then state, at = split('>c1I6', record) end
    if record and state ~= 'i' and at > now then
      call('ZADD', BASE .. 'departed', format('%d', at), agent)
    elseif not is_known then
      call('HDEL', RECORDS, agent)
      call('HDEL', PRESENCES, agent)
    end
  end
end
