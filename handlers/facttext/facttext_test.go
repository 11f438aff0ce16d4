package facttext_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"yongxing/handlers/facttext"
	"yongxing/models"
	"yongxing/views/text"
)

// at reads a time in Asia/Shanghai; a year other than 2026 is written out.
func at(s string) time.Time {
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02"} {
		if moment, err := time.ParseInLocation(layout, s, text.Shanghai); err == nil {
			return moment
		}
	}
	panic(s)
}

var known = at("2026-11-21 06:10")

func stay(source, class, from, to string) models.FactView {
	f := models.FactView{Kind: "stay", Class: class, Place: "990102", PlaceName: "云州市临溪区", PlaceNameEN: "Linxi, Yunzhou", From: at(from), Known: known, Source: source}
	if to != "" {
		f.To = at(to)
	}
	return f
}

func fact(source, kind, class, from, to string) models.FactView {
	f := stay(source, class, from, to)
	f.Kind = kind
	if kind != "residence" && kind != "arrival" && kind != "entry" {
		f.Place = ""
	}
	return f
}

func ill(f models.FactView, value float64, items ...string) models.FactView {
	f.Items, f.Value = items, value
	return f
}

func about(f models.FactView, kind string) models.FactView {
	f.About = kind
	return f
}

var sentences = []struct {
	fact   models.FactView
	zh, en string
}{
	{stay("carrier", "stayed", "2026-11-20 13:02", "2026-11-20 17:14"),
		"记录显示 11 月 20 日（周五）13:02 至 17:14 您的手机在云州市临溪区停留 4 小时 12 分",
		"A record shows that your phone was in Linxi, Yunzhou on Friday 20 November, 13:02 to 17:14 (4 h 12 min)"},
	{stay("carrier", "transit", "2026-11-20 13:02", "2026-11-20 13:40"),
		"记录显示 11 月 20 日（周五）13:02 至 13:40 您的手机经过云州市临溪区，没有停留",
		"A record shows that your phone passed through Linxi, Yunzhou on Friday 20 November, 13:02 to 13:40 without a stay"},
	{stay("declaration", "stayed", "2026-11-16", "2026-11-19"),
		"您申报 11 月 16 日至 18 日在云州市临溪区停留",
		"You declared that you stayed in Linxi, Yunzhou from 16 to 18 November"},
	{stay("declaration", "stayed", "2026-11-16", ""),
		"您申报 11 月 16 日（周一）在云州市临溪区停留",
		"You declared that you stayed in Linxi, Yunzhou on Monday 16 November"},
	{stay("city", "transit", "2026-11-19 22:00", "2026-11-20 06:00"),
		"外地来函显示 11 月 19 日（周四）22:00 至 11 月 20 日（周五）06:00 您经过云州市临溪区，没有停留",
		"A letter from another city says that you passed through Linxi, Yunzhou from Thursday 19 November, 22:00 to Friday 20 November, 06:00 without a stay"},
	{stay("decision", "stayed", "2025-12-31", "2026-01-02"),
		"申诉处理时核实 2025 年 12 月 31 日至 1 月 1 日（周四）您在云州市临溪区停留",
		"The decision on an appeal found that you stayed in Linxi, Yunzhou from 31 December 2025 to Thursday 1 January"},
	{fact("declaration", "declaration", "", "2026-11-20 08:02", ""),
		"11 月 20 日（周五）08:02 您提交了一份申报",
		"You sent a declaration on Friday 20 November, 08:02"},
	{fact("declaration", "residence", "", "2026-11-01", ""),
		"您申报自 11 月 1 日（周日）起居住在云州市临溪区",
		"You declared that you have lived in Linxi, Yunzhou since Sunday 1 November"},
	{fact("population", "residence", "", "2019-03-05", ""),
		"登记信息显示自 2019 年 3 月 5 日起您居住在云州市临溪区",
		"The residents' register says that you have lived in Linxi, Yunzhou since 5 March 2019"},
	{fact("checkpoint", "arrival", "", "2026-11-20 19:30", ""),
		"卡点记录显示 11 月 20 日（周五）19:30 您从云州市临溪区来到宁波",
		"A checkpoint recorded that you came to Ningbo from Linxi, Yunzhou on Friday 20 November, 19:30"},
	{fact("border", "entry", "", "2026-11-20 19:30", ""),
		"记录显示 11 月 20 日（周五）19:30 您从云州市临溪区入境",
		"A record shows that you entered the country from Linxi, Yunzhou on Friday 20 November, 19:30"},
	{fact("health", "contact", "close", "2026-11-19", "2026-11-21"),
		"医疗卫生部门登记 11 月 19 日至 20 日您与一例病例有过密切接触",
		"The health authority recorded that you were in close contact with a case from 19 to 20 November"},
	{fact("province", "contact", "secondary", "2026-11-19", "2026-11-20"),
		"省平台记录显示 11 月 19 日（周四）您与一名密切接触者有过接触",
		"A provincial record shows that you were in contact with a close contact on Thursday 19 November"},
	{fact("declaration", "contact", "symptomatic", "2026-11-19", ""),
		"您申报 11 月 19 日（周四）接触过有症状、疑似或确诊的人",
		"You declared that you met somebody unwell, suspected or confirmed on Thursday 19 November"},
	{fact("health", "contact", "same_building", "2026-11-19", ""),
		"医疗卫生部门登记 11 月 19 日（周四）您的登记地址所在楼栋（单元）有一例病例",
		"The health authority recorded that there was a case in the building of your registered address on Thursday 19 November"},
	{fact("health", "case", "confirmed", "2026-11-19 10:00", ""),
		"医疗卫生部门登记自 11 月 19 日（周四）10:00 起您是确诊病例",
		"The health authority recorded that you have been a confirmed case since Thursday 19 November, 10:00"},
	{fact("clinic", "case", "suspected", "2026-11-19 10:00", ""),
		"记录显示自 11 月 19 日（周四）10:00 起您是疑似病例",
		"A record shows that you have been a suspected case since Thursday 19 November, 10:00"},
	{fact("lab", "case", "asymptomatic", "2026-11-19 10:00", "2026-11-20 10:00"),
		"记录显示 11 月 19 日（周四）10:00 至 11 月 20 日（周五）10:00 您是无症状感染者",
		"A record shows that you have been infected without symptoms from Thursday 19 November, 10:00 to Friday 20 November, 10:00"},
	{fact("station", "isolation", "home", "2026-11-19", "2026-12-03"),
		"派出所核实 11 月 19 日至 12 月 2 日您被要求居家隔离",
		"A police station confirmed that you have been ordered to isolate at home from 19 November to 2 December"},
	{fact("health", "isolation", "central", "2026-11-19", ""),
		"医疗卫生部门登记自 11 月 19 日（周四）起您被要求集中隔离",
		"The health authority recorded that you have been ordered to isolate at a site since Thursday 19 November"},
	{ill(fact("declaration", "symptom", "", "2026-11-20 08:02", ""), 37.8, "fever", "dry_cough"),
		"您申报 11 月 20 日（周五）08:02 有：发热、干咳、体温 37.8 ℃",
		"You declared that you had on Friday 20 November, 08:02: fever, dry cough, temperature 37.8 °C"},
	{fact("legacy", "symptom", "", "2026-11-20 08:02", ""),
		"您以前登记过 11 月 20 日（周五）08:02 没有症状",
		"An earlier registration says that you had no symptoms on Friday 20 November, 08:02"},
	{ill(fact("checkin", "checkin", "", "2026-11-20 08:02", ""), 0, "sore_throat"),
		"11 月 20 日（周五）08:02 您打卡时有：咽痛",
		"A check-in says that at your check-in on Friday 20 November, 08:02 you had: sore throat"},
	{fact("checkin", "checkin", "", "2026-11-20 08:02", ""),
		"11 月 20 日（周五）08:02 您打卡，一切正常",
		"A check-in says that your check-in on Friday 20 November, 08:02 was normal"},
	{fact("clinic", "clinic", "", "2026-11-20 08:02", ""),
		"记录显示 11 月 20 日（周五）08:02 您在发热门诊就诊",
		"A record shows that you visited a fever clinic on Friday 20 November, 08:02"},
	{fact("lab", "test", "negative", "2026-11-20 09:30", ""),
		"记录显示 11 月 20 日（周五）09:30 采样的检测为阴性",
		"A record shows that a test sampled on Friday 20 November, 09:30 was negative"},
	{fact("declaration", "test", "positive", "2026-11-20 09:30", ""),
		"您申报 11 月 20 日（周五）09:30 采样的检测为阳性",
		"You declared that a test sampled on Friday 20 November, 09:30 was positive"},
	{fact("lab", "test", "pending", "2026-11-20 09:30", ""),
		"记录显示 11 月 20 日（周五）09:30 已经采样，结果还没有到",
		"A record shows that a sample was taken on Friday 20 November, 09:30 and its result is not in yet"},
	{fact("lab", "test", "invalid", "2026-11-20 09:30", ""),
		"记录显示 11 月 20 日（周五）09:30 采样的检测无效，要重做",
		"A record shows that a test sampled on Friday 20 November, 09:30 was not valid and must be repeated"},
	{fact("health", "duty", "test", "2026-11-20", "2026-11-23"),
		"医疗卫生部门登记 11 月 20 日至 22 日期间您要做一次检测",
		"The health authority recorded that you were to take a test from 20 to 22 November"},
	{fact("health", "duty", "checkin", "2026-11-20", "2026-11-23"),
		"医疗卫生部门登记 11 月 20 日至 22 日期间您要每天打卡",
		"The health authority recorded that you were to check in each day from 20 to 22 November"},
	{fact("decision", "excuse", "", "2026-11-20", "2026-11-23"),
		"申诉处理时核实 11 月 20 日至 22 日您有正当原因，不必检测或打卡",
		"The decision on an appeal found that you had a good reason not to test or check in from 20 to 22 November"},
	{ill(fact("decision", "known_cause", "", "2026-11-01", ""), 0, "dry_cough"),
		"申诉处理时核实自 11 月 1 日（周日）起您的这些症状有已知病因：干咳",
		"The decision on an appeal found that you have had these symptoms from a known cause since Sunday 1 November: dry cough"},
	{about(fact("health", "clearance", "discharged", "2026-11-20", ""), "case"),
		"医疗卫生部门登记 11 月 20 日（周五）起，您的“病例登记”已经出院或结案",
		"The health authority recorded that your \"Case on record\" was discharged or closed on Friday 20 November"},
	{about(fact("health", "clearance", "ended", "2026-11-20 09:00", ""), "isolation"),
		"医疗卫生部门登记 11 月 20 日（周五）09:00 起，您的“隔离”已经解除",
		"The health authority recorded that your \"Isolation\" ended on Friday 20 November, 09:00"},
	{about(fact("clinic", "clearance", "excluded", "2026-11-20", ""), "clinic"),
		"记录显示 11 月 20 日（周五）起，您的“发热门诊就诊”已经排除",
		"A record shows that your \"Fever-clinic visit\" was ruled out on Friday 20 November"},
	{fact("population", "discrepancy", "", "2026-11-20", ""),
		"登记信息显示 11 月 20 日（周五）您的申报有一处与记录不一致",
		"The residents' register says that one answer of your declaration did not fit a record on Friday 20 November"},
	{fact("manual", "breach", "", "2026-11-20 21:15", ""),
		"两个单位的工作人员登记 11 月 20 日（周五）21:15 您离开了隔离地点",
		"Staff of two organisations recorded that you left the place of isolation on Friday 20 November, 21:15"},
	{fact("manual", "other", "red", "2026-11-20", "2026-11-23"),
		"两个单位的工作人员登记 11 月 20 日至 22 日您有其他情况，依据是一份证据",
		"Staff of two organisations recorded that there was another reason, on evidence, from 20 to 22 November"},
	{fact("manual", "other", "yellow", "2026-11-20", "2026-11-23"),
		"两个单位的工作人员登记 11 月 20 日至 22 日您有其他情况，依据是一份证据",
		"Staff of two organisations recorded that there was another reason, on evidence, from 20 to 22 November"},
}

