package mail

import "strings"

const lineWidth = 76

// plain is the twin for programs that show text.
func plain(p page) string {
	var b strings.Builder
	part := func(text string) { b.WriteString(fold(text) + "\n\n") }
	part(p.Title)
	part(greeting(p.Name))
	for _, line := range p.Lines {
		part(line)
	}
	for _, item := range p.Items {
		part(strings.TrimSpace("* " + item.Title + ". " + item.Text + " " + item.When))
	}
	if p.Button != "" {
		b.WriteString(p.Button + ":\n" + p.Link + "\n\n") // never folded: it is to be followed
	}
	for _, line := range p.After {
		part(line)
	}
	b.WriteString("-- \n" + footer(p.Home) + "\n") // "-- " begins a signature for mail programs
	return b.String()
}

// fold breaks a text into lines at spaces. What somebody wrote cannot begin a line of its own, for line breaks are spaces.
func fold(text string) string {
	var b strings.Builder
	width := 0
	for i, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case width+1+n > lineWidth:
			b.WriteByte('\n')
			width = 0
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += n
	}
	return b.String()
}
