-- +goose Up

-- Large type is a choice of the person, for every browser they sign in with.
ALTER TABLE person ADD COLUMN large_type BOOLEAN NOT NULL DEFAULT FALSE;

-- What a notice is called on the person's pages, and when they opened it there.
ALTER TABLE notice ADD COLUMN ref TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE notice ADD COLUMN read_at BIGINT;
UPDATE notice SET ref = replace(CAST(gen_random_uuid() AS TEXT), '-', '');
CREATE UNIQUE INDEX notice_ref ON notice (ref);
CREATE INDEX notice_newest ON notice (person_id, created_at);
CREATE INDEX notice_unread ON notice (person_id) WHERE read_at IS NULL;

-- "Who looked at my data" is read from the newest.
CREATE INDEX staff_read_newest ON staff_read (person_id, at);

-- Somebody without an account here asks where one appeal stands. Each browser
-- has one such question; it opens that appeal, to be read, until it ends.
CREATE TABLE appeal_lookup (
    browser_hash BYTEA PRIMARY KEY,
    code_id      BIGINT NOT NULL,               -- the one-time code that was asked for
    appeal_id    BIGINT REFERENCES appeal (id), -- NULL: number and phone do not belong together, which no page tells
    opened_at    BIGINT,                        -- the code was answered
    expires_at   BIGINT NOT NULL
);
CREATE INDEX appeal_lookup_expires ON appeal_lookup (expires_at);
