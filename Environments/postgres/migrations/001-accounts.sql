CREATE TABLE account (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner   text NOT NULL CHECK (owner <> ''),
    balance bigint NOT NULL DEFAULT 0 CHECK (balance >= 0)
);

CREATE UNIQUE INDEX account_owner ON account (lower(owner));
