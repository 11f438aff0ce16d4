-- +goose Up

-- Conventions. Ids are dense, taken from id_counter before the insert, and never shown; refs and numbers are random
-- and may be shown. Times are Unix milliseconds in UTC, written by the program, never by the database. *_sealed is
-- AES-256-GCM (see models/store), *_index its keyed hash for look-ups. Tables without an update verb have triggers that
-- refuse one: what is on record stays on record.

CREATE TABLE id_counter (
    name TEXT COLLATE "C" PRIMARY KEY,
    last BIGINT NOT NULL
);

-- What the key file must be able to make: a database opened with other keys would be sealed with both, and readable with
-- neither.
CREATE TABLE key_check (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value BYTEA NOT NULL
);

-- ---------------------------------------------------------------- persons

CREATE TABLE person (
    id             BIGINT PRIMARY KEY,
    ref            TEXT COLLATE "C" NOT NULL UNIQUE,
    name_sealed    BYTEA,
    born_sealed    BYTEA,                 -- YYYY-MM-DD, from the document where it says so
    sex            TEXT COLLATE "C" NOT NULL DEFAULT '',
    phone_sealed   BYTEA,
    phone_index    BYTEA,                 -- NULL once detached: numbers are re-sold
    language       TEXT COLLATE "C" NOT NULL DEFAULT 'zh-Hans',
    address_sealed BYTEA,                 -- JSON of the current address, as last declared
    address_index  BYTEA,                 -- normalised address: "household" for recusal
    division       TEXT COLLATE "C" NOT NULL DEFAULT '', -- 12, 9 or 6 digits of the current residence: which station serves it
    created_at     BIGINT NOT NULL,
    version        BIGINT NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX person_phone ON person (phone_index) WHERE phone_index IS NOT NULL;
CREATE INDEX person_address ON person (address_index) WHERE address_index IS NOT NULL;

-- One row for each identity document that anybody has named: a source in an import, or a person in a declaration.
-- Facts from outside hang on the document, so that they wait for whoever is bound to it and never leak to a claimant.
CREATE TABLE document (
    id            BIGINT PRIMARY KEY,
    kind          TEXT COLLATE "C" NOT NULL,
    nationality   TEXT COLLATE "C" NOT NULL,
    number_sealed BYTEA NOT NULL,
    number_index  BYTEA NOT NULL UNIQUE,  -- of kind, nationality and number together
    created_at    BIGINT NOT NULL
);

-- Who says that a document is theirs. Any number of persons may claim one; at most one is bound to it.
CREATE TABLE person_document (
    id          BIGINT PRIMARY KEY,
    person_id   BIGINT NOT NULL REFERENCES person (id),
    document_id BIGINT NOT NULL REFERENCES document (id),
    claimed_at  BIGINT NOT NULL,
    bound_at    BIGINT,
    bound_by    TEXT COLLATE "C" NOT NULL DEFAULT '', -- upstream, legacy, station, issuer, gateway
    ended_at    BIGINT
);
CREATE UNIQUE INDEX person_document_pair ON person_document (person_id, document_id);
CREATE UNIQUE INDEX person_document_bound ON person_document (document_id) WHERE bound_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX person_document_document ON person_document (document_id);

-- A phone that an upstream record names for a document: binds whoever proves that phone and claims that document.
CREATE TABLE document_phone (
    id          BIGINT PRIMARY KEY,
    document_id BIGINT NOT NULL REFERENCES document (id),
    phone_index BYTEA NOT NULL,
    source      TEXT COLLATE "C" NOT NULL,
    known       BIGINT NOT NULL
);
CREATE UNIQUE INDEX document_phone_pair ON document_phone (document_id, phone_index);

-- Browsers that have answered the document question for a bound person.
CREATE TABLE known_browser (
    id           BIGINT PRIMARY KEY,
    person_id    BIGINT NOT NULL REFERENCES person (id),
    browser_hash BYTEA NOT NULL,
    at           BIGINT NOT NULL
);
CREATE UNIQUE INDEX known_browser_pair ON known_browser (person_id, browser_hash);

-- ---------------------------------------------------------------- sign-in

CREATE TABLE session (
    token_hash  BYTEA PRIMARY KEY,        -- SHA-256 of what the cookie holds
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('resident', 'staff')),
    person_id   BIGINT,
    staff_id    BIGINT,
    data        TEXT COLLATE "C" NOT NULL,           -- JSON of web/session.Values, nothing personal
    browser_hash BYTEA NOT NULL,
    label       TEXT COLLATE "C" NOT NULL DEFAULT '',-- coarse kind of browser, for the list of devices
    ref         TEXT COLLATE "C" NOT NULL UNIQUE,    -- names the session in the list of devices
    created_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL         -- absolute
);
CREATE INDEX session_person ON session (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX session_staff ON session (staff_id) WHERE staff_id IS NOT NULL;
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE sign_in_code (
    id           BIGINT PRIMARY KEY,
    browser_hash BYTEA NOT NULL,          -- bound to the browser that asked
    phone_sealed BYTEA NOT NULL,
    phone_index  BYTEA NOT NULL,
    code_hash    BYTEA NOT NULL,
    code_sealed  BYTEA,                   -- for delivery; NULL once delivered or used
    purpose      TEXT COLLATE "C" NOT NULL DEFAULT 'signin',
    language     TEXT COLLATE "C" NOT NULL,          -- that the message is written in
    sent_at      BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    tries        BIGINT NOT NULL DEFAULT 0,
    used_at      BIGINT
);
CREATE INDEX sign_in_code_browser ON sign_in_code (browser_hash, sent_at);

-- Budgets that survive a restart: one row for each kind and keyed hash of number or address.
CREATE TABLE budget (
    kind  TEXT COLLATE "C" NOT NULL,
    key   BYTEA NOT NULL,
    since BIGINT NOT NULL,
    used  BIGINT NOT NULL,
    PRIMARY KEY (kind, key)
);

-- Budgets over any span that ends now (five an hour, ten a day): one row for each use, swept when no span needs it.
CREATE TABLE budget_use (
    id   BIGINT PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    key  BYTEA NOT NULL,                  -- keyed hash of a number, an address or a person
    at   BIGINT NOT NULL
);
CREATE INDEX budget_use_key ON budget_use (kind, key, at);

-- ---------------------------------------------------------------- declarations

CREATE TABLE draft (
    person_id   BIGINT NOT NULL REFERENCES person (id),
    kind        TEXT COLLATE "C" NOT NULL,           -- declare, appeal
    id          BIGINT NOT NULL UNIQUE, -- row id for sealing
    data_sealed BYTEA NOT NULL,
    version     BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (person_id, kind)
);

CREATE TABLE declaration (
    id             BIGINT PRIMARY KEY,
    ref            TEXT COLLATE "C" NOT NULL UNIQUE,
    person_id      BIGINT NOT NULL REFERENCES person (id),
    filer_id       BIGINT NOT NULL REFERENCES person (id),
    version        BIGINT NOT NULL,     -- 1, 2, 3 … of this person
    supersedes     BIGINT REFERENCES declaration (id),
    answers_sealed BYTEA NOT NULL,
    channel        TEXT COLLATE "C" NOT NULL,
    consent        TEXT COLLATE "C" NOT NULL,        -- version of the statement and notice agreed to
    request_key    TEXT COLLATE "C" NOT NULL UNIQUE, -- the same form twice makes one declaration
    at             BIGINT NOT NULL
);
CREATE UNIQUE INDEX declaration_version ON declaration (person_id, version);

-- ---------------------------------------------------------------- facts, areas, rulebooks

CREATE TABLE fact (
    id             BIGINT PRIMARY KEY,
    ref            TEXT COLLATE "C" NOT NULL UNIQUE,
    person_id      BIGINT REFERENCES person (id),    -- what a person or an officer's decision states
    document_id    BIGINT REFERENCES document (id),  -- what a source states about a document
    kind           TEXT COLLATE "C" NOT NULL,
    class          TEXT COLLATE "C" NOT NULL DEFAULT '',
    about          TEXT COLLATE "C" NOT NULL DEFAULT '',
    about_fact     BIGINT REFERENCES fact (id),
    place          TEXT COLLATE "C" NOT NULL DEFAULT '',
    fact_ref       TEXT COLLATE "C" NOT NULL DEFAULT '',          -- order, case, tracing, sample or duty number
    from_at        BIGINT NOT NULL,
    to_at          BIGINT,
    detail_sealed  BYTEA,                              -- JSON of items and value
    source         TEXT COLLATE "C" NOT NULL,
    upstream       TEXT COLLATE "C" NOT NULL DEFAULT '',
    authority      TEXT COLLATE "C" NOT NULL DEFAULT '',
    locked         BOOLEAN NOT NULL DEFAULT FALSE,
    replaces       BIGINT REFERENCES fact (id),
    known          BIGINT NOT NULL,
    digest         BYTEA NOT NULL,                     -- keyed hash of the content: the same again adds nothing
    declaration_id BIGINT REFERENCES declaration (id),
    appeal_id      BIGINT,
    import_id      BIGINT,
    CHECK ((person_id IS NULL) <> (document_id IS NULL))
);
CREATE INDEX fact_person ON fact (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX fact_document ON fact (document_id) WHERE document_id IS NOT NULL;
CREATE INDEX fact_upstream ON fact (source, upstream) WHERE upstream <> '';
CREATE INDEX fact_digest ON fact (digest);
CREATE INDEX fact_place ON fact (place, from_at) WHERE place <> '';
CREATE INDEX fact_replaces ON fact (replaces) WHERE replaces IS NOT NULL;

CREATE TABLE aside (
    id        BIGINT PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES person (id),
    scope     TEXT COLLATE "C" NOT NULL CHECK (scope IN ('record', 'event')),
    fact_id   BIGINT NOT NULL REFERENCES fact (id),
    at        BIGINT NOT NULL,
    lifted_at BIGINT,
    appeal_id BIGINT NOT NULL,
    appeal_number TEXT COLLATE "C" NOT NULL
);
CREATE INDEX aside_person ON aside (person_id);

CREATE TABLE area (
    id        BIGINT PRIMARY KEY,
    row_id    TEXT COLLATE "C" NOT NULL UNIQUE,      -- the id in the published list; another row may replace it
    code      TEXT COLLATE "C" NOT NULL,
    level     TEXT COLLATE "C" NOT NULL CHECK (level IN ('high', 'medium', 'low')),
    from_at   BIGINT NOT NULL,
    to_at     BIGINT,
    document  TEXT COLLATE "C" NOT NULL,
    replaces  BIGINT REFERENCES area (id),
    known     BIGINT NOT NULL,
    digest    BYTEA NOT NULL
);
CREATE UNIQUE INDEX area_replaces ON area (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX area_code ON area (code);

CREATE TABLE rulebook (
    version      TEXT COLLATE "C" PRIMARY KEY,
    body         TEXT COLLATE "C" NOT NULL,
    published_at BIGINT NOT NULL
);
CREATE INDEX rulebook_newest ON rulebook (published_at, version); -- every code page asks which is in force

CREATE TABLE import_run (
    id         BIGINT PRIMARY KEY,
    kind       TEXT COLLATE "C" NOT NULL,            -- facts, areas
    file_hash  BYTEA NOT NULL,
    new_rows   BIGINT NOT NULL,
    changed    BIGINT NOT NULL,
    cleared    BIGINT NOT NULL,
    same       BIGINT NOT NULL,
    held       BIGINT NOT NULL,
    refused    BIGINT NOT NULL,
    aside      BIGINT NOT NULL,
    at         BIGINT NOT NULL
);

-- ---------------------------------------------------------------- outcomes

-- Written before its outcome, so that the trigger below can hold "no yellow or red without a finding".
CREATE TABLE outcome_finding (
    id            BIGINT PRIMARY KEY,
    outcome_id    BIGINT NOT NULL,
    rule          TEXT COLLATE "C" NOT NULL,
    key           TEXT COLLATE "C" NOT NULL,
    colour        TEXT COLLATE "C" NOT NULL CHECK (colour IN ('yellow', 'red')),
    lead_fact     BIGINT NOT NULL,
    facts         TEXT COLLATE "C" NOT NULL,         -- JSON list of fact ids
    since         BIGINT NOT NULL,
    assigned      BIGINT NOT NULL,
    until_at      BIGINT,
    locked        BOOLEAN NOT NULL,
    overdue       BOOLEAN NOT NULL,
    changed_after TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX outcome_finding_outcome ON outcome_finding (outcome_id);

CREATE TABLE outcome (
    id          BIGINT PRIMARY KEY,
    person_id   BIGINT NOT NULL REFERENCES person (id),
    seq         BIGINT NOT NULL,        -- 1, 2, 3 … of this person
    colour      TEXT COLLATE "C" NOT NULL CHECK (colour IN ('green', 'yellow', 'red', 'none')),
    from_colour TEXT COLLATE "C" NOT NULL,
    cause       TEXT COLLATE "C" NOT NULL,           -- declaration, import, decision, release, area, rulebook, binding
    cause_ref   TEXT COLLATE "C" NOT NULL DEFAULT '',-- number of the declaration, appeal or import behind it
    rulebook    TEXT COLLATE "C" NOT NULL REFERENCES rulebook (version),
    ended       TEXT COLLATE "C" NOT NULL,           -- JSON: findings of the outcome before that have ended, and by what
    at          BIGINT NOT NULL
);
CREATE UNIQUE INDEX outcome_seq ON outcome (person_id, seq);

-- The current state of one person's code; the only table here that changes in place.
CREATE TABLE code (
    person_id   BIGINT PRIMARY KEY REFERENCES person (id),
    ref         TEXT COLLATE "C" NOT NULL UNIQUE,    -- what a QR names
    colour      TEXT COLLATE "C" NOT NULL CHECK (colour IN ('green', 'yellow', 'red', 'none')),
    outcome_id  BIGINT NOT NULL REFERENCES outcome (id),
    computed_at BIGINT NOT NULL,
    next_change BIGINT,
    due_cause   TEXT COLLATE "C" NOT NULL DEFAULT '', -- why it is looked at at next_change, if something changed besides the time
    due_ref     TEXT COLLATE "C" NOT NULL DEFAULT '',
    version     BIGINT NOT NULL
);
CREATE INDEX code_next_change ON code (next_change) WHERE next_change IS NOT NULL;

-- ---------------------------------------------------------------- organisations and staff

CREATE TABLE org (
    id   BIGINT PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    name_en TEXT COLLATE "C" NOT NULL DEFAULT '',
    kind TEXT COLLATE "C" NOT NULL                   -- police, health, epidemic_control, data, discipline, hotline
);

CREATE TABLE station (
    id       BIGINT PRIMARY KEY,
    code     TEXT COLLATE "C" NOT NULL UNIQUE,
    name     TEXT COLLATE "C" NOT NULL,
    name_en  TEXT COLLATE "C" NOT NULL DEFAULT '',
    district TEXT COLLATE "C" NOT NULL,              -- 6 digits
    address  TEXT COLLATE "C" NOT NULL DEFAULT '',
    phone    TEXT COLLATE "C" NOT NULL DEFAULT '',
    org_id   BIGINT NOT NULL REFERENCES org (id)
);
-- Which streets and communities a station serves: it is not a district.
CREATE TABLE station_area (
    code       TEXT COLLATE "C" PRIMARY KEY,         -- 9 or 12 digits; the longest that fits wins; 6 digits = the district's fall-back
    station_id BIGINT NOT NULL REFERENCES station (id)
);

CREATE TABLE staff (
    id            BIGINT PRIMARY KEY,
    ref           TEXT COLLATE "C" NOT NULL UNIQUE,
    login         TEXT COLLATE "C" NOT NULL UNIQUE,
    name_sealed   BYTEA NOT NULL,
    badge         TEXT COLLATE "C" NOT NULL DEFAULT '',
    role          TEXT COLLATE "C" NOT NULL,         -- officer, chief, district, epi, data, auditor, admin …
    station_id    BIGINT REFERENCES station (id),
    org_id        BIGINT NOT NULL REFERENCES org (id),
    password_hash TEXT COLLATE "C" NOT NULL,
    totp_sealed   BYTEA NOT NULL,
    totp_step     BIGINT NOT NULL DEFAULT 0, -- last step used: a code works once
    document_index BYTEA,                 -- as document.number_index: own case
    address_index BYTEA,                  -- as person.address_index: household's case
    demo          BOOLEAN NOT NULL DEFAULT FALSE,
    disabled_at   BIGINT,
    created_at    BIGINT NOT NULL
);

-- Every staff read of a person, for the person to see.
CREATE TABLE staff_read (
    id        BIGINT PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES person (id),
    staff_id  BIGINT NOT NULL REFERENCES staff (id),
    org_id    BIGINT NOT NULL,
    what      TEXT COLLATE "C" NOT NULL,             -- case, evidence, search_hit, identity
    object    TEXT COLLATE "C" NOT NULL,             -- appeal number or evidence ref
    at        BIGINT NOT NULL
);
CREATE INDEX staff_read_person ON staff_read (person_id, id);

-- ---------------------------------------------------------------- appeals

CREATE TABLE appeal (
    id               BIGINT PRIMARY KEY,
    number           TEXT COLLATE "C" NOT NULL UNIQUE,
    person_id        BIGINT NOT NULL REFERENCES person (id),
    filer_id         BIGINT NOT NULL REFERENCES person (id),
    filed_by_staff   BIGINT REFERENCES staff (id),
    channel          TEXT COLLATE "C" NOT NULL,
    state            TEXT COLLATE "C" NOT NULL CHECK (state IN ('submitted', 'claimed', 'awaiting_citizen', 'awaiting_upstream', 'decided', 'closed', 'withdrawn', 'merged', 'lapsed')),
    station_id       BIGINT NOT NULL REFERENCES station (id),
    statement_sealed BYTEA NOT NULL,
    harm             BOOLEAN NOT NULL DEFAULT FALSE, -- immediate harm: due in 2 hours
    harm_ground      TEXT COLLATE "C" NOT NULL DEFAULT '', -- what the person fears: hospital, dialysis, childbirth, stranded, exam, funeral
    colour           TEXT COLLATE "C" NOT NULL,      -- when filed, for the queue
    rules            TEXT COLLATE "C" NOT NULL,      -- rule codes of the items, space between, for the queue
    submitted_at     BIGINT NOT NULL,
    due_at           BIGINT NOT NULL,
    claimed_by       BIGINT REFERENCES staff (id),
    claimed_at       BIGINT,
    ask_until        BIGINT,
    paused_at        BIGINT,            -- the clock stands still while the person is asked
    paused_ms        BIGINT NOT NULL DEFAULT 0,
    decided_by       BIGINT REFERENCES staff (id),
    decided_at       BIGINT,
    outcome          TEXT COLLATE "C" NOT NULL DEFAULT '', -- derived: granted, part, corrected, no_change, refused, withdrawn
    decision_sealed  BYTEA,               -- the officer's words to the person
    version          BIGINT NOT NULL DEFAULT 1,
    request_key      TEXT COLLATE "C" NOT NULL UNIQUE
);
CREATE INDEX appeal_person ON appeal (person_id, id);
CREATE INDEX appeal_queue ON appeal (station_id, due_at, id) WHERE state = 'submitted';
CREATE INDEX appeal_mine ON appeal (claimed_by, due_at, id) WHERE state IN ('claimed', 'awaiting_citizen');
CREATE INDEX appeal_waiting ON appeal (station_id, due_at, id) WHERE state = 'awaiting_citizen';
CREATE INDEX appeal_done ON appeal (station_id, decided_at, id) WHERE state IN ('decided', 'closed', 'withdrawn', 'lapsed');
CREATE INDEX appeal_claimed ON appeal (station_id, due_at, id) WHERE state = 'claimed';

CREATE TABLE appeal_item (
    id          BIGINT PRIMARY KEY,
    appeal_id   BIGINT NOT NULL REFERENCES appeal (id),
    n           BIGINT NOT NULL,        -- 1, 2, 3 … on screen
    target      TEXT COLLATE "C" NOT NULL CHECK (target IN ('fact', 'declaration')),
    rule        TEXT COLLATE "C" NOT NULL,
    finding_key TEXT COLLATE "C" NOT NULL,
    colour      TEXT COLLATE "C" NOT NULL,
    lead_fact   BIGINT NOT NULL REFERENCES fact (id),
    facts       TEXT COLLATE "C" NOT NULL,           -- JSON list of fact ids of the finding when filed
    locked      BOOLEAN NOT NULL,
    ground      TEXT COLLATE "C" NOT NULL,
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'asked', 'decided', 'withdrawn')),
    action      TEXT COLLATE "C" NOT NULL DEFAULT '',-- uphold, set_aside, correct, clear
    scope       TEXT COLLATE "C" NOT NULL DEFAULT '',
    basis       TEXT COLLATE "C" NOT NULL DEFAULT '',-- closed list: what the decision rests on
    effect_fact BIGINT REFERENCES fact (id), -- the fact that a correction or clearance added
    decided_by  BIGINT REFERENCES staff (id),
    decided_at  BIGINT
);
CREATE UNIQUE INDEX appeal_item_n ON appeal_item (appeal_id, n);

-- One open appeal for each fact.
CREATE TABLE appeal_item_fact (
    item_id   BIGINT NOT NULL REFERENCES appeal_item (id),
    person_id BIGINT NOT NULL,
    fact_id   BIGINT NOT NULL REFERENCES fact (id),
    open      BOOLEAN NOT NULL,
    PRIMARY KEY (item_id, fact_id)
);
CREATE UNIQUE INDEX appeal_item_fact_open ON appeal_item_fact (person_id, fact_id) WHERE open;

CREATE TABLE appeal_event (
    id          BIGINT PRIMARY KEY,
    appeal_id   BIGINT NOT NULL REFERENCES appeal (id),
    kind        TEXT COLLATE "C" NOT NULL,           -- filed, claimed, released, asked, added, decided, withdrawn, lapsed, moved
    actor       TEXT COLLATE "C" NOT NULL CHECK (actor IN ('person', 'staff', 'system')),
    staff_id    BIGINT REFERENCES staff (id),
    text_sealed BYTEA,
    at          BIGINT NOT NULL
);
CREATE INDEX appeal_event_appeal ON appeal_event (appeal_id, id);

CREATE TABLE evidence (
    id         BIGINT PRIMARY KEY,
    ref        TEXT COLLATE "C" NOT NULL UNIQUE,
    person_id  BIGINT NOT NULL REFERENCES person (id),
    appeal_id  BIGINT REFERENCES appeal (id), -- NULL while the appeal is a draft
    kind       TEXT COLLATE "C" NOT NULL,
    sha256     BYTEA NOT NULL,
    width      BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    bytes      BIGINT NOT NULL,
    taken_at   BIGINT,                  -- from the camera, kept apart from the picture
    added_at   BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX evidence_appeal ON evidence (appeal_id) WHERE appeal_id IS NOT NULL;
CREATE INDEX evidence_draft ON evidence (person_id) WHERE appeal_id IS NULL;

-- ---------------------------------------------------------------- notices

CREATE TABLE notice (
    id           BIGINT PRIMARY KEY,
    person_id    BIGINT NOT NULL REFERENCES person (id),
    kind         TEXT COLLATE "C" NOT NULL,
    args         TEXT COLLATE "C" NOT NULL,          -- JSON list: appeal number and the like, never colour, rule, name or document
    dedupe       TEXT COLLATE "C" NOT NULL UNIQUE,   -- one event, one notice
    language     TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'sent', 'no_phone')),
    created_at   BIGINT NOT NULL,
    taken_at     BIGINT,                -- a worker has it in hand: no other sends it for a minute
    sent_at      BIGINT
);
CREATE INDEX notice_person ON notice (person_id, id);
CREATE INDEX notice_queued ON notice (created_at) WHERE state = 'queued';

-- ---------------------------------------------------------------- ledger

CREATE TABLE ledger (
    seq    BIGINT PRIMARY KEY,
    event  TEXT COLLATE "C" NOT NULL,
    body   BYTEA NOT NULL,                -- canonical bytes
    salt   BYTEA NOT NULL,
    commitment BYTEA NOT NULL UNIQUE,
    at     BIGINT NOT NULL
);

-- ---------------------------------------------------------------- what may not change

-- +goose StatementBegin
CREATE FUNCTION outcome_needs_finding() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.colour IN ('yellow', 'red') AND NOT EXISTS (SELECT 1 FROM outcome_finding f WHERE f.outcome_id = NEW.id AND f.colour = NEW.colour) THEN
        RAISE EXCEPTION 'a yellow or red outcome needs a finding of its colour';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER outcome_needs_finding BEFORE INSERT ON outcome FOR EACH ROW EXECUTE FUNCTION outcome_needs_finding();

-- +goose StatementBegin
CREATE FUNCTION outcome_finding_before_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM outcome o WHERE o.id = NEW.outcome_id) THEN
        RAISE EXCEPTION 'an outcome on record takes no more findings';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER outcome_finding_before_outcome BEFORE INSERT ON outcome_finding FOR EACH ROW EXECUTE FUNCTION outcome_finding_before_outcome();

