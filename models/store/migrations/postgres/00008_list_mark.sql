-- +goose Up

-- What a published list is recognised by: whoever adds to a list gives it a new random mark in the same transaction, so a
-- node that keeps the list in memory asks for the mark and nothing else. A number would not do: one that was rolled back
-- comes again with other rows.
CREATE TABLE list_mark (
    name TEXT COLLATE "C" PRIMARY KEY,
    mark TEXT COLLATE "C" NOT NULL
);
