package demo

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
)

// shown is how many residents of each colour the welcome names.
const shown = 3

// Welcome prints where to sign in to the demo and as whom, and a code of the
// first officer's second factor that works now.
func Welcome(w io.Writer, dir, baseURL string) {
	a, err := readAccounts(dir)
	if err != nil {
		fmt.Fprintf(w, "No demo accounts in %s: %v\n", dir, err)
		return
	}
	fmt.Fprintf(w, "\nYongxing Code demo 甬行码演示  %s\n", baseURL)
	fmt.Fprintf(w, "\nResidents 居民  %s/signin\n", baseURL)
	fmt.Fprintf(w, "  The page shows the one-time code. A new browser is asked for the last six of the document.\n")
	fmt.Fprintf(w, "  验证码显示在页面上；新浏览器还要填证件后六位。\n")
	for _, c := range []struct{ colour, label string }{
		{"green", "green 绿码"}, {"yellow", "yellow 黄码"}, {"red", "red 红码"}, {"unverified", "unverified 未核验"},
	} {
		fmt.Fprintf(w, "  %-15s %s\n", c.label, strings.Join(a.some(c.colour), ", "))
	}
	if r, ok := a.appealing(); ok {
		fmt.Fprintf(w, "  an appeal without signing in 不登录查申诉  %s/appeal/find\n    %s, %s\n", baseURL, r.Appeal, r.Phone)
	}
	fmt.Fprintf(w, "\nStaff 民警  %s/staff/signin\n", baseURL)
	for i, m := range a.Staff {
		if m.Role != "officer" && m.Role != "chief" {
			continue
		}
		fmt.Fprintf(w, "  %s  %s  %s  %s\n", m.Login, m.Password, m.Name, m.Station)
		if i == 0 {
			welcomeCode(w, m)
		}
	}
	fmt.Fprintf(w, "  Every account, with its secret for an authenticator app 全部账号和动态码密钥: %s\n", filepath.Join(dir, accountsFile))
	fmt.Fprintf(w, "\nTry an import: it turns %s red. 试导入一条行程记录，该居民变红:\n", a.first("green"))
	fmt.Fprintf(w, "  ./bin/yongxing import facts --data %s %s\n\n", dir, filepath.Join(dir, writtenFacts))
}

// welcomeCode prints the code that an authenticator app would show now.
func welcomeCode(w io.Writer, m member) {
	code, err := totp.GenerateCode(m.TOTPSecret, time.Now())
	if err != nil {
		return // a secret of another hand: the app will say so
	}
	fmt.Fprintf(w, "    code now 当前动态码 %s, each works once; add %s to any authenticator app for more\n", code, m.TOTPSecret)
}

// some are the first residents of a colour, with what signing in asks for.
func (a accounts) some(colour string) []string {
	var list []string
	for _, r := range a.Residents {
		if r.Colour == colour && len(list) < shown {
			list = append(list, fmt.Sprintf("%s (%s)", r.Phone, r.DocumentTail))
		}
	}
	return list
}

// appealing is the first resident with an appeal.
func (a accounts) appealing() (resident, bool) {
	for _, r := range a.Residents {
		if r.Appeal != "" {
			return r, true
		}
	}
	return resident{}, false
}

func (a accounts) first(colour string) string {
	for _, r := range a.Residents {
		if r.Colour == colour {
			return r.Phone
		}
	}
	return ""
}
