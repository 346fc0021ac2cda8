-- To lead, if nobody does. ARGV[3] is the highest number that the asker has seen: it gets a higher
-- one, whatever this engine has forgotten.
return answered(function()
  local left = settling()
  if left > 0 then
    return {'settling', left}
  end
  local leader = call('HMGET', KEYS[1], 'member', 'number')
  if leader[1] and leader[1] ~= member then
    return {'held', tonumber(leader[2]), call('PTTL', KEYS[1])}
  end
  local new = math.max(call('INCR', KEYS[2]), tonumber(number) + 1)
  local text = string.format('%.0f', new)
  call('SET', KEYS[2], text, 'PX', DAY)
  call('HSET', KEYS[1], 'member', member, 'number', text)
  call('PEXPIRE', KEYS[1], ttl)
  live_on()
  return {'granted', new, call('DEL', KEYS[3])}
end)
