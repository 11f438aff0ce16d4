// Package fact keeps what is on record about people: dated statements, each
// from one source. It exists because a colour is never entered: it follows from
// these rows, and whoever asks why gets them, not an opinion. Rows are only ever
// added; a correction is a new row that replaces an old one, and what an appeal
// settles is a mark (aside.go).
//
// What a source states about somebody hangs on the identity document, what a
// person or an officer's decision states hangs on the person.
package fact

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"yongxing/models/store"
)

// Row is a row of table fact.
type Row struct {
	ID            int64 `gorm:"primaryKey;autoIncrement:false"`
	Ref           string
	PersonID      *int64
	DocumentID    *int64
	Kind          string
	Class         string
	About         string // of a clearance: the kind that it clears
	AboutFact     *int64 // of a clearance: the one fact that it clears
	Place         string
	FactRef       string // order, case, tracing, sample or duty number
	FromAt        store.Millis
	ToAt          *store.Millis
	DetailSealed  store.Sealed // see Detail
	Source        string
	Upstream      string // the record's id at the source
	Authority     string
	Locked        bool
	Replaces      *int64
	Known         store.Millis
	Digest        []byte
	DeclarationID *int64
	AppealID      *int64
	ImportID      *int64
}

// TableName is fact.
func (Row) TableName() string { return "fact" }

// New is a fact to add. Exactly one of PersonID and DocumentID is set. Which
// other fields a kind has is checked by the doors (review.Check), not here.
type New struct {
	PersonID, DocumentID              int64
	Kind, Class, About                string
	AboutFact                         int64
	Place, Ref                        string
	From, To                          time.Time // zero To = instant or open
	Items                             []string
	Value                             float64
	Source, Upstream, Authority       string
	Locked                            bool
	Replaces                          int64
	DeclarationID, AppealID, ImportID int64
	// Known is when the portal learned it; zero = now.
	Known time.Time
}

// detail is what DetailSealed holds: what a person feels is a health answer.
type detail struct {
	Items []string `json:"items,omitempty"`
	Value float64  `json:"value,omitempty"`
}

// Add puts a fact on record. The same again adds nothing: if a fact of equal
// content about the same person or document is there and nothing has replaced
// it, its id is returned and fresh is false. When it was learned, what it
// replaces and through which declaration, appeal or import it came are not
// content.
func Add(tx store.Tx, n New) (id int64, fresh bool, err error) {
	if (n.PersonID == 0) == (n.DocumentID == 0) {
		return 0, false, errors.New("fact: add: either a person or a document")
	}
	n.Items = slices.Sorted(slices.Values(n.Items))
	digest := Digest(tx, n)
	err = tx.QueryRow(`SELECT f.id FROM fact f WHERE f.digest = ? AND NOT EXISTS (SELECT 1 FROM fact r WHERE r.replaces = f.id)
		ORDER BY f.id LIMIT 1`, digest).Scan(&id)
	switch {
	case err == nil:
		return id, false, nil
	case !errors.Is(err, sql.ErrNoRows):
		return 0, false, fmt.Errorf("fact: look for the same: %w", err)
	}
	if id, err = tx.NextID("fact"); err != nil {
		return 0, false, err
	}
	row, err := n.row(tx, id, digest)
	if err != nil {
		return 0, false, err
	}
	if err := tx.DB().Create(&row).Error; err != nil {
		return 0, false, fmt.Errorf("fact: add: %w", err)
	}
	return id, true, nil
}

func (n New) row(tx store.Tx, id int64, digest []byte) (Row, error) {
	known := n.Known
	if known.IsZero() {
		known = tx.Now()
	}
	row := Row{
		ID: id, Ref: store.Ref(), PersonID: idOrNil(n.PersonID), DocumentID: idOrNil(n.DocumentID),
		Kind: n.Kind, Class: n.Class, About: n.About, AboutFact: idOrNil(n.AboutFact), Place: n.Place, FactRef: n.Ref,
		FromAt: store.At(n.From), ToAt: store.AtOrNil(n.To), Source: n.Source, Upstream: n.Upstream, Authority: n.Authority,
		Locked: n.Locked, Replaces: idOrNil(n.Replaces), Known: store.At(known), Digest: digest,
		DeclarationID: idOrNil(n.DeclarationID), AppealID: idOrNil(n.AppealID), ImportID: idOrNil(n.ImportID),
	}
	if len(n.Items) == 0 && n.Value == 0 {
		return row, nil
	}
	body, err := json.Marshal(detail{n.Items, n.Value})
	if err != nil {
		return Row{}, fmt.Errorf("fact: %w", err)
	}
	row.DetailSealed = tx.Seal("fact", "detail", id, string(body))
	return row, nil
}

// Digest is the keyed hash of a fact's content. Two facts of equal digest say
// the same about the same person or document.
func Digest(tx store.Tx, n New) []byte {
	to := ""
	if !n.To.IsZero() {
		to = strconv.FormatInt(n.To.UnixMilli(), 10)
	}
	// Length-prefixed, so that no value can pass for two.
	var b strings.Builder
	for _, s := range []string{
		strconv.FormatInt(n.PersonID, 10), strconv.FormatInt(n.DocumentID, 10), n.Kind, n.Class, n.About,
		strconv.FormatInt(n.AboutFact, 10), n.Place, n.Ref, strconv.FormatInt(n.From.UnixMilli(), 10), to,
		strings.Join(slices.Sorted(slices.Values(n.Items)), ","), strconv.FormatFloat(n.Value, 'f', -1, 64),
		n.Source, n.Upstream, n.Authority, strconv.FormatBool(n.Locked),
	} {
		fmt.Fprintf(&b, "%d:%s", len(s), s)
	}
	return tx.Index("fact", "digest", b.String())
}