func TestSentence(t *testing.T) {
	t.Parallel()
	for _, c := range sentences {
		if got := facttext.Sentence(text.For(text.Chinese), c.fact); got != c.zh {
			t.Errorf("%s %s of %s\n got %s\nwant %s", c.fact.Kind, c.fact.Class, c.fact.Source, got, c.zh)
		}
		if got := facttext.Sentence(text.For(text.English), c.fact); got != c.en {
			t.Errorf("%s %s of %s\n got %s\nwant %s", c.fact.Kind, c.fact.Class, c.fact.Source, got, c.en)
		}
	}
}

// kinds is the closed vocabulary of the rulebook (rulebook.md 2).
var kinds = map[string][]string{
	"declaration": {""}, "residence": {""}, "stay": {"stayed", "transit"}, "arrival": {""}, "entry": {""},
	"contact": {"close", "secondary", "symptomatic", "same_building"}, "case": {"confirmed", "suspected", "asymptomatic"},
	"isolation": {"home", "central"}, "symptom": {""}, "checkin": {""}, "clinic": {""},
	"test": {"negative", "positive", "pending", "invalid"}, "duty": {"test", "checkin"}, "excuse": {""}, "known_cause": {""},
	"clearance": {"excluded", "discharged", "ended"}, "discrepancy": {""}, "breach": {""}, "other": {"red", "yellow"},
}

