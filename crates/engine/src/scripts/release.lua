-- To lead no longer, with nothing under way: the next one need not wait.
return answered(function()
  if not leads() then
    return 'refused'
  end
  call('DEL', KEYS[1])
  call('SET', KEYS[3], 1, 'PX', DAY)
  return 'released'
end)
