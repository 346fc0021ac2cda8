-- To go on leading.
return answered(function()
  if not leads() then
    return 'refused'
  end
  call('PEXPIRE', KEYS[1], ttl)
  return 'renewed'
end)