-- +goose StatementBegin
CREATE FUNCTION stays_as_it_is() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows stay as they are', TG_TABLE_NAME;
END $$;
-- +goose StatementEnd
CREATE TRIGGER fact_no_update BEFORE UPDATE ON fact FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER outcome_no_update BEFORE UPDATE ON outcome FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER outcome_finding_no_update BEFORE UPDATE ON outcome_finding FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER declaration_no_update BEFORE UPDATE ON declaration FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER area_no_update BEFORE UPDATE ON area FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER rulebook_no_update BEFORE UPDATE ON rulebook FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER appeal_event_no_update BEFORE UPDATE ON appeal_event FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER staff_read_no_update BEFORE UPDATE ON staff_read FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER import_run_no_update BEFORE UPDATE ON import_run FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER document_no_update BEFORE UPDATE ON document FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER fact_no_delete BEFORE DELETE ON fact FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER outcome_no_delete BEFORE DELETE ON outcome FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER outcome_finding_no_delete BEFORE DELETE ON outcome_finding FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER declaration_no_delete BEFORE DELETE ON declaration FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER area_no_delete BEFORE DELETE ON area FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER rulebook_no_delete BEFORE DELETE ON rulebook FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER appeal_event_no_delete BEFORE DELETE ON appeal_event FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER staff_read_no_delete BEFORE DELETE ON staff_read FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER import_run_no_delete BEFORE DELETE ON import_run FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER document_no_delete BEFORE DELETE ON document FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER aside_no_delete BEFORE DELETE ON aside FOR EACH ROW EXECUTE FUNCTION stays_as_it_is();
-- TRUNCATE passes triggers of rows by.
CREATE TRIGGER fact_no_truncate BEFORE TRUNCATE ON fact FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER outcome_no_truncate BEFORE TRUNCATE ON outcome FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER outcome_finding_no_truncate BEFORE TRUNCATE ON outcome_finding FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER declaration_no_truncate BEFORE TRUNCATE ON declaration FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER area_no_truncate BEFORE TRUNCATE ON area FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER rulebook_no_truncate BEFORE TRUNCATE ON rulebook FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER appeal_event_no_truncate BEFORE TRUNCATE ON appeal_event FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER staff_read_no_truncate BEFORE TRUNCATE ON staff_read FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER import_run_no_truncate BEFORE TRUNCATE ON import_run FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER document_no_truncate BEFORE TRUNCATE ON document FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER aside_no_truncate BEFORE TRUNCATE ON aside FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();

-- A mark from an accepted appeal may be lifted once, nothing else.
-- +goose StatementBegin
CREATE FUNCTION aside_only_lifted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL OR NEW.id <> OLD.id OR NEW.person_id <> OLD.person_id OR NEW.scope <> OLD.scope
        OR NEW.fact_id <> OLD.fact_id OR NEW.at <> OLD.at OR NEW.appeal_id <> OLD.appeal_id THEN
        RAISE EXCEPTION 'a mark can only be lifted';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER aside_only_lifted BEFORE UPDATE ON aside FOR EACH ROW EXECUTE FUNCTION aside_only_lifted();
