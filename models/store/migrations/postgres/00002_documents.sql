-- +goose Up

-- A document and a phone that belong together no more: the phone has changed hands. The row stays, so that a source that
-- has not heard of it and names them again binds nobody; known then still moves, and the row goes half a year after the
-- last naming.
ALTER TABLE document_phone ADD COLUMN ended_at BIGINT;
CREATE INDEX document_phone_phone ON document_phone (phone_index);
CREATE INDEX document_phone_known ON document_phone (known);

-- A person may be bound to several documents, and claims one more at a time.
CREATE UNIQUE INDEX person_document_claimed ON person_document (person_id) WHERE bound_at IS NULL AND ended_at IS NULL;

-- Of a code with the purpose 'phone': who wants to be reached at its phone from now on.
ALTER TABLE sign_in_code ADD COLUMN person_id BIGINT REFERENCES person (id);

-- Where a notice goes that is about a phone given up: that very phone. NULL = the person's own; also once it is sent.
ALTER TABLE notice ADD COLUMN phone_sealed BYTEA;
