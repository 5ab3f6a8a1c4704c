-- Tables, closures and strings in an interpreter that takes every object from
-- realloc. The argument is the number of rounds.
local total = 0
for round = 1, tonumber(arg[1]) do
    local people = {}
    for i = 1, 20000 do
        people[i] = { id = i, name = "name-" .. (i * 7919 % 1000), score = i * 31 % 977 }
    end
    table.sort(people, function(a, b)
        if a.score ~= b.score then return a.score < b.score end
        return a.id < b.id
    end)
    local parts = {}
    for i = 1, #people, 4 do
        parts[#parts + 1] = people[i].name:upper() .. ":" .. people[i].score
    end
    total = total + #table.concat(parts, ",")
end
print(string.format("checksum=%d", total))
