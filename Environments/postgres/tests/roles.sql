-- The application's role can do its work and nothing besides.
\set VERBOSITY sqlstate
INSERT INTO account (owner, balance) VALUES ('ada', 10), ('grace', 0);
SET ROLE teller;
SELECT move(1, 2, 4);
SELECT owner, balance FROM account ORDER BY id;
UPDATE account SET balance = 1000;
DELETE FROM transfer;
DROP TABLE transfer;
CREATE TABLE mine (id int);
