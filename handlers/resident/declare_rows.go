package resident

import (
	"strconv"
	"strings"

	"yongxing/models/declaration"
	"yongxing/models/division"
	"yongxing/models/identity"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// declareRows are the answers of one step as a list to look over, each with a
// link to change it if change is set.
func declareRows(t *text.Printer, a declaration.Answers, step string, change bool) []ui.Row {
	var rows []ui.Row
	add := func(key, value string) {
		if value == "" {
			return
		}
		row := ui.Row{Key: t.T(key), Value: value}
		if change {
			row.ChangeHref = "/declare/" + step
		}
		rows = append(rows, row)
	}
	day := func(d declaration.Day) string {
		if d == "" {
			return ""
		}
		return t.Day(d.Start())
	}
	switch step {
	case declaration.StepIdentity:
		add("declare.name", text.MaskName(a.Identity.Name))
		if a.Identity.Kind != "" {
			add("declare.row_document", t.T("declare.document_"+a.Identity.Kind)+"\n"+text.MaskDocument(a.Identity.Number))
		}
		if a.Identity.Kind == "passport" {
			add("declare.nationality", division.Country(a.Identity.Nationality, t.Lang()))
		}
		if a.Identity.Born != "" && !identity.SaysBorn(a.Identity.Kind, a.Identity.Number) {
			add("declare.born", t.Year(a.Identity.Born.Start()))
		}
	case declaration.StepResidence:
		add("declare.address", strings.Join([]string{division.Label(a.Residence.Division, t.Lang()), a.Residence.Community, a.Residence.Detail}, "\n"))
	case declaration.StepStays:
		add("declare.step_stays", declareTrip(t, a.Trip))
		add("declare.row_arrived", day(a.Trip.Arrived))
	case declaration.StepContact:
		switch {
		case a.Contact.Met:
			add("declare.step_contact", t.T("declare.contact_yes")+"\n"+day(a.Contact.Last))
		case a.Contact.Asked:
			add("declare.step_contact", t.T("declare.contact_no"))
		}
	case declaration.StepHealth:
		declareHealthRows(t, a, add)
	}
	return rows
}

func declareTrip(t *text.Printer, trip declaration.Trip) string {
	if trip.Kind == "" {
		return ""
	}
	lines := []string{t.T("declare.trip_" + trip.Kind)}
	if trip.Kind == declaration.TripAbroad {
		lines = append(lines, division.Country(trip.Country, t.Lang()), t.Day(trip.Entered.Start()))
	}
	for _, s := range trip.Stays {
		lines = append(lines, division.Label(s.Place, t.Lang()), t.Days(s.From.Start(), s.To.Start()))
	}
	return strings.Join(lines, "\n")
}

func declareHealthRows(t *text.Printer, a declaration.Answers, add func(key, value string)) {
	if !a.Finished(declaration.StepHealth) {
		return
	}
	measured := t.T("declare.measured_no")
	if a.Health.Temperature > 0 {
		measured = strconv.FormatFloat(a.Health.Temperature, 'f', 1, 64) + " ℃"
	}
	add("declare.temperature", measured)
	symptoms := t.T("declare.no_symptom")
	if len(a.Health.Symptoms) > 0 {
		names := make([]string, len(a.Health.Symptoms))
		for i, s := range a.Health.Symptoms {
			names[i] = t.T("fact.symptom." + s)
		}
		symptoms = strings.Join(names, t.T("common.list_and"))
	}
	add("declare.row_symptoms", symptoms)
	if a.Health.KnownCause {
		add("declare.row_cause", a.Health.Cause)
	}
	isolation := t.T("declare.isolation_" + a.Isolation.Kind)
	if a.Isolation.Kind == declaration.IsolationOrdered {
		isolation += "\n" + t.T("declare.isolation_"+a.Isolation.Class) + "\n" + t.T("declare.isolation_since", t.Day(a.Isolation.From.Start()))
		if a.Isolation.To != "" {
			isolation += "\n" + t.T("declare.isolation_until", t.Day(a.Isolation.To.Start()))
		}
	}
	add("declare.row_isolation", isolation)
	if a.Test.Result != "" {
		add("declare.row_test", t.T("declare.test_"+a.Test.Result)+"\n"+t.Day(a.Test.Taken.Start()))
	}
}
