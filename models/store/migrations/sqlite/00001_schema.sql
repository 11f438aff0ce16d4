-- +goose Up

-- Conventions. Ids are dense, taken from id_counter before the insert, and never shown; refs and numbers are random
-- and may be shown. Times are Unix milliseconds in UTC, written by the program, never by the database. *_sealed is
-- AES-256-GCM (see models/store), *_index its keyed hash for look-ups. Tables without an update verb have triggers that
-- refuse one: what is on record stays on record.

CREATE TABLE id_counter (
    name TEXT PRIMARY KEY,
    last INTEGER NOT NULL
);

-- What the key file must be able to make: a database opened with other keys would be sealed with both, and readable with
-- neither.
CREATE TABLE key_check (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
);

-- ---------------------------------------------------------------- persons

CREATE TABLE person (
    id             INTEGER PRIMARY KEY,
    ref            TEXT NOT NULL UNIQUE,
    name_sealed    BLOB,
    born_sealed    BLOB,                 -- YYYY-MM-DD, from the document where it says so
    sex            TEXT NOT NULL DEFAULT '',
    phone_sealed   BLOB,
    phone_index    BLOB,                 -- NULL once detached: numbers are re-sold
    language       TEXT NOT NULL DEFAULT 'zh-Hans',
    address_sealed BLOB,                 -- JSON of the current address, as last declared
    address_index  BLOB,                 -- normalised address: "household" for recusal
    division       TEXT NOT NULL DEFAULT '', -- 12, 9 or 6 digits of the current residence: which station serves it
    created_at     INTEGER NOT NULL,
    version        INTEGER NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX person_phone ON person (phone_index) WHERE phone_index IS NOT NULL;
CREATE INDEX person_address ON person (address_index) WHERE address_index IS NOT NULL;

-- One row for each identity document that anybody has named: a source in an import, or a person in a declaration.
-- Facts from outside hang on the document, so that they wait for whoever is bound to it and never leak to a claimant.
CREATE TABLE document (
    id            INTEGER PRIMARY KEY,
    kind          TEXT NOT NULL,
    nationality   TEXT NOT NULL,
    number_sealed BLOB NOT NULL,
    number_index  BLOB NOT NULL UNIQUE,  -- of kind, nationality and number together
    created_at    INTEGER NOT NULL
);

-- Who says that a document is theirs. Any number of persons may claim one; at most one is bound to it.
CREATE TABLE person_document (
    id          INTEGER PRIMARY KEY,
    person_id   INTEGER NOT NULL REFERENCES person (id),
    document_id INTEGER NOT NULL REFERENCES document (id),
    claimed_at  INTEGER NOT NULL,
    bound_at    INTEGER,
    bound_by    TEXT NOT NULL DEFAULT '', -- upstream, legacy, station, issuer, gateway
    ended_at    INTEGER
);
CREATE UNIQUE INDEX person_document_pair ON person_document (person_id, document_id);
CREATE UNIQUE INDEX person_document_bound ON person_document (document_id) WHERE bound_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX person_document_document ON person_document (document_id);

-- A phone that an upstream record names for a document: binds whoever proves that phone and claims that document.
CREATE TABLE document_phone (
    id          INTEGER PRIMARY KEY,
    document_id INTEGER NOT NULL REFERENCES document (id),
    phone_index BLOB NOT NULL,
    source      TEXT NOT NULL,
    known       INTEGER NOT NULL
);
CREATE UNIQUE INDEX document_phone_pair ON document_phone (document_id, phone_index);

-- Browsers that have answered the document question for a bound person.
CREATE TABLE known_browser (
    id           INTEGER PRIMARY KEY,
    person_id    INTEGER NOT NULL REFERENCES person (id),
    browser_hash BLOB NOT NULL,
    at           INTEGER NOT NULL
);
CREATE UNIQUE INDEX known_browser_pair ON known_browser (person_id, browser_hash);

-- ---------------------------------------------------------------- sign-in

CREATE TABLE session (
    token_hash  BLOB PRIMARY KEY,        -- SHA-256 of what the cookie holds
    kind        TEXT NOT NULL CHECK (kind IN ('resident', 'staff')),
    person_id   INTEGER,
    staff_id    INTEGER,
    data        TEXT NOT NULL,           -- JSON of web/session.Values, nothing personal
    browser_hash BLOB NOT NULL,
    label       TEXT NOT NULL DEFAULT '',-- coarse kind of browser, for the list of devices
    ref         TEXT NOT NULL UNIQUE,    -- names the session in the list of devices
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL         -- absolute
);
CREATE INDEX session_person ON session (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX session_staff ON session (staff_id) WHERE staff_id IS NOT NULL;
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE sign_in_code (
    id           INTEGER PRIMARY KEY,
    browser_hash BLOB NOT NULL,          -- bound to the browser that asked
    phone_sealed BLOB NOT NULL,
    phone_index  BLOB NOT NULL,
    code_hash    BLOB NOT NULL,
    code_sealed  BLOB,                   -- for delivery; NULL once delivered or used
    purpose      TEXT NOT NULL DEFAULT 'signin',
    language     TEXT NOT NULL,          -- that the message is written in
    sent_at      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    tries        INTEGER NOT NULL DEFAULT 0,
    used_at      INTEGER
);
CREATE INDEX sign_in_code_browser ON sign_in_code (browser_hash, sent_at);

-- Budgets that survive a restart: one row for each kind and keyed hash of number or address.
CREATE TABLE budget (
    kind  TEXT NOT NULL,
    key   BLOB NOT NULL,
    since INTEGER NOT NULL,
    used  INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
);

-- Budgets over any span that ends now (five an hour, ten a day): one row for each use, swept when no span needs it.
CREATE TABLE budget_use (
    id   INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key  BLOB NOT NULL,                  -- keyed hash of a number, an address or a person
    at   INTEGER NOT NULL
);
CREATE INDEX budget_use_key ON budget_use (kind, key, at);

-- ---------------------------------------------------------------- declarations

CREATE TABLE draft (
    person_id   INTEGER NOT NULL REFERENCES person (id),
    kind        TEXT NOT NULL,           -- declare, appeal
    id          INTEGER NOT NULL UNIQUE, -- row id for sealing
    data_sealed BLOB NOT NULL,
    version     INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (person_id, kind)
);

CREATE TABLE declaration (
    id             INTEGER PRIMARY KEY,
    ref            TEXT NOT NULL UNIQUE,
    person_id      INTEGER NOT NULL REFERENCES person (id),
    filer_id       INTEGER NOT NULL REFERENCES person (id),
    version        INTEGER NOT NULL,     -- 1, 2, 3 … of this person
    supersedes     INTEGER REFERENCES declaration (id),
    answers_sealed BLOB NOT NULL,
    channel        TEXT NOT NULL,
    consent        TEXT NOT NULL,        -- version of the statement and notice agreed to
    request_key    TEXT NOT NULL UNIQUE, -- the same form twice makes one declaration
    at             INTEGER NOT NULL
);
CREATE UNIQUE INDEX declaration_version ON declaration (person_id, version);

-- ---------------------------------------------------------------- facts, areas, rulebooks

CREATE TABLE fact (
    id             INTEGER PRIMARY KEY,
    ref            TEXT NOT NULL UNIQUE,
    person_id      INTEGER REFERENCES person (id),    -- what a person or an officer's decision states
    document_id    INTEGER REFERENCES document (id),  -- what a source states about a document
    kind           TEXT NOT NULL,
    class          TEXT NOT NULL DEFAULT '',
    about          TEXT NOT NULL DEFAULT '',
    about_fact     INTEGER REFERENCES fact (id),
    place          TEXT NOT NULL DEFAULT '',
    fact_ref       TEXT NOT NULL DEFAULT '',          -- order, case, tracing, sample or duty number
    from_at        INTEGER NOT NULL,
    to_at          INTEGER,
    detail_sealed  BLOB,                              -- JSON of items and value
    source         TEXT NOT NULL,
    upstream       TEXT NOT NULL DEFAULT '',
    authority      TEXT NOT NULL DEFAULT '',
    locked         INTEGER NOT NULL DEFAULT 0,
    replaces       INTEGER REFERENCES fact (id),
    known          INTEGER NOT NULL,
    digest         BLOB NOT NULL,                     -- keyed hash of the content: the same again adds nothing
    declaration_id INTEGER REFERENCES declaration (id),
    appeal_id      INTEGER,
    import_id      INTEGER,
    CHECK ((person_id IS NULL) <> (document_id IS NULL))
);
CREATE INDEX fact_person ON fact (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX fact_document ON fact (document_id) WHERE document_id IS NOT NULL;
CREATE INDEX fact_upstream ON fact (source, upstream) WHERE upstream <> '';
CREATE INDEX fact_digest ON fact (digest);
CREATE INDEX fact_place ON fact (place, from_at) WHERE place <> '';
CREATE INDEX fact_replaces ON fact (replaces) WHERE replaces IS NOT NULL;

CREATE TABLE aside (
    id        INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id),
    scope     TEXT NOT NULL CHECK (scope IN ('record', 'event')),
    fact_id   INTEGER NOT NULL REFERENCES fact (id),
    at        INTEGER NOT NULL,
    lifted_at INTEGER,
    appeal_id INTEGER NOT NULL,
    appeal_number TEXT NOT NULL
);
CREATE INDEX aside_person ON aside (person_id);

CREATE TABLE area (
    id        INTEGER PRIMARY KEY,
    row_id    TEXT NOT NULL UNIQUE,      -- the id in the published list; another row may replace it
    code      TEXT NOT NULL,
    level     TEXT NOT NULL CHECK (level IN ('high', 'medium', 'low')),
    from_at   INTEGER NOT NULL,
    to_at     INTEGER,
    document  TEXT NOT NULL,
    replaces  INTEGER REFERENCES area (id),
    known     INTEGER NOT NULL,
    digest    BLOB NOT NULL
);
CREATE UNIQUE INDEX area_replaces ON area (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX area_code ON area (code);

CREATE TABLE rulebook (
    version      TEXT PRIMARY KEY,
    body         TEXT NOT NULL,
    published_at INTEGER NOT NULL
);
CREATE INDEX rulebook_newest ON rulebook (published_at, version); -- every code page asks which is in force

CREATE TABLE import_run (
    id         INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL,            -- facts, areas
    file_hash  BLOB NOT NULL,
    new_rows   INTEGER NOT NULL,
    changed    INTEGER NOT NULL,
    cleared    INTEGER NOT NULL,
    same       INTEGER NOT NULL,
    held       INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    aside      INTEGER NOT NULL,
    at         INTEGER NOT NULL
);

-- ---------------------------------------------------------------- outcomes

-- Written before its outcome, so that the trigger below can hold "no yellow or red without a finding".
CREATE TABLE outcome_finding (
    id            INTEGER PRIMARY KEY,
    outcome_id    INTEGER NOT NULL,
    rule          TEXT NOT NULL,
    key           TEXT NOT NULL,
    colour        TEXT NOT NULL CHECK (colour IN ('yellow', 'red')),
    lead_fact     INTEGER NOT NULL,
    facts         TEXT NOT NULL,         -- JSON list of fact ids
    since         INTEGER NOT NULL,
    assigned      INTEGER NOT NULL,
    until_at      INTEGER,
    locked        INTEGER NOT NULL,
    overdue       INTEGER NOT NULL,
    changed_after TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outcome_finding_outcome ON outcome_finding (outcome_id);

CREATE TABLE outcome (
    id          INTEGER PRIMARY KEY,
    person_id   INTEGER NOT NULL REFERENCES person (id),
    seq         INTEGER NOT NULL,        -- 1, 2, 3 … of this person
    colour      TEXT NOT NULL CHECK (colour IN ('green', 'yellow', 'red', 'none')),
    from_colour TEXT NOT NULL,
    cause       TEXT NOT NULL,           -- declaration, import, decision, release, area, rulebook, binding
    cause_ref   TEXT NOT NULL DEFAULT '',-- number of the declaration, appeal or import behind it
    rulebook    TEXT NOT NULL REFERENCES rulebook (version),
    ended       TEXT NOT NULL,           -- JSON: findings of the outcome before that have ended, and by what
    at          INTEGER NOT NULL
);
CREATE UNIQUE INDEX outcome_seq ON outcome (person_id, seq);

-- The current state of one person's code; the only table here that changes in place.
CREATE TABLE code (
    person_id   INTEGER PRIMARY KEY REFERENCES person (id),
    ref         TEXT NOT NULL UNIQUE,    -- what a QR names
    colour      TEXT NOT NULL CHECK (colour IN ('green', 'yellow', 'red', 'none')),
    outcome_id  INTEGER NOT NULL REFERENCES outcome (id),
    computed_at INTEGER NOT NULL,
    next_change INTEGER,
    due_cause   TEXT NOT NULL DEFAULT '', -- why it is looked at at next_change, if something changed besides the time
    due_ref     TEXT NOT NULL DEFAULT '',
    version     INTEGER NOT NULL
);
CREATE INDEX code_next_change ON code (next_change) WHERE next_change IS NOT NULL;

-- ---------------------------------------------------------------- organisations and staff

CREATE TABLE org (
    id   INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL                   -- police, health, epidemic_control, data, discipline, hotline
);

CREATE TABLE station (
    id       INTEGER PRIMARY KEY,
    code     TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    name_en  TEXT NOT NULL DEFAULT '',
    district TEXT NOT NULL,              -- 6 digits
    address  TEXT NOT NULL DEFAULT '',
    phone    TEXT NOT NULL DEFAULT '',
    org_id   INTEGER NOT NULL REFERENCES org (id)
);
-- Which streets and communities a station serves: it is not a district.
CREATE TABLE station_area (
    code       TEXT PRIMARY KEY,         -- 9 or 12 digits; the longest that fits wins; 6 digits = the district's fall-back
    station_id INTEGER NOT NULL REFERENCES station (id)
);

CREATE TABLE staff (
    id            INTEGER PRIMARY KEY,
    ref           TEXT NOT NULL UNIQUE,
    login         TEXT NOT NULL UNIQUE,
    name_sealed   BLOB NOT NULL,
    badge         TEXT NOT NULL DEFAULT '',
    role          TEXT NOT NULL,         -- officer, chief, district, epi, data, auditor, admin …
    station_id    INTEGER REFERENCES station (id),
    org_id        INTEGER NOT NULL REFERENCES org (id),
    password_hash TEXT NOT NULL,
    totp_sealed   BLOB NOT NULL,
    totp_step     INTEGER NOT NULL DEFAULT 0, -- last step used: a code works once
    document_index BLOB,                 -- as document.number_index: own case
    address_index BLOB,                  -- as person.address_index: household's case
    demo          INTEGER NOT NULL DEFAULT 0,
    disabled_at   INTEGER,
    created_at    INTEGER NOT NULL
);

-- Every staff read of a person, for the person to see.
CREATE TABLE staff_read (
    id        INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id),
    staff_id  INTEGER NOT NULL REFERENCES staff (id),
    org_id    INTEGER NOT NULL,
    what      TEXT NOT NULL,             -- case, evidence, search_hit, identity
    object    TEXT NOT NULL,             -- appeal number or evidence ref
    at        INTEGER NOT NULL
);
CREATE INDEX staff_read_person ON staff_read (person_id, id);

-- ---------------------------------------------------------------- appeals

CREATE TABLE appeal (
    id               INTEGER PRIMARY KEY,
    number           TEXT NOT NULL UNIQUE,
    person_id        INTEGER NOT NULL REFERENCES person (id),
    filer_id         INTEGER NOT NULL REFERENCES person (id),
    filed_by_staff   INTEGER REFERENCES staff (id),
    channel          TEXT NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('submitted', 'claimed', 'awaiting_citizen', 'awaiting_upstream', 'decided', 'closed', 'withdrawn', 'merged', 'lapsed')),
    station_id       INTEGER NOT NULL REFERENCES station (id),
    statement_sealed BLOB NOT NULL,
    harm             INTEGER NOT NULL DEFAULT 0, -- immediate harm: due in 2 hours
    harm_ground      TEXT NOT NULL DEFAULT '', -- what the person fears: hospital, dialysis, childbirth, stranded, exam, funeral
    colour           TEXT NOT NULL,      -- when filed, for the queue
    rules            TEXT NOT NULL,      -- rule codes of the items, space between, for the queue
    submitted_at     INTEGER NOT NULL,
    due_at           INTEGER NOT NULL,
    claimed_by       INTEGER REFERENCES staff (id),
    claimed_at       INTEGER,
    ask_until        INTEGER,
    paused_at        INTEGER,            -- the clock stands still while the person is asked
    paused_ms        INTEGER NOT NULL DEFAULT 0,
    decided_by       INTEGER REFERENCES staff (id),
    decided_at       INTEGER,
    outcome          TEXT NOT NULL DEFAULT '', -- derived: granted, part, corrected, no_change, refused, withdrawn
    decision_sealed  BLOB,               -- the officer's words to the person
    version          INTEGER NOT NULL DEFAULT 1,
    request_key      TEXT NOT NULL UNIQUE
);
CREATE INDEX appeal_person ON appeal (person_id, id);
CREATE INDEX appeal_queue ON appeal (station_id, due_at, id) WHERE state = 'submitted';
CREATE INDEX appeal_mine ON appeal (claimed_by, due_at, id) WHERE state IN ('claimed', 'awaiting_citizen');
CREATE INDEX appeal_waiting ON appeal (station_id, due_at, id) WHERE state = 'awaiting_citizen';
CREATE INDEX appeal_done ON appeal (station_id, decided_at, id) WHERE state IN ('decided', 'closed', 'withdrawn', 'lapsed');
CREATE INDEX appeal_claimed ON appeal (station_id, due_at, id) WHERE state = 'claimed';

CREATE TABLE appeal_item (
    id          INTEGER PRIMARY KEY,
    appeal_id   INTEGER NOT NULL REFERENCES appeal (id),
    n           INTEGER NOT NULL,        -- 1, 2, 3 … on screen
    target      TEXT NOT NULL CHECK (target IN ('fact', 'declaration')),
    rule        TEXT NOT NULL,
    finding_key TEXT NOT NULL,
    colour      TEXT NOT NULL,
    lead_fact   INTEGER NOT NULL REFERENCES fact (id),
    facts       TEXT NOT NULL,           -- JSON list of fact ids of the finding when filed
    locked      INTEGER NOT NULL,
    ground      TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('open', 'asked', 'decided', 'withdrawn')),
    action      TEXT NOT NULL DEFAULT '',-- uphold, set_aside, correct, clear
    scope       TEXT NOT NULL DEFAULT '',
    basis       TEXT NOT NULL DEFAULT '',-- closed list: what the decision rests on
    effect_fact INTEGER REFERENCES fact (id), -- the fact that a correction or clearance added
    decided_by  INTEGER REFERENCES staff (id),
    decided_at  INTEGER
);
CREATE UNIQUE INDEX appeal_item_n ON appeal_item (appeal_id, n);

-- One open appeal for each fact.
CREATE TABLE appeal_item_fact (
    item_id   INTEGER NOT NULL REFERENCES appeal_item (id),
    person_id INTEGER NOT NULL,
    fact_id   INTEGER NOT NULL REFERENCES fact (id),
    open      INTEGER NOT NULL,
    PRIMARY KEY (item_id, fact_id)
);
CREATE UNIQUE INDEX appeal_item_fact_open ON appeal_item_fact (person_id, fact_id) WHERE open;

CREATE TABLE appeal_event (
    id          INTEGER PRIMARY KEY,
    appeal_id   INTEGER NOT NULL REFERENCES appeal (id),
    kind        TEXT NOT NULL,           -- filed, claimed, released, asked, added, decided, withdrawn, lapsed, moved
    actor       TEXT NOT NULL CHECK (actor IN ('person', 'staff', 'system')),
    staff_id    INTEGER REFERENCES staff (id),
    text_sealed BLOB,
    at          INTEGER NOT NULL
);
CREATE INDEX appeal_event_appeal ON appeal_event (appeal_id, id);

CREATE TABLE evidence (
    id         INTEGER PRIMARY KEY,
    ref        TEXT NOT NULL UNIQUE,
    person_id  INTEGER NOT NULL REFERENCES person (id),
    appeal_id  INTEGER REFERENCES appeal (id), -- NULL while the appeal is a draft
    kind       TEXT NOT NULL,
    sha256     BLOB NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    taken_at   INTEGER,                  -- from the camera, kept apart from the picture
    added_at   INTEGER NOT NULL,
    removed_at INTEGER
);
CREATE INDEX evidence_appeal ON evidence (appeal_id) WHERE appeal_id IS NOT NULL;
CREATE INDEX evidence_draft ON evidence (person_id) WHERE appeal_id IS NULL;

-- ---------------------------------------------------------------- notices

CREATE TABLE notice (
    id           INTEGER PRIMARY KEY,
    person_id    INTEGER NOT NULL REFERENCES person (id),
    kind         TEXT NOT NULL,
    args         TEXT NOT NULL,          -- JSON list: appeal number and the like, never colour, rule, name or document
    dedupe       TEXT NOT NULL UNIQUE,   -- one event, one notice
    language     TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'no_phone')),
    created_at   INTEGER NOT NULL,
    taken_at     INTEGER,                -- a worker has it in hand: no other sends it for a minute
    sent_at      INTEGER
);
CREATE INDEX notice_person ON notice (person_id, id);
CREATE INDEX notice_queued ON notice (created_at) WHERE state = 'queued';

