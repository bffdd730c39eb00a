-- Forgets a customer: who answered them last, the number in the records of their calls, and these calls' places in line. One
-- page of the server's keys at a time, for no list says which calls a number has made, and keeping one would keep the number.
-- What a record says of agents stays, so that whoever talks to the customer now is not rung. Everybody waits while a page is
-- read, so it is a short one, and of a record only the customer is looked at unless it is this one. The binding is forgotten
-- with the first page, and with the last once more: a call that ended meanwhile may have made it anew.
--
-- KEYS: 1 records  2 presence  3 cards  4 the binding
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 the number  4 cursor, '0' at first  5 life of a call's record, ms
-- Reply: {cursor of the next page, '0' when there is none; 1 or 0: was a binding forgotten; calls whose number was}
local PAGE = 50
local prefix, mine, calls = BASE .. 'call:', ARGV[3] .. ' ', 0
local page = call('SCAN', ARGV[4], 'MATCH', prefix .. '*', 'COUNT', PAGE)
local is_bound = 0
if ARGV[4] == '0' or page[1] == '0' then
  local bound = call('GET', KEYS[4])
  local expires = bound and bound:match('^%d+ %d+ (%d+) ')
  call('DEL', KEYS[4])
  is_bound = expires and now < tonumber(expires) and 1 or 0
end

for _, key in ipairs(page[2]) do
  local text = call('GET', key)
  local whose = text and text:match('^%Z*%z%Z*%z%Z*%z(%Z*)%z')
  if whose and whose:sub(1, #mine) == mine then
    local attempts, values = read_call(text)
    local latest = attempts[#attempts]
    if latest then
      if now - latest[AT] < tonumber(ARGV[5]) then calls = calls + 1 end
      leave(attempts, key:sub(#prefix + 1))
      call('SET', key, table.concat(values, '\0', 1, 3) .. '\0\0' .. text_of(attempts), 'KEEPTTL')
    end
  end
end
return { page[1], is_bound, calls }
