-- Moves the clock: all that the engine has a time for ends that much sooner. ARGV: what the keys
-- begin with; ms; since when (0: now). Answers what time it is.
local prefix, ms, since = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local shift = ms
if since > 0 then
  shift = ms - (now - since)
end

for _, key in ipairs(redis.call('KEYS', '*')) do
  local left = redis.call('PTTL', key) - shift
  if left <= 0 then
    redis.call('DEL', key)
  else
    redis.call('PEXPIRE', key, left)
  end
end

local function sooner(key, field)
  if redis.call('HEXISTS', key, field) == 1 then
    redis.call('HINCRBY', key, field, string.format('%d', -shift))
  end
end
sooner(prefix .. 'run', 'settled')

-- Values that begin with when they end.
for _, name in ipairs({'ledger', 'members'}) do
  local all = redis.call('HGETALL', prefix .. name)
  for at = 1, #all, 2 do
    local ends, rest = string.match(all[at + 1], '^(%d+)( .*)$')
    redis.call('HSET', prefix .. name, all[at], string.format('%d', ends - shift) .. rest)
  end
end

-- Fields that are tenths of a second.
local key = prefix .. 'spent'
local spent, left = redis.call('HGETALL', key), redis.call('PTTL', key)
redis.call('DEL', key)
for at = 1, #spent, 2 do
  local tenth = string.format('%d', tonumber(spent[at]) - math.floor(shift / 100))
  redis.call('HINCRBY', key, tenth, spent[at + 1])
end
if #spent > 0 then
  redis.call('PEXPIRE', key, left)
end
return now
