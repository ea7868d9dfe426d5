/**
 * What must happen as one in Redis, in its own Lua. The keys of a symbol share a hash tag, so they live on one node of a cluster. A lease is the
 * owner's name under the symbol's key, and it is asked for in the very step that publishes: a process that leads no longer publishes nothing.
 */

/** Keys of one symbol. */
export const leaseKey = (symbol: string): string => `feed:{${symbol}}:lease`;
/** What was told last, so that a new leader does not tell it again or go back. */
export const toldKey = (symbol: string): string => `feed:{${symbol}}:told`;
/** Ids of the trades that were told, by the time when they were heard. */
export const seenKey = (symbol: string): string => `feed:{${symbol}}:seen`;
/** Processes that share these symbols: those of another list have other work to share. */
export const replicasKey = (symbols: readonly string[]): string => `feed:replicas:${[...symbols].sort().join(',')}`;

/** Replicas; owner, lifetime, whether it is able → how many others are able. Times are the server's. */
export const PRESENT = `
local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
if ARGV[3] == '1' then redis.call('ZADD', KEYS[1], now, ARGV[1]) else redis.call('ZREM', KEYS[1], ARGV[1]) end
return redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[3])`;

/** Lease; owner, lifetime, whether to take a free one → 2 taken, 1 still the owner's, 0 somebody else's or free. */
export const HOLD = `
local owner = redis.call('GET', KEYS[1])
if owner == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) return 1 end
if not owner and ARGV[3] == '1' then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 2 end
return 0`;

/** Lease; owner. */
export const RELEASE = 'if redis.call(\'GET\', KEYS[1]) == ARGV[1] then redis.call(\'DEL\', KEYS[1]) end return 0';

/** Lease, told; owner, kind, order, content, channel, text → 1 told, 0 told before or older, -1 not the leader. */
export const TELL = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local told = redis.call('HMGET', KEYS[2], ARGV[2], ARGV[2] .. '-what')
if told[1] and (tonumber(told[1]) > tonumber(ARGV[3]) or (told[1] == ARGV[3] and told[2] == ARGV[4])) then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3], ARGV[2] .. '-what', ARGV[4])
redis.call('PEXPIRE', KEYS[2], 86400000)
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 1`;

/**
 * Seen; channel, then id, time heard and text of each → the places of those that were new. Of a process that does not lead: what it heard and nobody
 * told is told late rather than never.
 */
export const FILL = `
local fresh, places = {}, {}
for i = 2, #ARGV, 3 do
  if redis.call('ZADD', KEYS[1], 'NX', ARGV[i + 1], ARGV[i]) == 1 then
    fresh[#fresh + 1] = ARGV[i + 2]
    places[#places + 1] = (i - 2) / 3
  end
end
if #fresh > 0 then redis.call('PUBLISH', ARGV[1], '[' .. table.concat(fresh, ',') .. ']') end
return places`;

/** Told, seen; ids → { when the last trade was heard, its id, how many of the ids were told }. */
export const PEEK = `
local told = redis.call('HMGET', KEYS[1], 'trade', 'trade-id')
local known = 0
for i = 1, #ARGV do if redis.call('ZSCORE', KEYS[2], ARGV[i]) then known = known + 1 end end
return { told[1] or '', told[2] or '', known }`;

/**
 * Lease, told, seen; owner, channel, forget before, then id, time heard and text of each → how many were new, or -1 when not the leader. The last
 * thousand ids stay however old they are: an exchange may begin a subscription with what it said before.
 */
export const SUBMIT = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local fresh = {}
for i = 4, #ARGV, 3 do
  if redis.call('ZADD', KEYS[3], 'NX', ARGV[i + 1], ARGV[i]) == 1 then fresh[#fresh + 1] = ARGV[i + 2] end
end
if #fresh == 0 then return 0 end
if redis.call('ZCARD', KEYS[3]) > 1000 then redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[3]) end
redis.call('PEXPIRE', KEYS[3], 86400000)
redis.call('HSET', KEYS[2], 'trade', ARGV[#ARGV - 1], 'trade-id', ARGV[#ARGV - 2])
redis.call('PUBLISH', ARGV[2], '[' .. table.concat(fresh, ',') .. ']')
return #fresh`;
