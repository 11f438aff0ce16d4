package models

import (
	"errors"
	"fmt"
	"time"

	"yongxing/models/fault"
	"yongxing/models/lastknown"
	"yongxing/models/pass"
	"yongxing/models/review"
	"yongxing/models/store"
)

// While the database is gone, people stand at gates. So a node remembers what its
// code pages have last said: the facts of the page, and nothing else. As long as
// that is fresh, the page shows it with its time; after that it only tells it, and
// that it does not count.
//
// It is never shown while the database answers, and not after something has
// happened on this node that may have changed it: recompute and PublishAreas
// forget. What happens on another node meanwhile, nobody here can know: hence the
// time on the page.

// lastKnownFor is how long the last colour is shown unless Settings say otherwise.
const lastKnownFor = 10 * time.Minute

func (s Settings) lastKnown() time.Duration {
	if s.LastKnown == 0 {
		return lastKnownFor
	}
	return s.LastKnown
}

// errNotShown is a person whom nothing is remembered of.
var errNotShown = fmt.Errorf("nothing is remembered of this code: %w", fault.Unavailable)

// shownCode is what is remembered of a code page, some 400 bytes; name and number
// stay sealed.
type shownCode struct {
	personID, documentID int64
	name, number         store.Sealed
	ref                  string // what a QR names
	at                   time.Time
	next                 time.Time // the review is another one from then on; zero = never
	state                string
	colour               review.Colour
	bound                bool
	declared             time.Time
	version              string // of the rulebook
	book                 *review.Book
	findings             []shownFinding
}

// shownFinding is what explains a finding in short.
type shownFinding struct {
	rule                 string
	colour               review.Colour
	since, until, latest time.Time
	district, overdue    bool
}

// LastCodePage is the code page while it cannot be read whose session asks: lastIn
// is when that was last read. It shows only what was read before, by a session
// that was signed in: what another device has been shown since is not for one that
// may have been signed out meanwhile.
func (p *Portal) LastCodePage(personID int64, lastIn time.Time) (CodePage, error) {
	page, ok := p.lastShown(personID)
	if !ok || page.AsOf.After(lastIn) {
		return CodePage{}, fmt.Errorf("code page: %w", errNotShown)
	}
	return page, nil
}

// rememberShown keeps what a code page says that has something for a gate.
func (p *Portal) rememberShown(since lastknown.Mark, h holder, page CodePage) {
	if page.Token == "" {
		return
	}
	s := shownCode{
		personID: h.PersonID, documentID: h.DocumentID, name: h.NameSealed, number: h.NumberSealed, ref: h.CodeRef,
		at: page.Now, next: page.next, state: page.State, colour: page.Colour, bound: page.Bound,
		declared: page.Declared, version: page.Book,
	}
	for _, f := range page.Findings {
		s.book = f.book
		s.findings = append(s.findings, shownFinding{
			rule: f.Rule, colour: f.Colour, since: f.Since, until: f.Until, latest: f.Latest, district: f.District, overdue: f.Overdue,
		})
	}
	p.shown.Remember(since, h.PersonID, s)
}

// lastShown is the page of what was last shown of a person's code, false if
// nothing is remembered. While it is fresh it has the colour, and a token: that
// says nothing about a colour and needs no database, and whoever checks it is told
// the truth, or that it cannot be told now. After that it has neither.
func (p *Portal) lastShown(personID int64) (CodePage, bool) {
	s, ok := p.shown.Recall(personID)
	if !ok {
		return CodePage{}, false
	}
	now := p.Store.Now()
	told := CodePage{Now: now, AsOf: s.at, Last: s.state, State: StateUnconfirmed, Book: s.version}
	if !p.fresh(s, now) {
		return told, true
	}
	page, err := p.showAgain(s, told)
	if err != nil {
		p.Log.Error("code page as it was last shown", "error", err)
		return told, true
	}
	return page, true
}

// fresh says whether what was shown can still be: not for long, not beyond the
// moment from which the colour is another one, and not if the database is damaged,
// because then it may have been when this was read.
func (p *Portal) fresh(s shownCode, now time.Time) bool {
	age := now.Sub(s.at)
	return age >= 0 && age < p.Settings.lastKnown() && (s.next.IsZero() || now.Before(s.next)) && !errors.Is(p.Store.Sound(), store.ErrDamaged)
}

func (p *Portal) showAgain(s shownCode, page CodePage) (_ CodePage, err error) {
	h := holder{PersonID: s.personID, NameSealed: s.name, DocumentID: s.documentID, NumberSealed: s.number}
	if err := showHolder(p.Store, h, &page); err != nil {
		return CodePage{}, err
	}
	page.State, page.Colour, page.Bound, page.Declared = s.state, s.colour, s.bound, s.declared
	for _, f := range s.findings {
		rule, _ := s.book.Rule(f.rule)
		page.Findings = append(page.Findings, FindingView{rule: rule, book: s.book, Finding: review.Finding{
			Rule: f.rule, Colour: f.colour, Since: f.since, Until: f.until, Latest: f.latest, District: f.district, Overdue: f.overdue,
		}})
	}
	page.Token, err = p.Pass.Sign(pass.Pass{Kind: pass.Code, Ref: s.ref}, page.Now)
	return page, err
}
