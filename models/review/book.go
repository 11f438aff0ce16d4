package review

import (
	_ "embed"
	"sync"
	"time"
)

//go:embed data/rulebook.yaml
var defaultBook []byte

// DefaultBook is the book that is embedded in the program, read once. It counts
// until a city publishes one of its own.
var DefaultBook = sync.OnceValue(func() *Book {
	book, err := ParseBook(defaultBook)
	if err != nil {
		panic(err) // the file is part of the program; a test reads it
	}
	return book
})

// Book is one version of the rulebook. It is not changed once it is parsed, so
// that many reviews can share it.
type Book struct {
	Version    string
	Parameters Parameters
	// Rules are in the order of the book.
	Rules []Rule

	index  map[string]int
	source []byte
	// watched are the symptoms that keep a check-in from being normal: those
	// that any rule names for check-ins.
	watched set
}

// Rule returns the rule with this code.
func (b *Book) Rule(code string) (Rule, bool) {
	i, ok := b.index[code]
	if !ok {
		return Rule{}, false
	}
	return b.Rules[i], true
}

// Source is the YAML that the book was parsed from.
func (b *Book) Source() []byte { return append([]byte(nil), b.source...) }

// Parameters are the numbers and lists of a book that are not part of one rule.
type Parameters struct {
	TemperatureLimit        float64  // °C, at or above is fever
	SameEventHours          int      // how far a re-sent record may drift and still be the settled event
	DwellSources            []string // sources whose stays are only phone signals
	MinDwellMinutes         int      // shorter signals are no stay
	GraceDaysPerWeek        int      // missed check-ins that cost nothing
	GraceDays               int      // a check-in duty is missed this many days after its day
	ResultHours             int      // how long a sample without a result keeps a test duty from being missed
	TestFromYears           int      // younger children owe no tests
	DeclarationReminderDays int      // after so many days the code page asks for a new declaration
	DeclarationLapseDays    int      // after so many days a declaration is no longer one; 0 = never
	MildSymptoms            []string // what the person's own word about a known cause covers
	SelfCorrect             []string // kinds of declared facts that a later declaration withdraws

	mild set
}

// standard are the parameters of a book that does not say otherwise.
func standard() Parameters {
	return Parameters{
		TemperatureLimit: 37.3, SameEventHours: 12, DwellSources: []string{"carrier"}, MinDwellMinutes: 240,
		GraceDaysPerWeek: 1, GraceDays: 1, ResultHours: 48, TestFromYears: 3, DeclarationReminderDays: 14,
		MildSymptoms: []string{"dry_cough", "sore_throat", "runny_nose", "fatigue", "diarrhoea", "other"},
		SelfCorrect:  []string{KindIsolation, KindResidence, KindKnownCause},
	}
}

// Rule is one rule of a book: what triggers it and what ends it.
type Rule struct {
	Code   string
	Colour Colour
	// From and To are the days between which the rule is in force; zero To = still.
	From, To time.Time
	// FollowUp says that the rule has no trigger and no ends of its own: it
	// follows where the `then` of another rule names it.
	FollowUp bool
	Locked   bool // nobody but the health authority decides about its findings
	Manual   bool // rests on what two persons recorded
	// DecidedBy is who can decide an appeal about its facts: self (a new
	// declaration does it), station, district or health.
	DecidedBy string
	// ClearedBy are the levels whose exclusions the rule accepts.
	ClearedBy []string
	Zh, En    Text

	when        []trigger
	joinClasses bool
	gap         instant
	ends        []alternative
	latestDays  int
	district    bool // what `latest` leads to; else to the end
	clearedBy   set
	from, to    instant
}

// Text is what a rule says to a person in one language.
type Text struct{ Name, Why, Advice string }

// Text returns the rule's words in a language, "en" or otherwise Chinese.
func (r Rule) Text(lang string) Text {
	if lang == "en" {
		return r.En
	}
	return r.Zh
}

// trigger is one entry of a rule's `when`.
type trigger struct {
	kind         string
	classes      []string // none = any
	by           set      // levels; none = any
	area, inside set      // levels of areas
	outside      string
	symptoms     set
	missed       bool
	lookback     int // days; -1 = no limit
}

func (t *trigger) placed() bool { return t.area|t.inside != 0 }

// alternative is one way of ending: all its conditions must be met.
type alternative struct {
	conditions []condition // in the order of the table of conditions
	follow     string      // rule that follows, if any
	followDays int
	days       int // N of its condition days, 0 without
}

// The conditions, in the order of rulebook.md.
const (
	byDays            = "days"
	byCheckins        = "checkins"
	byNegatives       = "negatives"
	byNegativesOnDays = "negatives_on_days"
	byCleared         = "cleared"
	byFactEnds        = "fact_ends"
	byDeclared        = "declared"
	byDone            = "done"

	byLatest   = "latest"
	byExcluded = "excluded"
	byRulebook = "rulebook"
)

// condition is one condition of an alternative. Which fields it has follows
// from by.
type condition struct {
	by        string
	n         int     // days, negatives
	gap       instant // negatives, negatives_on_days
	within    instant // negatives
	fromBegin bool    // negatives: sampled from the begin of the exposure on, else from its end
	onDays    []int   // negatives_on_days
	classes   []string
	levels    set
}
