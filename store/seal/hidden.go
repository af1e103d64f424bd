package seal

import (
	"fmt"
	"io"
	"log/slog"
)

const curtain = "[sealed]"

// hidden is embedded in every type that holds keys, so that no verb, logger or encoder prints what is inside.
type hidden struct{}

// String returns "[sealed]".
func (hidden) String() string { return curtain }

// GoString returns "[sealed]".
func (hidden) GoString() string { return curtain }

// Format writes "[sealed]" whatever the verb: without it %d would walk the fields.
func (hidden) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, curtain) }

// LogValue returns "[sealed]".
func (hidden) LogValue() slog.Value { return slog.StringValue(curtain) }

// MarshalText returns "[sealed]"; encoding/json uses it too.
func (hidden) MarshalText() ([]byte, error) { return []byte(curtain), nil }
