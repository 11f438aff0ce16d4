package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/handlers/officer"
	"yongxing/handlers/public"
	"yongxing/handlers/resident"
	"yongxing/models/evidence"
	"yongxing/static"
)

// photoLimit is one photo of the largest size and the form around it. A larger
// body is cut off with 413 before anything looks at it.
const photoLimit = evidence.MaxBytes + 128<<10

// routes is the whole portal on one page: who may come to which address, and
// what answers. Every GET also answers HEAD.
func (s *Server) routes() []route {
	all, own, desk := public.New(s.kit), resident.New(s.kit), officer.New(s.kit)
	return []route{
		// ---- everybody
		{method: http.MethodGet, path: "/", who: everybody, last: true, handler: all.Home},
		{method: http.MethodGet, path: "/help", who: everybody, handler: all.Help},
		{method: http.MethodGet, path: "/privacy", who: everybody, handler: all.Privacy},
		{method: http.MethodGet, path: "/accessibility", who: everybody, handler: all.Accessibility},
		{method: http.MethodGet, path: "/v/:token", who: everybody, handler: all.Verify},
		{method: http.MethodGet, path: "/V/:token", who: everybody, handler: all.Verify},

		// ---- one appeal, by its number
		{method: http.MethodGet, path: "/appeal/find", who: everybody, handler: own.AppealFind},
		{method: http.MethodPost, path: "/appeal/find", who: everybody, handler: own.AppealFindAsk},
		{method: http.MethodGet, path: "/appeal/find/code", who: everybody, handler: own.AppealFindCode},
		{method: http.MethodPost, path: "/appeal/find/code", who: everybody, handler: own.AppealFindAnswer},
		{method: http.MethodGet, path: "/appeal/found", who: everybody, handler: own.AppealFound},
		{method: http.MethodPost, path: "/appeal/found/leave", who: everybody, handler: own.AppealLeave},

		// ---- a resident signs in
		{method: http.MethodGet, path: "/signin", who: everybody, handler: own.SignIn},
		{method: http.MethodPost, path: "/signin", who: everybody, handler: own.SignInAsk},
		{method: http.MethodGet, path: "/signin/code", who: everybody, handler: own.SignInCode},
		{method: http.MethodPost, path: "/signin/code", who: everybody, handler: own.SignInAnswer},
		{method: http.MethodGet, path: "/signin/document", who: everybody, handler: own.SignInDocument},
		{method: http.MethodPost, path: "/signin/document", who: everybody, handler: own.SignInName},
		{method: http.MethodGet, path: "/signin/notme", who: everybody, handler: own.SignInNotMe},
		{method: http.MethodPost, path: "/signin/notme", who: everybody, handler: own.SignInDetach},
		{method: http.MethodPost, path: "/signout", who: everybody, handler: own.SignOut},

		// ---- a resident declares
		{method: http.MethodGet, path: "/declare", who: residents, handler: own.Declare},
		{method: http.MethodPost, path: "/declare/anew", who: residents, handler: own.DeclareAnew},
		{method: http.MethodGet, path: "/declare/identity", who: residents, handler: own.DeclareIdentity},
		{method: http.MethodPost, path: "/declare/identity", who: residents, handler: own.DeclareIdentitySave},
		{method: http.MethodGet, path: "/declare/residence", who: residents, handler: own.DeclareResidence},
		{method: http.MethodPost, path: "/declare/residence", who: residents, handler: own.DeclareResidenceSave},
		{method: http.MethodGet, path: "/declare/stays", who: residents, handler: own.DeclareStays},
		{method: http.MethodPost, path: "/declare/stays", who: residents, handler: own.DeclareStaysSave},
		{method: http.MethodGet, path: "/declare/stays/add", who: residents, handler: own.DeclareStay},
		{method: http.MethodPost, path: "/declare/stays/add", who: residents, handler: own.DeclareStaySave},
		{method: http.MethodGet, path: "/declare/contact", who: residents, handler: own.DeclareContact},
		{method: http.MethodPost, path: "/declare/contact", who: residents, handler: own.DeclareContactSave},
		{method: http.MethodGet, path: "/declare/health", who: residents, handler: own.DeclareHealth},
		{method: http.MethodPost, path: "/declare/health", who: residents, handler: own.DeclareHealthSave},
		{method: http.MethodGet, path: "/declare/confirm", who: residents, handler: own.DeclareConfirm},
		{method: http.MethodGet, path: "/declare/check", who: residents, handler: own.DeclareCheck},
		{method: http.MethodPost, path: "/declare/check", who: residents, handler: own.DeclareSend},
		{method: http.MethodGet, path: "/declare/done", who: residents, handler: own.DeclareDone},

		// ---- a resident's own code
		{method: http.MethodGet, path: "/code", who: residents, last: true, handler: own.CodePage},
		{method: http.MethodGet, path: "/code/show", who: residents, last: true, handler: own.CodeShow},
		{method: http.MethodGet, path: "/code/fragment", who: residents, part: true, last: true, handler: own.CodeFragment},
		{method: http.MethodGet, path: "/history", who: residents, handler: own.History},

		// ---- a resident's own account
		{method: http.MethodGet, path: "/me", who: residents, handler: own.Me},
		{method: http.MethodPost, path: "/me/settings", who: residents, handler: own.MeSettings},
		{method: http.MethodPost, path: "/me/devices/end", who: residents, handler: own.DeviceEnd},
		{method: http.MethodPost, path: "/me/devices/others", who: residents, handler: own.DevicesEnd},
		{method: http.MethodGet, path: "/me/document", who: residents, handler: own.Documents},
		{method: http.MethodPost, path: "/me/document", who: residents, handler: own.DocumentClaim},
		{method: http.MethodGet, path: "/me/phone", who: residents, handler: own.Phone},
		{method: http.MethodPost, path: "/me/phone", who: residents, handler: own.PhoneAsk},
		{method: http.MethodGet, path: "/me/phone/code", who: residents, handler: own.PhoneCode},
		{method: http.MethodPost, path: "/me/phone/code", who: residents, handler: own.PhoneAnswer},
		{method: http.MethodGet, path: "/me/looks", who: residents, handler: own.Looks},
		{method: http.MethodGet, path: "/notices", who: residents, handler: own.Notices},
		{method: http.MethodPost, path: "/notices/open", who: residents, handler: own.NoticeOpen},
		{method: http.MethodPost, path: "/notices/read", who: residents, handler: own.NoticesRead},

		// ---- a resident's appeals
		{method: http.MethodGet, path: "/appeal/new", who: residents, handler: own.AppealItems},
		{method: http.MethodPost, path: "/appeal/new", who: residents, handler: own.AppealChoose},
		{method: http.MethodPost, path: "/appeal/new/anew", who: residents, handler: own.AppealAnew},
		{method: http.MethodGet, path: "/appeal/new/statement", who: residents, handler: own.AppealStatement},
		{method: http.MethodPost, path: "/appeal/new/statement", who: residents, handler: own.AppealExplain},
		{method: http.MethodGet, path: "/appeal/new/evidence", who: residents, handler: own.AppealEvidence},
		{method: http.MethodPost, path: "/appeal/new/evidence", who: residents, body: photoLimit, handler: own.AppealAddPhoto},
		{method: http.MethodPost, path: "/appeal/new/evidence/remove", who: residents, handler: own.AppealRemovePhoto},
		{method: http.MethodGet, path: "/appeal/new/check", who: residents, handler: own.AppealCheck},
		{method: http.MethodPost, path: "/appeal/new/check", who: residents, handler: own.AppealSend},
		{method: http.MethodGet, path: "/appeal/:number", who: residents, handler: own.Appeal},
		{method: http.MethodPost, path: "/appeal/:number/material", who: residents, body: photoLimit, handler: own.AppealMaterial},
		{method: http.MethodGet, path: "/appeal/:number/withdraw", who: residents, handler: own.AppealWithdrawAsk},
		{method: http.MethodPost, path: "/appeal/:number/withdraw", who: residents, handler: own.AppealWithdraw},
		{method: http.MethodGet, path: "/evidence/:ref", who: residents, part: true, handler: own.Photo},

		// ---- the desk
		{method: http.MethodGet, path: "/staff/signin", who: everybody, handler: desk.SignInPage},
		{method: http.MethodPost, path: "/staff/signin", who: everybody, handler: desk.SignIn},
		{method: http.MethodPost, path: "/staff/signout", who: staff, handler: desk.SignOut},
		{method: http.MethodGet, path: "/staff/awake", who: staff, part: true, handler: desk.Awake},
		{method: http.MethodGet, path: "/officer/appeals", who: staff, handler: desk.Queue},
		{method: http.MethodPost, path: "/officer/appeals/find", who: staff, handler: desk.Find},
		{method: http.MethodGet, path: "/officer/appeals/:number", who: staff, handler: desk.Case},
		{method: http.MethodPost, path: "/officer/appeals/:number/claim", who: staff, handler: desk.Claim},
		{method: http.MethodPost, path: "/officer/appeals/:number/release", who: staff, handler: desk.Release},
		{method: http.MethodPost, path: "/officer/appeals/:number/identity", who: staff, keep: desk.Keep, handler: desk.Reveal},
		{method: http.MethodPost, path: "/officer/appeals/:number/keep", who: staff, keep: desk.Keep, handler: desk.KeepTyped},
		{method: http.MethodPost, path: "/officer/appeals/:number/preview", who: staff, keep: desk.Keep, handler: desk.Preview},
		{method: http.MethodPost, path: "/officer/appeals/:number/decide", who: staff, keep: desk.Keep, handler: desk.Decide},
		{method: http.MethodGet, path: "/officer/appeals/:number/evidence/:ref", who: staff, handler: desk.EvidencePage},
		{method: http.MethodGet, path: "/officer/evidence/:ref", who: staff, handler: desk.Evidence},

		// ---- the machine's own
		{method: http.MethodGet, path: "/healthz", who: everybody, free: true, handler: s.healthy},
		{method: http.MethodGet, path: "/readyz", who: everybody, free: true, handler: s.ready},
		{method: http.MethodGet, path: "/static/*", who: everybody, free: true, handler: echo.WrapHandler(static.Handler())},
	}
}
