package officer

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"yongxing/models"
	"yongxing/models/evidence"
	"yongxing/views/officer"
	"yongxing/views/text"
	"yongxing/views/ui"
)

// EvidencePage is one picture in the frame of the desk, with the way to the others
// and back to the case.
func (h *Handlers) EvidencePage(c echo.Context) error {
	query, err := h.Query(c, listField)
	if err != nil {
		return err
	}
	list, unknown := readList(query)
	if unknown {
		return errUnknown()
	}
	v, err := h.Portal.EvidencePage(c.Request().Context(), h.StaffID(c), c.Param("number"), c.Param("ref"))
	if err != nil {
		return err
	}
	t, e := h.T(c), v.All[v.At]
	f := h.desk(c, v.Desk, "officer.photo_title", v.Number, v.At+1)
	f.Path = evidenceHref(v.Number, e.Ref, list)
	d := officer.EvidencePage{
		Frame: f, Back: caseHref(v.Number, list), Heading: t.T("officer.photo_of", v.At+1, len(v.All), t.T("appeal.kind."+e.Kind)),
		Case: text.MaskName(v.Name) + "　" + v.Number, Source: "/officer/evidence/" + e.Ref, Width: e.Width, Height: e.Height,
		Said: []ui.Pair{{Key: t.T("officer.photo_sent"), Value: t.T("officer.photo_by", t.DateTime(e.AddedAt.Time()))}},
	}
	if e.TakenAt != nil {
		d.Said = append(d.Said, ui.Pair{Key: t.T("officer.photo_taken"), Value: t.DateTime(e.TakenAt.Time())})
	}
	if v.At > 0 {
		d.Before = evidenceHref(v.Number, v.All[v.At-1].Ref, list)
	}
	if v.At < len(v.All)-1 {
		d.After = evidenceHref(v.Number, v.All[v.At+1].Ref, list)
	}
	return h.Render(c, http.StatusOK, officer.Evidence(d))
}

// Evidence is one picture, re-encoded when it came in.
func (h *Handlers) Evidence(c echo.Context) error {
	picture, err := h.Portal.ViewEvidence(c.Request().Context(), h.StaffID(c), c.Param("ref"))
	if err != nil {
		return err
	}
	head := c.Response().Header()
	head.Set("Content-Disposition", "inline")
	head.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	return c.Blob(http.StatusOK, "image/jpeg", picture)
}

// evidenceHref is the address of a picture's page, opened from a part of the queue.
func evidenceHref(number, ref string, list models.QueueAsk) string {
	return withList(queuePath+"/"+number+"/evidence/"+ref, list)
}

func caseFiles(t *text.Printer, c models.AppealCase, list models.QueueAsk) []officer.File {
	var files []officer.File
	for _, e := range c.Evidence {
		files = append(files, officer.File{Href: evidenceHref(c.Number, e.Ref, list), Name: t.T("appeal.kind." + e.Kind), Under: fileUnder(t, e)})
	}
	return files
}

func fileUnder(t *text.Printer, e evidence.Evidence) string {
	if e.TakenAt != nil {
		return t.T("officer.file_taken", t.Brief(e.TakenAt.Time()))
	}
	return t.T("officer.file_sent", t.Brief(e.AddedAt.Time()))
}
