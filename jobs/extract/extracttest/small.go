package extracttest

import (
	"bytes"
	"compress/flate"
	"encoding/csv"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

func deflate(data []byte) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	must(err)
	_, err = w.Write(data)
	must(err)
	must(w.Close())
	return b.Bytes()
}

// CSV writes rows, separated by commas.
func CSV(rows [][]string) []byte {
	var b bytes.Buffer
	must(csv.NewWriter(&b).WriteAll(rows))
	return b.Bytes()
}

// HTML is a page with a title, a heading and paragraphs.
func HTML(title string, paragraphs []string) []byte {
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + esc(title) +
		"</title><style>p{color:red}</style></head><body>\n<h1>" + esc(title) + "</h1>\n")
	for _, p := range paragraphs {
		b.WriteString("<p>" + esc(p) + "</p>\n")
	}
	b.WriteString("<script>var unseen = 1</script></body></html>\n")
	return []byte(b.String())
}

// Mail is what EML writes.
type Mail struct {
	From, To, Subject string
	Date              string   // RFC 5322
	Text, HTML        string   // the body in either form, or both
	Attachments       []string // names; each is attached with a few bytes in it
}

// EML writes a mail.
func EML(m Mail) []byte {
	var b strings.Builder
	b.WriteString("From: " + m.From + "\r\nTo: " + m.To + "\r\nSubject: " + m.Subject + "\r\nDate: " + m.Date +
		"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n")
	b.WriteString("--outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n")
	for _, body := range []struct{ kind, text string }{{"plain", m.Text}, {"html", m.HTML}} {
		if body.text != "" {
			b.WriteString("--inner\r\nContent-Type: text/" + body.kind + "; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
				strings.ReplaceAll(body.text, "\n", "\r\n") + "\r\n")
		}
	}
	b.WriteString("--inner--\r\n")
	for _, name := range m.Attachments {
		b.WriteString("--outer\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"" + name +
			"\"\r\nContent-Transfer-Encoding: base64\r\n\r\nYXR0YWNoZWQ=\r\n")
	}
	b.WriteString("--outer--\r\n")
	return []byte(b.String())
}
