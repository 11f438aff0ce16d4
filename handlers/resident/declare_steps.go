package resident

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"yongxing/handlers"
	"yongxing/models/declaration"
	"yongxing/models/division"
	"yongxing/models/identity"
	"yongxing/models/review"
	"yongxing/views/resident"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// Every step of the form is the same three functions: show what the draft holds,
// take what was typed, and fill the page from either.

// DeclareIdentity asks who somebody is.
func (h *Handlers) DeclareIdentity(c echo.Context) error {
	draft, ok, answer := h.declareAt(c, declaration.StepIdentity)
	if !ok {
		return answer
	}
	i := draft.Answers.Identity
	typed := declaration.IdentityForm{Name: i.Name, Kind: i.Kind, Number: i.Number, Nationality: i.Nationality, Born: string(i.Born)}
	if typed.Kind == "" {
		typed.Kind = identity.ResidentID // what nearly everybody has
	}
	typed.Kind = kindAsked(c, typed.Kind)
	return h.identityPage(c, http.StatusOK, h.declareStep(c, declaration.StepIdentity, "declare.identity_title", draft), typed, draft.Bound, i)
}

// DeclareIdentitySave takes it.
func (h *Handlers) DeclareIdentitySave(c echo.Context) error {
	in, err := h.Form(c, "version", "name", "document_kind", "document_number", "nationality", "born")
	if err != nil {
		return err
	}
	typed := declaration.IdentityForm{Name: in.Text("name"), Kind: in.Text("document_kind"), Number: in.Text("document_number"),
		Nationality: in.Text("nationality"), Born: in.Text("born")}
	d, saved, answer := h.saveStep(c, in, "declare.identity_title", typed)
	switch {
	case saved:
		return h.See(c, "/declare/"+declaration.StepResidence)
	case d.status == 0:
		return answer
	}
	if d.status == http.StatusUnprocessableEntity {
		d.step.Problems, d.status = askedFor(in, d.step.Problems)
	}
	return h.identityPage(c, d.status, d.step, typed, d.draft.Bound, d.draft.Answers.Identity)
}

func (h *Handlers) identityPage(c echo.Context, status int, step resident.DeclareStep, typed declaration.IdentityForm, bound bool, i declaration.Identity) error {
	d := resident.DeclareIdentityPage{
		DeclareStep: step, Name: typed.Name,
		DocumentFields: documentFields(step.T, typed.Kind, typed.Number, typed.Nationality, typed.Born, declaration.DayOf(h.Now())),
	}
	d.Scripts = []string{"kind.js"}
	nextFields(c, d.Frame, &d.DocumentFields)
	if bound {
		d.Fixed = []ui.Pair{
			{Key: step.T.T("declare.name"), Value: text.MaskName(i.Name)},
			{Key: step.T.T("declare.document_" + i.Kind), Value: text.MaskDocument(i.Number)},
		}
	}
	return h.Render(c, status, resident.DeclareIdentity(d))
}

// kindAsked is the kind that a script asks the fields of, else the one given.
func kindAsked(c echo.Context, kind string) string {
	if asked := c.QueryParam("kind"); slices.Contains(identity.Kinds, asked) {
		return asked
	}
	return kind
}

// documentFields fills the fields that ask for an identity document.
func documentFields(t *text.Printer, kind, number, nationality, born string, today declaration.Day) resident.DocumentFields {
	d := resident.DocumentFields{
		Kind: kind, Number: number, Nationality: nationality, Born: born, Today: string(today),
		AskNationality: identity.NeedsNationality(kind), AskBorn: !identity.SaysBorn(kind, number),
	}
	for _, k := range identity.Kinds {
		d.Kinds = append(d.Kinds, ui.Option{Value: k, Label: t.T("declare.document_" + k)})
		d.Help = append(d.Help, t.T("declare.document_help_"+k))
	}
	if d.AskNationality {
		d.Countries = countries(t)
	}
	return d
}

