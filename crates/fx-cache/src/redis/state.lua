-- Since when the cache is warm, which no two fillings share; nil where it is cold.
return is_open() and redis.call('HGET', KEYS[1], 'since')
