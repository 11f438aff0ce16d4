package demo

import (
	"context"
	"fmt"
	"time"

	"yongxing/models"
)

// officer does what an officer does with the newest appeal of a phone.
func (p *player) officer(ctx context.Context, r row) error {
	c := r.cells
	member, employed := p.members[c["login"]]
	number, filed := p.appeals[c["phone"]]
	if !employed || !filed {
		return errNothing
	}
	switch c["action"] {
	case "claim":
		return p.portal.ClaimAppeal(ctx, member.ID, number)
	case "release":
		return p.portal.ReleaseAppeal(ctx, member.ID, number)
	}
	ruling, err := rulingOf(r)
	if err != nil {
		return err
	}
	ruling.Number = number
	seen, err := p.portal.PreviewDecision(ctx, member.ID, ruling)
	if err != nil {
		return err
	}
	ruling.Seen = seen.Seen
	_, err = p.portal.DecideAppeal(ctx, member.ID, ruling)
	return err
}

// rulingOf is what the officer found about the one item of an appeal.
func rulingOf(r row) (models.Ruling, error) {
	c := r.cells
	item := models.ItemRuling{
		N: 1, Action: c["action"], Basis: c["basis"], Scope: c["scope"], Place: c["place"],
		Proof: c["proof"], Issuer: c["issuer"], Document: c["document"],
	}
	if c["day"] != "" {
		day, err := time.ParseInLocation(time.DateOnly, c["day"], ningbo)
		if err != nil {
			return models.Ruling{}, fmt.Errorf("%q is no day", c["day"])
		}
		item.Day = day
	}
	if item.Action == models.ActionAsk {
		item.Question = c["words"]
		return models.Ruling{Items: []models.ItemRuling{item}}, nil
	}
	return models.Ruling{Items: []models.ItemRuling{item}, Words: c["words"]}, nil
}
