-- Takes in what a feed told of itself, as FeedSnapshot::take_in does.
-- KEYS: 3 the names of all feeds, 4 the source's rates, 5 its feed. ARGV: the source, the newest source time or an empty
-- text, when it was told (both in microseconds), whether there is a status (1 or 0), the feed without its source time, and
-- the seconds that it and its rates are kept.
if not is_open() then
  return 0
end
local source, last, told, status, body, seconds = unpack(ARGV, first)
local have = redis.call('HMGET', KEYS[5], 'last', 'told')
if last ~= '' and (not have[1] or tonumber(have[1]) < tonumber(last)) then
  redis.call('HSET', KEYS[5], 'last', last)
end
if not have[2] or (status == '1' and tonumber(told) >= tonumber(have[2])) then
  redis.call('HSET', KEYS[5], 'told', told, 'body', body, 'seconds', seconds)
end
redis.call('SADD', KEYS[3], source)
seconds = redis.call('HGET', KEYS[5], 'seconds')
redis.call('EXPIRE', KEYS[5], seconds)
redis.call('EXPIRE', KEYS[4], seconds)
return 1
