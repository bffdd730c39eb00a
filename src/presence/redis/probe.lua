-- Could a decision be made here and now? Does every command of decisions and reports, for a server that answers may still take
-- nothing (a replica, a full memory, a full disk), or refuse this user a command of which the other scripts would die.
--
-- KEYS: 1 what is written, which nobody reads
-- ARGV: 1 for how long it is kept, ms
-- Reply: OK, else the server's error
assert(#KEYS == 1 and tonumber(ARGV[1]) >= 1, 'a key and a time')
local call, key = redis.call, KEYS[1]
call('TIME')
-- First: a script that has written is not stopped any more by a memory that is full.
call('SET', key, 1, 'PX', ARGV[1])
call('GET', key)
call('DEL', key)
call('HSET', key, 'field', 1)
call('PEXPIRE', key, ARGV[1])
call('HGET', key, 'field')
call('HMGET', key, 'field')
call('HEXISTS', key, 'field')
call('HDEL', key, 'field')
call('ZADD', key, 1, 'member')
call('PEXPIRE', key, ARGV[1])
call('ZUNIONSTORE', key, 1, key)
call('ZSCORE', key, 'member')
call('ZCARD', key)
call('ZRANGE', key, 0, 0)
call('ZRANGEBYSCORE', key, 0, 1, 'LIMIT', 0, 1)
call('ZREMRANGEBYSCORE', key, 2, 3)
call('ZREM', key, 'member')
return redis.status_reply('OK')
