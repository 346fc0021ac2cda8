-- What a ledger says. KEYS[5]: the ledger. The answer: keys and entries, in turn, that have not ended.
return answered(function()
  local entries, left = call('HGETALL', KEYS[5]), {}
  for at = 1, #entries, 2 do
    local ends, entry = string.match(entries[at + 1], '^(%d+) (.*)$')
    if tonumber(ends) > now then
      left[#left + 1] = entries[at]
      left[#left + 1] = entry
    end
  end
  return left
end)
