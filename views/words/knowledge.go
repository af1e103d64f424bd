package words

import (
	"strings"

	"aimyorg/domain"
)

var unreadable = map[string]string{
	"encrypted":   "The file is protected with a password. Save it without one and upload it as a new version.",
	"mismatch":    "The file's content is not what its name says. Check that it is the right file and upload it again.",
	"empty":       "The file is empty.",
	"unsupported": "Files of this type can't be read. PDF, Word, PowerPoint, Excel, HTML, Markdown, text, CSV and mail files can.",
	"too_large":   "The file holds more than can be read. Split it and upload the parts.",
	"bomb":        "The file unpacks to far more than its size, so reading it was stopped.",
	"damaged":     "The file is damaged or was not saved completely. Open it in the program that made it, save it again and upload that.",
	"no_text":     "The file holds no text, perhaps because its pages are pictures. Run text recognition over it and upload the result.",
	"limit":       "Reading took longer or needed more memory than one file may use. Split it and upload the parts.",
}

// Unreadable says why a file's text could not be taken out, and what to do, for a code of jobs/extract.
func Unreadable(code string) string {
	if s, ok := unreadable[code]; ok {
		return s
	}
	return "The file could not be read. Upload it again, or save it in another format first."
}

// DocumentState is what a version's state is called.
func DocumentState(s domain.DocumentState) string {
	switch s {
	case domain.DocumentWaiting:
		return "Waiting"
	case domain.DocumentReading:
		return "Being read"
	case domain.DocumentReady:
		return "Ready"
	}
	return "Can't be read"
}

var mediaTypes = map[string]string{
	"application/pdf": "PDF",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   "Word",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         "Excel",
	"text/html":      "HTML",
	"text/markdown":  "Markdown",
	"text/plain":     "Text",
	"text/csv":       "CSV",
	"message/rfc822": "Mail",
}

// FileType is a version's kind in words. A type that the product does not know is a "File".
func FileType(v domain.Version) string {
	if v.Written {
		return "Page"
	}
	media, _, _ := strings.Cut(v.MediaType, ";")
	if s, ok := mediaTypes[strings.ToLower(strings.TrimSpace(media))]; ok {
		return s
	}
	return "File"
}

// Readers says who may read a collection: "Everyone", or departments, roles and people by name. Owners and admins always may,
// so they are the answer when nobody is named. Whoever is not in names is counted, not shown; that somebody is denied is
// said, and not who.
func Readers(access []domain.Access, names map[domain.ID]string) string {
	var who []string
	unnamed, everyone, but := 0, false, ""
	for _, a := range access {
		switch {
		case a.Denied:
			but = ", with exceptions"
		case a.Kind == domain.ToEveryone:
			everyone = true
		case a.Kind == domain.ToRole && domain.Role(a.Subject).Known():
			who = append(who, roleMany(domain.Role(a.Subject)))
		case names[domain.ID(a.Subject)] != "":
			who = append(who, names[domain.ID(a.Subject)])
		default:
			unnamed++
		}
	}
	if everyone {
		return "Everyone" + but
	}
	return readers(who, unnamed) + but
}

const readersShown = 3

func readers(who []string, unnamed int) string {
	if len(who) > readersShown {
		unnamed += len(who) - readersShown
		who = who[:readersShown]
	}
	if unnamed > 0 && len(who) > 0 {
		who = append(who, Count(unnamed, "other", "others"))
	} else if unnamed > 0 {
		who = append(who, Count(unnamed, "person", "people"))
	}
	if len(who) == 0 {
		return "Only its creator, owners and admins"
	}
	return List(who...)
}

func roleMany(r domain.Role) string { return r.Name() + "s" }
