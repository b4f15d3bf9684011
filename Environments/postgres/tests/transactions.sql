-- What is rolled back was never there; a savepoint undoes only what came after it.
INSERT INTO account (owner, balance) VALUES ('ada', 10), ('grace', 10);
BEGIN;
SELECT move(1, 2, 10);
ROLLBACK;
SELECT owner, balance FROM account ORDER BY id;
BEGIN;
SELECT move(1, 2, 3);
SAVEPOINT before;
SELECT move(1, 2, 3);
ROLLBACK TO SAVEPOINT before;
COMMIT;
SELECT owner, balance FROM account ORDER BY id;
SELECT count(*) FROM transfer;
