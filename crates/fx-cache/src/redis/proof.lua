-- Stands before every script. KEYS[1] is the hash of what is warm, KEYS[2] the key of who fills; ARGV[1] counts the
-- partitions that follow it, all of which must be warm, and is -1 for who fills. What was warm for another run of the
-- server is cold: a restart may have lost the last of it.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local partitions = tonumber(ARGV[1])
local first = 2 + math.max(partitions, 0)

local function is_open()
  if partitions < 0 then
    return redis.call('GET', KEYS[2]) == run
  end
  if redis.call('HGET', KEYS[1], 'run') ~= run then
    return false
  end
  for i = 2, first - 1 do
    if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then
      return false
    end
  end
  return true
end
