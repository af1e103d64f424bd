package search

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"golang.org/x/text/unicode/norm"
)

// Term is what is looked up: a stem, a number, a bigram, a whole compound. It
// is clear text; the caller makes a keyed hash of it before storing (P31).
type Term string

// keptWords is how many words an analyser that is used again may know: some 15 MB.
const keptWords = 1 << 17

// Analyser turns text into terms. It remembers the words that it has seen, which makes
// indexing several times faster: use one for many texts, and not from two goroutines.
// Memory is some hundred bytes a distinct word.
type Analyser struct {
	languages Languages
	env       *snowballstem.Env
	words     vocabulary
	listed    listed
	keys      []uint64 // by the term's number: its key for keysOf; 0 when it is not known
	keysOf    string
}

// NewAnalyser makes an analyser that stems each word in every one of languages.
// A document is analysed in its own language, Detect(text).Only().
func NewAnalyser(languages Languages) *Analyser {
	return &Analyser{languages: languages.known(), env: snowballstem.NewEnv(""), words: newVocabulary()}
}

// Analysers lends analysers, so that what one text's words are stemmed to is known
// for the next. Its zero value is ready; the garbage collector empties it.
type Analysers struct{ idle sync.Map } // of Languages → *sync.Pool

// Take lends one that stems in every one of languages.
func (s *Analysers) Take(languages Languages) *Analyser {
	if idle, ok := s.idle.Load(languages.known()); ok {
		if a, ok := idle.(*sync.Pool).Get().(*Analyser); ok {
			return a
		}
	}
	return NewAnalyser(languages)
}

// Give takes it back, unless it has come to know too much.
func (s *Analysers) Give(a *Analyser) {
	if len(a.words.words) > keptWords {
		return
	}
	idle, _ := s.idle.LoadOrStore(a.languages, &sync.Pool{})
	idle.(*sync.Pool).Put(a)
}

// Terms returns the terms of one text in the given language, in order and with
// repetitions. For many texts use one Analyser.
func Terms(text string, l Language) []Term { return NewAnalyser(l.Only()).Terms(text) }

// Terms returns the terms of text, in order and with repetitions. A term is
// valid UTF-8 of at most MaxWord runes, give or take what stemming adds.
func (a *Analyser) Terms(text string) []Term {
	numbers := a.append(make([]uint32, 0, len(text)/5), text)
	terms := make([]Term, len(numbers))
	for i, n := range numbers {
		terms[i] = a.words.terms[n]
	}
	return terms
}

// append appends the numbers of a text's terms.
func (a *Analyser) append(numbers []uint32, text string) []uint32 {
	a.each(text, func(found []uint32, _ span) { numbers = append(numbers, found...) })
	return numbers
}

// each calls yield for every word, bigram and compound that has terms, in order, with their numbers.
func (a *Analyser) each(text string, yield func(terms []uint32, at span)) {
	a.some(text, nil, yield)
}

// some is each for the words and compounds that begin as they may; nil: for all.
func (a *Analyser) some(text string, in *initials, yield func(terms []uint32, at span)) {
	emit := func(word string, at span) {
		if in != nil && !in.may(word) {
			return
		}
		if terms := a.word(word); len(terms) > 0 {
			yield(terms, at)
		}
	}
	s := scanner{text: text, initials: in}
	for chain := s.next(); len(chain) > 0; chain = s.next() {
		switch {
		case chain[0].dense:
			bigrams(text, chain[0], func(at span) { yield(a.bigram(text[at.start:at.end]), at) })
		case len(chain) > 1:
			compound(text, chain, emit)
		case !elided(text, chain[0]):
			emit(text[chain[0].start:chain[0].end], chain[0])
		}
	}
}

// elided finds the single letters that an apostrophe leaves: it's, l'eau.
func elided(text string, w span) bool {
	if w.end-w.start != 1 || text[w.start] <= '9' {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(text[:w.start])
	after, _ := utf8.DecodeRuneInString(text[w.end:])
	return apostrophe(before) || apostrophe(after)
}

func apostrophe(r rune) bool { return r == '\'' || r == '’' }

// compound emits the parts of a chain and the chain as a whole. Parts of one
// letter or digit are left to the whole, unless it is too long to be a term.
func compound(text string, chain []span, emit func(string, span)) {
	whole := join(text, chain)
	for _, w := range chain {
		if whole == "" || w.end-w.start > 1 {
			emit(text[w.start:w.end], w)
		}
	}
	if whole != "" {
		emit(whole, span{start: chain[0].start, end: chain[len(chain)-1].end})
	}
}

// join writes a chain as one word, so that spellings of one thing meet: hyphens
// and underscores go (e-mail, ISO-27001), dots go between single letters
// (U.S.) and stay elsewhere (4.1), @ and & stay.
func join(text string, chain []span) string {
	first, last := chain[0].start, chain[len(chain)-1].end
	if last-first > 4*MaxWord || utf8.RuneCountInString(text[first:last]) > MaxWord {
		return ""
	}
	short := !slices.ContainsFunc(chain, func(w span) bool { return w.end-w.start > 1 || text[w.start] <= '9' })
	var b strings.Builder
	b.Grow(last - first)
	for i, w := range chain {
		if i > 0 {
			if c := text[chain[i-1].end]; c == '@' || c == '&' || c == '.' && !short {
				b.WriteByte(c)
			}
		}
		b.WriteString(text[w.start:w.end])
	}
	return b.String()
}

// bigrams yields each pair of neighbours in a run of a script without spaces,
// or the one rune there is.
func bigrams(text string, run span, yield func(span)) {
	_, n := utf8.DecodeRuneInString(text[run.start:])
	at, mid := run.start, run.start+n
	if mid >= run.end {
		yield(run)
	}
	for mid < run.end {
		_, n = utf8.DecodeRuneInString(text[mid:])
		yield(span{start: at, end: mid + n})
		at, mid = mid, mid+n
	}
}

func (a *Analyser) bigram(pair string) []uint32 {
	return a.cached(pair, func() []Term { return []Term{Term(norm.NFKC.String(pair))} })
}

// word returns the numbers of the terms of one word; none for a stop word. The slice is shared.
func (a *Analyser) word(word string) []uint32 {
	word = firstRunes(word, MaxWord)
	return a.cached(word, func() []Term { return a.variants(normalise(word)) })
}

func (a *Analyser) cached(word string, make func() []Term) []uint32 {
	if terms, ok := a.words.find(word); ok {
		return terms
	}
	return a.words.add(word, make())
}

// variants stems a normalised word in each language, as it is written and
// without diacritics.
func (a *Analyser) variants(word string) []Term {
	var terms []Term
	add := func(s string) {
		if s != "" && !slices.Contains(terms, Term(s)) {
			terms = append(terms, Term(strings.Clone(s)))
		}
	}
	folded := fold(word)
	for l := range languageCount {
		if !a.languages.Has(l) || stopWords[l][word] {
			continue
		}
		add(stem(a.env, l, word))
		add(fold(stem(a.env, l, folded)))
	}
	return terms
}
