package main

import (
	"strings"
	"unicode"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/porter"
)

// plainAnalyser is Lucene's EnglishAnalyzer, which Anserini uses, but for Unicode's finer rules of where words end:
// letters and digits make words, also across an apostrophe or a dot inside; then the possessive 's goes, lower case,
// Lucene's English stop words go, and Porter's stemmer.
type plainAnalyser struct {
	env  *snowballstem.Env
	seen map[string]string // word → its stem, "" for a stop word
}

func newPlainAnalyser() plainAnalyser {
	return plainAnalyser{env: snowballstem.NewEnv(""), seen: map[string]string{}}
}

var luceneStopWords = words(`a an and are as at be but by for if in into is it no not of on or such that the their then
	there these they this to was will with`)

func words(list string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(list) {
		all[w] = true
	}
	return all
}

func (a plainAnalyser) terms(text string) []string {
	var all []string
	for _, w := range plainWords(text) {
		if t := a.term(w); t != "" {
			all = append(all, t)
		}
	}
	return all
}

func (a plainAnalyser) term(word string) string {
	if t, ok := a.seen[word]; ok {
		return t
	}
	w := strings.ToLower(word)
	w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
	if luceneStopWords[w] {
		w = ""
	}
	if w != "" {
		a.env.SetCurrent(w)
		porter.Stem(a.env)
		w = a.env.Current()
	}
	a.seen[strings.Clone(word)] = w
	return w
}

// plainWords splits a text into words.
func plainWords(text string) []string {
	var all []string
	start := -1
	rs := []rune(text)
	for i, r := range rs {
		in := unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || r == '_' || joins(rs, i)
		switch {
		case in && start < 0:
			start = i
		case !in && start >= 0:
			all = append(all, string(rs[start:i]))
			start = -1
		}
	}
	if start >= 0 {
		all = append(all, string(rs[start:]))
	}
	return all
}

// joins says whether a mark stands inside a word: between letters an apostrophe or dot, between digits a dot or comma.
func joins(rs []rune, i int) bool {
	if i == 0 || i == len(rs)-1 {
		return false
	}
	before, after := rs[i-1], rs[i+1]
	switch rs[i] {
	case '\'', '’', '.':
		return unicode.IsLetter(before) && unicode.IsLetter(after) || rs[i] == '.' && unicode.IsDigit(before) && unicode.IsDigit(after)
	case ',':
		return unicode.IsDigit(before) && unicode.IsDigit(after)
	}
	return false
}
