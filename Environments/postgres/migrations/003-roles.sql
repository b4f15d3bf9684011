-- What the application may do: move money, and read. Nothing else.
CREATE ROLE teller NOLOGIN;
GRANT SELECT ON account, transfer TO teller;
ALTER FUNCTION move SECURITY DEFINER SET search_path = public;
REVOKE EXECUTE ON FUNCTION move FROM PUBLIC;
GRANT EXECUTE ON FUNCTION move TO teller;

CREATE VIEW statement AS
SELECT account.owner,
       transfer.created_at,
       CASE WHEN transfer.to_id = account.id THEN transfer.amount ELSE -transfer.amount END AS amount,
       transfer.note
FROM account
JOIN transfer ON account.id IN (transfer.from_id, transfer.to_id);
GRANT SELECT ON statement TO teller;
