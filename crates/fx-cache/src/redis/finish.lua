-- Makes the partitions of ARGV warm, where nothing was lost since the filling began.
if redis.call('GET', KEYS[2]) ~= run then
  return 0
end
if redis.call('HGET', KEYS[1], 'run') ~= run then
  local time = redis.call('TIME')
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'run', run, 'since', time[1] .. '.' .. time[2])
end
for i = 2, first - 1 do
  redis.call('HSET', KEYS[1], ARGV[i], '1')
end
redis.call('DEL', KEYS[2])
return 1
