// Package llm is the only way out to an AI provider (P26, P42, P44, P51), and asks it one thing: chat completions, now,
// for the person who asks (P50).
//
// A question goes through a Run: retrieve → prompt of typed parts → Gate → stream → checkpoints → finish. The Gate is
// the http.RoundTripper under langchaingo's client; it alone dials, and only with a grant and a committed ledger row. A
// tap on the response decides how the request ended, because langchaingo reports most failures as success. What a
// model wrote is rendered here as well, by a strict allowlist.
//
// What an answer needs of the data comes through Desk, which store satisfies.
package llm
