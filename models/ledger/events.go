package ledger

// events declares what each kind of entry says: exactly these keys, so that a
// reader years later knows what to expect. Values are refs, numbers, codes and
// counts, never names, document numbers or what somebody wrote. The keys of an
// event never change, since entries on record are held against them: what says
// more is another event.
var events = map[string][]string{
	// Outcomes. person is the person's ref, outcome the number of the outcome
	// among this person's.
	"colour_changed": {"person", "outcome", "from", "to", "rules", "rulebook", "cause", "cause_ref"},

	// What people do.
	"declared":         {"person", "declaration", "version", "channel"},
	"person_bound":     {"person", "by"},
	"phone_detached":   {"person"},
	"phone_changed":    {"person"},
	"document_claimed": {"person"},
	"devices_ended":    {"person", "devices"},
	"appeal_filed":     {"number", "channel", "items"},
	"appeal_answered":  {"number", "evidence"},
	"appeal_withdrawn": {"number"},
	"appeal_lapsed":    {"number"},

	// What officers do with an appeal.
	"appeal_claimed":  {"number"},
	"appeal_moved":    {"number", "from", "to"},
	"appeal_released": {"number"},
	"appeal_asked":    {"number", "until"},
	"appeal_decided":  {"number", "outcome", "items"},

	// Reads of a person by staff.
	"case_viewed":       {"number"},
	"case_refused":      {"number"}, // a case, or a picture by its ref, out of the member's reach
	"evidence_viewed":   {"number", "evidence"},
	"search_hit":        {"number"},
	"appeals_searched":  {"by", "hits"}, // by number or by document; what was typed is nowhere
	"identity_revealed": {"number"},
	"reveal_refused":    {"number"}, // one more than a day allows

	// Staff and their stations.
	"staff_signed_in":  {"staff"},
	"staff_signed_out": {"staff"},
	"staff_locked":     {"staff"},
	"staff_added":      {"staff", "role", "org", "station"},
	"staff_disabled":   {"staff"},
	"station_opened":   {"station", "org"},

	// What comes in from outside.
	"facts_imported":     {"file", "new", "changed", "cleared", "same", "held", "refused", "aside"},
	"areas_published":    {"file", "new", "same"},
	"rulebook_published": {"version", "digest"},
}
