package handlers

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"aimyorg/views/policy"
)

// The policy is plain text with one thing a line: "3. Title" begins a section, "- " an item of a list, a short line
// without a full stop a part of a section; everything else is a paragraph.

// longestHeading is the longest line, in runes, that can be the heading of a part.
const longestHeading = 60

// policySections reads the text into what the page shows. The numbers stay in the titles: people cite them.
func policySections(text string) (intro []string, sections []policy.Section) {
	r := policyReader{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			r.line(line)
		}
	}
	return r.intro, r.sections
}

type policyReader struct {
	intro    []string
	sections []policy.Section
}

func (r *policyReader) line(line string) {
	item, isItem := strings.CutPrefix(line, "- ")
	switch {
	case numbered(line):
		r.sections = append(r.sections, policy.Section{ID: "section-" + strconv.Itoa(len(r.sections)+1), Title: line})
	case len(r.sections) == 0:
		r.intro = append(r.intro, line)
	case isItem:
		r.item(item)
	case heading(line):
		s := &r.sections[len(r.sections)-1]
		s.Parts = append(s.Parts, policy.Section{ID: s.ID + "-" + strconv.Itoa(len(s.Parts)+1), Title: line})
	default:
		blocks := r.blocks()
		*blocks = append(*blocks, policy.Block{Text: line})
	}
}

// blocks is where text goes: the last part of the last section, or the section itself.
func (r *policyReader) blocks() *[]policy.Block {
	s := &r.sections[len(r.sections)-1]
	if len(s.Parts) > 0 {
		return &s.Parts[len(s.Parts)-1].Blocks
	}
	return &s.Blocks
}

// item goes into the list that the paragraph before it leads into, or into one of its own.
func (r *policyReader) item(text string) {
	blocks := r.blocks()
	if len(*blocks) == 0 {
		*blocks = append(*blocks, policy.Block{})
	}
	last := &(*blocks)[len(*blocks)-1]
	last.Items = append(last.Items, text)
}

func numbered(line string) bool {
	number, title, ok := strings.Cut(line, ". ")
	_, err := strconv.Atoi(number)
	return ok && err == nil && title != ""
}

func heading(line string) bool {
	return utf8.RuneCountInString(line) <= longestHeading && !strings.ContainsAny(line, ".:@")
}
