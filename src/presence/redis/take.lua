-- Counts one more of something that may be done so often within any window, or says how long to wait.
--
-- KEYS: 1 records  2 presence  3 cards  4 what was counted (list of times in ms, oldest first; expires with its last)
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 most  4 window, ms
-- Reply: 0 when it was counted, else after how many ms there is room; what is refused is not counted
local taken, most, window = KEYS[4], tonumber(ARGV[3]), tonumber(ARGV[4])
assert(most >= 1 and window >= 1, 'a window and a number of at least 1')
local oldest = call('LINDEX', taken, 0)
while oldest and oldest + window <= now do
  call('LPOP', taken)
  oldest = call('LINDEX', taken, 0)
end
-- The one that has to leave the window first. A clock that went back must not make anybody wait longer than a window.
local bar = call('LINDEX', taken, -most)
if bar then return max(1, min(bar + window - now, window)) end
call('RPUSH', taken, format('%d', now))
call('PEXPIRE', taken, window)
return 0
