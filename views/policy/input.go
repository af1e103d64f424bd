// Package policy holds the public pages: what the product is, the privacy policy and its versions, cookies, and how to
// reach people.
package policy

import "time"

// PrivacyPage is /privacy, and /privacy/{version} for an earlier or later one.
type PrivacyPage struct {
	Version  Version
	Intro    []string // paragraphs before the first section
	Sections []Section
	Versions []Version // all, newest first
	Now      time.Time
}

// Version is one version of the policy. Hash is that of its text, for who wants to compare.
type Version struct {
	Number    int
	Hash      string
	Material  bool
	Published time.Time
	Effective time.Time
}

// Section is a headed part of a text.
type Section struct {
	ID     string // the fragment it is reached by
	Title  string
	Blocks []Block
	Parts  []Section // one level below
}

// Block is a paragraph, or a list when Items is set; both when a paragraph leads into a list.
type Block struct {
	Text  string
	Items []string
}

// CookiesPage is /cookies.
type CookiesPage struct{ Cookies []Cookie }

// Cookie is one cookie that is set, what it holds and how long it stays.
type Cookie struct{ Name, Holds, Stays string }

// SupportPage is /support.
type SupportPage struct{ Support, Privacy, DPO string }
