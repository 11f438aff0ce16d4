// Package models holds the stories of the portal: one file for each thing that
// a person or an officer does, named by its verb. A story is one transaction,
// told in order from top to bottom, without hooks or callbacks; it asks who may
// do it, changes nouns (the packages below), and ends in recompute, the one
// shared tail that turns facts into a colour. The reads that join nouns are
// here too, one file each.
package models

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"yongxing/models/evidence"
	"yongxing/models/lastknown"
	"yongxing/models/pass"
	"yongxing/models/review"
	"yongxing/models/store"
)

// Settings are the choices of an installation that stories need.
type Settings struct {
	// Demo shows one-time codes on the page and allows demo staff.
	Demo bool
	// BaseURL is the address that people reach the portal by, without a
	// trailing slash; it stands in QR codes and notices.
	BaseURL string
	// CodesADay is how many text messages with one-time codes are sent on one day;
	// 0 is two hundred thousand. Past eight tenths the log says so.
	CodesADay int64
	// LastKnown is for how long a code is shown as it last was while the database
	// is gone; 0 is ten minutes.
	LastKnown time.Duration
}

func (s Settings) codesADay() int64 {
	if s.CodesADay == 0 {
		return 200_000
	}
	return s.CodesADay
}

// Portal runs the stories over one store.
type Portal struct {
	Store    *store.Store
	Files    *evidence.Folder
	Pass     *pass.Signer
	Room     *store.Room // on the disk; nil = there always is
	Settings Settings
	Log      *slog.Logger

	books    sync.Map                    // bookKey → *review.Book, parsed once
	lastBook atomic.Pointer[review.Book] // in force as last read, for the pages that list its rules
	areaList atomic.Pointer[areaIndex]   // the list of risk areas as last read

	// shown are the codes that this node last showed, by person, for the time in
	// which the database is gone.
	shown lastknown.Memory[int64, shownCode]

	revealsRefused atomic.Int64
}
