-- What went out lately: how long ago in ms, and how many, in turn. KEYS[5] as in spend.lua.
return answered(function()
  local spent = call('HGETALL', KEYS[5])
  for at = 1, #spent, 2 do
    spent[at] = math.max(0, now - tonumber(spent[at]) * 100)
    spent[at + 1] = tonumber(spent[at + 1])
  end
  return spent
end)
