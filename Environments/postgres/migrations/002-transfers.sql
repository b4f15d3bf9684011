CREATE TABLE transfer (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_id    bigint NOT NULL REFERENCES account,
    to_id      bigint NOT NULL REFERENCES account,
    amount     bigint NOT NULL CHECK (amount > 0),
    note       jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (from_id <> to_id)
);

CREATE INDEX transfer_note ON transfer USING gin (note);

-- Moves an amount; the table's own checks refuse an overdraft. Rows are locked in the order of their ids, so that two
-- transfers in opposite directions can't wait for each other.
CREATE FUNCTION move(source bigint, target bigint, amount bigint, note jsonb DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM 1 FROM account WHERE id IN (source, target) ORDER BY id FOR UPDATE;
    UPDATE account SET balance = balance - move.amount WHERE id = source;
    UPDATE account SET balance = balance + move.amount WHERE id = target;
    INSERT INTO transfer (from_id, to_id, amount, note) VALUES (source, target, move.amount, move.note)
        RETURNING id INTO made;
    RETURN made;
END
$$;
