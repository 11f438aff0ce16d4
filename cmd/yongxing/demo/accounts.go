package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"yongxing/models"
)

// What Fill writes into the data folder.
const (
	accountsFile = "demo.json"
	writtenFacts = "sample-facts.csv"
)

// accounts is DIR/demo.json: who can sign in to the demo, and how.
type accounts struct {
	Staff     []member   `json:"staff"`
	Residents []resident `json:"residents"`
}

type member struct {
	Role         string `json:"role"`
	Login        string `json:"login"`
	Name         string `json:"name"`
	Password     string `json:"password"`
	TOTPSecret   string `json:"totp_secret"` // base32
	Station      string `json:"station"`     // "" for those who work at none
	Organisation string `json:"organisation"`
}

type resident struct {
	Phone        string `json:"phone"`
	Name         string `json:"name"`
	DocumentTail string `json:"document_tail"` // what a new browser is asked for
	// Colour is what the code page showed when the demo was made: green, yellow,
	// red, or unverified for somebody whose identity is not bound.
	Colour string `json:"colour"`
	// Appeal is the number of their newest appeal, if they have one.
	Appeal string `json:"appeal,omitempty"`
}

// accounts gathers them at the end of the play, in the order of the inputs.
func (p *player) accounts(ctx context.Context) (accounts, error) {
	a := accounts{Staff: []member{}, Residents: []resident{}}
	for _, r := range p.staff {
		c := r.cells
		m := member{Role: c["role"], Login: c["login"], Name: c["name"], Password: c["password"], TOTPSecret: p.members[c["login"]].TOTPSecret}
		if s, ok := p.stations[c["station"]]; ok {
			m.Station, m.Organisation = s.name, s.org
		} else {
			m.Organisation = p.orgName(c["org"])
		}
		a.Staff = append(a.Staff, m)
	}
	listed := map[string]bool{}
	for _, r := range p.declarations {
		id, played := p.persons[r.cells["phone"]]
		if !played || listed[r.cells["phone"]] {
			continue
		}
		listed[r.cells["phone"]] = true
		page, err := p.portal.CodePage(ctx, id)
		if err != nil {
			return accounts{}, err
		}
		a.Residents = append(a.Residents, residentOf(r.cells["phone"], page, p.appeals[r.cells["phone"]]))
	}
	return a, nil
}

func residentOf(phone string, page models.CodePage, appeal string) resident {
	return resident{Phone: phone, Name: page.Name, DocumentTail: page.Document[max(0, len(page.Document)-6):], Colour: page.State, Appeal: appeal}
}

// orgName is the name of an organisation by its code: each district's police has
// one.
func (p *player) orgName(code string) string {
	for _, s := range p.stations {
		if s.orgCode == code {
			return s.org
		}
	}
	return code
}

// write writes the accounts, readable by their owner only: they hold secrets.
func (a accounts) write(dir string) error {
	body, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return fmt.Errorf("demo accounts: %w", err)
	}
	return writeFile(filepath.Join(dir, accountsFile), append(body, '\n'))
}

func readAccounts(dir string) (accounts, error) {
	var a accounts
	body, err := os.ReadFile(filepath.Join(dir, accountsFile))
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(body, &a)
}

// writeSample writes a file to try the import with, dated as of now.
func writeSample(inputs fs.FS, dir string, now time.Time) error {
	t, err := read(inputs, sampleFile, now)
	if err != nil || len(t.rows) == 0 {
		return err
	}
	return writeFile(filepath.Join(dir, writtenFacts), t.encode())
}

// writeFile writes a file whole or not at all.
func writeFile(path string, body []byte) error {
	if err := os.WriteFile(path+".new", body, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
