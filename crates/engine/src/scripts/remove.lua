-- Forgets an entry of a ledger. KEYS[5]: the ledger; ARGV[4]: the entry's key.
return answered(function()
  if not leads() then
    return 'refused'
  end
  call('HDEL', KEYS[5], ARGV[4])
  return 'taken'
end)