// nextFields tells of fields that a page has besides, because of the kind that was
// chosen on it: the answer to a form begins at them.
func nextFields(c echo.Context, f ui.Frame, d *resident.DocumentFields) {
	posted := c.Request().Method == http.MethodPost
	if len(f.Problems) > 0 || !posted && c.QueryParam("kind") == "" {
		return
	}
	d.Begin = posted
	switch {
	case d.AskNationality && d.AskBorn:
		d.More = f.T.T("declare.next_both")
	case d.AskNationality:
		d.More = f.T.T("declare.next_nationality")
	case d.AskBorn:
		d.More = f.T.T("declare.next_born")
	}
}

// askedFor keeps the problems of fields that the form had. Without a script the
// fields that only some kinds of documents need come with the next page: that
// they are empty is no mistake of whoever has not seen them.
func askedFor(in handlers.Form, problems ui.Problems) (ui.Problems, int) {
	problems = slices.DeleteFunc(problems, func(p ui.Problem) bool {
		return (p.Field == "nationality" || p.Field == "born") && !in.Has(p.Field)
	})
	if len(problems) == 0 {
		return nil, http.StatusOK
	}
	return problems, http.StatusUnprocessableEntity
}

// DeclareResidence asks where somebody lives.
func (h *Handlers) DeclareResidence(c echo.Context) error {
	draft, ok, answer := h.declareAt(c, declaration.StepResidence)
	if !ok {
		return answer
	}
	r := draft.Answers.Residence
	district := r.Division
	if len(district) > 6 {
		district = district[:6]
	}
	typed := declaration.ResidenceForm{Street: r.Division, Community: r.Community, Detail: r.Detail}
	return h.residencePage(c, http.StatusOK, h.declareStep(c, declaration.StepResidence, "declare.residence_title", draft), typed, district)
}

// DeclareResidenceSave takes it. Without a script the streets of another
// district come only with the next page: that is what update and offered are for.
func (h *Handlers) DeclareResidenceSave(c echo.Context) error {
	in, err := h.Form(c, "version", "offered", "district", "street", "community", "detail", "update")
	if err != nil {
		return err
	}
	district := in.Text("district")
	typed := declaration.ResidenceForm{Street: in.Text("street"), Community: in.Text("community"), Detail: in.Text("detail")}
	if district != in.Text("offered") || in.Has("update") && typed.Detail == "" { // Enter presses the first button of a form
		draft, ok, answer := h.declareAt(c, declaration.StepResidence)
		if !ok {
			return answer
		}
		step := h.declareStep(c, declaration.StepResidence, "declare.residence_title", draft)
		status := fetched(&step, district, "district", "field.district.choose")
		return h.residencePage(c, status, step, typed, district)
	}
	d, saved, answer := h.saveStep(c, in, "declare.residence_title", typed)
	switch {
	case saved:
		return h.See(c, "/declare/"+declaration.StepStays)
	case d.status == 0:
		return answer
	}
	return h.residencePage(c, d.status, d.step, typed, district)
}

// fetched marks a page that is shown again because a list was asked for, or says
// what must be chosen before there is one.
func fetched(step *resident.DeclareStep, chosen, field, missing string) (status int) {
	if chosen == "" {
		step.Problems = ui.Problems{{Field: field, Message: step.T.T(missing)}}
		return http.StatusUnprocessableEntity
	}
	step.Fetched = true
	return http.StatusOK
}

// listed says that a list has come; "" on a page that came for something else.
func listed(step resident.DeclareStep, key, within string, list []ui.Option) string {
	if !step.Fetched {
		return ""
	}
	return step.T.T(key, division.Label(within, step.Lang), len(list)-1) // without the empty entry
}

func (h *Handlers) residencePage(c echo.Context, status int, step resident.DeclareStep, typed declaration.ResidenceForm, district string) error {
	d := resident.DeclareResidencePage{
		DeclareStep: step, District: district, Street: typed.Street, Community: typed.Community, Detail: typed.Detail,
		Districts: places(step.T, division.Ningbo),
	}
	if chosen, ok := division.Get(district); ok && chosen.Parent == division.Ningbo {
		d.Streets = places(step.T, district)
		d.Listed = listed(step, "declare.streets_listed", district, d.Streets)
	} else if len(d.Problems) > 0 { // the fields below are not on the page yet
		d.Problems = ui.Problems{{Field: "district", Message: step.T.T("field.district.choose")}}
	}
	return h.Render(c, status, resident.DeclareResidence(d))
}

