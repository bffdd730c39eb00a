-- What was: whatever changes a record or what a person chose first keeps what stood there, so that the agents of any
-- moment of the last days can be told. Every state ends by itself, so what was written last before a moment tells all of
-- it. An agent's stream has an entry for each change, its id the time. In `r` stands a letter and what was: r and the
-- record, o and the record that the reservation of an offer found, s and the presence that an offer's parking found (then
-- the record stayed), n for nobody of that id, ? for what nobody knows. Besides, where they say something: `p`, the
-- presence that was; `a`, the account's day and how far ahead the agent is counted from now on, for a new day ends that
-- without a word to each; and `w`, who was removed, as JSON.
--
-- PAST_KEPT, ms (0: nothing is kept), and PAST_CHANGES stand before all scripts, from the settings.
--
-- A history that cannot be written (rights that are missing) must not keep anybody from being rung, so nothing here fails.
-- A clock that has gone back, as another master's may be, gets an id refused that lies before the last one: until it is
-- where it was, all is filed under that last moment, and moments between are told as what was before it.
local function keep_past(agent, ...)
  if PAST_KEPT == 0 then return end
  local stream, pcall = BASE .. 'past:' .. agent, redis.pcall
  local expired = format('%d', max(now - PAST_KEPT, 0))
  local added = pcall('XADD', stream, 'MINID', '=', expired, format('%d-*', now), ...)
  if type(added) == 'table' then
    local latest = pcall('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
    if not latest then return end
    added = pcall('XADD', stream, latest[1]:match('^%d+') .. '-*', ...)
    -- Not even the time: a script that has written anything is not stopped any more by a memory that is full.
    if type(added) == 'table' then return end
  end
  pcall('PEXPIRE', stream, PAST_KEPT)
end
