package web_test

import (
	"net/http"
	"strings"
	"testing"

	"yongxing/models/store"
	"yongxing/web/webtest"
)

// claimInSight tells where the first button to claim stands: its right and bottom
// edge lie in the window, and the table around it has nothing to scroll to.
const claimInSight = `(() => {
	const b = document.querySelector('form[action$="/claim"] button').getBoundingClientRect(), table = document.querySelector(".yx-scroll");
	return b.width > 0 && b.left >= 0 && b.right <= innerWidth && b.bottom <= %s && table.scrollWidth <= table.clientWidth;
})()`

// An officer sees the button to claim without scrolling: at a desk at once, on a
// phone with the first case.
func TestOfficerQueue_claimInSight(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	w := newWorld(t)
	if err := w.Store().Write(t.Context(), func(tx store.Tx) error { // the longest words a row can hold
		_, err := tx.Exec("UPDATE appeal_item SET ground = 'known_illness'")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	w.officer.Get("/officer/appeals").Want("症状来自已知的病")
	tab := open(t, w.Listen(false), webtest.Desk)
	for _, lang := range []string{"en", "zh"} {
		for _, look := range []struct {
			screen webtest.Screen
			within string
		}{{webtest.Desk, "innerHeight"}, {webtest.Screen{Width: 768, Height: 1024}, "innerHeight"}, {webtest.Phone, "1.5 * innerHeight"}} {
			tab.Resize(look.screen.Width, look.screen.Height)
			tab.Undress().Wear(w.officer).Open("/officer/appeals?lang=" + lang)
			if !webtest.Eval[bool](tab, strings.ReplaceAll(claimInSight, "%s", look.within)) {
				t.Errorf("%s at %d: the button to claim is out of sight", lang, look.screen.Width)
			}
		}
	}
	if hidden := webtest.Eval[bool](tab, `document.getElementById("side").offsetHeight === 0`); !hidden {
		t.Error("the filter stands above the cases of a phone")
	}
	if shown := webtest.Eval[bool](tab, `(document.querySelector('a[href="#side"]').click(), document.getElementById("side").offsetHeight > 0)`); !shown {
		t.Error("the filter cannot be opened on a phone")
	}
}

// A community after its division is a word of its own in English too, where the
// Chinese of a page stands in elements.
func TestOfficerCase_spaceBeforeAName(t *testing.T) {
	t.Parallel()
	open := webtest.Chromium(t)
	w := newWorld(t)
	tab := open(t, w.Listen(false), webtest.Desk).Wear(w.officer).Open("/officer/appeals/" + w.open + "?lang=en")
	if said := webtest.Eval[string](tab, `document.querySelector(".yx-person").innerText`); !strings.Contains(said, "Ningbo 秀水社区") {
		t.Errorf("the bar says %q", said)
	}
}

// A step that is refused offers the case that it was about.
func TestOfficerCase_refusedStepOffersTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, step := range []string{"claim", "decide", "identity", "preview"} {
		page := w.officer.Get("/officer/appeals/" + w.open + "/" + step).WantStatus(http.StatusMethodNotAllowed)
		wantLink(t, page, "打开本件", "/officer/appeals/"+w.open)
		wantLink(t, page, "回到申诉列表", "/officer/appeals")
	}
}
