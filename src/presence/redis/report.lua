-- Takes in what is heard of a call. In any order, any number of times: it changes only what its own call holds.
--
-- KEYS: 1 records  2 presence  3 cards  4 the call
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 call sid  4 offset from UTC, s  5 life of the call's record, ms
--       6 what: dial | ringing | answered | terminal of one leg, or end of the dial
--       of a leg: 7 uri  8 how long it rang, ms ('' for unknown)
--       of the end: 7 uri ('' for nobody)  8 how, as a leg's letter  9 how long each talked: uris and ms, parted by blanks
-- Reply: 0 when the call is not known, else {whether it says something new, 0|1; what it tells of agents' offers, as `ends_of`
--        in `machine.lua` has it; then the ring that it is about, and that of each who talked: the number of the attempt, 0
--        for none, and the agent, '' for a fixed number or for nobody}
local text = call('GET', KEYS[4])
if not text then return 0 end
local attempts, values = read_call(text)
if now - attempts[#attempts][AT] >= tonumber(ARGV[5]) then return 0 end
customer, begun = values[4], tonumber(values[1])
local reply = { 0, '', 0, '' }
local is_news
if ARGV[6] == 'end' then
  name_rings(reply, attempts, ARGV[7], ARGV[9])
  local is_over = ARGV[8] == 'A' or ARGV[8] == 'C'
  local has_left = is_over and leave(attempts, ARGV[3])
  is_news = conclude(attempts, ARGV[3], ARGV[8], ARGV[7], ARGV[9], ARGV[4], is_over) or has_left
else
  local n, i
  is_news, n, i = event_of(attempts, ARGV[3], ARGV[7], ARGV[6], tonumber(ARGV[8]), ARGV[4])
  if n then reply[3], reply[4] = n, attempts[n][i + 1] end
end
if not is_news then return reply end
call('SET', KEYS[4], table.concat(values, '\0', 1, 4) .. '\0' .. text_of(attempts), 'KEEPTTL')
recount(attempts, ARGV[3])
reply[1], reply[2] = 1, ends_of(attempts)
return reply
