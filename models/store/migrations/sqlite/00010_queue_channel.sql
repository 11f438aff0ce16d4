-- +goose Up

-- Of the ways by which appeals come in most are rare beside the web: a list filtered by one begins in an index of its own, so that the
-- few that fit need no walk through a pile that grows for months. The lists in hand and waiting stay short.
CREATE INDEX appeal_queue_channel ON appeal (station_id, channel, due_at, id, colour, rules, harm, photos, person_id, filer_id, filed_by_staff)
    WHERE state = 'submitted';
CREATE INDEX appeal_done_channel ON appeal (station_id, channel, decided_at, id, colour, rules, harm, photos, person_id, filer_id, filed_by_staff, state)
    WHERE state IN ('decided', 'closed', 'withdrawn', 'lapsed');
