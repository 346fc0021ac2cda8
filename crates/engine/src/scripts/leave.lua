-- A member goes, with nothing under way. KEYS[5]: the members; KEYS[6], KEYS[7]: the ledgers. Where it leads, the next one
-- need not wait. The answer is 'last' where nobody else is there to give back what the ledgers say: then it goes on leading,
-- or is to take the lead that another one has just given back.
return answered(function()
  local led = leads()
  local leader = call('HMGET', KEYS[1], 'member')[1]
  call('HDEL', KEYS[5], member)
  local members, others = call('HGETALL', KEYS[5]), false
  for at = 2, #members, 2 do
    others = others or tonumber(string.match(members[at], '^%d+')) >= now
  end
  local kept = call('PTTL', KEYS[6]) > 0 or call('PTTL', KEYS[7]) > 0
  if kept and not others and (led or not leader) then
    return 'last'
  end
  if led then
    call('DEL', KEYS[1])
    call('SET', KEYS[3], 1, 'PX', DAY)
  end
  return 'left'
end)
