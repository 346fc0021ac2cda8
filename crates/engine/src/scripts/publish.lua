-- A part of the leader's picture. KEYS[5]: the stream; ARGV[4..]: `base` or `change`, how many this is,
-- the bytes, how long the stream is kept in ms. A base begins the stream anew.
return answered(function()
  if not leads() then
    return 'refused'
  end
  if ARGV[4] == 'base' then
    call('DEL', KEYS[5])
  end
  call('XADD', KEYS[5], '*', 'kind', ARGV[4], 'leader', member, 'count', ARGV[5], 'bytes', ARGV[6])
  call('PEXPIRE', KEYS[5], tonumber(ARGV[7]))
  return 'taken'
end)
