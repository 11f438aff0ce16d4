package appeal

import (
	"yongxing/models/fault"
	"yongxing/models/store"
)

// Gone is why an officer cannot go on with an appeal that is not on their desk,
// or not any more: what has become of it and when. Who did it is told as
// themselves or a colleague, never by name: a stale page may be read by anybody
// who stands at the desk.
func (a Appeal) Gone(staffID int64) error {
	switch a.State {
	case Submitted:
		return &fault.Conflict{Key: "appeal.in_queue"}
	case Claimed, AwaitingCitizen, AwaitingUpstream:
		switch {
		case a.ClaimedBy == nil || *a.ClaimedBy != staffID:
			return at("appeal.already_claimed", a.ClaimedAt)
		case a.State == AwaitingCitizen:
			return at("appeal.asked_by_you", a.PausedAt)
		}
		return &fault.Conflict{Key: "appeal.moved"} // theirs, and changed meanwhile
	case Withdrawn:
		return at("appeal.withdrawn_at", a.DecidedAt)
	case Lapsed:
		return at("appeal.lapsed_at", a.DecidedAt)
	}
	if a.DecidedBy != nil && *a.DecidedBy == staffID {
		return at("appeal.decided_by_you", a.DecidedAt)
	}
	return at("appeal.already_decided", a.DecidedAt)
}

func at(key string, when *store.Millis) error {
	return &fault.Conflict{Key: key, Args: []any{store.TimeOf(when)}}
}

// goneNow is Gone of the appeal as it is now, after somebody was faster.
func goneNow(tx store.Tx, id, staffID int64) error {
	a, err := Get(tx, id)
	if err != nil {
		return err
	}
	return a.Gone(staffID)
}
