/**
 * The steps of the queue that must happen as one, in Redis's own Lua. All keys share a hash tag, so they live on one node of a cluster, and a
 * failover takes a step as a whole or not at all. Times are the server's: the clocks of workers need not agree.
 *
 * Keys: due (sorted set of ids by the time from which they may be taken), jobs (body by id), owners (who has it), taken (how often), dead.
 */
const NOW = 'local t = redis.call(\'TIME\') local now = t[1] * 1000 + math.floor(t[2] / 1000)';

/** id, body → 1 when it is new. A job with the same id is the same job: the one that is there stays. */
export const ADD = `${NOW}
if redis.call('HSETNX', KEYS[2], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('ZADD', KEYS[1], now, ARGV[1])
return 1`;

/** owner, visibility, most deliveries → { id, body, deliveries } or nothing. What was taken too often is put aside first. */
export const TAKE = `${NOW}
while true do
  local id = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, 1)[1]
  if not id then return false end
  local body = redis.call('HGET', KEYS[2], id)
  local times = redis.call('HINCRBY', KEYS[4], id, 1)
  if body and times <= tonumber(ARGV[3]) then
    redis.call('ZADD', KEYS[1], now + ARGV[2], id)
    redis.call('HSET', KEYS[3], id, ARGV[1])
    return { id, body, times }
  end
  if body then redis.call('HSET', KEYS[5], id, body) end
  redis.call('ZREM', KEYS[1], id)
  for i = 2, 4 do redis.call('HDEL', KEYS[i], id) end
end`;

/** id, owner, visibility, whether it works → 1 while it is still the owner's. One that works has not failed, however often it was moved. */
export const EXTEND = `${NOW}
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
if ARGV[4] == '1' then redis.call('HSET', KEYS[4], ARGV[1], 0) end
return 1`;

/** id, owner, delay → 1 when it was given back: somebody else may take it after the delay. */
export const RELEASE = `${NOW}
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
return 1`;

/** id, owner → 1 when it is gone for good. */
export const FINISH = `if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
for i = 2, 4 do redis.call('HDEL', KEYS[i], ARGV[1]) end
return 1`;

/** id → 1 when it was put aside and may be taken again. */
export const REVIVE = `${NOW}
local body = redis.call('HGET', KEYS[5], ARGV[1])
if not body or redis.call('HSETNX', KEYS[2], ARGV[1], body) == 0 then return 0 end
redis.call('HDEL', KEYS[5], ARGV[1])
redis.call('ZADD', KEYS[1], now, ARGV[1])
return 1`;
