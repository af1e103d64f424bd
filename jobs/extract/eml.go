package extract

import (
	"bytes"
	"strings"

	"github.com/jhillyerd/enmime/v2"
)

// mailParts is how many MIME parts a mail may have; each opens with a boundary line.
const mailParts = 1_000

// readEML reads a mail: who wrote to whom, when, about what; the text; the names of what is attached, which is not read.
func readEML(data []byte, l Limits) (*Document, error) {
	if bytes.Count(data, []byte("\n--")) > 20*mailParts || deepMail(data) {
		return nil, ErrBomb
	}
	parser := enmime.NewParser(enmime.DisableTextConversion(true), enmime.MaxStoredPartErrors(20))
	mail, err := parser.ReadEnvelope(bytes.NewReader(data))
	if err != nil {
		return nil, ErrDamaged
	}
	s := newSink(l)
	s.title(mail.GetHeader("Subject"))
	for _, name := range []string{"From", "To", "Cc", "Date", "Subject"} {
		if v := mail.GetHeader(name); v != "" {
			s.add(Paragraph, 0, name+": "+s.clean.line(v))
		}
	}
	switch {
	case strings.TrimSpace(mail.Text) != "":
		addParagraphs(s, mail.Text)
	case mail.HTML != "":
		err = addMailHTML(s, mail.HTML)
	}
	if err != nil {
		return nil, err
	}
	for _, p := range append(append(mail.Attachments, mail.Inlines...), mail.OtherParts...) {
		if p.FileName != "" {
			s.add(Item, 0, "Attachment: "+p.FileName)
		}
	}
	return s.finish()
}

// addMailHTML reads a mail's page; its title is no title of the mail.
func addMailHTML(s *sink, page string) error {
	title := s.doc.Title
	err := addHTML(s, page)
	if title != "" {
		s.doc.Title = title
	}
	return err
}

// deepMail finds mails nested like Russian dolls, which a recursive parser would follow all the way down.
func deepMail(data []byte) bool {
	lower := bytes.ToLower(data)
	return bytes.Count(lower, []byte("content-type: multipart/")) > 100 || bytes.Count(lower, []byte("boundary=")) > 200
}
