package pass

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var issued = time.Date(2026, 11, 23, 0, 15, 42, 0, time.UTC)

var shown = Pass{Kind: Code, Ref: "k3v9x2m7q8r4t"}

func sign(t testing.TB, s *Signer) string {
	t.Helper()
	token, err := s.Sign(shown, issued)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// flip changes one bit of what the token's text encodes.
func flip(t *testing.T, token string, bit int) string {
	t.Helper()
	raw, err := encoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	raw[bit/8] ^= 1 << (bit % 8)
	return encoding.EncodeToString(raw)
}

// cut leaves out the last bytes of what the token's text encodes.
func cut(t *testing.T, token string, n int) string {
	t.Helper()
	raw, err := encoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	return encoding.EncodeToString(raw[:len(raw)-n])
}

func TestParse(t *testing.T) {
	t.Parallel()
	s := NewSigner([]byte("the pass key of a test"))
	token := sign(t, s)
	for _, c := range []struct {
		name  string
		token string
		after time.Duration
		want  error
	}{
		{"at once", token, 0, nil},
		{"typed in lower case", strings.ToLower(token), time.Second, nil},
		{"at 90 seconds", token, 90 * time.Second, nil},
		{"at 91 seconds", token, 91 * time.Second, Expired},
		{"by a node whose clock is behind", token, -60 * time.Second, nil},
		{"from the future", token, -61 * time.Second, NotYet},
		{"other key", sign(t, NewSigner([]byte("another key"))), 0, NotGenuine},
		{"other format", flip(t, token, 0), 0, Malformed},
		{"empty", "", 0, Malformed},
		{"too long", token + strings.Repeat("A", MaxLength), 0, Malformed},
		{"cut short", cut(t, token, 5), 0, NotGenuine},
		{"only a nonce", token[:48], 0, Malformed},
		{"digits that base32 has not", "01" + token[2:], 0, Malformed},
		{"with a line break", token[:8] + "\n" + token[8:], 0, Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := s.Parse(c.token, issued.Add(c.after))
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			want := shown
			want.Issued = issued
			if c.want == nil && got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if c.want != nil && got != (Pass{}) {
				t.Errorf("a refused token says %+v", got)
			}
		})
	}
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	t.Parallel()
	s := NewSigner([]byte("the pass key of a test"))
	token := sign(t, s)
	raw, _ := encoding.DecodeString(token)
	for bit := range len(raw) * 8 {
		if _, err := s.Parse(flip(t, token, bit), issued); err == nil {
			t.Errorf("bit %d flipped and still accepted", bit)
		}
	}
	// The last character has bits that encode nothing: a second spelling.
	for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" {
		other := token[:len(token)-1] + string(last)
		if _, err := s.Parse(other, issued); other != token && err == nil {
			t.Errorf("last character %q accepted too", last)
		}
	}
}

// Two tokens of one code share nothing that a collector could join them by.
func TestTokensOfOneCodeLookUnrelated(t *testing.T) {
	t.Parallel()
	s := NewSigner([]byte("the pass key of a test"))
	a, b := sign(t, s), sign(t, s)
	if a == b {
		t.Fatal("the same token twice")
	}
	if a[8:] == b[8:] || strings.Contains(a, strings.ToUpper(shown.Ref)) {
		t.Error("a token shows what it is about")
	}
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	s := NewSigner([]byte("the pass key of a test"))
	for name, p := range map[string]Pass{
		"no reference":   {},
		"long reference": {Ref: strings.Repeat("x", 65)},
	} {
		if _, err := s.Sign(p, issued); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}

// Whatever somebody prints into a QR, only our own token is read as one.
func FuzzParse(f *testing.F) {
	s := NewSigner([]byte("the pass key of a test"))
	token := sign(f, s)
	for _, seed := range []string{token, strings.ToLower(token), "", "AEAAAAAA", token[1:], token + "A"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := s.Parse(text, issued); err == nil && (len(text) != len(token) || p.Ref != shown.Ref) {
			t.Errorf("%q is read as %+v", text, p)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	s := NewSigner([]byte("the pass key of a test"))
	b.ReportAllocs()
	for b.Loop() {
		sign(b, s)
	}
}

func BenchmarkParse(b *testing.B) {
	s := NewSigner([]byte("the pass key of a test"))
	token := sign(b, s)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Parse(token, issued); err != nil {
			b.Fatal(err)
		}
	}
}
