-- Keeps an entry of the ledger. KEYS[5]: the ledger; ARGV[4..]: the entry's key, how long it is kept
-- in ms, its bytes.
return answered(function()
  if not leads() then
    return 'refused'
  end
  local kept = tonumber(ARGV[5])
  call('HSET', KEYS[5], ARGV[4], string.format('%.0f', now + kept) .. ' ' .. ARGV[6])
  if call('PTTL', KEYS[5]) < kept then
    call('PEXPIRE', KEYS[5], kept)
  end
  return 'taken'
end)
