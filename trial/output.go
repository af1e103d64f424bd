package trial

import (
	"bytes"
	"sync"
)

// Output collects what a process writes. It is safe for concurrent use.
type Output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write takes what comes.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// String is all of it.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// Len is how much has been written.
func (o *Output) Len() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Len()
}

// From is what was written after the first n bytes.
func (o *Output) From(n int) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.b.Bytes()[min(max(0, n), o.b.Len()):])
}

// Tail is its last n bytes.
func (o *Output) Tail(n int) string { return o.From(o.Len() - n) }
