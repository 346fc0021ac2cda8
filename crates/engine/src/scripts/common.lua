-- What all scripts begin with. KEYS: leader, counter, released, run, then the script's own.
-- ARGV: the leader's time to live in ms, the member, its number, then the script's own.
-- All writes are by effect, so that replicas need no clock of their own.
local DAY = 86400000
local ttl = tonumber(ARGV[1])
local member, number = ARGV[2], ARGV[3]

-- What a command refuses goes to whoever asks with its own code (READONLY, OOM).
local function call(...)
  local answer = redis.pcall(...)
  if type(answer) == 'table' and answer.err then
    error(answer, 0)
  end
  return answer
end

-- Outside of what `answered` guards: up to 6.2 an error that is a table must not get out.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- For how long nobody may lead, because this engine is another run than the one that noted who led:
-- it was started anew, or it was a replica. Every leader of the run before has stepped down by then.
local function settling()
  local run = string.match(call('INFO', 'server'), 'run_id:(%x+)')
  local known = call('HMGET', KEYS[4], 'id', 'settled')
  if known[1] == run then
    return math.max(0, tonumber(known[2]) - now)
  end
  call('HSET', KEYS[4], 'id', run, 'settled', now + ttl)
  call('PEXPIRE', KEYS[4], DAY)
  call('DEL', KEYS[1], KEYS[3])
  return ttl
end

-- Whether the asker is the present leader, with its present number.
local function leads()
  settling()
  local leader = call('HMGET', KEYS[1], 'member', 'number')
  return leader[1] == member and leader[2] == number
end

-- What outlives the leader lives on. Never the first write of a script: it is one that a full memory
-- takes, and after it all others are taken.
local function live_on()
  call('PEXPIRE', KEYS[4], DAY)
  call('PEXPIRE', KEYS[2], DAY)
end

local function answered(ask)
  local fine, answer = pcall(ask)
  if fine or type(answer) == 'table' then
    return answer
  end
  return redis.error_reply('ERR ' .. tostring(answer))
end
