package extracttest

import (
	"bytes"
	"fmt"
	"strings"
)

// PDF writes one page per text, in Helvetica, its lines parted by line feeds and wrapped at some 90 characters. Letters
// beyond Windows-1252 become question marks.
func PDF(title string, pages []string) []byte {
	objects := []string{"", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"}
	var kids []string
	for _, text := range pages {
		content := pageContent(text)
		objects = append(objects,
			fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "+
				"/Resources << /Font << /F1 3 0 R >> >> >>", len(objects)+1))
		kids = append(kids, fmt.Sprintf("%d 0 R", len(objects)))
	}
	objects[0] = "<< /Type /Catalog /Pages 2 0 R >>"
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(kids, " "), len(kids))
	objects = append(objects, "<< /Title "+pdfString(title)+" >>")
	return pdfFile(objects, fmt.Sprintf("/Info %d 0 R", len(objects)))
}

// EncryptedPDF is a PDF that can't be opened without its password.
func EncryptedPDF() []byte {
	zeros := strings.Repeat("00", 32)
	return pdfFile([]string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [] /Count 0 >>",
		"<< /Filter /Standard /V 1 /R 2 /O <" + zeros + "> /U <" + zeros + "> /P -44 >>",
	}, "/Encrypt 3 0 R /ID [<00> <00>]")
}

// ScannedPDF has a page with a drawn box and no text.
func ScannedPDF() []byte {
	const content = "100 100 300 500 re f"
	return pdfFile([]string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R /Resources << >> >>",
	}, "")
}

func pdfFile(objects []string, trailer string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, xref)
	return b.Bytes()
}

func pageContent(text string) string {
	var b strings.Builder
	b.WriteString("BT /F1 11 Tf 14 TL 60 780 Td")
	for line := range strings.SplitSeq(text, "\n") {
		for _, piece := range wrap(line, 90) {
			b.WriteString("\n" + pdfString(piece) + " Tj T*")
		}
	}
	b.WriteString("\nET")
	return b.String()
}

func wrap(line string, width int) []string {
	var lines []string
	now := ""
	for _, word := range strings.Fields(line) {
		if now != "" && len(now)+1+len(word) > width {
			lines, now = append(lines, now), ""
		}
		now = strings.TrimSpace(now + " " + word)
	}
	return append(lines, now)
}

var winAnsi = map[rune]byte{'€': 0x80, '…': 0x85, '‘': 0x91, '’': 0x92, '“': 0x93, '”': 0x94, '•': 0x95, '–': 0x96, '—': 0x97}

func pdfString(s string) string {
	var b strings.Builder
	b.WriteByte('(')
	for _, r := range s {
		switch c, special := winAnsi[r]; {
		case r == '(' || r == ')' || r == '\\':
			b.WriteString("\\" + string(r))
		case special:
			fmt.Fprintf(&b, "\\%03o", c)
		case r < 0x80:
			b.WriteRune(r)
		case r >= 0xa0 && r <= 0xff:
			fmt.Fprintf(&b, "\\%03o", r)
		default:
			b.WriteByte('?')
		}
	}
	return b.String() + ")"
}
