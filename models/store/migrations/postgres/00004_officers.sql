-- +goose Up

-- What an officer filters by stands in the index of each list, so that a page and the count of any choice of filters read
-- the index and not the rows: the worst day has thousands of open cases at one station, and most filters leave few.
ALTER TABLE appeal ADD COLUMN photos BIGINT NOT NULL DEFAULT 0; -- how many pictures were sent; none is ever taken out again
UPDATE appeal SET photos = (SELECT COUNT(*) FROM evidence e WHERE e.appeal_id = appeal.id AND e.removed_at IS NULL);

DROP INDEX appeal_queue;
CREATE INDEX appeal_queue ON appeal (station_id, due_at, id) INCLUDE (colour, rules, harm, channel, photos, person_id, filer_id, filed_by_staff)
    WHERE state = 'submitted';
DROP INDEX appeal_waiting;
CREATE INDEX appeal_waiting ON appeal (station_id, due_at, id) INCLUDE (colour, rules, harm, channel, photos, person_id, filer_id, filed_by_staff, paused_at)
    WHERE state = 'awaiting_citizen';
DROP INDEX appeal_done;
CREATE INDEX appeal_done ON appeal (station_id, decided_at, id) INCLUDE (colour, rules, harm, channel, photos, person_id, filer_id, filed_by_staff, state)
    WHERE state IN ('decided', 'closed', 'withdrawn', 'lapsed');

-- Why somebody looked at a whole document number: one of a closed list, in words on the person's page, and what was written to it.
ALTER TABLE staff_read ADD COLUMN reason TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE staff_read ADD COLUMN note_sealed BYTEA;

-- What an officer had typed about a case when their session ended, until they come back to it.
CREATE TABLE staff_draft (
    staff_id    BIGINT NOT NULL REFERENCES staff (id),
    appeal_id   BIGINT NOT NULL REFERENCES appeal (id),
    id          BIGINT NOT NULL UNIQUE, -- row id for sealing
    data_sealed BYTEA NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (staff_id, appeal_id)
);
