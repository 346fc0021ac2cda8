-- A member is there. KEYS[5]: the members; ARGV[4]: what it says of itself. The answer: all that were
-- there within the leader's time to live, and what they say of themselves, in turn.
return answered(function()
  call('HSET', KEYS[5], member, string.format('%.0f', now + ttl) .. ' ' .. ARGV[4])
  call('PEXPIRE', KEYS[5], ttl)
  local members, there = call('HGETALL', KEYS[5]), {}
  for at = 1, #members, 2 do
    local kept, about = string.match(members[at + 1], '^(%d+) (.*)$')
    if tonumber(kept) < now then
      call('HDEL', KEYS[5], members[at])
    else
      there[#there + 1] = members[at]
      there[#there + 1] = about
    end
  end
  return there
end)
