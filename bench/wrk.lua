-- Sends each prepared answer once, in one thread, so that no two connections draw the same one.
-- When none is left it asks for /health/live until wrk has stopped; those requests are told apart at the end.
local paths, tokens, bodies, number, sender = {}, {}, {}, 0, nil
idle = 0

function setup(thread)
  sender = thread
end

function init(args)
  for line in io.lines(args[1]) do
    local path, token, body = line:match("^(.-)\t(.-)\t(.*)$")
    paths[#paths + 1], tokens[#tokens + 1], bodies[#bodies + 1] = path, "Bearer " .. token, body
  end
end

function request()
  if number >= #paths then
    idle = idle + 1
    wrk.thread:stop()
    return wrk.format("GET", "/health/live")
  end
  number = number + 1
  local headers = {["Authorization"] = tokens[number], ["Content-Type"] = "application/json"}
  return wrk.format("PUT", paths[number], headers, bodies[number])
end

function done(summary, latency)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("RESULT %d %d %d %.1f %.1f %d\n", summary.requests - sender:get("idle"),
    errors.status, lost, latency:percentile(50), latency:percentile(99), summary.duration))
end
