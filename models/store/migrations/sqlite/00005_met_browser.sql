-- +goose Up

-- Browsers in which somebody has signed in: their owner keeps a way in while others, on purpose, use up the tries or the
-- text messages. Knows a phone or a login by its keyed hash only; swept when a browser has not been seen for long.
CREATE TABLE met_browser (
    kind         TEXT NOT NULL,          -- phone, staff
    key          BLOB NOT NULL,          -- keyed hash of a phone or a login
    browser_hash BLOB NOT NULL,
    at           INTEGER NOT NULL,       -- last sign-in
    PRIMARY KEY (kind, key, browser_hash)
);
CREATE INDEX met_browser_at ON met_browser (at);
CREATE INDEX budget_since ON budget (since);
CREATE INDEX budget_use_at ON budget_use (at);
