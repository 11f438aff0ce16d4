-- +goose Up

-- Browsers in which somebody has signed in: their owner keeps a way in while others, on purpose, use up the tries or the
-- text messages. Knows a phone or a login by its keyed hash only; swept when a browser has not been seen for long.
CREATE TABLE met_browser (
    kind         TEXT COLLATE "C" NOT NULL,         -- phone, staff
    key          BYTEA NOT NULL,          -- keyed hash of a phone or a login
    browser_hash BYTEA NOT NULL,
    at           BIGINT NOT NULL,       -- last sign-in
    PRIMARY KEY (kind, key, browser_hash)
);
CREATE INDEX met_browser_at ON met_browser (at);
CREATE INDEX budget_since ON budget (since);
CREATE INDEX budget_use_at ON budget_use (at);
