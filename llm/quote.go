package llm

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"aimyorg/domain"
)

// What the built-in model says around its quotes.
const (
	quoteLead    = "Quoted from the documents:\n\n"
	quoteNothing = "The documents don't say. No passage that you may read answers this question."
	maxQuotes    = 3
	quotePiece   = 24 // bytes, about four words
)

// quote answers without a provider: the best sentences of the best passages, as quotations with their numbers. Nothing
// leaves, so no receipt is written; Message.Quoting says how the answer was made.
func (x *run) quote(ctx context.Context, passages []domain.Passage) Reason {
	text, used := quotation(x.question.Text, passages, x.config.Best)
	x.mu.Lock()
	x.passages = used
	x.mu.Unlock()
	for text != "" {
		n := piece(text)
		x.add(text[:n])
		text = text[n:]
		if sleep(ctx, x.config.Pace); ctx.Err() != nil {
			return cutReason(ctx)
		}
	}
	return ""
}

// piece is the length of the next few words.
func piece(text string) int {
	if len(text) <= quotePiece {
		return len(text)
	}
	if i := strings.IndexAny(text[quotePiece:], " \n"); i >= 0 {
		return quotePiece + i + 1
	}
	return len(text)
}

// quotation is the whole answer and the passages that it numbers.
func quotation(question string, passages []domain.Passage, best func(question, text string) (int, int)) (string,
	[]domain.Passage,
) {
	var b strings.Builder
	var used []domain.Passage
	for _, p := range passages {
		start, end := best(question, p.Text)
		if start < 0 || end > len(p.Text) || start >= end || len(used) == maxQuotes {
			continue
		}
		said := strings.TrimSpace(domain.Line(p.Text[start:end]))
		if said == "" {
			continue
		}
		used = append(used, p)
		b.WriteString("> " + literal(said) + " [" + string(rune('0'+len(used))) + "]\n\n")
	}
	if len(used) == 0 {
		return quoteNothing, nil
	}
	return quoteLead + strings.TrimSpace(b.String()), used
}

// literal escapes what Markdown would read as markup in one line of plain text.
func literal(s string) string {
	var b strings.Builder
	for i, r := range s {
		inWord := r == '_' && i > 0 && isWord(rune(s[i-1])) && i+1 < len(s) && isWord(rune(s[i+1]))
		if strings.ContainsRune("\\`*_[]<>~|&!#", r) && !inWord {
			b.WriteByte('\\')
		}
		if i == 0 && (r == '-' || r == '+' || r == '=') {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return unnumbered(b.String())
}

// unnumbered keeps "1. January" at a line's start from becoming a list.
func unnumbered(s string) string {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits > 0 && digits < len(s) && (s[digits] == '.' || s[digits] == ')') {
		return s[:digits] + `\` + s[digits:]
	}
	return s
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// BestSentences finds the one to three sentences of a text that share most words with a question, as a byte range; 0, 0
// when they share too few. It compares the beginnings of words, so that "holidays" finds "holiday".
func BestSentences(question, text string) (start, end int) {
	want := keys(question)
	if len(want) == 0 {
		return 0, 0
	}
	all := sentences(text)
	bestScore := 0
	for i := range all {
		for n := 1; n <= 3 && i+n <= len(all); n++ {
			found := overlap(want, keys(text[all[i][0]:all[i+n-1][1]]))
			score := 8*found - 3*n // another sentence must add a word to be worth its length
			if found*3 >= len(want) && score > bestScore {
				bestScore, start, end = score, all[i][0], all[i+n-1][1]
			}
		}
	}
	return start, end
}

func overlap(want, have map[string]bool) int {
	n := 0
	for k := range want {
		if have[k] {
			n++
		}
	}
	return n
}

// keyRunes is how much of a word counts.
const keyRunes = 6

func keys(text string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !isWord(r) }) {
		if utf8.RuneCountInString(w) < 3 || common[w] {
			continue
		}
		w = strings.TrimSuffix(w, "s")
		if r := []rune(w); len(r) > keyRunes {
			w = string(r[:keyRunes])
		}
		out[w] = true
	}
	return out
}

// sentences are the byte ranges of a text's sentences: up to . ! ? before space, or a line break. "1. " begins one.
func sentences(text string) [][2]int {
	var out [][2]int
	start := 0
	for i := range len(text) {
		stop := text[i] == '\n' ||
			i-start > 3 && strings.IndexByte(".!?", text[i]) >= 0 && (i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\n')
		if !stop && i+1 < len(text) {
			continue
		}
		if strings.TrimSpace(text[start:i+1]) != "" {
			out = append(out, [2]int{start, i + 1})
		}
		start = i + 1
	}
	return out
}

// common words say nothing about what is asked.
var common = map[string]bool{
	"the": true, "and": true, "for": true, "are": true, "was": true, "were": true, "what": true, "which": true,
	"who": true, "whom": true, "when": true, "where": true, "why": true, "how": true, "does": true, "did": true,
	"can": true, "could": true, "should": true, "would": true, "may": true, "must": true, "will": true, "has": true,
	"have": true, "had": true, "our": true, "your": true, "their": true, "its": true, "this": true, "that": true,
	"these": true, "those": true, "with": true, "from": true, "into": true, "about": true, "there": true, "any": true,
	"many": true, "much": true, "long": true, "not": true, "but": true, "you": true, "they": true, "get": true,
	"tell": true, "say": true, "says": true, "please": true, "been": true, "being": true, "than": true, "then": true,
}
