# Builds and takes apart the structures that scripts are made of: dictionaries,
# lists, strings, and JSON. The count is the number of rounds.
import json
import random
import sys

random.seed(11)
total = 0
for round_number in range(int(sys.argv[1])):
    records = [
        {"id": i, "name": "name-%d" % (i * 7919 % 1000), "tags": ["t%d" % (i % k) for k in (3, 5, 7)]}
        for i in range(4000)
    ]
    text = json.dumps(records)
    again = json.loads(text)
    random.shuffle(again)
    by_name = {}
    for record in again:
        by_name.setdefault(record["name"], []).append(record)
    lines = "\n".join(sorted(by_name)).split("\n")
    total += len(text) + len(lines) + sum(len(group) for group in by_name.values())
print("checksum=%d" % total)