// ByID returns one fact; fault.NotFound if there is none.
func ByID(tx store.Tx, id int64) (Row, error) {
	var r Row
	if err := tx.DB().Where("id = ?", id).Take(&r).Error; err != nil {
		return Row{}, fmt.Errorf("fact: by id: %w", store.Found(err))
	}
	return r, nil
}

// reviewed are the columns that a review and who explains it need.
const reviewed = "f.id, f.ref, f.kind, f.class, f.about, f.about_fact, f.place, f.fact_ref, f.from_at, f.to_at, f.detail_sealed, " +
	"f.source, f.upstream, f.authority, f.locked, f.replaces, f.known"

// OfPerson returns, in the order of recording, what a person and decisions about
// them state and what sources state about these documents: pass those that the
// person is bound to and no other. A record that its source has moved to another
// document since is not among them: it is no longer about this person. Unless
// that one is theirs too, or a mark names the record: then it is kept out anyway,
// and without it nobody could tell that the settled event has come again under
// another id.
//
// Digest and the ids of person, document, declaration, appeal and import are left
// out: every code page reads these rows, and each column costs. The ids are cast
// so that SQLite does not plan the statement anew each time.
func OfPerson(tx store.Tx, personID int64, documentIDs ...int64) ([]Row, error) {
	list, args := "0", []any{personID} // no document has the id 0
	for _, id := range documentIDs {
		list, args = list+", CAST(? AS BIGINT)", append(args, id)
	}
	args = append(append(args, args[1:]...), personID)
	rows, err := store.List[Row](tx, "SELECT "+reviewed+" FROM fact f WHERE f.person_id = CAST(? AS BIGINT) UNION ALL SELECT "+reviewed+` FROM fact f
		WHERE f.document_id IN (`+list+`) AND (NOT EXISTS
			(SELECT 1 FROM fact r WHERE r.replaces = f.id AND r.document_id NOT IN (`+list+`))
			OR EXISTS (SELECT 1 FROM aside a WHERE a.person_id = CAST(? AS BIGINT) AND a.fact_id = f.id AND a.lifted_at IS NULL))`, args...)
	if err != nil {
		return nil, fmt.Errorf("fact: of person: %w", err)
	}
	// Ordered here: to set up a sort costs SQLite 35 µs, fifteen times the rest of the query.
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.ID, b.ID) })
	return rows, nil
}

// DocumentsOf tells on which document each of these facts hangs; those that a
// person or a decision states are not in it.
func DocumentsOf(tx store.Tx, ids []int64) (map[int64]int64, error) {
	var rows []Row
	if err := tx.DB().Select("id", "document_id").Where("id IN ? AND document_id IS NOT NULL", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("fact: documents: %w", err)
	}
	on := make(map[int64]int64, len(rows))
	for _, r := range rows {
		on[r.ID] = *r.DocumentID
	}
	return on, nil
}

// Detail opens the symptoms and the temperature in °C (0 = not measured).
func Detail(tx store.Tx, r Row) (items []string, value float64, err error) {
	if r.DetailSealed == nil {
		return nil, 0, nil
	}
	body, err := tx.Unseal("fact", "detail", r.ID, r.DetailSealed)
	if err != nil {
		return nil, 0, fmt.Errorf("fact: detail: %w", err)
	}
	var d detail
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		return nil, 0, fmt.Errorf("fact: detail of row %d: %w", r.ID, err)
	}
	return d.Items, d.Value, nil
}

// Record is the newest version of a source's record: the last fact with this
// source, upstream id and kind. A source numbers its records within a kind, so
// the same number of another kind is another record. (That the id is not empty
// is said again in the query, since the index is on those only: without it an
// import of 5000 rows took twice as long.)
func Record(tx store.Tx, source, upstream, kind string) (Row, bool, error) {
	if upstream == "" {
		return Row{}, false, nil
	}
	var r Row
	err := tx.DB().Where("source = ? AND upstream = ? AND upstream <> '' AND kind = ?", source, upstream, kind).Order("id DESC").Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Row{}, false, nil
	}
	if err != nil {
		return Row{}, false, fmt.Errorf("fact: record: %w", err)
	}
	return r, true, nil
}

// Versions returns the ids of all versions of a source's record that are about
// a document, oldest first.
func Versions(tx store.Tx, source, upstream, kind string, documentID int64) ([]int64, error) {
	var ids []int64
	err := tx.DB().Model(&Row{}).Where("source = ? AND upstream = ? AND upstream <> '' AND kind = ? AND document_id = ?", source, upstream, kind, documentID).
		Order("id").Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("fact: versions: %w", err)
	}
	return ids, nil
}

// Seen says whether a fact of this content was ever on record, replaced or not.
func Seen(tx store.Tx, n New) (bool, error) {
	var count int64
	if err := tx.DB().Model(&Row{}).Where("digest = ?", Digest(tx, n)).Count(&count).Error; err != nil {
		return false, fmt.Errorf("fact: seen: %w", err)
	}
	return count > 0, nil
}

func idOrNil(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

// Persons is a query for the ids of everybody who has a fact f for which where
// holds: what they or a decision stated, and what sources state about the
// document that they are bound to.
func Persons(where string) string {
	return `SELECT COALESCE(f.person_id, d.person_id) FROM fact f
		LEFT JOIN person_document d ON d.document_id = f.document_id AND d.bound_at IS NOT NULL AND d.ended_at IS NULL
		WHERE (f.person_id IS NOT NULL OR d.person_id IS NOT NULL) AND ` + where
}