var sources = []string{"declaration", "checkin", "legacy", "carrier", "lab", "clinic", "border", "checkpoint", "population", "province", "city", "station", "decision", "health", "manual"}

// Nothing that the doors let in leaves a hole in a sentence, whoever reads it.
func TestEveryKindClassAndSourceHasWords(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{text.Chinese, text.English} {
		printer := text.For(lang)
		for kind, classes := range kinds {
			for _, class := range classes {
				for _, source := range sources {
					f := fact(source, kind, class, "2026-11-20 09:30", "2026-11-20 11:00")
					f.About, f.Authority = "case", "Haishu"
					for _, s := range []string{
						facttext.Sentence(printer, f), facttext.About(printer, f), facttext.Name(printer, f),
						facttext.Source(printer, f), facttext.Unit(printer, f), facttext.When(printer, f),
					} {
						if s == "" || strings.ContainsAny(s, "⟦⟧{}") || strings.Contains(s, "  ") {
							t.Errorf("%s: %s %s of %s: %q", lang, kind, class, source, s)
						}
						if lang == text.English && strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0 {
							t.Errorf("Chinese in English: %q", s)
						}
					}
				}
			}
		}
		for _, item := range []string{"fever", "dry_cough", "fatigue", "sore_throat", "runny_nose", "breathlessness", "chest_pain", "diarrhoea", "loss_of_smell", "other"} {
			if s := facttext.Symptoms(printer, ill(models.FactView{}, 0, item)); strings.Contains(s, "⟦") {
				t.Errorf("%s: %s", lang, s)
			}
		}
	}
}

