-- All agents have been indexed: says that queues have a complete index, and takes what is left of those that are dropped.
-- A queue to be marked that is no longer registered (an emptied store) is left out, and so is a dropped one that is
-- registered again.
--
-- KEYS: 1 records  2 presence  3 cards  4 registry of queues  5 built (hash, queue id -> 1)
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 how many are to be marked, then their ids, then those dropped
-- Reply: how many were marked
local marked, last = 0, 3 + tonumber(ARGV[3])
for i = 4, #ARGV do
  local id = ARGV[i]
  local is_registered = call('HEXISTS', KEYS[4], id) == 1
  if i <= last and is_registered then
    call('HSET', KEYS[5], id, 1)
    marked = marked + 1
  elseif i > last and not is_registered then
    call('UNLINK', BASE .. 'q:' .. id, BASE .. 'line:' .. id, BASE .. 'ahead:' .. id)
    call('HDEL', BASE .. 'days', id)
    call('HDEL', BASE .. 'levels', id)
    call('SREM', BASE .. 'dropped', id)
  end
end
return marked
