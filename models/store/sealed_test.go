package store_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yongxing/models/modeltest"
	"yongxing/models/store"
)

func TestSealedOpensOnlyAtItsPlace(t *testing.T) {
	t.Parallel()
	k := store.NewKeys(true)
	at := store.Place{Table: "person", Column: "phone_sealed", Row: 7}
	s := k.Seal(at, "13800000000")
	if got, err := k.Open(at, s); err != nil || got != "13800000000" {
		t.Fatalf("opened as %q, %v", got, err)
	}
	if bytes.Contains(s, []byte("13800000000")) {
		t.Error("the plain text is in the sealed value")
	}
	if bytes.Equal(s, k.Seal(at, "13800000000")) {
		t.Error("the same text sealed twice looks the same")
	}
	for _, other := range []store.Place{
		{Table: "person", Column: "phone_sealed", Row: 8},
		{Table: "person", Column: "name_sealed", Row: 7},
		{Table: "draft", Column: "phone_sealed", Row: 7},
		{Table: "personp", Column: "hone_sealed", Row: 7},
	} {
		if got, err := k.Open(other, s); err == nil || got != "" {
			t.Errorf("opened at %v", other)
		}
	}
	if _, err := store.NewKeys(true).Open(at, s); err == nil {
		t.Error("opened with other keys")
	}
	for n := range len(s) {
		if _, err := k.Open(at, s[:n]); err == nil {
			t.Errorf("opened when cut to %d bytes", n)
		}
		altered := append(store.Sealed{}, s...)
		altered[n] ^= 1
		if _, err := k.Open(at, altered); err == nil {
			t.Errorf("opened with byte %d altered", n)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("sealed for a row that has no id")
		}
	}()
	k.Seal(store.Place{Table: "person", Column: "phone_sealed"}, "x")
}

func TestSealedShowsNothing(t *testing.T) {
	t.Parallel()
	k := store.NewKeys(true)
	s := k.Seal(store.Place{Table: "person", Column: "name_sealed", Row: 1}, "王芳")
	row := struct{ Name store.Sealed }{s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d", "% x"} {
		if got := fmt.Sprintf(verb, s); got != "sealed" {
			t.Errorf("%s shows %q", verb, got)
		}
		if got := fmt.Sprintf(verb, row); !strings.Contains(got, "sealed") || strings.Contains(got, fmt.Sprintf("%x", []byte(s[:4]))) {
			t.Errorf("%s of a row shows %q", verb, got)
		}
		if got := fmt.Sprintf(verb, k); got != "keys" {
			t.Errorf("%s of the keys shows %q", verb, got)
		}
	}
	if got, err := json.Marshal(row); err != nil || string(got) != `{"Name":"sealed"}` {
		t.Errorf("JSON is %s, %v", got, err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "a", s, "b", row)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "a", s, "b", row)
	if got := strings.Count(log.String(), "sealed"); got != 4 {
		t.Errorf("the log says %s", log.String())
	}
}

// person is a row with every column type that this package brings.
type person struct {
	ID          int64 `gorm:"primaryKey"`
	Ref         string
	NameSealed  store.Sealed
	PhoneSealed store.Sealed
	PhoneIndex  []byte
	CreatedAt   store.Millis
}

func (person) TableName() string { return "person" }