// DeclareStays asks about the last fourteen days.
func (h *Handlers) DeclareStays(c echo.Context) error {
	draft, ok, answer := h.declareAt(c, declaration.StepStays)
	if !ok {
		return answer
	}
	t := draft.Answers.Trip
	kind := t.Kind
	if kind == "" && len(t.Stays) > 0 {
		kind = declaration.TripChina // told before and still within the fortnight
	}
	typed := declaration.TripForm{Kind: kind, Country: t.Country, Entered: string(t.Entered), Arrived: string(t.Arrived)}
	return h.staysPage(c, http.StatusOK, h.declareStep(c, declaration.StepStays, "declare.trip_title", draft), typed, t)
}

// DeclareStaysSave takes it, or removes one stay of the list.
func (h *Handlers) DeclareStaysSave(c echo.Context) error {
	in, err := h.Form(c, "version", "trip", "country", "entered", "arrived", "remove")
	if err != nil {
		return err
	}
	typed := declaration.TripForm{Kind: in.Text("trip"), Country: in.Text("country"), Entered: in.Text("entered"), Arrived: in.Text("arrived")}
	var form declaration.Form = typed
	if in.Has("remove") {
		form = declaration.RemoveStay{Index: in.Text("remove")}
	}
	d, saved, answer := h.saveStep(c, in, "declare.trip_title", form)
	switch {
	case saved && in.Has("remove"):
		return h.See(c, "/declare/"+declaration.StepStays)
	case saved && typed.Kind == declaration.TripChina && len(d.draft.Answers.Trip.Stays) == 0:
		return h.See(c, "/declare/stays/add")
	case saved && !d.draft.Answers.Finished(declaration.StepStays):
		return h.See(c, "/declare/"+declaration.StepStays)
	case saved:
		return h.See(c, "/declare/"+declaration.StepContact)
	case d.status == 0:
		return answer
	}
	return h.staysPage(c, d.status, d.step, typed, d.draft.Answers.Trip)
}

func (h *Handlers) staysPage(c echo.Context, status int, step resident.DeclareStep, typed declaration.TripForm, trip declaration.Trip) error {
	today := declaration.DayOf(h.Now())
	d := resident.DeclareStaysPage{
		DeclareStep: step, Trip: typed.Kind, Country: typed.Country, Entered: typed.Entered, Arrived: typed.Arrived,
		Hint:      step.T.T("declare.trip_hint", step.T.Day(today.Add(-declaration.Lookback).Start())),
		Countries: countries(step.T), AskArrival: trip.NeedsArrival(), Today: string(today), Earliest: string(today.Add(-declaration.Lookback)),
	}
	for i, s := range trip.Stays {
		place := division.Label(s.Place, step.Lang)
		d.Stays = append(d.Stays, ui.Row{Key: step.T.T("declare.stay_nth", i+1), Content: resident.DeclareStayLine(step.Frame, place, step.T.Days(s.From.Start(), s.To.Start()), strconv.Itoa(i))})
	}
	return h.Render(c, status, resident.DeclareStays(d))
}

// DeclareStay asks for one stay more.
func (h *Handlers) DeclareStay(c echo.Context) error {
	draft, ok, answer := h.declareAt(c, declaration.StepStays)
	if !ok {
		return answer
	}
	return h.stayPage(c, http.StatusOK, h.declareStep(c, declaration.StepStays, "declare.stay_title", draft), stay{})
}

// stay is what was typed on the page that adds one.
type stay struct{ province, city, county, from, to string }

// DeclareStaySave takes it. Cities and counties follow from what stands above
// them; see DeclareResidenceSave.
func (h *Handlers) DeclareStaySave(c echo.Context) error {
	in, err := h.Form(c, "version", "offered", "province", "city", "county", "from", "to", "update")
	if err != nil {
		return err
	}
	typed := stay{in.Text("province"), in.Text("city"), in.Text("county"), in.Text("from"), in.Text("to")}
	if typed.province+"/"+typed.city != in.Text("offered") || in.Has("update") && typed.county == "" {
		draft, ok, answer := h.declareAt(c, declaration.StepStays)
		if !ok {
			return answer
		}
		step := h.declareStep(c, declaration.StepStays, "declare.stay_title", draft)
		status := fetched(&step, typed.province, "province", "field.province.choose")
		return h.stayPage(c, status, step, typed)
	}
	d, saved, answer := h.saveStep(c, in, "declare.stay_title", declaration.StayForm{Place: typed.county, From: typed.from, To: typed.to})
	switch {
	case saved:
		return h.See(c, "/declare/"+declaration.StepStays)
	case d.status == 0:
		return answer
	}
	return h.stayPage(c, d.status, d.step, typed)
}

