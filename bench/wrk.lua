-- Sends each prepared request once. One thread, so that no two connections draw the same one.
local paths, tokens, bodies, number = {}, {}, {}, 0

function init(args)
  for line in io.lines(args[1]) do
    local path, token, body = line:match("^(.-)\t(.-)\t(.*)$")
    paths[#paths + 1], tokens[#tokens + 1], bodies[#bodies + 1] = path, "Bearer " .. token, body
  end
end

function request()
  if number >= #paths then wrk.thread:stop() else number = number + 1 end
  local headers = {["Authorization"] = tokens[number], ["Content-Type"] = "application/json"}
  return wrk.format("PUT", paths[number], headers, bodies[number])
end

function done(summary, latency)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("RESULT %d %d %d %.1f %.1f %d\n", summary.requests, errors.status, lost,
    latency:percentile(50), latency:percentile(99), summary.duration))
end