func TestColumnTypesGoThroughGORMAndPlainSQL(t *testing.T) {
	t.Parallel()
	s := modeltest.Store(t)
	var swapped person
	err := s.Write(t.Context(), func(tx store.Tx) error {
		for id := int64(1); id <= 2; id++ {
			p := person{ID: id, Ref: store.Ref(), CreatedAt: 123,
				NameSealed: tx.Seal("person", "name_sealed", id, fmt.Sprint("name ", id)),
				PhoneIndex: tx.Index("person", "phone_index", fmt.Sprint("phone ", id))}
			if err := tx.DB().Create(&p).Error; err != nil {
				return err
			}
		}
		// First after the parenthesis, where GORM would expand plain bytes.
		err := tx.DB().Exec("INSERT INTO person (name_sealed, id, ref, created_at) VALUES (?, 3, 'r', ?)", tx.Seal("person", "name_sealed", 3, "name 3"), tx.Millis()).Error
		if err != nil {
			return err
		}
		if err := tx.DB().Take(&swapped, 1).Error; err != nil {
			return err
		}
		if swapped.CreatedAt != 123 || swapped.PhoneSealed != nil {
			t.Errorf("read back as %+v", swapped)
		}
		if swapped.CreatedAt = 0; tx.DB().Create(&person{ID: 9, Ref: "zero"}).Error != nil {
			t.Error("not created")
		}
		var zero person
		if err := tx.DB().Take(&zero, 9).Error; err != nil || zero.CreatedAt != 0 {
			t.Errorf("GORM filled CreatedAt with %d (%v)", zero.CreatedAt, err)
		}
		if got, err := tx.Unseal("person", "name_sealed", 1, swapped.NameSealed); err != nil || got != "name 1" {
			t.Errorf("unsealed as %q, %v", got, err)
		}
		// Whoever can write to the database moves one person's name to another.
		return store.Changed(tx.DB().Model(person{}).Where("id = 2").Update("name_sealed", swapped.NameSealed))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(tx store.Tx) error {
		var p person
		if err := tx.DB().Take(&p, 2).Error; err != nil {
			return err
		}
		if got, err := tx.Unseal("person", "name_sealed", 2, p.NameSealed); err == nil {
			t.Errorf("a sealed value from another row opens as %q", got)
		}
		var raw store.Sealed
		if err := tx.QueryRow("SELECT name_sealed FROM person WHERE id = 3").Scan(&raw); err != nil {
			return err
		}
		if got, err := tx.Unseal("person", "name_sealed", 3, raw); err != nil || got != "name 3" {
			t.Errorf("unsealed as %q, %v", got, err)
		}
		var found []person
		err := tx.DB().Where("phone_index = ?", tx.Index("person", "phone_index", "phone 2")).Find(&found).Error
		if err == nil && (len(found) != 1 || found[0].ID != 2) {
			t.Errorf("the index finds %+v", found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestIndexAndSecret(t *testing.T) {
	t.Parallel()
	k := store.NewKeys(false)
	seen := map[string]string{}
	for _, p := range [][3]string{{"a", "b", "c"}, {"a", "b", "d"}, {"a", "bc", ""}, {"ab", "", "c"}, {"", "ab", "c"}} {
		i := k.Index(p[0], p[1], p[2])
		if len(i) != 16 || !bytes.Equal(i, k.Index(p[0], p[1], p[2])) {
			t.Errorf("%v: not one index of 16 bytes", p)
		}
		if other := seen[string(i)]; other != "" {
			t.Errorf("%v has the index of %s", p, other)
		}
		seen[string(i)] = fmt.Sprint(p)
	}
	if bytes.Equal(k.Index("a", "b", "c"), store.NewKeys(false).Index("a", "b", "c")) {
		t.Error("the index does not depend on the key")
	}
	if len(k.Secret("csrf")) != 32 || !bytes.Equal(k.Secret("csrf"), k.Secret("csrf")) || bytes.Equal(k.Secret("csrf"), k.Secret("pass")) {
		t.Error("secrets are not 32 bytes for each label")
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "deep", "keys.json")
	made, err := store.LoadOrMakeKeys(path, true)
	if err != nil {
		t.Fatal(err)
	}
	again, err := store.LoadOrMakeKeys(path, false)
	if err != nil {
		t.Fatal(err)
	}
	if !made.Demo() || !again.Demo() {
		t.Error("demo keys do not say so, so that production cannot refuse them")
	}
	at := store.Place{Table: "t", Column: "c", Row: 1}
	if got, err := again.Open(at, made.Seal(at, "x")); err != nil || got != "x" {
		t.Errorf("the keys read are not the keys made: %v", err)
	}
	if !bytes.Equal(made.Secret("x"), again.Secret("x")) || !bytes.Equal(made.Index("t", "c", "x"), again.Index("t", "c", "x")) {
		t.Error("the keys read are not the keys made")
	}
	other, err := store.LoadOrMakeKeys(filepath.Join(t.TempDir(), "keys.json"), false)
	if err != nil || other.Demo() {
		t.Errorf("production keys: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file has mode %v, %v", info.Mode(), err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := store.LoadOrMakeKeys(path, true); err == nil || !strings.Contains(err.Error(), "others may read it") {
		t.Errorf("a file that the group may read: %v", err)
	}
}

func TestDamagedKeyFileIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}", "not JSON", `{"root":"AA==","index":"AA==","seal":[]}`, `{"colour":"green"}`} {
		path := filepath.Join(t.TempDir(), "keys.json")
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := store.LoadOrMakeKeys(path, false); err == nil {
			t.Errorf("%q is taken for keys", body)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != body {
			t.Errorf("%q was overwritten: what it sealed is lost", body)
		}
	}
}

// An older key goes on opening what it sealed, and the newest one seals.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	old, err := store.LoadOrMakeKeys(path, false)
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(body, &file); err != nil {
		t.Fatal(err)
	}
	file["seal"] = append(file["seal"].([]any), map[string]any{"id": 2, "key": bytes.Repeat([]byte{9}, 32)})
	if body, err = json.Marshal(file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	both, err := store.LoadOrMakeKeys(path, false)
	if err != nil {
		t.Fatal(err)
	}
	at := store.Place{Table: "t", Column: "c", Row: 1}
	if got, err := both.Open(at, old.Seal(at, "old")); err != nil || got != "old" {
		t.Errorf("the old key no longer opens: %v", err)
	}
	if got, err := both.Open(at, both.Seal(at, "new")); err != nil || got != "new" {
		t.Errorf("the new key does not open: %v", err)
	}
	if _, err := old.Open(at, both.Seal(at, "new")); err == nil {
		t.Error("the old key still seals")
	}
}

func TestRef(t *testing.T) {
	t.Parallel()
	form, seen := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{13}$`), map[string]bool{}
	for range 1000 {
		r := store.Ref()
		if !form.MatchString(r) || seen[r] {
			t.Fatalf("ref %q is malformed or there twice", r)
		}
		seen[r] = true
	}
	rapid.Check(t, func(t *rapid.T) {
		ref := store.Ref()
		typed := strings.ToLower(ref[:4]) + "-" + strings.ReplaceAll(ref[4:], "0", "o") + " "
		if got, ok := store.ParseRef(typed); !ok || got != ref {
			t.Fatalf("%q is read as %q", typed, got)
		}
		i := rapid.IntRange(0, len(ref)-1).Draw(t, "position")
		c := rapid.SampledFrom([]byte("0123456789ABCDEFGHJKMNPQRSTVWXYZ")).Filter(func(c byte) bool { return c != ref[i] }).Draw(t, "wrong")
		if wrong := ref[:i] + string(c) + ref[i+1:]; ok(wrong) {
			t.Fatalf("%q passes for %q", wrong, ref)
		}
		if ok(ref[1:]) || ok(ref+"0") || ok(ref[:12]+"!") {
			t.Fatal("another length or alphabet passes")
		}
	})
}

func ok(ref string) bool {
	_, ok := store.ParseRef(ref)
	return ok
}
