-- The layout of what is kept of an agent, and the time. Included before every script.
--
-- A record is what changes with every call, packed: state, i(dle), r(eserved), g (ringing), c (in call), w(rap-up) or
-- b(ack-off); since when idle, or until when in that state and idle from then on; the last heartbeat; the account's day,
-- with the calls offered, the talk time, the calls answered and missed in it; the turn of round_robin; since when the agent
-- is in that state; from when on a ringing phone is taken as answered, and that a conversation is only assumed; misses in
-- a row; then the call that holds the agent.
-- Presence is what the person chose: status, a(vailable), b (on break) or o(ffline); since when; the end of a timed
-- break; until when a stale agent is left out of searches; then the reason of a break. There may be more behind it, as
-- text parted by NULs: who set the status, if it wasn't the person, and when; and how old a heartbeat may be at the end
-- of a timed break, 0 for any age; and of a break that was set during a call and begins after it, how long it lasts. A
-- card is what follows from the profile: the rank of top_down, the weight, and lists parted by blanks: the uris, the
-- queues, and those of the queues that have an order of their own. Times are in milliseconds of the store's clock, 0
-- for none.
--
-- The score is the lease: from when on the agent may be offered, as ready_at * 1024 + calls (at most 1023) at that time,
-- so that ties within a millisecond go to fewer calls. It stands in the sorted set of each of the agent's queues; in a
-- queue with an order of its own, the agent moves on into the queue's line once the score has passed. Whoever writes
-- what the score follows from writes the score, so the sets are exact, and a lease that has passed needs no write.
--
-- A call's record is text, its values ended by NUL: first fetch at, digits, custom field, customer (as `offer.lua` is
-- given it), then for each attempt the count of its values before it: progress, at, last 0|1, rings until at most,
-- template, dialling (ring time, margin and longest conversation, ms, whether answers are reported, 0|1|2, how many ring
-- together), and of each destination uri, agent ('' for a number), handling (wrap-up, ms, most misses in a row, delays
-- after a miss and when busy, ms; then the queue's name, if it has a cap) and leg (see `machine.lua`). An answer with
-- nobody is no attempt: it stands behind them only until the next answer, and has the names of the queues in which the
-- call waits in the place of dialling. Whoever changes any of this raises LAYOUT in `keys.rs`. Records and presence are read in
-- `reply/packed.rs` as well.
local RECORD, RECORD_SIZE = '>c1I6I6I3I3I6I7I6I6I3I3B', 51
local PRESENCE, PRESENCE_SIZE = '>c1I6I6I6', 19
-- Where in a record the last heartbeat begins, 6 bytes.
local SEEN_AT = 8
local CARD = '>I4I2I4c0I4c0I4c0'
local PROGRESS, AT, LAST, RINGS, TEMPLATE, DIALLING = 1, 2, 3, 4, 5, 6
-- The first destination of an attempt, and the values that each has.
local FIRST, EACH = 7, 4
local NEVER = 8000000000000
-- KEYS of every script: records, presence and cards, each a hash by agent.
local RECORDS, PRESENCES, CARDS = KEYS[1], KEYS[2], KEYS[3]

-- now: ARGV[1], the time in ms for tests on a virtual clock, or 0 for the server's. Asked once: it may move.
local call, format, pack, split = redis.call, string.format, struct.pack, struct.unpack
local gmatch, max, min, floor = string.gmatch, math.max, math.min, math.floor
local now = tonumber(ARGV[1])
if now == 0 then
  local time = call('TIME')
  now = time[1] * 1000 + floor(time[2] / 1000)
end

-- What the account's keys begin with; all share one hash tag.
local BASE = ARGV[2]
