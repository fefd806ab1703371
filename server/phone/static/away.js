// An empty page after quick exit. A second entry of its own cuts off the way forward to what was open before.
history.pushState(null, '', location.href)
