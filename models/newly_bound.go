package models

import (
	"yongxing/models/ledger"
	"yongxing/models/person"
	"yongxing/models/session"
	"yongxing/models/signin"
	"yongxing/models/store"
)

// newlyBound is what follows when a person has become bound to a document, by
// whichever way: it is entered in the ledger, and sessions end in browsers that
// have never named a document of theirs.
//
// A session that was begun while the person was unbound has proved a phone and
// nothing else, perhaps months ago. The record that binds names that phone, but
// it speaks of who has it now: if the number was sold since, the browser of
// whoever had it before would see what sources state about the new owner. So
// only browsers stay in which the number of the claimed document was typed
// (claimIn) or its end was named (AnswerDocument); the others are asked for it at
// their next sign-in.
func newlyBound(tx store.Tx, personID int64, by string) error {
	who, err := person.Get(tx, personID)
	if err != nil {
		return err
	}
	if err := session.EndUnknown(tx, personID); err != nil {
		return err
	}
	return ledger.Append(tx, "person_bound", ledger.Entry{Actor: "system", Object: who.Ref}, map[string]string{"person": who.Ref, "by": by})
}

// claimIn notes that a person says a document is theirs, in a browser in which
// they typed its number: that one need not name its end again. While nothing is
// bound, browsers in which another document was typed are strangers from now on.
func claimIn(tx store.Tx, personID, documentID int64, browser []byte) error {
	rows, err := person.DocumentsOf(tx, personID)
	if err != nil {
		return err
	}
	bound := false
	for _, d := range rows {
		if d.EndedAt == nil && d.DocumentID == documentID {
			return nil // not typed now: a declaration repeats what was claimed before
		}
		bound = bound || d.EndedAt == nil && d.BoundAt != nil
	}
	if !bound {
		if err := signin.ForgetBrowsers(tx, personID); err != nil {
			return err
		}
	}
	if err := person.Claim(tx, personID, documentID); err != nil {
		return err
	}
	return signin.RememberBrowser(tx, personID, browser)
}

// tryBind binds a person to what they claim if a record that came before names
// their phone for it, and tells whether it did.
func tryBind(tx store.Tx, personID int64) (bool, error) {
	fresh, err := person.TryBind(tx, personID)
	if err != nil || !fresh {
		return false, err
	}
	return true, newlyBound(tx, personID, person.ByUpstream)
}
