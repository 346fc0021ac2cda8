-- To go on leading.
return answered(function()
  if not leads() then
    return 'refused'
  end
  -- A full memory does not take this: a leader whose ledger takes nothing more is to step down.
  call('HSET', KEYS[1], 'number', number)
  call('PEXPIRE', KEYS[1], ttl)
  live_on()
  return 'renewed'
end)
