-- A thousand transfers among a hundred accounts leave the sum as it was.
INSERT INTO account (owner, balance) SELECT 'account ' || n, 1000000 FROM generate_series(1, 100) AS n;
SELECT count(move(1 + n % 100, 1 + (n * 7 + 1) % 100, 1 + n % 50))
FROM generate_series(1, 1000) AS n;
SELECT sum(balance) FROM account;
SELECT sum(amount) FROM statement;
