package demo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yongxing/models"
	"yongxing/models/declaration"
	"yongxing/models/store"
)

// browser stands for the browser of a resident. Nobody else has it: who signs in
// as a resident of the demo comes with a browser of their own.
func browser(phone string) []byte {
	sum := sha256.Sum256([]byte("demo browser of " + phone))
	return sum[:]
}

// signIn proves a phone as a person does: a code is sent, and typed.
func (p *player) signIn(ctx context.Context, phone, language string) (int64, error) {
	if id, ok := p.persons[phone]; ok {
		return id, nil // still signed in
	}
	asked, err := p.portal.AskCode(ctx, models.AskCode{
		Phone: phone, Browser: browser(phone), Address: "192.0.2." + strconv.Itoa(len(p.persons)%250+1), Language: language,
	})
	if err != nil {
		return 0, err
	}
	number, err := p.portal.DemoCode(ctx, browser(phone))
	if err != nil {
		return 0, err
	}
	who, err := p.portal.SignIn(ctx, models.SignIn{CodeID: asked.ID, Browser: browser(phone), Answer: number, Language: language})
	if err != nil {
		return 0, err
	}
	if who.AskDocument {
		return 0, errors.New("a person of this phone was here before the demo")
	}
	p.persons[phone] = who.PersonID
	return who.PersonID, nil
}

// declare sends one declaration, page by page.
func (p *player) declare(ctx context.Context, r row) error {
	id, err := p.signIn(ctx, r.cells["phone"], r.cells["language"])
	if err != nil {
		return err
	}
	version := int64(0)
	for _, form := range forms(r.cells) {
		d, err := p.portal.AnswerStep(ctx, id, version, form)
		if err != nil {
			return fmt.Errorf("%s: %w", form.Step(), err)
		}
		version = d.Version
	}
	seen, err := p.portal.PreviewDeclaration(ctx, id)
	if err != nil {
		return err
	}
	_, err = p.portal.Declare(ctx, models.Declaration{
		PersonID: id, Version: seen.Draft.Version, Stamp: seen.Stamp, Key: store.Ref(), True: true,
		Browser: browser(r.cells["phone"]), Language: r.cells["language"],
	})
	return err
}

// forms are the pages of a declaration as the person types them.
func forms(c map[string]string) []declaration.Form {
	list := []declaration.Form{
		declaration.IdentityForm{Name: c["name"], Kind: c["document_kind"], Number: c["number"], Nationality: c["nationality"], Born: c["born"]},
		declaration.ResidenceForm{Street: c["street"], Community: c["community"], Detail: c["detail"]},
	}
	trip := declaration.TripForm{Kind: declaration.TripNone, Country: c["country"], Entered: c["entered"], Arrived: c["arrived"]}
	if c["stay_place"] != "" {
		trip.Kind = declaration.TripChina
		list = append(list, declaration.StayForm{Place: c["stay_place"], From: c["stay_from"], To: c["stay_to"]})
	}
	if c["country"] != "" {
		trip.Kind = declaration.TripAbroad
	}
	contact := declaration.ContactForm{Met: yes(c["contact_last"]), Last: c["contact_last"]}
	return append(list, trip, contact, health(c))
}

func health(c map[string]string) declaration.HealthForm {
	f := declaration.HealthForm{
		Measured: yes(c["temperature"]), Temperature: c["temperature"], Symptoms: []string{declaration.NoSymptom},
		KnownCause: yes(c["cause"]), Cause: c["cause"],
		Isolation: declaration.IsolationNone, Class: c["isolation"], IsolatedFrom: c["isolation_from"], IsolatedTo: c["isolation_to"],
		TestResult: c["test"], TestTaken: c["test_taken"],
	}
	if c["symptoms"] != "" {
		f.Symptoms = strings.Split(c["symptoms"], ";")
	}
	if c["isolation"] != "" {
		f.Isolation = declaration.IsolationOrdered
	}
	return f
}

func yes(cell string) string {
	if cell == "" {
		return "no"
	}
	return "yes"
}

// appeal does what a person does about their code.
func (p *player) appeal(ctx context.Context, r row) error {
	c := r.cells
	id, ok := p.persons[c["phone"]]
	if !ok {
		return errNothing
	}
	switch c["what"] {
	case "file":
		return p.file(ctx, id, c)
	case "add", "withdraw":
		number, ok := p.appeals[c["phone"]]
		if !ok {
			return errNothing
		}
		if c["what"] == "withdraw" {
			return p.portal.WithdrawAppeal(ctx, id, number)
		}
		m := models.Material{PersonID: id, Number: number, Text: c["statement"]}
		if c["photos"] != "" {
			m.Photo = models.Upload{Kind: c["photo_kind"], File: photo(c["photo_kind"], c["phone"], 9)}
		}
		return p.portal.AddMaterial(ctx, m)
	}
	return fmt.Errorf("%q is nothing that a person does", c["what"])
}

// file appeals the finding of one rule.
func (p *player) file(ctx context.Context, id int64, c map[string]string) error {
	form, err := p.portal.AppealForm(ctx, id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(form.Choices, func(choice models.AppealChoice) bool { return choice.View.Rule == c["rule"] })
	if i < 0 {
		return errNothing
	}
	if err := p.portal.ChooseItems(ctx, id, []models.AppealPick{{Token: form.Choices[i].Token, Ground: c["ground"]}}); err != nil {
		return err
	}
	if err := p.portal.ExplainAppeal(ctx, id, c["statement"], c["harm"]); err != nil {
		return err
	}
	photos, _ := strconv.Atoi(c["photos"])
	for n := range photos {
		if err := p.portal.AddPhoto(ctx, id, models.Upload{Kind: c["photo_kind"], File: photo(c["photo_kind"], c["phone"], n)}); err != nil {
			return err
		}
	}
	number, err := p.portal.FileAppeal(ctx, models.Filing{PersonID: id, Channel: "web", Key: store.Ref()})
	if err == nil {
		p.appeals[c["phone"]] = number
	}
	return err
}
