-- The schema refuses what must never be stored. The codes are in the manual's appendix A.
\set VERBOSITY sqlstate
INSERT INTO account (owner, balance) VALUES ('ada', 100), ('grace', 0);
INSERT INTO account (owner) VALUES ('');
INSERT INTO account (owner) VALUES ('ADA');
UPDATE account SET balance = -1;
INSERT INTO transfer (from_id, to_id, amount) VALUES (1, 1, 5);
INSERT INTO transfer (from_id, to_id, amount) VALUES (1, 2, 0);
INSERT INTO transfer (from_id, to_id, amount) VALUES (1, 99, 5);
INSERT INTO transfer (from_id, to_id, amount) VALUES (1, 2, 5);
DELETE FROM account WHERE owner = 'ada';
SELECT owner FROM account ORDER BY owner;
