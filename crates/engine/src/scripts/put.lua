-- Keeps an entry of a ledger. KEYS[5]: the ledger; KEYS[6]: there while it need not be swept;
-- ARGV[4..]: the entry's key, how long it is kept in ms, its bytes.
return answered(function()
  if not leads() then
    return 'refused'
  end
  local kept = tonumber(ARGV[5])
  call('HSET', KEYS[5], ARGV[4], string.format('%.0f', now + kept) .. ' ' .. ARGV[6])
  if call('PTTL', KEYS[5]) < kept then
    call('PEXPIRE', KEYS[5], kept)
  end
  -- Once a minute, those that have ended go.
  if call('SET', KEYS[6], 1, 'PX', 60000, 'NX') then
    local entries = call('HGETALL', KEYS[5])
    for at = 1, #entries, 2 do
      if tonumber(string.match(entries[at + 1], '^%d+')) <= now then
        call('HDEL', KEYS[5], entries[at])
      end
    end
  end
  return 'taken'
end)
