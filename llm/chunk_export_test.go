package llm

import (
	"encoding/json"
	"fmt"
)

// reference reads a chunk by the standard library.
type reference struct {
	ID      json.RawMessage `json:"id"`
	Error   json.RawMessage `json:"error"`
	Usage   usage           `json:"usage"`
	Choices []struct {
		Index   int             `json:"index"`
		Delta   referenceText   `json:"delta"`
		Message referenceText   `json:"message"`
		Finish  string          `json:"finish_reason"`
		Error   json.RawMessage `json:"error"`
	} `json:"choices"`
}

type referenceText struct {
	Content string `json:"content"`
	Refusal string `json:"refusal"`
}

func there(b json.RawMessage) bool { return len(b) > 0 && string(b) != "null" }

func (r reference) chunk() (c chunk) {
	var id string
	if json.Unmarshal(r.ID, &id) == nil {
		c.id = tidy(id)
	}
	c.failed, c.usage = there(r.Error), r.Usage
	for _, x := range r.Choices {
		c.choices = append(c.choices, choice{index: x.Index, problem: problem{failed: there(x.Error)}, delta: said{x.Delta.Content, x.Delta.Refusal},
			message: said{x.Message.Content, x.Message.Refusal}, finish: x.Finish})
	}
	return c
}

// ReadTwice is a chunk as it is read and as the standard library reads it.
func ReadTwice(text string) (ours, theirs string, err, want error) {
	var r reference
	want = json.Unmarshal([]byte(text), &r)
	c, err := readChunk([]byte(text), names{})
	again, _ := readChunk([]byte(text), c.names)
	if again.names != c.names {
		err = fmt.Errorf("read again: %+v", again.names)
	}
	return fmt.Sprintf("%+v", c), fmt.Sprintf("%+v", r.chunk()), err, want
}

// FailureIn is the reason that a chunk's error stands for.
func FailureIn(text string) (failed bool, why Reason, err error) {
	c, err := readChunk([]byte(text), names{})
	return c.failed, c.failure, err
}

// StatusReason is what a status stands for.
func StatusReason(status int) Reason { return statusReason(status, false) }
