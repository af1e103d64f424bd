package extract

import (
	"context"
	"io"
)

// ReadUnguarded is Read without its recover, so that fuzzing sees panics.
func ReadUnguarded(ctx context.Context, name string, data []byte, l Limits) (*Document, error) {
	return dispatch(ctx, name, data, l.withDefaults(), "")
}

// For the tests' own children: what a real one reads and answers.

// TakeOrder reads the order and the file of a test's child.
func TakeOrder(stdin io.Reader) ([]byte, error) {
	var o order
	if err := readFrame(stdin, &o); err != nil || o.Probe {
		return nil, err
	}
	return io.ReadAll(stdin)
}

// ConfineSelf puts a test's child under the limits of a real one that was ordered to hold at most memory bytes.
func ConfineSelf(memory int64) error { return confine(order{Memory: memory, CPU: 60}) }

// Answer writes a whole document; Half one without its end.
func Answer(w io.Writer, d *Document) error { return writeDocument(w, d) }

// Half writes blocks and no end.
func Half(w io.Writer, d *Document) error { return writeFrame(w, answer{Blocks: d.Blocks}) }

// Probed answers a probe.
func Probed(w io.Writer) error { return writeFrame(w, answer{Last: true}) }

// ReadAnswer reads what a child answered.
func ReadAnswer(r io.Reader, l Limits) (*Document, error) { return readDocument(r, l.withDefaults()) }
