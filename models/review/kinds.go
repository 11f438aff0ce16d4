package review

import "slices"

// The kinds of facts (rulebook: facts).
const (
	KindDeclaration = "declaration"
	KindResidence   = "residence"
	KindStay        = "stay"
	KindArrival     = "arrival"
	KindEntry       = "entry"
	KindContact     = "contact"
	KindCase        = "case"
	KindIsolation   = "isolation"
	KindSymptom     = "symptom"
	KindCheckin     = "checkin"
	KindClinic      = "clinic"
	KindTest        = "test"
	KindDuty        = "duty"
	KindExcuse      = "excuse"
	KindKnownCause  = "known_cause"
	KindClearance   = "clearance"
	KindDiscrepancy = "discrepancy"
	KindBreach      = "breach"
	KindOther       = "other"
)

// Use says whether a kind has a field.
type Use uint8

// A field is refused, may be filled, or must be.
const (
	Forbidden Use = iota
	Optional
	Required
)

// Kind is what a fact of one kind may and must say. The doors refuse the rest.
type Kind struct {
	// Classes are the classes of the kind, one of which a fact must have; none
	// means that it may have none.
	Classes []string

	Place, Ref, Items, Value, About, To Use

	// OpenEnd means that a fact without To goes on; without it such a fact is
	// an instant, and of a stay the rest of its first day.
	OpenEnd bool
	// Ahead means that From may lie after Known. A clearance of class excluded
	// is the exception: it never may.
	Ahead bool
	// ManualOnly means that only two persons can record it, under source manual.
	ManualOnly bool
}

// Kinds is the table of kinds by name. It is for reading only.
var Kinds = map[string]Kind{
	KindDeclaration: {},
	KindResidence:   {Place: Required, OpenEnd: true, Ahead: true},
	KindStay:        {Classes: []string{"stayed", "transit"}, Place: Required, To: Optional},
	KindArrival:     {Place: Required},
	KindEntry:       {Place: Required},
	KindContact:     {Classes: []string{"close", "secondary", "symptomatic", "same_building"}, Ref: Optional, To: Optional},
	KindCase:        {Classes: []string{"confirmed", "suspected", "asymptomatic"}, Ref: Optional, OpenEnd: true},
	KindIsolation:   {Classes: []string{"home", "central"}, Ref: Optional, To: Optional, OpenEnd: true, Ahead: true},
	KindSymptom:     {Items: Optional, Value: Optional},
	KindCheckin:     {Items: Optional, Value: Optional},
	KindClinic:      {Ref: Optional},
	KindTest:        {Classes: []string{"negative", "positive", "pending", "invalid"}, Ref: Optional},
	KindDuty:        {Classes: []string{"test", "checkin"}, Ref: Optional, To: Required, Ahead: true},
	KindExcuse:      {Ref: Optional, To: Required, Ahead: true},
	KindKnownCause:  {Items: Required, To: Optional, OpenEnd: true, Ahead: true},
	KindClearance:   {Classes: []string{"excluded", "discharged", "ended"}, About: Required, Ref: Optional, Ahead: true},
	KindDiscrepancy: {Ref: Required},
	KindBreach:      {Ref: Required, ManualOnly: true},
	KindOther:       {Classes: []string{"red", "yellow"}, Ref: Optional, To: Required, Ahead: true, ManualOnly: true},
}

// Symptoms is the closed list of symptoms, in the order in which forms ask.
var Symptoms = []string{
	"fever", "dry_cough", "fatigue", "sore_throat", "runny_nose",
	"breathlessness", "chest_pain", "diarrhoea", "loss_of_smell", "other",
}

// Levels are the levels of sources, by how much they can answer for.
var Levels = []string{"self", "source", "station", "health", "manual"}

// AreaLevels are the levels of the list of risk areas.
var AreaLevels = []string{"high", "medium", "low"}

// Sources is the level of every source by name. It is for reading only.
var Sources = map[string]string{
	"declaration": "self", "checkin": "self", "legacy": "self",
	"carrier": "source", "lab": "source", "clinic": "source", "border": "source",
	"checkpoint": "source", "population": "source", "province": "source", "city": "source",
	"station": "station", "decision": "station",
	"health": "health",
	"manual": "manual",
}

// SourceLevel is the level of a source, "" if there is no such source.
func SourceLevel(source string) string { return Sources[source] }

// set is a set of words of a short closed list, one bit for each.
type set uint16

func setOf(list, words []string) set {
	var s set
	for _, word := range words {
		if i := slices.Index(list, word); i >= 0 {
			s |= 1 << i
		}
	}
	return s
}

func (s set) has(one set) bool { return s&one != 0 }

const fever set = 1 // first of Symptoms

// tested are the levels whose tests count.
var tested = setOf(Levels, []string{"source", "station", "health"})

// sourceLevels is Sources with each level as a set.
var sourceLevels = func() map[string]set {
	levels := make(map[string]set, len(Sources))
	for source, level := range Sources {
		levels[source] = setOf(Levels, []string{level})
	}
	return levels
}()

const (
	levelSelf   set = 1
	levelHealth set = 1 << 3
)

// ownWord says whether a source is the person themselves, now: what they state
// after a mark counts, and only that exists before their identity is bound.
func ownWord(source string) bool { return source == "declaration" || source == "checkin" }
