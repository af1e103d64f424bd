// Package llmtest is a scripted AI provider that speaks the real wire format of chat/completions over HTTP, as OpenAI's
// and OpenRouter's, with all their misbehaviours.
//
// It records the raw bytes of every request and when the client left. Tests and the development command use it; the
// product never does.
package llmtest
