-- Who leads and who is there, for whoever is no member: writes nothing. KEYS[5]: the members. The answer:
-- the leader and its number (empty and 0 where there is none), whether the last one ended in good order,
-- the members and what they say of themselves, in turn.
return answered(function()
  local leader = call('HMGET', KEYS[1], 'member', 'number')
  local members, there = call('HGETALL', KEYS[5]), {}
  for at = 1, #members, 2 do
    local kept, about = string.match(members[at + 1], '^(%d+) (.*)$')
    if tonumber(kept) >= now then
      there[#there + 1] = members[at]
      there[#there + 1] = about
    end
  end
  local released = call('PTTL', KEYS[3]) > 0
  return {leader[1] or '', tonumber(leader[2] or 0), released and 1 or 0, there}
end)
