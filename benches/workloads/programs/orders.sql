-- Fills two indexed tables in memory, joins, updates and deletes. The number of
-- rows comes in as the parameter :count.
PRAGMA journal_mode = off;
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, city TEXT);
CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer INTEGER, item TEXT, price INTEGER);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count / 20)
INSERT INTO customer SELECT i, 'name-' || (i * 7919 % 1000), 'city-' || (i % 97) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO purchase SELECT i, 1 + i * 31 % (:count / 20), 'item-' || (i * 131 % 5003), i * 17 % 1999 FROM n;
CREATE INDEX purchase_by_customer ON purchase (customer, price);
CREATE INDEX purchase_by_item ON purchase (item);
UPDATE purchase SET item = item || '-old' WHERE id % 7 = 0;
DELETE FROM purchase WHERE id % 11 = 0;
SELECT 'checksum=' || (
    SELECT sum(total) FROM (
        SELECT city, sum(price) AS total, group_concat(DISTINCT item) AS items
        FROM customer JOIN purchase ON customer = customer.id
        GROUP BY city ORDER BY total DESC
    ) WHERE length(items) > 0
);
