-- Money moves, and is never made or lost.
\set VERBOSITY sqlstate
INSERT INTO account (owner, balance) VALUES ('ada', 100), ('grace', 20), ('edsger', 0);
SELECT move(1, 2, 30, '{"for": "lunch"}');
SELECT move(2, 3, 50);
SELECT owner, balance FROM account ORDER BY id;
-- An overdraft changes nothing.
SELECT move(3, 1, 51);
SELECT owner, balance FROM account ORDER BY id;
SELECT sum(balance) FROM account;
SELECT owner, amount FROM statement ORDER BY owner, amount;
SELECT amount FROM transfer WHERE note @> '{"for": "lunch"}';
