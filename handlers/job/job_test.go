package job

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"yongxing/models"
	"yongxing/models/job"
	"yongxing/models/modeltest"
	"yongxing/models/notice"
	"yongxing/models/person"
	"yongxing/models/store"
)

// gateway takes messages and fails as often as it is told.
type gateway struct {
	mu    sync.Mutex
	fails float64
	tried int
	sent  []Message
}

func (g *gateway) Send(_ context.Context, m Message) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tried++
	if rand.Float64() < g.fails {
		return errors.New("gateway: no answer")
	}
	g.sent = append(g.sent, m)
	return nil
}

func (g *gateway) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.sent)
}

func portal(t *testing.T) (*models.Portal, *modeltest.Clock) {
	clock := modeltest.NewClock(time.Now()) // the queue's own timers run on real time
	p := &models.Portal{Store: modeltest.StoreAt(t, clock), Settings: models.Settings{BaseURL: "https://code.example.cn"}}
	if err := p.EnsureRulebook(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p, clock
}

func write(t *testing.T, p *models.Portal, f func(tx store.Tx) error) {
	t.Helper()
	if err := p.Store.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// One message for each event, however often the gateway fails, whoever queues
// the event again, and whatever comes back from a crash.
func TestNoticesArriveOnce(t *testing.T) {
	t.Parallel()
	p, clock := portal(t)
	g := &gateway{fails: 0.3}
	const events = 40
	write(t, p, func(tx store.Tx) error {
		who, err := person.Create(tx, "13800000001", "zh-Hans")
		if err != nil {
			return err
		}
		for i := range 2 * events {
			if err := notice.Queue(tx, who.ID, notice.CodeChanged, fmt.Sprint("event/", i%events)); err != nil {
				return err
			}
		}
		return tx.Enqueue(job.DeliverNotice{NoticeID: 1}, job.DeliverNotice{NoticeID: 2})
	})
	stop, err := Start(t.Context(), p, g)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for range 2400 { // a minute; usually a few seconds
		if waitingNotices(t, p) == 0 {
			break
		}
		time.Sleep(25 * time.Millisecond)
		clock.Advance(time.Second) // retries wait for seconds
	}
	if n := waitingNotices(t, p); n > 0 {
		t.Fatalf("%d notices are not delivered after %d tries", n, g.tried)
	}
	if got := g.count(); got != events {
		t.Errorf("%d messages for %d events", got, events)
	}
	if g.tried == events {
		t.Error("the gateway never failed: this tests nothing")
	}
}

func waitingNotices(t *testing.T, p *models.Portal) (n int) {
	t.Helper()
	err := p.Store.Read(t.Context(), func(tx store.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM notice WHERE state = 'queued'").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNoticeTexts(t *testing.T) {
	t.Parallel()
	p, _ := portal(t)
	ids := make(map[string]int64)
	kinds := []string{
		notice.CodeChanged, notice.CodeReleased, notice.SourceChanged, notice.AppealFiled, notice.AppealAsked, notice.AppealDecided,
	}
	write(t, p, func(tx store.Tx) error {
		for i, lang := range []string{"zh-Hans", "en"} {
			who, err := person.Create(tx, fmt.Sprintf("1380000000%d", i), lang)
			if err != nil {
				return err
			}
			for _, kind := range kinds {
				var args []string
				if strings.HasPrefix(kind, "appeal_") {
					args = []string{"YS-2603-0000001-1"}
				}
				if err := notice.Queue(tx, who.ID, kind, lang+kind, args...); err != nil {
					return err
				}
				ids[lang+kind] = int64(len(ids) + 1)
			}
		}
		return nil
	})
	want := map[string]string{
		"zh-Hanscode_changed": "【甬行码】您的甬行码有新的内容，请在 https://code.example.cn/code 查看原因和接下来怎么办。工作人员不会向您索要验证码或钱款。",
		"enappeal_decided":    "Yongxing Code: appeal YS-2603-0000001-1 has been decided. See https://code.example.cn/appeal/YS-2603-0000001-1. Staff never ask for codes or money.",
	}
	for name, id := range ids {
		m, ok, err := p.NoticeMessage(t.Context(), id)
		if err != nil || !ok {
			t.Fatal(name, ok, err)
		}
		said := worded(m)
		if w := want[name]; w != "" && said.Text != w {
			t.Errorf("%s: %q", name, said.Text)
		}
		if said.Kind == "" || !strings.HasSuffix(name, said.Kind) || !strings.Contains(said.Text, "https://code.example.cn/") {
			t.Errorf("%s: %+v", name, said)
		}
		// What a stranger who holds the phone must not learn.
		for _, word := range []string{
			"红", "黄", "绿", "病", "疫", "隔离", "检测", "症状", "规则", "证件", "{", "⟦", "!", "！",
			"red ", "yellow", "green", "health", "isolat", "test", "symptom", "rule", "document", "infect",
		} {
			if strings.Contains(strings.ToLower(said.Text), word) {
				t.Errorf("%s says %q: %s", name, word, said.Text)
			}
		}
	}
}

// A phone that was given up gets nothing; the notice stays on the person's pages.
func TestNoticeWithoutPhone(t *testing.T) {
	t.Parallel()
	p, _ := portal(t)
	write(t, p, func(tx store.Tx) error {
		who, err := person.Create(tx, "13800000001", "en")
		if err != nil {
			return err
		}
		if err := notice.Queue(tx, who.ID, notice.CodeChanged, "event"); err != nil {
			return err
		}
		return person.DetachPhone(tx, who)
	})
	if _, ok, err := p.NoticeMessage(t.Context(), 1); ok || err != nil {
		t.Fatalf("ok %v, %v", ok, err)
	}
	err := p.Store.Read(t.Context(), func(tx store.Tx) error {
		n, err := notice.ByID(tx, 1)
		if n.State != notice.NoPhone {
			t.Errorf("state %s", n.State)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A notice whose job was given up is taken up again by the sweep, once.
func TestSweepTakesUpLostNotices(t *testing.T) {
	t.Parallel()
	p, clock := portal(t)
	write(t, p, func(tx store.Tx) error {
		who, err := person.Create(tx, "13800000001", "en")
		if err != nil {
			return err
		}
		if err := notice.Queue(tx, who.ID, notice.CodeChanged, "event"); err != nil {
			return err
		}
		_, err = tx.Exec("DELETE FROM river_job")
		return err
	})
	jobs := func() (n int) {
		write(t, p, func(tx store.Tx) error {
			now := tx.Now()
			if err := notice.Again(tx, now.Add(-72*time.Hour), now.Add(-6*time.Hour), 10); err != nil {
				return err
			}
			return tx.QueryRow("SELECT COUNT(*) FROM river_job WHERE kind = 'deliver_notice'").Scan(&n)
		})
		return n
	}
	if n := jobs(); n != 0 {
		t.Errorf("%d jobs at once", n)
	}
	clock.Advance(7 * time.Hour)
	if first, second := jobs(), jobs(); first != 1 || second != 1 {
		t.Errorf("%d jobs, then %d", first, second)
	}
}
