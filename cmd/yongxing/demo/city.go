package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"sync"

	"yongxing/models"
	"yongxing/models/division"
	"yongxing/models/fault"
	"yongxing/models/ledger"
	"yongxing/models/org"
	"yongxing/models/staff"
)

// opened is a station of the demo.
type opened struct{ name, org, orgCode string }

// openStations opens a police station for each street of Ningbo. Its code is
// that of the street; the first of a district also answers for what no other
// one there serves.
func (p *player) openStations(ctx context.Context) error {
	p.stations = map[string]opened{}
	var all []models.NewStation
	for _, district := range division.Children(division.Ningbo) {
		for i, street := range division.Children(district.Code) {
			s := models.NewStation{
				Code: street.Code, Name: stationName(street.Name), District: district.Code,
				Address: district.Name + street.Name, Phone: fmt.Sprintf("0574-8700%04d", len(all)+1),
				Serves: []string{street.Code}, Org: bureau(district),
			}
			if i == 0 {
				s.Serves = append(s.Serves, district.Code)
			}
			all = append(all, s)
			p.stations[s.Code] = opened{name: s.Name, org: s.Org.Name, orgCode: s.Org.Code}
		}
	}
	// All at once: the store commits together what waits together.
	return together(all, len(all), func(s models.NewStation) error {
		_, err := p.portal.OpenStation(ctx, s)
		return err
	})
}

// stationName is what a station is called after its street: 鼓楼派出所.
func stationName(street string) string {
	for _, suffix := range []string{"街道", "镇", "乡"} {
		if short, ok := strings.CutSuffix(street, suffix); ok {
			return short + "派出所"
		}
	}
	return street + "派出所"
}

// bureau is the police of a district: 宁波市公安局海曙分局, or 余姚市公安局 where a
// county or county-level city has its own.
func bureau(district division.Division) org.Org {
	o := org.Org{Code: "police-" + district.Code, Kind: "police"}
	if short, ok := strings.CutSuffix(district.Name, "区"); ok {
		o.Name = "宁波市公安局" + short + "分局"
	} else {
		o.Name = district.Name + "公安局"
	}
	if en := district.Label("en"); en != district.Name {
		o.NameEn = en + " Public Security Bureau"
	}
	return o
}

// addStaff adds everybody who works with the demo, two at a time: that is how
// many passwords the portal hashes at once.
func (p *player) addStaff(ctx context.Context) error {
	var mu sync.Mutex
	return together(p.staff, 2, func(r row) error {
		c := r.cells
		added, err := p.portal.AddStaff(ctx, models.NewStaff{
			Login: c["login"], Name: c["name"], Badge: c["badge"], Role: staff.Role(c["role"]), Password: c["password"],
			Station: c["station"], Org: c["org"], Demo: true,
		})
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		mu.Lock()
		defer mu.Unlock()
		p.members[c["login"]] = added
		return nil
	})
}

// together does one thing with each of a list, so many at a time.
func together[T any](list []T, most int, do func(T) error) error {
	var group sync.WaitGroup
	errs := make([]error, len(list))
	turns := make(chan struct{}, max(most, 1))
	for i, one := range list {
		turns <- struct{}{}
		group.Go(func() {
			defer func() { <-turns }()
			for try := 0; ; try++ { // a writer that is busy has done nothing
				if errs[i] = do(one); !errors.Is(errs[i], fault.Busy) || try == 20 {
					return
				}
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// bySystem is who imports and publishes in the demo, as on the command line.
var bySystem = ledger.Entry{Actor: "system", Purpose: "demo"}

func (p *player) publish(ctx context.Context, file table) error {
	report, err := p.portal.PublishAreas(ctx, bytes.NewReader(file.encode()), bySystem)
	return reported(report, err)
}

func (p *player) importFacts(ctx context.Context, file table) error {
	report, err := p.portal.ImportFacts(ctx, bytes.NewReader(file.encode()), bySystem)
	return reported(report, err)
}

// reported makes an error of the first row that was refused.
func reported(report models.Report, err error) error {
	if len(report.Problems) > 0 {
		first := report.Problems[0]
		err = errors.Join(err, fmt.Errorf("line %d of a file of this moment is refused at %s: %s", first.Line, first.Field, first.Key))
	}
	return err
}

// encode is the table as a file.
func (t table) encode() []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	records := [][]string{t.columns}
	for _, r := range t.rows {
		record := make([]string, len(t.columns))
		for i, column := range t.columns {
			record[i] = r.cells[column]
		}
		records = append(records, record)
	}
	_ = w.WriteAll(records) // a buffer takes everything
	return out.Bytes()
}
