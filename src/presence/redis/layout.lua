-- The layout of an agent's record and card, and the time. Included before every script; nothing here makes a closure,
-- which would be paid for at every decision.
--
-- A record is what changes with every call: the score in 16 digits, then the fields below, packed. Times are in
-- milliseconds of the store's clock, 0 for none; status is a(vailable), b (on break) or o(ffline); state is i(dle),
-- r(eserved), g (ringing), c (in call), w(rap-up) or b(ack-off); uris and lines are lists parted by blanks.
-- A card is what follows from profile and queues: MessagePack values rank, weight, then the ids of the agent's queues.
--
-- The score is the lease: from when on the agent may be offered, as ready_at * 1024 + calls (at most 1023) at that time,
-- so that ties within a millisecond go to fewer calls. The record's score is the truth. The sorted set of a queue by
-- idle time holds a copy that is never later than the truth: it may lag behind a reservation, and is mended when a
-- search meets it. Queues with an order of their own are few, and exact: their agents stand in the sorted set until
-- the score has passed, and then in the queue's line.
local STATUS, STATE, STATUS_SINCE, BREAK_UNTIL, SEEN_AT, IDLE_SINCE, UNTIL, PARKED, DAY, CALLS, TALK, TURN,
  REASON, CALL, URIS, LINES = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
local RANK, WEIGHT, FIRST_QUEUE = 1, 2, 3
local FIELDS, FIELDS_AT = '>c1c1I6I6I6I6I6I6I3I4I6I7Hc0Bc0Hc0Hc0', 17
local NEVER = 8000000000000

-- now: ARGV[1], the time in ms for tests on a virtual clock, or 0 for the server's. Asked once: it may move.
local call, format = redis.call, string.format
local now = tonumber(ARGV[1])
if now == 0 then
  local time = call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

-- What the account's keys begin with; all share one hash tag.
local BASE = ARGV[2]