func (h *Handlers) stayPage(c echo.Context, status int, step resident.DeclareStep, typed stay) error {
	today := declaration.DayOf(h.Now())
	step.Back = "/declare/" + declaration.StepStays
	d := resident.DeclareStayPage{
		DeclareStep: step, Province: typed.province, City: typed.city, County: typed.county, From: typed.from, To: typed.to,
		Provinces: places(step.T, ""), Today: string(today), Earliest: string(today.Add(-declaration.Lookback)),
	}
	if typed.province != "" {
		d.Cities = places(step.T, typed.province)
		d.CitiesListed = listed(step, "declare.cities_listed", typed.province, d.Cities)
		if len(d.Cities) == 2 { // the empty entry and the only one
			d.City = d.Cities[1].Value
		}
	}
	last, missing := "province", "field.province.choose" // the last select on the page: where a missing county is told
	if len(d.Cities) > 0 {
		last, missing = "city", "field.city.choose"
	}
	if chosen, ok := division.Get(d.City); ok && chosen.Parent == typed.province {
		d.Counties, last, missing = places(step.T, d.City), "county", "field.county.choose"
		d.CitiesListed, d.CountiesListed = "", listed(step, "declare.counties_listed", d.City, d.Counties)
	}
	for i, p := range d.Problems {
		if p.Field == "county" {
			d.Problems[i].Field, d.Problems[i].Message = last, step.T.T(missing)
		}
	}
	return h.Render(c, status, resident.DeclareStayAdd(d))
}

// DeclareContact asks about contact with the ill.
func (h *Handlers) DeclareContact(c echo.Context) error {
	draft, ok, answer := h.declareAt(c, declaration.StepContact)
	if !ok {
		return answer
	}
	typed := declaration.ContactForm{Last: string(draft.Answers.Contact.Last)}
	if draft.Answers.Contact.Asked {
		typed.Met = yesNo(draft.Answers.Contact.Met)
	}
	return h.contactPage(c, http.StatusOK, h.declareStep(c, declaration.StepContact, "declare.contact_title", draft), typed)
}

// DeclareContactSave takes it.
func (h *Handlers) DeclareContactSave(c echo.Context) error {
	in, err := h.Form(c, "version", "contact", "contact_last")
	if err != nil {
		return err
	}
	typed := declaration.ContactForm{Met: in.Text("contact"), Last: in.Text("contact_last")}
	d, saved, answer := h.saveStep(c, in, "declare.contact_title", typed)
	switch {
	case saved:
		return h.See(c, "/declare/"+declaration.StepHealth)
	case d.status == 0:
		return answer
	}
	return h.contactPage(c, d.status, d.step, typed)
}

func (h *Handlers) contactPage(c echo.Context, status int, step resident.DeclareStep, typed declaration.ContactForm) error {
	today := declaration.DayOf(h.Now())
	return h.Render(c, status, resident.DeclareContact(resident.DeclareContactPage{
		DeclareStep: step, Met: typed.Met, Last: typed.Last, Today: string(today), Earliest: string(today.Add(-declaration.Lookback)),
	}))
}

// DeclareHealth asks how somebody is today.
func (h *Handlers) DeclareHealth(c echo.Context) error {
	draft, ok, answer := h.declareAt(c, declaration.StepHealth)
	if !ok {
		return answer
	}
	return h.healthPage(c, http.StatusOK, h.declareStep(c, declaration.StepHealth, "declare.health_title", draft), healthTyped(draft.Answers))
}

