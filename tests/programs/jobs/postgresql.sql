SELECT count(*) FROM pgbench_history;
SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(delta) FROM pgbench_history),
       (SELECT sum(bbalance) FROM pgbench_branches) = (SELECT sum(delta) FROM pgbench_history),
       (SELECT sum(tbalance) FROM pgbench_tellers) = (SELECT sum(delta) FROM pgbench_history);
CREATE TABLE item AS SELECT i AS id, 'name ' || (i * 7919 % 10007) AS name, i % 977 AS size,
       repeat('x', i % 3000) AS body FROM generate_series(1, 20000) AS i;
CREATE INDEX ON item (name); CREATE INDEX ON item USING gin (to_tsvector('english', name));
SET work_mem = '64kB';
SELECT md5(string_agg(name, ',' ORDER BY name, id)) FROM item;
SELECT size, count(*), sum(length(body)) FROM item GROUP BY size ORDER BY size LIMIT 20;
SELECT md5(string_agg(a.name || b.id, '' ORDER BY a.id, b.id)) FROM item a JOIN item b USING (size) WHERE a.id < 500;
SET work_mem = '64MB';
SELECT md5(jsonb_agg(jsonb_build_object('id', id, 'name', name) ORDER BY id)::text) FROM item;
-- Expressions are compiled to machine code by a C++ library.
SET jit = on; SET jit_above_cost = 0; SET jit_inline_above_cost = 0; SET jit_optimize_above_cost = 0;
SELECT sum(size * 3 + length(body) % 7), max(name) FROM item WHERE size > 100 AND name LIKE '%4%';
SET jit = off;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SELECT count(*), sum(length(body)) FROM item WHERE body LIKE '%xxx%';
DO $$ DECLARE grown text := ''; BEGIN FOR i IN 1..3000 LOOP grown := grown || i; END LOOP; RAISE DEBUG '%', length(grown); END $$;
UPDATE item SET body = repeat('y', id % 5000) WHERE id % 3 = 0; VACUUM FULL item; ANALYZE item;
SELECT count(*), sum(length(body)) FROM item;
SELECT regexp_replace(name, '(\d)(\d+)', '\2\1') FROM item ORDER BY id LIMIT 50;
