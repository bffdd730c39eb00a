-- The layout of an agent's record and card, and the time. Included before every script; nothing here makes a closure,
-- which would be paid for at every decision.
--
-- A record is what changes with every call, the fields below, packed. Times are in milliseconds of the store's clock, 0
-- for none; status is a(vailable), b (on break) or o(ffline); state is i(dle), r(eserved), g (ringing), c (in call),
-- w(rap-up) or b(ack-off); uris, queues and lines are lists parted by blanks, lines being those of the queues that have
-- an order of their own. A card is what follows from the profile: MessagePack values rank, weight.
--
-- The score is the lease: from when on the agent may be offered, as ready_at * 1024 + calls (at most 1023) at that time,
-- so that ties within a millisecond go to fewer calls. It stands in the sorted set of each of the agent's queues; in a
-- queue with an order of its own, the agent moves on into the queue's line once the score has passed. Whoever writes a
-- record writes its score, so the sets are exact, and a lease that has passed needs no write.
local STATUS, STATE, STATUS_SINCE, BREAK_UNTIL, SEEN_AT, IDLE_SINCE, UNTIL, PARKED, DAY, CALLS, TALK, TURN,
  REASON, CALL, URIS, QUEUES, LINES = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
local RANK, WEIGHT = 1, 2
local FIELDS = '>c1c1I6I6I6I6I6I6I3I4I6I7I4c0Bc0I4c0I4c0I4c0'
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
