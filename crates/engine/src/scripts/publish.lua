-- A part of the leader's picture. KEYS[5]: the stream; ARGV[4..]: `base` or `change`, how many this is,
-- the bytes, how long the stream is kept in ms. A base takes the place of all
-- before it.
return answered(function()
  if not leads() then
    return 'refused'
  end
  -- Not deleted: the ids must grow, or a follower takes what is new for what it has read.
  local most = ARGV[4] == 'base' and 1 or 10000
  call('XADD', KEYS[5], 'MAXLEN', most, '*', 'kind', ARGV[4], 'leader', member, 'count', ARGV[5], 'bytes', ARGV[6])
  call('PEXPIRE', KEYS[5], tonumber(ARGV[7]))
  return 'taken'
end)
