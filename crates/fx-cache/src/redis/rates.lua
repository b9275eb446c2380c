-- Takes in the rates of one source that are newer than what is there, as Latest::take_in does.
-- KEYS: 3 revisions, 4 the source's rates, 5 its feed. ARGV: the source, the seconds that they are kept where the feed says
-- nothing else; then for each pair its name, and of the accepted and of the held rate each the source time, the version
-- (microseconds, which a double holds exactly) and the rate, or three empty texts.
if not is_open() then
  return 0
end
local PER_PAIR, PAIRS_AT_ONCE = 7, 500

-- The source time of what stands after this, and the new value where that is newer.
local function newest(have, i)
  local time, version
  if have then
    time, version = string.match(have, '^(%S+) (%S+)')
    time, version = tonumber(time), tonumber(version)
  end
  if ARGV[i] == '' then
    return time, nil
  end
  local new_time, new_version = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  if time and (time > new_time or (time == new_time and version >= new_version)) then
    return time, nil
  end
  return new_time, ARGV[i] .. ' ' .. ARGV[i + 1] .. ' ' .. ARGV[i + 2]
end

local source, seconds, changed = ARGV[first], ARGV[first + 1], false
for from = first + 2, #ARGV, PER_PAIR * PAIRS_AT_ONCE do
  local to = math.min(from + PER_PAIR * PAIRS_AT_ONCE, #ARGV + 1) - 1
  local names, set, gone = {}, {}, {}
  for i = from, to, PER_PAIR do
    names[#names + 1] = ARGV[i]
    names[#names + 1] = ARGV[i] .. ' held'
  end
  local have, place = redis.call('HMGET', KEYS[4], unpack(names)), 1
  for i = from, to, PER_PAIR do
    local accepted_at, accepted = newest(have[place], i + 1)
    local held_at, held = newest(have[place + 1], i + 4)
    if accepted then
      set[#set + 1] = names[place]
      set[#set + 1] = accepted
    end
    if accepted_at and held_at and accepted_at >= held_at then
      if have[place + 1] then
        gone[#gone + 1] = names[place + 1]
      end
    elseif held then
      set[#set + 1] = names[place + 1]
      set[#set + 1] = held
    end
    place = place + 2
  end
  if #set > 0 then
    redis.call('HSET', KEYS[4], unpack(set))
    changed = true
  end
  if #gone > 0 then
    redis.call('HDEL', KEYS[4], unpack(gone))
    changed = true
  end
end
if changed then
  redis.call('HINCRBY', KEYS[3], source, 1)
end
redis.call('EXPIRE', KEYS[4], redis.call('HGET', KEYS[5], 'seconds') or seconds)
return 1
