local function sum(text) local s = 0; for i = 1, #text do s = (s * 31 + text:byte(i)) % 2147483647 end; return s end
local table_, state = {}, 1
for i = 1, 200000 do
  state = (state * 1103515245 + 12345) % 2147483648
  local key = "key " .. state % 20000
  table_[key] = (table_[key] or "") .. string.char(65 + state % 26)
end
local keys = {}
for key in pairs(table_) do keys[#keys + 1] = key end
table.sort(keys)
local parts = {}
for i, key in ipairs(keys) do parts[i] = key .. "=" .. table_[key] end
local text = table.concat(parts, "|")
print("hash", #keys, sum(text))
print("gsub", sum((text:gsub("(%d)(%d+)", "<%2%1>"))))
local threads = {}
for n = 1, 500 do threads[n] = coroutine.wrap(function() for i = 1, 20 do coroutine.yield(("z"):rep(n * i % 900)) end end) end
local total = 0
for i = 1, 20 do for n = 1, 500 do total = total + #threads[n]() end end
print("coroutines", total)
local grown = ""
for i = 1, 3000 do grown = grown .. i end
print("grown", #grown, sum(grown))
collectgarbage("generational"); for i = 1, 200000 do local t = { i, { i } } end
collectgarbage("incremental"); collectgarbage()
print("collected", collectgarbage("count") < 100000)
