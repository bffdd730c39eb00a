-- The calls of queues, by name: those that hold agents of a queue with a cap, and those that wait, longest first.
--
-- KEYS: 1 records  2 presence  3 cards
-- ARGV: 1 now, ms or 0  2 base of the account's keys  then names of queues
-- Reply: {now, how long after its last fetch a waiting call asked again last, ms (0: none has), {how many calls wait, how
--        many hold agents, those calls..., then of each waiting call: call, since when, when it asked last, how long after
--        the fetch before, ms (0: unknown)}, ...}
local MOST_LISTED, MOST_PAGES, MOST_HOLDING = 100, 20, 10000
local after_now = format('(%d', now)
local out = { now, tonumber(call('HGET', BASE .. 'learned', 'interval') or '0') }
for i = 3, #ARGV do
  local name, pages, listed, is_end = ARGV[i], 0, 0, false
  local row = { call('ZCOUNT', BASE .. 'gone:' .. name, after_now, '+inf'), 0 }
  for _, sid in ipairs(call('ZRANGEBYSCORE', BASE .. 'cap:' .. name, after_now, '+inf', 'LIMIT', 0, MOST_HOLDING)) do
    row[#row + 1] = sid
  end
  row[2] = #row - 2
  while not is_end and listed < MOST_LISTED and pages < MOST_PAGES do
    local from = pages * MOST_LISTED
    local page = call('ZRANGE', BASE .. 'waiting:' .. name, from, from + MOST_LISTED - 1, 'WITHSCORES')
    for n = 1, #page, 2 do
      local forgotten = call('ZSCORE', BASE .. 'gone:' .. name, page[n])
      local asked, interval = string.match(call('HGET', BASE .. 'asks:' .. name, page[n]) or '', '^(%d+) (%d+)$')
      if asked and forgotten and tonumber(forgotten) > now and listed < MOST_LISTED then
        listed = listed + 1
        row[#row + 1], row[#row + 2] = page[n], tonumber(page[n + 1])
        row[#row + 1], row[#row + 2] = tonumber(asked), tonumber(interval)
      end
    end
    pages, is_end = pages + 1, #page < 2 * MOST_LISTED
  end
  out[#out + 1] = row
end
return out
