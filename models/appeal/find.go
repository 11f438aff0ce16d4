package appeal

import (
	"fmt"
	"strings"

	"yongxing/models/store"
)

// Found is how many appeals a search returns at most.
const Found = PageSize

// Find returns what the viewer may see of the appeal with a number, in any
// state: one row, or none.
func Find(tx store.Tx, v Viewer, number string) ([]Row, error) {
	query, args := v.findQuery("a.number = ?", []any{number})
	return queueRows(tx, query, args)
}

// FindByDocument returns the appeals, in any state and the newest first, of who
// says that one of these documents is theirs; documents are as
// document.number_index.
func FindByDocument(tx store.Tx, v Viewer, documents [][]byte) ([]Row, error) {
	values := make([]any, len(documents))
	for i, d := range documents {
		values[i] = d
	}
	query, args := v.findQuery(byDocument(len(documents)), values)
	return queueRows(tx, query, args)
}

func byDocument(n int) string {
	return `a.person_id IN (SELECT pd.person_id FROM document d
		JOIN person_document pd ON pd.document_id = d.id AND pd.ended_at IS NULL WHERE d.number_index IN (?` + strings.Repeat(", ?", n-1) + "))"
}

// findQuery keeps to the viewer's station, so that what is elsewhere and what is
// nowhere cost one and the same query.
func (v Viewer) findQuery(what string, args []any) (string, []any) {
	args = append(append(args, v.StationID), v.recusedArgs()...)
	return rowQuery + what + " AND a.station_id = ?" + recused + fmt.Sprint(" ORDER BY a.id DESC LIMIT ", Found), args
}
