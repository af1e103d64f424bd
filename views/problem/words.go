package problem

import (
	"strconv"
	"strings"

	"aimyorg/views/words"
)

type sentence struct{ code, title, text, kept string }

const nothingChanged = "Nothing was changed."

// sentences has the statuses that pages are shown for; anything else reads as 500 or, below it, as 400.
var sentences = map[int]sentence{
	400: {"bad_request", "This request can't be understood", "It was incomplete or changed on its way. Go back, reload and try again.",
		nothingChanged},
	403: {"refused", "This is not allowed", "Your role, your organization's settings or your own consent don't allow it.", nothingChanged},
	404: {"not_found", "There is nothing here", "The address is wrong, the thing was deleted, or you may not see it.", ""},
	405: {"not_allowed", "That is not how this page is used", "Go back and use the page's own buttons.", nothingChanged},
	409: {"conflict", "Somebody else was quicker", "It changed after you opened it. Go back, look at it as it is now and decide again.",
		"The other change is kept; yours was not saved."},
	413: {"too_large", "That is too large", "A file may hold 100 MB, and one upload 50 files. Send less at once.",
		"Nothing of it was saved."},
	415: {"unsupported", "That was sent in a form that isn't taken", "Use the page's own form, without compression.", nothingChanged},
	422: {"invalid", "Something is missing or wrong", "Go back, look at the fields that are marked and send it again.",
		"What you typed is still in the form."},
	429: {"too_many", "Too many tries", "", "What you did before is kept."},
	431: {"headers_too_large", "This address is too long", "Address and cookies together may hold 16 KB. Shorten it, or begin again at the first page.",
		nothingChanged},
	500: {"internal", "Something broke on our side", "It has been noted. Try again; if it stays, write to support with the request number.",
		"What was saved before is kept. This last step may not have been."},
	503: {"unavailable", "Not available for a moment", "", "What was saved before is kept."},
}

// elsewhere is for a form that was made for another organization than the one that the person is in now (A37).
const elsewhere = "other_organization"

func of(p Page) sentence {
	if p.Code == elsewhere {
		return sentence{elsewhere, "This page is from another organization", "You are in " + p.In + " now. The page that this came from was made for another " +
			"organization, so it was not followed. Go on here, or change back and send it again.", nothingChanged}
	}
	return about(p.Status)
}

func about(status int) sentence {
	if s, ok := sentences[status]; ok {
		return s
	}
	if status >= 400 && status < 500 {
		return sentences[400]
	}
	return sentences[500]
}

func code(p Page) string {
	if p.Code != "" {
		return p.Code
	}
	return of(p).code
}

func title(p Page) string { return of(p).title }

func status(p Page) string { return strconv.Itoa(p.Status) }

// explain says what is wrong and what to do (from what the handler knows, else what the code means, else what the
// status means), and then what was kept.
func explain(p Page) string {
	return strings.TrimSpace(cause(p) + " " + of(p).kept)
}

func cause(p Page) string {
	switch {
	case p.Text != "":
		return p.Text
	case p.Status == 403 && p.Code != "" && p.Code != "refused":
		return words.Refused(p.Code)
	case p.Status == 429 || p.Status == 503:
		return wait(p)
	}
	return of(p).text
}

func wait(p Page) string {
	if p.RetryAfter > 0 {
		return "Try again in " + words.Seconds(p.RetryAfter) + "."
	}
	return "Try again in a few minutes."
}

// Passing says whether what is wrong may be over after a while.
func Passing(status int) bool { return status == 429 || status >= 500 }

func backLabel(status int) string {
	if Passing(status) {
		return "Try again"
	}
	return "Go back"
}

func backIcon(status int) string {
	if Passing(status) {
		return "refresh-cw"
	}
	return "arrow-left"
}

// Title is what an error page is called.
func Title(p Page) string { return title(p) }
