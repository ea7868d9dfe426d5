/**
 * The steps of automations that must happen as one. A record and its job are made, taken back and ended together, and only the worker that has
 * the job writes to the record: one that lost it finds that out here.
 */
const NOW = 'local t = redis.call(\'TIME\') local now = t[1] * 1000 + math.floor(t[2] / 1000)';
const ENDED = 'local function ended(s) return s == \'done\' or s == \'cancelled\' or s == \'failed\' end';

/**
 * Keys: record, active, index, due, jobs. Values: id, account, digest, ask, client id, job id, job, most of an account, most of all, most in the
 * list → 'made', or the reason why not: 'same', 'other', 'full', 'busy'.
 */
export const CREATE = `${NOW}
local digest = redis.call('HGET', KEYS[1], 'digest')
if digest then return digest == ARGV[3] and 'same' or 'other' end
if redis.call('SCARD', KEYS[2]) >= tonumber(ARGV[8]) then return 'full' end
if redis.call('ZCARD', KEYS[4]) >= tonumber(ARGV[9]) then return 'busy' end
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'accountId', ARGV[2], 'digest', ARGV[3], 'ask', ARGV[4], 'clientId', ARGV[5], 'status', 'waiting',
  'createdAt', now, 'updatedAt', now)
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[3], now, ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - tonumber(ARGV[10]))
redis.call('HSET', KEYS[5], ARGV[6], ARGV[7])
redis.call('ZADD', KEYS[4], now, ARGV[6])
return 'made'`;

/** Keys: record, owners. Values: job id, owner, status, state, orders → 1 when it was the owner's to write. */
export const SAVE = `${NOW} ${ENDED}
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] or ended(redis.call('HGET', KEYS[1], 'status')) then return 0 end
redis.call('HSET', KEYS[1], 'status', ARGV[3], 'state', ARGV[4], 'orders', ARGV[5], 'updatedAt', now)
return 1`;

/** Keys: record, owners, active. Values: job id, owner, id, status, reason, seconds for which it is kept → 1 when it was the owner's to end. */
export const END = `${NOW}
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] or redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'status', ARGV[4], 'reason', ARGV[5], 'updatedAt', now)
redis.call('SREM', KEYS[3], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[6])
return 1`;

/** Keys: record, due, jobs, dead. Values: account, job id → 1 when there is one of the account. What was put aside comes back to be ended. */
export const CANCEL = `${NOW} ${ENDED}
if redis.call('HGET', KEYS[1], 'accountId') ~= ARGV[1] then return 0 end
if ended(redis.call('HGET', KEYS[1], 'status')) then return 1 end
redis.call('HSET', KEYS[1], 'cancel', '1')
local body = redis.call('HGET', KEYS[4], ARGV[2])
if body then
  redis.call('HDEL', KEYS[4], ARGV[2])
  redis.call('HSET', KEYS[3], ARGV[2], body)
  redis.call('ZADD', KEYS[2], now, ARGV[2])
end
return 1`;