-- ---------------------------------------------------------------- ledger

CREATE TABLE ledger (
    seq    INTEGER PRIMARY KEY,
    event  TEXT NOT NULL,
    body   BLOB NOT NULL,                -- canonical bytes
    salt   BLOB NOT NULL,
    commitment BLOB NOT NULL UNIQUE,
    at     INTEGER NOT NULL
);

-- ---------------------------------------------------------------- what may not change

-- +goose StatementBegin
CREATE TRIGGER outcome_needs_finding BEFORE INSERT ON outcome
WHEN NEW.colour IN ('yellow', 'red') AND NOT EXISTS (SELECT 1 FROM outcome_finding f WHERE f.outcome_id = NEW.id AND f.colour = NEW.colour)
BEGIN SELECT RAISE(ABORT, 'a yellow or red outcome needs a finding of its colour'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER outcome_finding_before_outcome BEFORE INSERT ON outcome_finding
WHEN EXISTS (SELECT 1 FROM outcome o WHERE o.id = NEW.outcome_id)
BEGIN SELECT RAISE(ABORT, 'an outcome on record takes no more findings'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER fact_no_update BEFORE UPDATE ON fact BEGIN SELECT RAISE(ABORT, 'fact rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER fact_no_delete BEFORE DELETE ON fact BEGIN SELECT RAISE(ABORT, 'fact rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER outcome_no_update BEFORE UPDATE ON outcome BEGIN SELECT RAISE(ABORT, 'outcome rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER outcome_no_delete BEFORE DELETE ON outcome BEGIN SELECT RAISE(ABORT, 'outcome rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER outcome_finding_no_update BEFORE UPDATE ON outcome_finding BEGIN SELECT RAISE(ABORT, 'outcome_finding rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER outcome_finding_no_delete BEFORE DELETE ON outcome_finding BEGIN SELECT RAISE(ABORT, 'outcome_finding rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER declaration_no_update BEFORE UPDATE ON declaration BEGIN SELECT RAISE(ABORT, 'declaration rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER declaration_no_delete BEFORE DELETE ON declaration BEGIN SELECT RAISE(ABORT, 'declaration rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER area_no_update BEFORE UPDATE ON area BEGIN SELECT RAISE(ABORT, 'area rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER area_no_delete BEFORE DELETE ON area BEGIN SELECT RAISE(ABORT, 'area rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER rulebook_no_update BEFORE UPDATE ON rulebook BEGIN SELECT RAISE(ABORT, 'rulebook rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER rulebook_no_delete BEFORE DELETE ON rulebook BEGIN SELECT RAISE(ABORT, 'rulebook rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER appeal_event_no_update BEFORE UPDATE ON appeal_event BEGIN SELECT RAISE(ABORT, 'appeal_event rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER appeal_event_no_delete BEFORE DELETE ON appeal_event BEGIN SELECT RAISE(ABORT, 'appeal_event rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER staff_read_no_update BEFORE UPDATE ON staff_read BEGIN SELECT RAISE(ABORT, 'staff_read rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER staff_read_no_delete BEFORE DELETE ON staff_read BEGIN SELECT RAISE(ABORT, 'staff_read rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER import_run_no_update BEFORE UPDATE ON import_run BEGIN SELECT RAISE(ABORT, 'import_run rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER import_run_no_delete BEFORE DELETE ON import_run BEGIN SELECT RAISE(ABORT, 'import_run rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER document_no_update BEFORE UPDATE ON document BEGIN SELECT RAISE(ABORT, 'document rows stay as they are'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER document_no_delete BEFORE DELETE ON document BEGIN SELECT RAISE(ABORT, 'document rows stay as they are'); END;
-- +goose StatementEnd
-- A mark from an accepted appeal may be lifted once, nothing else.
-- +goose StatementBegin
CREATE TRIGGER aside_only_lifted BEFORE UPDATE ON aside
WHEN OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL OR NEW.id <> OLD.id OR NEW.person_id <> OLD.person_id OR NEW.scope <> OLD.scope
  OR NEW.fact_id <> OLD.fact_id OR NEW.at <> OLD.at OR NEW.appeal_id <> OLD.appeal_id
BEGIN SELECT RAISE(ABORT, 'a mark can only be lifted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER aside_no_delete BEFORE DELETE ON aside BEGIN SELECT RAISE(ABORT, 'aside rows stay as they are'); END;
-- +goose StatementEnd