// healthTyped is how the answers would have been typed; nothing is ticked before
// the page was answered once.
func healthTyped(a declaration.Answers) declaration.HealthForm {
	if !a.Finished(declaration.StepHealth) {
		return declaration.HealthForm{}
	}
	f := declaration.HealthForm{
		Measured: yesNo(a.Health.Temperature > 0), Symptoms: a.Health.Symptoms, Cause: a.Health.Cause, Isolation: a.Isolation.Kind,
		Class: a.Isolation.Class, IsolatedFrom: string(a.Isolation.From), IsolatedTo: string(a.Isolation.To),
		TestResult: a.Test.Result, TestTaken: string(a.Test.Taken),
	}
	if a.Health.Temperature > 0 {
		f.Temperature = strconv.FormatFloat(a.Health.Temperature, 'f', 1, 64)
	}
	if len(f.Symptoms) == 0 {
		f.Symptoms = []string{declaration.NoSymptom}
	}
	if a.Health.KnownCause {
		f.KnownCause = "yes"
	}
	return f
}

// DeclareHealthSave takes it.
func (h *Handlers) DeclareHealthSave(c echo.Context) error {
	in, err := h.Form(c, "version", "measured", "temperature", "symptoms[]", "known_cause", "cause", "isolation", "isolation_class",
		"isolation_from", "isolation_to", "test", "test_result", "test_taken")
	if err != nil {
		return err
	}
	typed := declaration.HealthForm{
		Measured: in.Text("measured"), Temperature: in.Text("temperature"), Symptoms: in.All("symptoms[]"), KnownCause: in.Text("known_cause"),
		Cause: in.Text("cause"), Isolation: in.Text("isolation"), Class: in.Text("isolation_class"), IsolatedFrom: in.Text("isolation_from"),
		IsolatedTo: in.Text("isolation_to"), TestResult: in.Text("test_result"), TestTaken: in.Text("test_taken"),
	}
	switch {
	case in.Text("test") != "yes": // what belongs to a choice that was not made counts for nothing
		typed.TestResult, typed.TestTaken = "", ""
	case typed.TestResult == "":
		typed.TestResult = "unsaid" // refused: a test was taken, so its result is asked
	}
	d, saved, answer := h.saveStep(c, in, "declare.health_title", typed)
	switch {
	case saved:
		return h.See(c, "/declare/check")
	case d.status == 0:
		return answer
	}
	return h.healthPage(c, d.status, d.step, typed)
}

func (h *Handlers) healthPage(c echo.Context, status int, step resident.DeclareStep, typed declaration.HealthForm) error {
	today := declaration.DayOf(h.Now())
	d := resident.DeclareHealthPage{
		DeclareStep: step, Measured: typed.Measured, Temperature: typed.Temperature, Chosen: typed.Symptoms, KnownCause: typed.KnownCause, Cause: typed.Cause,
		Isolation: typed.Isolation, Class: typed.Class, From: typed.IsolatedFrom, To: typed.IsolatedTo,
		TestResult: typed.TestResult, TestTaken: typed.TestTaken, Today: string(today), Earliest: string(today.Add(-declaration.Lookback)),
	}
	switch {
	case typed.TestResult != "":
		d.Test = "yes"
	case typed.Isolation != "":
		d.Test = "no"
	}
	d.Symptoms = []ui.Option{{Value: declaration.NoSymptom, Label: step.T.T("declare.no_symptom")}}
	for _, s := range review.Symptoms {
		d.Symptoms = append(d.Symptoms, ui.Option{Value: s, Label: step.T.T("fact.symptom." + s)})
	}
	return h.Render(c, status, resident.DeclareHealth(d))
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// places are the entries of a select for what lies inside a division.
func places(t *text.Printer, within string) []ui.Option {
	list := []ui.Option{{Label: t.T("common.choose")}}
	for _, d := range division.Children(within) {
		if d.Level == "province" && len(division.Children(d.Code)) == 0 {
			continue // Hong Kong, Macao and Taiwan: a border is crossed, see TripAbroad
		}
		list = append(list, ui.Option{Value: d.Code, Label: d.Label(t.Lang())})
	}
	return list
}

func countries(t *text.Printer) []ui.Option {
	list := []ui.Option{{Label: t.T("common.choose")}}
	for _, land := range division.Countries(t.Lang()) {
		list = append(list, ui.Option{Value: land.Code, Label: land.Name(t.Lang())})
	}
	return list
}
