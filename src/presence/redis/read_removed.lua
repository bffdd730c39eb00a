-- A page of those who were removed, and of whom it is still kept what they were. Somebody may have been made anew under that
-- id.
--
-- KEYS: 1 records  2 presence  3 cards
-- ARGV: 1 now, ms or 0  2 base of the account's keys  3 kept beyond this time, ms  4 how many to leave out  5 how many at most
-- Reply: ids
return call('ZRANGEBYSCORE', BASE .. 'removed', '(' .. ARGV[3], '+inf', 'LIMIT', ARGV[4], ARGV[5])
