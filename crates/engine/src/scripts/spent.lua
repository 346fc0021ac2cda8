-- What went out lately: how long ago in ms, and how many, in turn. KEYS[5] as in spend.lua; ARGV[4]: the
-- time that counts, in ms.
return answered(function()
  local spent, lately = call('HGETALL', KEYS[5]), {}
  for at = 1, #spent, 2 do
    local ago = now - tonumber(spent[at]) * 100
    if ago < tonumber(ARGV[4]) then
      lately[#lately + 1] = math.max(0, ago)
      lately[#lately + 1] = tonumber(spent[at + 1])
    end
  end
  return lately
end)
