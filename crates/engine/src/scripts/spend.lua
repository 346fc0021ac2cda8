-- Requests to Graph that go out now. KEYS[5]: how many went out, by the tenth of a second; ARGV[4..]:
-- how many, how many may at most in the time that counts, that time in ms.
return answered(function()
  if not leads() then
    return 'refused'
  end
  local asked, most, counts = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
  local spent = call('HGETALL', KEYS[5])
  local used = 0
  for at = 1, #spent, 2 do
    if now - tonumber(spent[at]) * 100 >= counts then
      call('HDEL', KEYS[5], spent[at])
    else
      used = used + tonumber(spent[at + 1])
    end
  end
  if used + asked > most then
    return 'full'
  end
  if asked > 0 then
    call('HINCRBY', KEYS[5], string.format('%.0f', math.floor(now / 100)), asked)
    call('PEXPIRE', KEYS[5], counts)
  end
  return 'granted'
end)