func TestAboutSpeaksOfThePerson(t *testing.T) {
	t.Parallel()
	f := stay("carrier", "stayed", "2026-11-20 13:02", "2026-11-20 17:14")
	if got, want := facttext.About(text.For(text.Chinese), f), "记录显示 11 月 20 日（周五）13:02 至 17:14 当事人的手机在云州市临溪区停留 4 小时 12 分"; got != want {
		t.Errorf("got %s", got)
	}
	if got, want := facttext.About(text.For(text.English), stay("declaration", "stayed", "2026-11-16", "")), "They declared that they stayed in Linxi, Yunzhou on Monday 16 November"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestBriefTellsDays(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]models.FactView{
		"记录显示 11 月 20 日您的手机在云州市临溪区停留 4 小时 12 分": stay("carrier", "stayed", "2026-11-20 13:02", "2026-11-20 17:14"),
		"外地来函显示 11 月 19 日至 20 日您在云州市临溪区停留 8 小时": stay("city", "stayed", "2026-11-19 22:00", "2026-11-20 06:00"),
		"您申报 11 月 16 日至 18 日在云州市临溪区停留":          stay("declaration", "stayed", "2026-11-16", "2026-11-19"),
		"记录显示 11 月 20 日采样的检测为阴性":                fact("lab", "test", "negative", "2026-11-20 09:30", ""),
		"医疗卫生部门登记自 11 月 19 日起您是确诊病例":            fact("health", "case", "confirmed", "2026-11-19 10:00", ""),
	} {
		if got := facttext.Brief(text.For(text.Chinese), f); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestGistKeepsWhoSaidItOfTheirOwnWordOnly(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]models.FactView{
		"11 月 20 日您在发热门诊就诊":            fact("clinic", "clinic", "", "2026-11-20 08:02", ""),
		"您申报 11 月 16 日至 18 日在云州市临溪区停留": stay("declaration", "stayed", "2026-11-16", "2026-11-19"),
	} {
		if got := facttext.Gist(text.For(text.Chinese), f); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	f := models.FactView{Aside: "YS-2611-1234567-8", Locked: true, Replaced: true}
	got := strings.Join(facttext.Marks(text.For(text.Chinese), f), "|")
	if want := "申诉 YS-2611-1234567-8 已认定不计入|已有更新的记录代替|来源不允许本地更改"; got != want {
		t.Errorf("got %s", got)
	}
	if marks := facttext.Marks(text.For(text.Chinese), models.FactView{}); marks != nil {
		t.Errorf("a plain fact has marks %v", marks)
	}
}
